"""The command line: all commands, and how they refuse bad input."""

import sys

import typer

from core import terminal
from core.cli import additions, audit, comparison, data, folds, gates, models, training
from core.config import prepare_environment
from core.errors import LeukoscopeError

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="LeukoScope without a page: for scripts and clusters. For research use only; not for diagnosis.",
)
for command in (
    data.demo,
    data.index,
    data.check,
    data.sheet,
    training.train,
    folds.cross_validate,
    folds.learning_curve,
    comparison.compare,
    comparison.comparisons,
    comparison.fit,
    models.classify,
    models.models,
    gates.gates,
    additions.additions,
    audit.audit,
    data.download,
):
    app.command()(command)


def main() -> None:
    """Run the command line: exit 0 on success, 2 with one sentence on bad input."""
    prepare_environment()
    try:
        code = app(sys.argv[1:] or ["--help"], prog_name="python -m core", standalone_mode=False)
    except typer.TyperException as error:
        terminal.refuse(error.format_message())
    except OSError as error:
        terminal.refuse(f"Expected a file or folder that can be used. Received: {error}.")
    except (LeukoscopeError, ValueError) as error:
        terminal.refuse(str(error))
    else:
        sys.exit(code)
