"""`python -m core`: LeukoScope without a page."""

from core.cli.app import main

if __name__ == "__main__":
    main()
