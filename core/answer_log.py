"""What the audit log holds of answers and reports: hashes, calls and what stopped them; no name and no picture."""

import hashlib
from collections.abc import Sequence

from core.audit import Event
from core.card import ModelCard
from core.cases.case import Case
from core.classify import Prediction
from core.data.upload import Cell
from core.gates.finding import stopped


def events(cells: Sequence[Cell], answers: Sequence[Prediction], card: ModelCard, *, who: str) -> tuple[Event, ...]:
    """One event a cell.

    Args:
        cells: What was answered.
        answers: The answer to each.
        card: Of the model that gave them.
        who: The user.
    """
    return tuple(_event(cell, answer, card, who) for cell, answer in zip(cells, answers, strict=True))


def export_event(case: Case, kind: str, content: bytes, *, who: str) -> Event:
    """The event that a report of a case was handed out; its hash tells later whether a file is that report.

    Args:
        case: The case, kept or not.
        kind: Of the file: "pdf", "csv" or "json".
        content: The file.
        who: The user.
    """
    models = {(cell.answer.model_sha256, cell.answer.threshold) for cell in case.cells}
    sha256, threshold = models.pop() if len(models) == 1 else ("", None)
    report = hashlib.sha256(content).hexdigest()
    details = {"format": kind, "cells": len(case.cells), "case": case.id, "report_sha256": report}
    return Event(who, "export", model_sha256=sha256, threshold=threshold, details=details)


def _event(cell: Cell, answer: Prediction, card: ModelCard, who: str) -> Event:
    stop = stopped(answer.findings)
    return Event(
        who,
        "answer",
        file_sha256=cell.upload.sha256,
        model_sha256=card.model_sha256,
        threshold=card.threshold,
        label=answer.label or "",
        probability=answer.shown,
        stopped_by="" if stop is None else stop.gate,
        details={"page": cell.upload.page, "cell": cell.key[1]},  # of a file that shows several
    )
