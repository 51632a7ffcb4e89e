"""Reviews: what people who look at cells decide about the answers, as rows that are only ever added to."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

Decision = Literal["agree", "override", "unsure", "comment", "withdraw"]
DECISIONS: dict[Decision, str] = {
    "agree": "Agreed",
    "override": "Overridden",
    "unsure": "Unsure",
    "comment": "Comment",
    "withdraw": "Undone",
}
"""What each is called for people."""

LONGEST_NAME = 200  # characters of a reviewer's name
LONGEST_COMMENT = 2000  # characters


@dataclass(frozen=True)
class Review:
    """What one reviewer decided about one cell.

    Attributes:
        place: Which cell of the case, from 0.
        decision: "agree" with the answer, "override" it by a class, be "unsure"; a "comment" decides nothing; a
            "withdraw" takes an earlier row back.
        reviewer: Who.
        label: The class that overrides, else "".
        comment: Why.
        time: When, UTC.
        number: Its number among the reviews of the case, from 1; 0 before it is added.
        withdraws: Number of the row that is taken back, or None.
    """

    place: int
    decision: Decision
    reviewer: str
    label: str = ""
    comment: str = ""
    time: datetime = field(default_factory=lambda: datetime.now(UTC))
    number: int = 0
    withdraws: int | None = None


def added(reviews: Sequence[Review], review: Review, *, cells: int, classes: Sequence[str]) -> tuple[Review, ...]:
    """The reviews with one more.

    Args:
        reviews: All rows of a case, the oldest first.
        review: What was decided; it is given the next number.
        cells: How many cells the case has.
        classes: The classes that may override.

    Raises:
        ValueError: If it has no reviewer, no such cell, a class that is none, or a text that is too long.
    """
    _check(review, cells, classes)
    return (*reviews, replace(review, number=len(reviews) + 1, withdraws=None))


def undone(reviews: Sequence[Review], reviewer: str) -> tuple[Review, ...]:
    """The reviews with one more row, which takes back what this reviewer did last.

    Raises:
        ValueError: If there is nothing to take back.
    """
    last = next((review for review in reversed(kept(reviews)) if review.reviewer == reviewer), None)
    if last is None:
        raise ValueError(f"Expected a reviewer with a review to take back. Received: {reviewer}.")
    return (*reviews, Review(last.place, "withdraw", reviewer, number=len(reviews) + 1, withdraws=last.number))


def kept(reviews: Sequence[Review]) -> tuple[Review, ...]:
    """The reviews that hold: those that were not taken back."""
    withdrawn = {review.withdraws for review in reviews if review.decision == "withdraw"}
    return tuple(review for review in reviews if review.decision != "withdraw" and review.number not in withdrawn)


def standing(reviews: Sequence[Review]) -> dict[int, Review]:
    """The decision that holds for each cell, by its place: the last one of any reviewer; comments decide nothing."""
    return {review.place: review for review in kept(reviews) if review.decision != "comment"}


def next_open(reviews: Sequence[Review], cells: int, *, after: int = -1) -> int | None:
    """Place of the next cell that nobody has decided about, from the start again at the end; None where all are.

    Args:
        reviews: All rows of a case.
        cells: How many cells the case has.
        after: Place of the cell that is shown now.
    """
    decided = standing(reviews)
    order = [*range(after + 1, cells), *range(min(after + 1, cells))]
    return next((place for place in order if place not in decided), None)


def _check(review: Review, cells: int, classes: Sequence[str]) -> None:
    if not review.reviewer.strip() or len(review.reviewer) > LONGEST_NAME:
        raise ValueError(
            f"Expected a reviewer's name of 1 to {LONGEST_NAME} characters. Received: {review.reviewer!r}."
        )
    if not 0 <= review.place < cells:
        raise ValueError(f"Expected a cell from 0 to {cells - 1}. Received: {review.place}.")
    if review.decision not in DECISIONS or review.decision == "withdraw":
        raise ValueError(f"Expected agree, override, unsure or comment. Received: {review.decision}.")
    if review.decision == "override" and review.label not in classes:
        raise ValueError(f"Expected one of the classes {', '.join(classes)}. Received: {review.label!r}.")
    if review.decision != "override" and review.label:
        raise ValueError(f"Expected a class with an override only. Received: {review.decision} with {review.label}.")
    if review.decision == "comment" and not review.comment.strip():
        raise ValueError("Expected a comment. Received: none.")
    if len(review.comment) > LONGEST_COMMENT:
        raise ValueError(f"Expected a comment of up to {LONGEST_COMMENT} characters. Received: {len(review.comment)}.")
