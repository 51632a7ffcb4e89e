"""What the audit log holds of answers: hashes, calls and what stopped them; no name and no picture."""

from collections.abc import Sequence

from core.audit import Event
from core.card import ModelCard
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


def _event(cell: Cell, answer: Prediction, card: ModelCard, who: str) -> Event:
    stop = stopped(answer.findings)
    return Event(
        who,
        "answer",
        file_sha256=cell.upload.sha256,
        model_sha256=card.model_sha256,
        threshold=card.threshold,
        label=answer.label or "",
        probability=answer.probability if answer.calibrated is None else answer.calibrated,
        stopped_by="" if stop is None else stop.gate,
        details={"page": cell.upload.page, "cell": cell.key[1]},  # of a file that shows several
    )
