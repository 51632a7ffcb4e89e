"""`Band`: the scores around the operating point at which a model gives no class, chosen to a stated rate of errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.types import FloatArray, IntArray

ERRORS = 0.10


@dataclass(frozen=True)
class Band:
    """Scores without an answer; JSON-able.

    Attributes:
        low: A cell is called negative where its score is below this; None where no score is low enough.
        high: A cell is called positive where its score is at least this; None where no score is high enough.
        threshold: The operating point that the band lies around.
        errors: Largest share of wrong calls that was allowed among the negative and among the positive ones, in (0, 1).
        cells: Number of cells that it was chosen on.
        coverage: Share of them that get an answer.
        wrong: Share of those that is wrong; None where none gets an answer.
    """

    low: float | None
    high: float | None
    threshold: float
    errors: float
    cells: int
    coverage: float
    wrong: float | None

    def answers(self, score: FloatArray) -> IntArray:
        """1 for a cell that is called positive, 0 for a negative one, -1 without an answer, (cells,).

        Args:
            score: Score of each cell, (cells,).
        """
        return called(score, self.low, self.high)

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> "Band":
        """From what JSON made of it.

        Raises:
            KeyError, TypeError: If it is damaged.
        """
        return cls(**fields)


def called(score: FloatArray, low: float | None, high: float | None) -> IntArray:
    """1 where the score is at least `high`, 0 where it is below `low`, else -1, (cells,)."""
    positive = np.zeros(len(score), dtype=bool) if high is None else score >= high
    negative = np.zeros(len(score), dtype=bool) if low is None else score < low
    return np.where(positive, 1, np.where(negative, 0, -1))


def fitted_band(truth: IntArray, score: FloatArray, *, threshold: float, errors: float = ERRORS) -> Band:
    """The narrowest band around an operating point that leaves few enough wrong calls on each of its sides.

    Args:
        truth: 1 for a positive cell, (cells,); of validation subjects.
        score: Score of each cell, (cells,), in [0, 1].
        threshold: A cell is called positive where its score is at least this.
        errors: Share of wrong calls allowed among the negative calls, and among the positive ones, in (0, 1).

    Returns:
        A side answers only if at least 3 / `errors` cells are called on it: fewer do not show such a rate even without
        a single wrong call. Edges lie halfway between neighbouring scores, or at the threshold.

    Raises:
        ValueError: If the rate is out of range.

    Source:
        El-Yaniv and Wiener 2010, https://jmlr.org/papers/v11/el-yaniv10a.html, selective classification; Hanley and
        Lippman-Hand 1983, doi 10.1001/jama.1983.03330370053031, the rule of three.
    """
    if not 0 < errors < 1:
        raise ValueError(f"Expected a share of errors between 0 and 1. Received: {errors:g}.")
    values = np.unique(score)
    cuts = np.concatenate([(values[:-1] + values[1:]) / 2, [threshold]])
    above, below = np.sort(cuts[cuts >= threshold]), np.sort(cuts[cuts <= threshold])[::-1]
    every, negative, positive = np.sort(score), np.sort(score[truth == 0]), np.sort(score[truth == 1])
    high = _nearest(above, _from(negative, above), _from(every, above), errors)
    low = _nearest(below, np.searchsorted(positive, below), np.searchsorted(every, below), errors)
    answer = called(score, low, high)
    answered = answer >= 0
    return Band(
        low,
        high,
        threshold,
        errors,
        len(score),
        float(answered.mean()) if len(score) else 0.0,
        float((answer != truth)[answered].mean()) if answered.any() else None,
    )


def _nearest(cuts: FloatArray, wrong: IntArray, all_called: IntArray, errors: float) -> float | None:
    """The first of the cuts, which lead away from the threshold, with few enough wrong calls among enough calls."""
    enough = all_called >= np.ceil(3 / errors - 1e-9)
    right = enough & (wrong <= errors * all_called + 1e-9)
    return float(cuts[right.argmax()]) if right.any() else None


def _from(scores: FloatArray, cuts: FloatArray) -> IntArray:
    """Number of scores that are at least each cut, (cuts,); the scores are sorted."""
    return np.asarray(len(scores) - np.searchsorted(scores, cuts))
