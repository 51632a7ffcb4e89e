"""Effect sizes: how many standard deviations apart the classes are in a measure, with intervals that count subjects."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.morphology import MORPHOLOGY
from core.types import FloatArray

_DRAWS = 2000
_FEWEST = 2  # subjects of each class; fewer have no spread
_NO_SPREAD = 1e-12  # share of all variance below which what is left within the classes is rounding
SIZES = {0.8: "large", 0.5: "medium", 0.2: "small", 0.0: "negligible"}
"""Smallest |g| that each word stands for: Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, 2.2.3."""


@dataclass(frozen=True)
class Effect:
    """How far apart the classes are in one measure.

    Attributes:
        name: Key of `MORPHOLOGY`.
        g: Hedges' g, unitless: mean of the positive class minus mean of the negative one, over the pooled standard
            deviation within the classes.
        low: Lower end of its 95 % interval over resampled subjects.
        high: Upper end.
        subjects: How many subjects (negative, positive) it rests on.
        larger_in: The class that has the larger mean.
    """

    name: str
    g: float
    low: float
    high: float
    subjects: tuple[int, int]
    larger_in: str

    @property
    def size(self) -> str:
        """The word of `SIZES` for |g|."""
        return next(word for least, word in SIZES.items() if abs(self.g) >= least)

    @property
    def clear(self) -> bool:
        """Whether the interval keeps to one side of 0."""
        return self.low > 0 or self.high < 0


def effects(cells: pd.DataFrame, classes: tuple[str, str], *, seed: int = 0) -> list[Effect]:
    """Rank the measures of `MORPHOLOGY` by how far apart the classes are in them.

    A subject that holds cells of both classes counts once in each, and is drawn independently for the two; where its
    cells are alike in both, that makes the interval too wide, never too narrow.

    Args:
        cells: Measured, labelled cells with `subject` and `label`; those without a subject are left out, and from each
            measure those that have no value there.
        classes: (negative, positive).
        seed: Seed of the resampling.

    Returns:
        One entry a measure, the largest |g| first; none for a measure that does not vary within the classes, and none
        at all where a class has fewer than two subjects.

    Source:
        Hedges 1981, doi 10.3102/10769986006002107, with its approximate correction for few cells; cluster bootstrap:
        Field and Welsh 2007, doi 10.1111/j.1467-9868.2007.00593.x, as in `core.shortcuts`.
    """
    named = cells[cells["subject"] != ""]
    found = []
    for name in MORPHOLOGY:
        known = named[named[name].notna()]
        negative, positive = (_sums(known, name, label) for label in classes)
        if min(len(negative), len(positive)) >= _FEWEST:
            g, low, high = _with_interval(negative, positive, np.random.default_rng(seed))
            if np.isfinite(g):
                subjects = len(negative), len(positive)
                found.append(Effect(name, g, low, high, subjects, classes[int(g > 0)]))
    return sorted(found, key=lambda effect: (-abs(effect.g), effect.name))


def _sums(known: pd.DataFrame, name: str, label: str) -> FloatArray:
    """Number, sum and sum of squares of each subject's values of one class, (subjects, 3), in standard units."""
    values = known[name].astype(np.float64)
    spread = float(values.std(ddof=0)) or 1.0
    standard = (values - values.mean()) / spread  # far from 0, sums of squares would lose what the variance is made of
    rows = pd.DataFrame({"n": 1.0, "sum": standard, "squares": standard**2})[known["label"] == label]
    return rows.groupby(known["subject"]).sum().to_numpy()


def _with_interval(negative: FloatArray, positive: FloatArray, rng: np.random.Generator) -> tuple[float, float, float]:
    """Hedges' g and its interval; a draw in which no class varies has no g and is left out."""
    drawn = [
        rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=_DRAWS).astype(np.float64) @ sums
        for sums in (positive, negative)
    ]
    g = float(hedges_g(negative.sum(axis=0), positive.sum(axis=0)))
    if not np.isfinite(g):
        return g, g, g
    low, high = np.nanquantile(hedges_g(drawn[1], drawn[0]), (0.025, 0.975))
    return g, float(low), float(high)


def hedges_g(negative: FloatArray, positive: FloatArray) -> FloatArray:
    """Hedges' g from sums.

    Args:
        negative: Number, sum and sum of squares of the negative class's values, (..., 3), values near 0 with a
            variance near 1.
        positive: Those of the positive class.

    Returns:
        Unitless, (...); NaN where neither class varies.
    """
    freedom = negative[..., 0] + positive[..., 0] - 2
    means = [sums[..., 1] / sums[..., 0] for sums in (negative, positive)]
    within = sum(sums[..., 2] - sums[..., 0] * mean**2 for sums, mean in zip((negative, positive), means, strict=True))
    variance = within / freedom
    varies = variance > _NO_SPREAD
    correction = 1 - 3 / (4 * freedom - 1)
    g = correction * (means[1] - means[0]) / np.sqrt(np.where(varies, variance, 1.0))
    return np.asarray(np.where(varies, g, np.nan), dtype=np.float64)


def verdict(found: list[Effect]) -> str:
    """A sentence for people: where the classes differ most, or that they differ nowhere clearly."""
    largest = next((effect for effect in found if effect.clear), None)
    if largest is None:
        return "No measure differs between the classes by more than the subjects differ among themselves."
    name = MORPHOLOGY[largest.name].split(" (")[0].lower()
    return (
        f"The classes differ most in {name}: it is larger in {largest.larger_in} by {abs(largest.g):.2f} standard "
        f"deviations, a {largest.size} difference."
    )
