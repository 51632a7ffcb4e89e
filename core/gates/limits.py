"""`Limits`: within which measures the pictures of training cells lie, to a stated rate of false alarms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.types import FloatArray, IntArray

FOLDS = 5
_TAIL = 0.05  # quantile on either side whose distance from the median is one spread


@dataclass(frozen=True)
class Limits:
    """The range of each measure; JSON-able.

    Attributes:
        low: Smallest value that passes, by measure; a measure without one can't be too low.
        high: Largest value that passes.
        false_alarms: Stated share of training cells that lie outside, in (0, 1).
        cells: Number of cells that they were set on.
        subjects: Number of those cells' subjects.
    """

    low: Mapping[str, float]
    high: Mapping[str, float]
    false_alarms: float
    cells: int
    subjects: int

    def outside(self, values: Mapping[str, float]) -> str | None:
        """The first measure that lies outside, or that is not a number; None where all lie inside."""
        for name, value in values.items():
            if not self.low.get(name, -np.inf) <= value <= self.high.get(name, np.inf):
                return name
        return None

    def widened(self, other: "Limits") -> "Limits":
        """These limits moved outwards to the other's where those are wider."""
        return Limits(
            {name: min(value, other.low[name]) for name, value in self.low.items() if name in other.low},
            {name: max(value, other.high[name]) for name, value in self.high.items() if name in other.high},
            self.false_alarms,
            self.cells,
            self.subjects,
        )

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> "Limits":
        """From what JSON made of them.

        Raises:
            KeyError, TypeError, ValueError: If they are damaged.
        """
        sides = {side: {str(name): float(value) for name, value in fields[side].items()} for side in ("low", "high")}
        return cls(**{**fields, **sides})


@dataclass(frozen=True)
class Side:
    """On which sides a measure has limits, and its smallest spread that counts.

    Attributes:
        low: Whether a value can be too low.
        high: Whether it can be too high.
        smallest: Spread below which differences do not count, above 0; in the measure's unit.
    """

    low: bool
    high: bool
    smallest: float


def fitted_limits(
    values: FloatArray, subjects: npt.NDArray[np.str_], sides: Mapping[str, Side], *, false_alarms: float
) -> Limits:
    """Set the limits of several measures so that a share of new subjects' cells lies outside in any of them.

    Each measure is counted in spreads from its median; a cell's deviation is the largest of its measures. The
    deviations of each fold of subjects are taken with medians and spreads of the other folds, and the limit is their
    quantile.

    Args:
        values: Measures of training cells, (cells, measures); rows with NaN are left out.
        subjects: Subject of each cell, (cells,).
        sides: By the name of each measure, in the order of the columns.
        false_alarms: Share of cells outside, in (0, 1). Fewer than 1 / `false_alarms` cells can't show it: the largest
            deviation is the limit then.

    Raises:
        ValueError: If no cell was measured.

    Source:
        Vovk et al. 2018, Cross-conformal predictive distributions, https://proceedings.mlr.press/v91/vovk18a.html
    """
    measured = np.isfinite(values).all(axis=1)
    known, groups = values[measured], subjects[measured]
    if not len(known):
        raise ValueError("Expected measured cells to set limits on. Received: none.")
    deviation = np.empty(len(known))
    for learned, unseen in by_subject(groups):
        deviation[unseen] = _deviation(known[unseen], *_spread(known[learned], sides), sides)
    factor = upper_quantile(deviation, false_alarms)
    median, below, above = _spread(known, sides)
    low, high = median - factor * below, median + factor * above
    return Limits(
        {name: float(low[column]) for column, (name, side) in enumerate(sides.items()) if side.low},
        {name: float(high[column]) for column, (name, side) in enumerate(sides.items()) if side.high},
        false_alarms,
        len(known),
        len(np.unique(groups)),
    )


def by_subject(subjects: npt.NDArray[np.str_]) -> list[tuple[IntArray, IntArray]]:
    """Rows to learn from and rows to look at, for up to five folds that part no subject; all for both with one subject.

    Args:
        subjects: Subject of each cell, (cells,); at least one.
    """
    from sklearn.model_selection import GroupKFold

    count = min(FOLDS, len(np.unique(subjects)))
    if count < 2:
        everything = np.arange(len(subjects))
        return [(everything, everything)]
    return [(learned, unseen) for learned, unseen in GroupKFold(count).split(subjects, groups=subjects)]


def upper_quantile(values: FloatArray, share: float) -> float:
    """The value that a share of new values exceeds: the conformal quantile, or the largest where there are too few.

    Args:
        values: (cells,); at least one.
        share: In (0, 1).
    """
    rank = int(np.ceil((len(values) + 1) * (1 - share) - 1e-9))
    return float(np.sort(values)[min(rank, len(values)) - 1])


def _spread(values: FloatArray, sides: Mapping[str, Side]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Median of each measure, and its spread below and above."""
    low, median, high = np.quantile(values, (_TAIL, 0.5, 1 - _TAIL), axis=0)
    smallest = np.array([side.smallest for side in sides.values()])
    return median, np.maximum(median - low, smallest), np.maximum(high - median, smallest)


def _deviation(
    values: FloatArray, median: FloatArray, below: FloatArray, above: FloatArray, sides: Mapping[str, Side]
) -> FloatArray:
    """The largest deviation of each cell, in spreads, on the sides that have limits; at least 0."""
    away = values - median
    low = -away[:, [side.low for side in sides.values()]] / below[[side.low for side in sides.values()]]
    high = away[:, [side.high for side in sides.values()]] / above[[side.high for side in sides.values()]]
    return np.asarray(np.hstack([low, high]).max(axis=1, initial=0.0))
