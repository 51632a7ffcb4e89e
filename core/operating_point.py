"""Operating points: from which score on a cell is called positive, chosen on the validation subjects."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from core.types import FloatArray, IntArray

Rule = Literal["balanced", "sensitivity", "specificity", "by hand"]
RULES: tuple[Rule, ...] = get_args(Rule)


@dataclass(frozen=True)
class Choice:
    """How an operating point is to be chosen.

    Attributes:
        rule: "balanced" for the highest balanced accuracy, "sensitivity" or "specificity" for at least `at_least` of
            it, "by hand" for `threshold`.
        at_least: Wanted sensitivity or specificity, in (0, 1].
        threshold: Operating point that was set by hand.
    """

    rule: Rule = "balanced"
    at_least: float = 0.95
    threshold: float = 0.5

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            ValueError: If a value is out of its range.
        """
        if self.rule not in RULES:
            raise ValueError(f"Expected a rule out of {', '.join(RULES)}. Received: {self.rule}.")
        if not 0 < self.at_least <= 1:
            raise ValueError(f"Expected a sensitivity or specificity above 0 and up to 1. Received: {self.at_least:g}.")
        if not np.isfinite(self.threshold):
            raise ValueError(f"Expected a threshold that is a number. Received: {self.threshold}.")

    @property
    def source(self) -> str:
        """How the operating point was chosen, to stand after 'the'."""
        if self.rule == "balanced":
            return "highest balanced accuracy on the validation subjects"
        if self.rule == "by hand":
            return "threshold that was set by hand"
        kept = "highest" if self.rule == "sensitivity" else "lowest"
        return f"{kept} threshold with a {self.rule} of at least {self.at_least:.0%} on the validation subjects"


def threshold(truth: IntArray, score: FloatArray, choice: Choice) -> float:
    """The operating point that a rule chooses; a cell is called positive where its score is at least this.

    Args:
        truth: 1 for a positive cell, (cells,); of validation subjects.
        score: Score of each cell, (cells,).
        choice: The rule.

    Returns:
        Halfway between neighbouring scores, so that small changes of a score change no call.
    """
    if choice.rule == "by hand":
        return choice.threshold
    if choice.rule == "balanced":
        return best_threshold(truth, score)
    values = np.unique(score)
    cuts = np.concatenate(
        [values[:1], (values[:-1] + values[1:]) / 2, values[-1:] + 1]
    )  # all, ..., none called positive
    if choice.rule == "sensitivity":
        positive = np.sort(score[truth == 1])
        kept = len(positive) - np.searchsorted(positive, cuts)
        return float(cuts[kept >= choice.at_least * len(positive) - 1e-9].max())
    negative = np.sort(score[truth == 0])
    cleared = np.searchsorted(negative, cuts)
    return float(cuts[cleared >= choice.at_least * len(negative) - 1e-9].min())


def best_threshold(truth: IntArray, score: FloatArray) -> float:
    """Threshold with the highest balanced accuracy; of equals the middle one, halfway between neighbouring scores.

    Args:
        truth: 1 for a positive cell, (cells,).
        score: Score of each cell, (cells,).

    Source:
        Youden 1950, doi 10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3; the maximum of J = TPR - FPR.
    """
    values = np.unique(score)
    cuts = np.concatenate([(values[:-1] + values[1:]) / 2, values[:1]])
    positive = np.sort(score[truth == 1])
    negative = np.sort(score[truth == 0])
    if not len(positive) or not len(negative):
        return float(np.median(score))
    youden = np.searchsorted(negative, cuts) / len(negative) - np.searchsorted(positive, cuts) / len(positive)
    best = np.sort(cuts[youden >= youden.max() - 1e-12])
    return float(best[len(best) // 2])
