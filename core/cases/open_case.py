"""`OpenCase`: a case that somebody looks at, kept or not: its cells, their pictures, and what reviewers decide."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from core.audit import AuditLog
from core.card import ModelCard
from core.cases.case import Answer, Case, CaseCell
from core.cases.cases import Cases
from core.cases.review import Review, added, undone
from core.cases.rows import review_event
from core.classify import Prediction
from core.data.upload import Cell
from core.errors import DataError
from core.types import ByteArray

Rows = list[tuple[tuple[Any, ...], Review]]  # reviews, each with the key of its cell


class OpenCase(Protocol):
    """What a reviewer works on."""

    @property
    def case(self) -> Case:
        """The cells, their answers and reviews as they stand."""

    def pixels(self, place: int) -> ByteArray | None:
        """RGB pixels of the cell at a place, (height, width, 3); None where its file is no image."""

    def review(self, review: Review) -> None:
        """Add a review.

        Raises:
            ValueError: If the review is none (`core.cases.review.added`).
            JobError: If the database does not answer.
        """

    def undo(self, reviewer: str) -> None:
        """Take back what a reviewer did last.

        Raises:
            ValueError: If there is nothing to take back.
            JobError: If the database does not answer.
        """


@dataclass
class KeptCase:
    """A case that is kept: each review is written at once.

    Attributes:
        cases: Where it is kept.
        case: As it was read last.
    """

    cases: Cases
    case: Case

    def pixels(self, place: int) -> ByteArray | None:
        """As `OpenCase`; may raise `DataError` where the picture is damaged."""
        return self.cases.image(self.case.id, place)

    def review(self, review: Review) -> None:
        """As `OpenCase`; may raise `DataError` where the case was deleted meanwhile."""
        self.case = self.cases.review(self.case.id, review)

    def undo(self, reviewer: str) -> None:
        """As `OpenCase`; may raise `DataError` where the case was deleted meanwhile."""
        self.case = self.cases.undo(self.case.id, reviewer)


@dataclass
class DraftCase:
    """Cells that were uploaded and answered, not kept so far: their reviews are gone with the session.

    Reviews belong to cells, not to places: they stay with theirs when a user chooses other cells of a smear or goes on
    with a batch. The audit log learns of each.

    Attributes:
        cells: What was answered.
        answers: The answer to each.
        card: Of the model that gave them.
        rows: All reviews, also those of cells that are not among these; added to in place.
        log: Where reviews are written.
    """

    cells: Sequence[Cell]
    answers: Sequence[Prediction]
    card: ModelCard
    log: AuditLog
    rows: Rows = field(default_factory=list)

    @property
    def case(self) -> Case:
        """The cells, their answers and reviews as they stand, without title and id."""
        found = zip(self.cells, self.answers, strict=True)
        cells = tuple(CaseCell(cell.name, cell.upload.sha256, answered(answer, self.card)) for cell, answer in found)
        return Case("", "", self.card.classes, cells, self._reviews())

    def pixels(self, place: int) -> ByteArray | None:
        """As `OpenCase`; decodes the file."""
        try:
            return self.cells[place].pixels()
        except DataError:
            return None

    def review(self, review: Review) -> None:
        """As `OpenCase`."""
        case = self.case
        rows = added(case.reviews, review, cells=len(case.cells), classes=case.classes)
        self._add(case, rows[-1])

    def undo(self, reviewer: str) -> None:
        """As `OpenCase`."""
        case = self.case
        self._add(case, undone(case.reviews, reviewer)[-1])

    def _add(self, case: Case, review: Review) -> None:
        self.log.append(review_event("", case.cells[review.place], review))
        withdraws = None if review.withdraws is None else self._shown()[review.withdraws - 1][1].number
        number = len(self.rows) + 1
        self.rows.append((self.cells[review.place].key, replace(review, number=number, withdraws=withdraws)))

    def _shown(self) -> Rows:
        """The rows of the cells that are here; what was taken back is always of the same cell."""
        here = {cell.key for cell in self.cells}
        return [(key, review) for key, review in self.rows if key in here]

    def _reviews(self) -> tuple[Review, ...]:
        """These rows by place, numbered from 1."""
        places = {cell.key: place for place, cell in enumerate(self.cells)}
        shown = self._shown()
        numbers = {review.number: number for number, (_, review) in enumerate(shown, start=1)}
        return tuple(
            replace(
                review,
                place=places[key],
                number=numbers[review.number],
                withdraws=None if review.withdraws is None else numbers[review.withdraws],
            )
            for key, review in shown
        )


def answered(answer: Prediction, card: ModelCard) -> Answer:
    """What a case keeps of an answer."""
    return Answer(
        answer.label,
        answer.probability,
        answer.calibrated,
        card.threshold,
        card.name,
        card.model_sha256,
        answer.error,
        answer.findings,
    )
