"""The command about the cells that were added to a data set after review."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core import terminal
from core.cli.options import Folder, Json, Positive, opened
from core.config import settings

if TYPE_CHECKING:
    from core.cases.contributions import Contributions
    from core.data.additions import Addition


def additions(
    folder: Folder,
    case: Annotated[str, typer.Option(help="Id of a kept case whose reviewed cells shall be added.")] = "",
    subject: Annotated[str, typer.Option(help="With --case: whose cells these are, a pseudonym.")] = "",
    take_out: Annotated[str, typer.Option(help="Time of a step as listed: its cells are taken out and deleted.")] = "",
    who: Annotated[str, typer.Option(help="Who does it, for the audit log.")] = "local",
    positive: Positive = None,
    as_json: Json = False,
) -> None:
    """List the cells that were added to a data set after review, add those of a case, or take some out."""
    from core.audit import AuditLog
    from core.cases.contributions import Contributions, steps

    if case and take_out:
        raise ValueError("Expected one of --case and --take-out. Received: both.")
    dataset = opened(folder, positive, with_hash=True)
    held = Contributions(dataset, settings(), AuditLog(settings().database))
    if case:
        terminal.show(_added(held, case, subject, who), as_json=as_json)
        return
    listed = steps(held.listed())
    if take_out:
        if take_out not in listed:
            raise ValueError(f"Expected the time of a step: {', '.join(listed) or 'none'}. Received: {take_out}.")
        gone = held.remove({cell.sha256 for cell in listed[take_out]}, who=who)
        terminal.show({"taken_out": len(gone)}, as_json=as_json)
        return
    terminal.show([_step(cells) for cells in listed.values()], as_json=as_json)


def _added(held: "Contributions", case_id: str, subject: str, who: str) -> dict[str, Any]:
    from core import store
    from core.cases.cases import Cases
    from core.cases.offer import check, subject_id
    from core.data.split import split

    cases = Cases(held.settings)
    case, named = cases.read(case_id), subject_id(subject)
    cards = (model.card for model in store.models(held.settings.models))
    used = case.cells[0].answer.model_sha256
    card = next((card for card in cards if card is not None and card.model_sha256 == used), None)
    check(named, case, held.dataset, split(held.dataset), card=card)
    found = held.add(case, lambda place: cases.image(case_id, place), named, who=who, progress=terminal.progress())
    step = _step(found.cells) if found.cells else {"cells": 0}
    return {**step, "left_out": dict(found.left_out)}


def _step(cells: "tuple[Addition, ...]") -> dict[str, Any]:
    from core.cases.offer import of_classes

    return {
        "added": cells[0].added,
        "subject": cells[0].subject,
        "cells": len(cells),
        "classes": of_classes(cell.label for cell in cells),
        "case": cells[0].case,
        "models": sorted({cell.model for cell in cells}),
        "reviewers": sorted({cell.reviewer for cell in cells}),
    }
