"""What a case comes to: its patient sheet, and what was said of each cell."""

from collections import defaultdict

from core.cases.case import Answer, Case
from core.cases.patient_sheet import PatientSheet, SheetCell, patient_sheet
from core.cases.review import DECISIONS, Review, kept, standing


def sheet_cells(case: Case) -> tuple[SheetCell, ...]:
    """The cells of a case as its patient sheet counts them, in order."""
    decided = standing(case.reviews)
    return tuple(
        SheetCell(cell.name, cell.answer.label, cell.answer.score, cell.answer.threshold, decided.get(place), place)
        for place, cell in enumerate(case.cells)
    )


def sheet_of(case: Case) -> PatientSheet:
    """The patient sheet of a case.

    Raises:
        ValueError: If it has no cells.
    """
    return patient_sheet(sheet_cells(case), positive=case.classes[1])


def comments(case: Case) -> dict[int, tuple[Review, ...]]:
    """The reviews with a comment that were not taken back, by the cell's place, the oldest first."""
    found: dict[int, list[Review]] = defaultdict(list)
    for review in kept(case.reviews):
        if review.comment.strip():
            found[review.place].append(review)
    return {place: tuple(reviews) for place, reviews in found.items()}


def decision(review: Review | None) -> str:
    """What a reviewer decided about a cell, and who; None where nobody has."""
    if review is None:
        return "Not reviewed"
    to = f" to {review.label}" if review.label else ""
    return f"{DECISIONS[review.decision]}{to} by {review.reviewer}"


def called(cell: SheetCell) -> str:
    """The class that counts for a cell, and the model's where a reviewer decided otherwise."""
    if cell.final == cell.label:
        return cell.label or "No answer"
    return f"{cell.final or 'No class'} (model: {cell.label or 'no answer'})"


def measured(answer: Answer, positive: str) -> str:
    """The numbers behind an answer; "" where there are none."""
    if answer.score is None:
        return ""
    probability = "" if answer.calibrated is None else f"Probability of {positive} {answer.calibrated:.2f}. "
    return f"{probability}Score {answer.score:.2f}, {positive} from {answer.threshold:.2f}."
