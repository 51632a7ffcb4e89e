"""The patient sheet: what the answers for all cells of one patient, and their reviews, come to."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.cases.review import Review

_WORST = 5
DEPENDENT = (
    "Cells of one patient resemble each other, so the interval is narrower than what is really known about the patient."
)
FEW = "Fewer than 30 cells have an answer: the share can be far off."


@dataclass(frozen=True)
class SheetCell:
    """One cell of a patient.

    Attributes:
        name: What it is called.
        label: The class that the model called, or None where it gave no answer.
        score: The model's score for the positive class, which the threshold is for, or None.
        threshold: The model's.
        review: The decision that holds (`core.cases.review.standing`), or None where nobody has decided.
        place: Which cell of the case, from 0.
    """

    name: str
    label: str | None
    score: float | None = None
    threshold: float = 0.5
    review: Review | None = None
    place: int = 0

    @property
    def decided(self) -> str:
        """What the reviewer decided; "" where nobody has."""
        return "" if self.review is None else self.review.decision

    @property
    def final(self) -> str | None:
        """The class that counts: a reviewer's where one decided, else the model's; None where there is none."""
        if self.review is not None and self.decided == "override":
            return self.review.label
        return None if self.decided == "unsure" else self.label


@dataclass(frozen=True)
class PatientSheet:
    """All cells of one patient in numbers.

    Attributes:
        positive: Name of the positive class.
        cells: Number of cells.
        called: How many the model called positive.
        answered: How many the model gave an answer for.
        reviewed: How many a reviewer has decided about.
        overridden: How many of these were given a class by the reviewer.
        unsure: How many of these the reviewer was unsure about.
        counted: How many have a class after the reviews.
        final: How many of these are positive.
        interval: 95 % interval of the share of positive cells among those counted, Wilson's; None where none count.
        worst: Cells to look at first: overridden, unsure, then those whose score is nearest to the threshold.
    """

    positive: str
    cells: int
    called: int
    answered: int
    reviewed: int
    overridden: int
    unsure: int
    counted: int
    final: int
    interval: tuple[float, float] | None
    worst: tuple[SheetCell, ...]

    @property
    def share(self) -> float | None:
        """Share of positive cells among those that have a class after the reviews, in [0, 1]; None where none has."""
        return self.final / self.counted if self.counted else None

    @property
    def without_answer(self) -> float:
        """Share of cells that have no class after the reviews, in [0, 1]."""
        return 1 - self.counted / self.cells

    @property
    def bounds(self) -> tuple[float, float]:
        """The share of positive cells among all, if every cell without a class were negative, or positive."""
        return self.final / self.cells, (self.final + self.cells - self.counted) / self.cells

    def sentences(self) -> tuple[str, ...]:
        """The sheet in words, for people."""
        missing = self.cells - self.counted
        said = [
            f"{_cells(self.cells)}. The model called {self.called} of them {self.positive} and gave no answer "
            f"for {self.cells - self.answered}.",
            self._reviews(),
        ]
        if self.interval is None:
            return (*said, "No cell has an answer, so there is no share.")
        low, high = self.interval
        said.append(
            f"{self.positive}: {self.final} of {_cells(self.counted)} with an answer, {_percent(self.share or 0)} "
            f"(95 % interval {_percent(low)} to {_percent(high)}), reviewers' decisions included."
        )
        said += [DEPENDENT, *([FEW] if self.counted < 30 else [])]
        if missing:
            least, most = self.bounds
            said.append(
                f"{_cells(missing)} ({_percent(self.without_answer)}) without an answer. Were none or all "
                f"of them {self.positive}, the share of all cells would be {_percent(least)} or {_percent(most)}."
            )
        return tuple(said)

    def _reviews(self) -> str:
        if not self.reviewed:
            return "No cell has been reviewed."
        agreed = self.reviewed - self.overridden - self.unsure
        return (
            f"Reviewed: {self.reviewed} of {_cells(self.cells)}; agreed with {agreed}, overrode {self.overridden}, "
            f"unsure about {self.unsure}."
        )


def patient_sheet(cells: Sequence[SheetCell], *, positive: str, worst: int = _WORST) -> PatientSheet:
    """Count the cells of one patient.

    Args:
        cells: All of them, those without an answer as well.
        positive: Name of the positive class.
        worst: How many cells to name that should be looked at first.

    Raises:
        ValueError: If there are no cells.

    Source:
        Wilson 1927, doi 10.1080/01621459.1927.10502953; Brown, Cai and DasGupta 2001, doi 10.1214/ss/1009213286.
    """
    if not cells:
        raise ValueError("Expected cells of a patient. Received: none.")
    counted = [cell.final for cell in cells if cell.final is not None]
    final = counted.count(positive)
    return PatientSheet(
        positive=positive,
        cells=len(cells),
        called=sum(cell.label == positive for cell in cells),
        answered=sum(cell.label is not None for cell in cells),
        reviewed=sum(bool(cell.decided) for cell in cells),
        overridden=sum(cell.decided == "override" for cell in cells),
        unsure=sum(cell.decided == "unsure" for cell in cells),
        counted=len(counted),
        final=final,
        interval=_wilson(final, len(counted)),
        worst=tuple(sorted((cell for cell in cells if _doubtful(cell)), key=_doubt)[:worst]),
    )


def _wilson(positive: int, counted: int) -> tuple[float, float] | None:
    from statsmodels.stats.proportion import proportion_confint

    if not counted:
        return None
    low, high = proportion_confint(positive, counted, alpha=0.05, method="wilson")
    return float(low), float(high)


def _doubtful(cell: SheetCell) -> bool:
    """Whether there is something to look at: a reviewer's doubt, or an answer that nobody has confirmed."""
    return cell.decided in ("override", "unsure") or (not cell.decided and cell.score is not None)


def _doubt(cell: SheetCell) -> tuple[int, float]:
    order = {"override": 0, "unsure": 1}.get(cell.decided, 2)
    return order, 0.0 if cell.score is None else abs(cell.score - cell.threshold)


def _cells(count: int) -> str:
    return f"{count:,} cell{'s' * (count != 1)}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
