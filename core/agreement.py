"""`Agreement`: how far several models agree on the same cells."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from core.calls import VERDICTS, Calls, ModelAnswers, Verdict
from core.card import ModelCard

NO_PROOF = "Models that were trained on the same data can be wrong together: agreement is no proof."


@dataclass(frozen=True)
class PairAgreement:
    """Two models on the same cells.

    Attributes:
        first: Name of the one.
        second: Name of the other.
        both: Cells that both answer.
        same: How many of these they call the same.
        kappa: Cohen's kappa on these, in [-1, 1]; None where both call all of them alike, or there are none.
    """

    first: str
    second: str
    both: int
    same: int
    kappa: float | None

    @property
    def sentence(self) -> str:
        """What may be said of the two."""
        if not self.both:
            return f"There is no cell that both {self.first} and {self.second} answer."
        said = (
            f"Of the {_cells(self.both)} that both answer, {self.first} and {self.second} call {self.same:,} the same"
        )
        if self.kappa is None:
            return f"{said}. They find one class only, so it cannot be told how much of that is chance."
        return f"{said}. Cohen's kappa is {self.kappa:.2f}: 1 is full agreement, 0 no more than by chance."


@dataclass(frozen=True, eq=False)
class Agreement:
    """Several models on the same cells.

    Attributes:
        models: What each of them says, the first one foremost.
    """

    models: tuple[ModelAnswers, ...]

    @cached_property
    def cells(self) -> tuple[Calls, ...]:
        """What they say of each cell, in order."""
        each = zip(*(model.answers for model in self.models), strict=True)
        return tuple(Calls(answers[0].file, answers) for answers in each)

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many cells there are of each verdict."""
        found = Counter(cell.verdict for cell in self.cells)
        return {verdict: found[verdict] for verdict in VERDICTS}

    @property
    def share(self) -> float | None:
        """Share of cells on which all models answer and agree, in [0, 1]; None without cells."""
        return self.counts["all agree"] / len(self.cells) if self.cells else None

    def places(self, verdict: Verdict | None = None, *, disagreements_first: bool = False) -> list[int]:
        """Places of cells.

        Args:
            verdict: Only those of this one.
            disagreements_first: The most divided first, then those that not all answer; otherwise as they come.
        """
        found = [place for place, cell in enumerate(self.cells) if verdict in {None, cell.verdict}]
        if not disagreements_first:
            return found
        order = list(VERDICTS)
        return sorted(found, key=lambda place: (order.index(self.cells[place].verdict), -self.cells[place].divided))

    def pairs(self) -> tuple[PairAgreement, ...]:
        """Each two models, in order.

        Source:
            Cohen 1960, doi 10.1177/001316446002000104.
        """
        return tuple(_pair(first, second) for first, second in combinations(self.models, 2))

    def sentences(self) -> tuple[str, ...]:
        """What may be said of all of them; of each two of several, `pairs` tells."""
        who = "Both models" if len(self.models) == 2 else f"All {len(self.models)} models"
        counts = self.counts
        said = f"{who} agree on {counts['all agree']:,} of {_cells(len(self.cells))}"
        rest = [f"on {counts['disagree']:,} they disagree"] if counts["disagree"] else []
        if silent := counts["not all answer"]:
            others = f" other{'s' * (silent != 1)}" if rest else ""
            rest.append(f"on {silent:,}{others} at least one gives no answer")
        pair = [self.pairs()[0].sentence] if len(self.models) == 2 else []
        return (f"{'; '.join([said, ', '.join(rest)] if rest else [said])}.", *pair, *self._same_data(), NO_PROOF)

    def _same_data(self) -> list[str]:
        alike: dict[str, list[str]] = {}
        for model in self.models:
            alike.setdefault(model.card.data_fingerprint, []).append(model.card.name)
        return [
            f"{', '.join(names[:-1])} and {names[-1]} were trained on parts of the same data set."
            for names in alike.values()
            if len(names) > 1
        ]


def agreement(models: Sequence[ModelAnswers]) -> Agreement:
    """Set several models beside each other.

    Args:
        models: At least two of the same classes, each with its answers for the same cells in the same order.

    Raises:
        ValueError: If there are fewer, one is a copy of another, or their classes or cells differ.
    """
    if len(models) < 2:
        raise ValueError(f"Expected at least two models. Received: {len(models)}.")
    first = models[0]
    files = [answer.file for answer in first.answers]
    for number, other in enumerate(models[1:], start=1):
        if problem := refusal(other.card, [model.card for model in models[:number]]):
            raise ValueError(problem)
        if [answer.file for answer in other.answers] != files:
            raise ValueError(
                f"Expected answers for the same cells. Received: {other.card.name} with other cells than "
                f"{first.card.name}."
            )
    return Agreement(tuple(models))


def refusal(card: ModelCard, beside: Sequence[ModelCard]) -> str:
    """Why a model cannot be set beside others, a sentence, or "" where it can.

    Args:
        card: Of the model.
        beside: Cards of the others, at least one.
    """
    (negative, positive), (other_negative, other_positive) = beside[0].classes, card.classes
    if card.classes != beside[0].classes:
        return (
            f"Expected a model that tells {positive} from {negative}, as {beside[0].name} does. Received: {card.name}, "
            f"which tells {other_positive} from {other_negative}."
        )
    original = next((other.name for other in beside if other.model_sha256 == card.model_sha256), "")
    return f"Expected another model than {original}. Received: {card.name}, a copy of it." if original else ""


def _pair(first: ModelAnswers, second: ModelAnswers) -> PairAgreement:
    both = [
        (one.label, other.label)
        for one, other in zip(first.answers, second.answers, strict=True)
        if one.label is not None and other.label is not None
    ]
    same = sum(one == other for one, other in both)
    return PairAgreement(first.card.name, second.card.name, len(both), same, _kappa(both, first.card.classes))


def _kappa(both: Sequence[tuple[str, str]], classes: tuple[str, str]) -> float | None:
    from sklearn.metrics import cohen_kappa_score

    if len({label for labels in both for label in labels}) < 2:
        return None
    one, other = zip(*both, strict=True)
    return float(cohen_kappa_score(one, other, labels=list(classes)))


def _cells(count: int) -> str:
    return f"{count:,} cell{'s' * (count != 1)}"
