"""`Calls`: what several models say of one cell, and whether they agree."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from core.card import ModelCard
from core.classify import Prediction

Verdict = Literal["disagree", "not all answer", "all agree"]
VERDICTS: dict[Verdict, str] = {  # in the order in which cells need a look
    "disagree": "Models disagree",
    "not all answer": "Not all answer",
    "all agree": "All agree",
}
"""What each is called for people."""


@dataclass(frozen=True, eq=False)
class ModelAnswers:
    """What one model says of cells.

    Attributes:
        card: Of the model.
        answers: One a cell, in order.
    """

    card: ModelCard
    answers: tuple[Prediction, ...]

    def called(self, label: str | None) -> int:
        """How many cells it calls so, or with None how many it gives no answer for."""
        return sum(answer.label == label for answer in self.answers)


@dataclass(frozen=True, eq=False)
class Calls:
    """What several models say of one cell.

    Attributes:
        name: Of the cell.
        answers: One a model, in order.
    """

    name: str
    answers: tuple[Prediction, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes called by those models that give an answer."""
        return tuple(answer.label for answer in self.answers if answer.label is not None)

    @property
    def verdict(self) -> Verdict:
        """Whether two models call it differently, else whether a model gives no answer, else that all agree."""
        if len(set(self.labels)) > 1:
            return "disagree"
        return "all agree" if len(self.labels) == len(self.answers) else "not all answer"

    @property
    def majority(self) -> str | None:
        """The class called by more than half of the models that give an answer, or None."""
        if not self.labels:
            return None
        label, count = Counter(self.labels).most_common(1)[0]
        return label if 2 * count > len(self.labels) else None

    @property
    def divided(self) -> int:
        """How many models stand against the majority; 0 where none disagrees."""
        return len(self.labels) - max(Counter(self.labels).values(), default=0)


def call(answer: Prediction) -> str:
    """What a model says of a cell, in few words: its class and the number beside it, or that it gives no answer."""
    return "no answer" if answer.label is None else f"{answer.label} {answer.shown:.2f}"
