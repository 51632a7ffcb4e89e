"""`python -m core`: LeukoScope without a page."""

from core.cli import main

if __name__ == "__main__":
    main()
