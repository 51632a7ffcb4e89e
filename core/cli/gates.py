"""The command that gives a stored model its gates."""

from typing import Annotated

import typer

from core import terminal
from core.cli.options import Folder, Json, Positive, Unreviewed, opened
from core.config import settings


def gates(
    folder: Folder,
    model: Annotated[str, typer.Option(help="Name of a stored model.")] = "demo",
    positive: Positive = None,
    without_edits: Unreviewed = False,
    as_json: Json = False,
) -> None:
    """Set when a stored model gives no answer, from the data set that it was trained on."""
    from core import store
    from core.gate_fitting import fitted

    dataset = opened(folder, positive, with_hash=True, reviewed=not without_edits)
    terminal.start_tensorflow()
    found = fitted(store.load(settings().models, model), dataset, progress=terminal.progress())
    card = store.set_gates(settings().models, model, found)
    terminal.show({"model": card.name, **card.gates}, as_json=as_json)
