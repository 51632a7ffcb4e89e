"""Paired tests: two models on the same cells, and all pairs of several with a correction for their number."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.stats import binomtest, norm, rankdata

from core.metrics import Judged, resampled
from core.resampling import Resampling
from core.types import FloatArray, IntArray

_LEVEL = 0.05
_NO_DIFFERENCE = 1e-12


@dataclass(frozen=True)
class Pair:
    """Two models on the same cells.

    Attributes:
        first: Name of the one.
        second: Name of the other.
        difference: ROC AUC of the first minus that of the second.
        interval: 95 % interval of the difference over resampled subjects; None with too few for one.
        p_value: Of the difference over resampled subjects; None with too few of them.
        delong_p: P value of DeLong's test of the two areas, as if cells were independent.
        only_first_right: Cells that only the first calls right.
        only_second_right: Cells that only the second calls right.
        mcnemar_p: P value of McNemar's exact test of the calls, as if cells were independent.
        holm: The three P values after Holm's correction for the number of pairs, by name; as they are for a lone pair.
    """

    first: str
    second: str
    difference: float
    interval: tuple[float, float] | None
    p_value: float | None
    delong_p: float
    only_first_right: int
    only_second_right: int
    mcnemar_p: float
    holm: Mapping[str, float]

    @property
    def claimed(self) -> bool:
        """Whether a difference in ROC AUC can be claimed: over subjects, after the correction, at 5 %."""
        return self.holm.get("p_value", 1.0) < _LEVEL

    @property
    def sentence(self) -> str:
        """What may be said of the two."""
        measured = f"ROC AUC {self.difference:+.3f}"
        if self.interval is None:
            return f"{self.first} and {self.second}: no difference can be claimed, on too few subjects ({measured})."
        low, high = self.interval
        measured = f"{measured}, 95 % interval {low:+.3f} to {high:+.3f}"
        if not self.claimed:
            return f"{self.first} and {self.second}: no difference can be claimed ({measured})."
        better, worse = (self.first, self.second) if self.difference > 0 else (self.second, self.first)
        return f"{better} is better than {worse} ({measured} for {self.first} over {self.second})."


def pairs(
    models: Mapping[str, Judged], draws: Resampling, *, areas: Mapping[str, FloatArray] | None = None
) -> tuple[Pair, ...]:
    """Compare each two of several models on the same cells.

    Args:
        models: What each says of them, in the same order, by name.
        draws: Resampled subjects of these cells.
        areas: ROC AUC of each model in each of the draws, (draws,), where it is known already.

    Returns:
        One a pair, in the order of `models`; Holm's correction is over all of them, each kind of test by itself.

    Raises:
        ValueError: If the cells differ.

    Source:
        McNemar 1947, doi 10.1007/BF02295996, in its exact form; Holm 1979, https://www.jstor.org/stable/4615733.
    """
    if areas is None:
        areas = {name: resampled(judged, draws.times)["roc_auc"] for name, judged in models.items()}
    found = [
        _pair((first, models[first]), (second, models[second]), areas[first] - areas[second], draws)
        for first, second in combinations(models, 2)
    ]
    return _corrected(found)


def _pair(first: tuple[str, Judged], second: tuple[str, Judged], areas: FloatArray, draws: Resampling) -> Pair:
    (name, one), (other_name, other) = first, second
    if not np.array_equal(one.truth, other.truth) or not np.array_equal(one.unit, other.unit):
        raise ValueError("Expected two models on the same cells. Received: other cells.")
    difference, error = delong(one.truth, one.score, other.score)
    one_right, other_right = one.called == one.truth, other.called == other.truth
    only_one, only_other = int((one_right & ~other_right).sum()), int((other_right & ~one_right).sum())
    return Pair(
        first=name,
        second=other_name,
        difference=difference,
        interval=draws.interval(areas),
        p_value=draws.p_value(difference, areas),
        delong_p=_two_sided(difference, error),
        only_first_right=only_one,
        only_second_right=only_other,
        mcnemar_p=float(binomtest(only_one, only_one + only_other).pvalue) if only_one + only_other else 1.0,
        holm={},
    )


def _corrected(found: list[Pair]) -> tuple[Pair, ...]:
    from statsmodels.stats.multitest import multipletests

    holm: list[dict[str, float]] = [{} for _ in found]
    for kind in ("p_value", "delong_p", "mcnemar_p"):
        known = [(number, value) for number, pair in enumerate(found) if (value := getattr(pair, kind)) is not None]
        if known:
            corrected = multipletests([value for _, value in known], method="holm")[1]
            for (number, _), value in zip(known, corrected, strict=True):
                holm[number][kind] = float(value)
    return tuple(replace(pair, holm=values) for pair, values in zip(found, holm, strict=True))


def delong(truth: IntArray, first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """Difference of two correlated areas under the ROC curve, and its standard error.

    Args:
        truth: 1 for a positive cell, (cells,).
        first: Scores of one model, (cells,).
        second: Scores of the other, (cells,).

    Returns:
        Area of the first minus that of the second, and its standard error; NaN where a class has fewer than two cells.

    Source:
        DeLong et al. 1988, doi 10.2307/2531595, with the midranks of Sun and Xu 2014, doi 10.1109/LSP.2014.2337313.
    """
    positive, negative = truth == 1, truth == 0
    if min(positive.sum(), negative.sum()) < 2:
        return float("nan"), float("nan")
    scores = np.stack([first, second])
    ranks = rankdata(scores, axis=1)
    of_positive = (ranks[:, positive] - rankdata(scores[:, positive], axis=1)) / negative.sum()
    of_negative = 1 - (ranks[:, negative] - rankdata(scores[:, negative], axis=1)) / positive.sum()
    areas = of_positive.mean(axis=1)
    covariance = np.cov(of_positive) / positive.sum() + np.cov(of_negative) / negative.sum()
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    return float(areas[0] - areas[1]), float(np.sqrt(max(0.0, variance)))


def _two_sided(difference: float, error: float) -> float:
    """P value of a difference; 1 where there is none, or no error to measure it by."""
    if not np.isfinite(error) or abs(difference) < _NO_DIFFERENCE:
        return 1.0
    return float(2 * norm.sf(abs(difference) / error)) if error > _NO_DIFFERENCE else 0.0
