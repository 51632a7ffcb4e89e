"""What a case comes to: its patient sheet, the cells to look at first, what was said of each cell."""

from collections import defaultdict

from core.case import Case
from core.patient_sheet import PatientSheet, SheetCell, patient_sheet
from core.review import DECISIONS, Review, kept, standing


def sheet_cells(case: Case) -> tuple[SheetCell, ...]:
    """The cells of a case as its patient sheet counts them, in order."""
    decided = standing(case.reviews)
    return tuple(
        SheetCell(cell.name, cell.answer.label, cell.answer.score, cell.answer.threshold, decided.get(place))
        for place, cell in enumerate(case.cells)
    )


def sheet_of(case: Case) -> PatientSheet:
    """The patient sheet of a case.

    Raises:
        ValueError: If it has no cells.
    """
    return patient_sheet(sheet_cells(case), positive=case.classes[1])


def first_to_look_at(case: Case) -> tuple[int, ...]:
    """Places of the cells that the patient sheet names as `worst`, in its order.

    Raises:
        ValueError: If it has no cells.
    """
    cells = sheet_cells(case)
    places = {id(cell): place for place, cell in enumerate(cells)}  # two cells may be equal
    return tuple(places[id(cell)] for cell in patient_sheet(cells, positive=case.classes[1]).worst)


def comments(case: Case) -> dict[int, tuple[Review, ...]]:
    """The reviews with a comment that were not taken back, by the cell's place, the oldest first."""
    found: dict[int, list[Review]] = defaultdict(list)
    for review in kept(case.reviews):
        if review.comment.strip():
            found[review.place].append(review)
    return {place: tuple(reviews) for place, reviews in found.items()}


def in_words(review: Review | None) -> str:
    """What a reviewer decided about a cell, and who; None where nobody has."""
    if review is None:
        return "Not reviewed"
    to = f" to {review.label}" if review.label else ""
    return f"{DECISIONS[review.decision]}{to}: {review.reviewer}"
