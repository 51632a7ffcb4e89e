"""`Offer`: the cells of a case that a data set can take, and under which subject."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.card import ModelCard
from core.cases.case import Case
from core.cases.review import standing
from core.data.dataset import FINAL_TEST, PRELIMINARY_TEST, CellDataset
from core.data.split import Split

LONGEST_SUBJECT = 60  # characters


@dataclass(frozen=True)
class Offer:
    """What reviewers have decided about the cells of a case, as labels.

    Attributes:
        labels: Class of each cell that somebody decided about, by its place.
        left_out: How many cells have none, by why: "not reviewed", "unsure".
    """

    labels: Mapping[int, str]
    left_out: Mapping[str, int]


def offer(case: Case) -> Offer:
    """The cells with a decision: where the reviewer agreed the model's class, else the reviewer's own."""
    decided = standing(case.reviews)
    labels: dict[int, str] = {}
    left_out: Counter[str] = Counter()
    for place, cell in enumerate(case.cells):
        review = decided.get(place)
        label = "" if review is None else review.label or (cell.answer.label if review.decision == "agree" else "")
        if label:
            labels[place] = label
        elif review is None:
            left_out["not reviewed"] += 1
        else:
            left_out["unsure" if review.decision == "unsure" else "without a class"] += 1
    return Offer(labels, left_out)


def of_classes(labels: Iterable[str]) -> str:
    """How many cells of each class, in words: "9 ALL and 3 HEM"."""
    return " and ".join(f"{count:,} {name}" for name, count in sorted(Counter(labels).items()))


def stay_out(left_out: Mapping[str, int]) -> str:
    """How many cells are not added and why, a sentence; "" where there are none."""
    total = sum(left_out.values())
    why = ", ".join(f"{count:,} {reason}" for reason, count in left_out.items())
    return f"{total:,} {'cell stays' if total == 1 else 'cells stay'} out: {why}." if total else ""


def subject_id(typed: str) -> str:
    """A subject's id as an index has it: upper case, without spaces around it.

    Raises:
        ValueError: If it is empty or too long, or has characters that are not printed.
    """
    found = typed.strip().upper()
    if not found or len(found) > LONGEST_SUBJECT or not found.isprintable():
        raise ValueError(f"Expected a subject id of 1 to {LONGEST_SUBJECT} characters. Received: {found[:80]!r}.")
    return found


def check(subject: str, case: Case, dataset: CellDataset, sides: Split, *, card: ModelCard | None = None) -> None:
    """Refuse a subject whose cells must not be trained on, and a data set of other classes.

    Args:
        subject: From `subject_id`.
        case: Whose cells are offered.
        dataset: That they are offered to.
        sides: Its split.
        card: Of the model that a training may start from.

    Raises:
        ValueError: If the subject is one of the test or validation subjects, or the classes differ.
    """
    if case.classes != dataset.classes:
        raise ValueError(
            f"Expected a data set with the classes {' and '.join(case.classes)}. "
            f"Received: {' and '.join(filter(None, dataset.classes)) or 'one without'}."
        )
    used = _use(subject, dataset, sides, card)
    if used:
        raise ValueError(
            f"Expected a new subject, or one that is trained on. Received: {subject}, {used}. Its cells have to stay "
            "out of training."
        )


def _use(subject: str, dataset: CellDataset, sides: Split, card: ModelCard | None) -> str:
    """What a subject must stay out of training for, or ""."""
    side = sides.sides.get(subject, "") if sides.by == "subject" else ""
    if side in ("validation", "test"):
        return f"a {side} subject of this data set"
    if card is not None and card.origin == dataset.origin and card.split_by == "subject":
        for side in ("validation", "test"):
            if subject in card.subjects[side]:
                return f"a {side} subject of {card.name}"
    parts = set(dataset.table.loc[dataset.table["subject"] == subject, "part"])
    return next(
        (f"a subject of the {part} of this data set" for part in (PRELIMINARY_TEST, FINAL_TEST) if part in parts), ""
    )


def cautions(subject: str, offered: Offer, dataset: CellDataset) -> tuple[str, ...]:
    """What should be known before the cells are added, a sentence each."""
    found = []
    table = dataset.table
    before = sorted(set(table.loc[table["subject"] == subject, "label"]) - {""})
    now = sorted(set(offered.labels.values()))
    if before and set(now) - set(before):
        found.append(f"The cells of {subject} are {' and '.join(before)} so far. Some of these are not.")
    elif len(now) > 1:
        found.append("These cells are of both classes. In C-NMC all cells of a subject are of one class.")
    if not dataset.has_subjects:
        found.append("This data set names no subjects, so cells of this one may also be among its test cells.")
    if dataset.drawn:
        found.append("This data set holds drawn cells: a model that is trained on it stays marked so.")
    return tuple(found)
