"""The command that gives a stored model its gates, its training cells to compare with and the check of its maps."""

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
    """Set when a stored model gives no answer, keep some training cells, and check its maps, from its own data set."""
    from core import store
    from core.gate_fitting import known

    dataset = opened(folder, positive, with_hash=True, reviewed=not without_edits)
    terminal.start_tensorflow()
    found = known(store.load(settings().models, model), dataset, progress=terminal.progress())
    card = store.set_gates(settings().models, model, found.gates, reference=found.reference, sanity=found.sanity)
    kept = {"cells": len(found.reference.path), "of": found.reference.total}
    terminal.show({"model": card.name, **card.gates, "reference": kept, "sanity": card.sanity}, as_json=as_json)
