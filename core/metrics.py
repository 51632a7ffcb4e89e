"""Figures of a two-class model from its scores, at once for many resamplings of its subjects."""

from dataclasses import dataclass

import numpy as np

from core.areas import rank_areas
from core.calibration import equal_mass
from core.types import FloatArray, IntArray, MaskArray

CUT_FIGURES = ("accuracy", "balanced_accuracy", "sensitivity", "specificity", "ppv", "npv", "weighted_f1")
RANK_FIGURES = ("roc_auc", "pr_auc")
PROBABILITY_FIGURES = ("brier", "ece")
FIGURES = (*CUT_FIGURES, *RANK_FIGURES, *PROBABILITY_FIGURES)


@dataclass(frozen=True, eq=False)
class Judged:
    """What a model said of each cell of a set, and the truth.

    Attributes:
        truth: 1 for a positive cell, (cells,).
        score: Higher where the cell is more likely positive, (cells,).
        called: 1 for a cell that is called positive, (cells,).
        probability: Calibrated probability of the positive class, (cells,); None where there is none.
        unit: Which subject (or person) each cell is of, (cells,), from 0.
    """

    truth: IntArray
    score: FloatArray
    called: IntArray
    probability: FloatArray | None
    unit: IntArray

    @property
    def units(self) -> int:
        """Number of subjects."""
        return int(self.unit.max()) + 1 if len(self.unit) else 0


def figures(judged: Judged, *, prevalence: float | None = None) -> dict[str, float]:
    """All figures of a model on a set of cells.

    Args:
        judged: Truth and what the model said.
        prevalence: Share of positive cells for which PPV and NPV hold, in (0, 1); None for that of the set.

    Returns:
        The keys of `FIGURES`, in [0, 1]; NaN where one cannot be told, such as a sensitivity without positive cells.

    Raises:
        ValueError: If the prevalence is out of range.
    """
    once = np.ones((1, judged.units), dtype=np.int64)
    return {name: float(values[0]) for name, values in resampled(judged, once, prevalence=prevalence).items()}


def resampled(judged: Judged, times: IntArray, *, prevalence: float | None = None) -> dict[str, FloatArray]:
    """The figures of many resamplings.

    Args:
        judged: Truth and what the model said.
        times: How often each subject was drawn, (draws, subjects).
        prevalence: As for `figures`.

    Returns:
        For each key of `FIGURES` its value in each draw, (draws,); NaN where it cannot be told.

    Raises:
        ValueError: If the prevalence is out of range, or `times` does not name each subject.

    Source:
        PPV and NPV by Bayes' rule from sensitivity, specificity and prevalence: Altman and Bland 1994, doi
        10.1136/bmj.309.6947.102. PR AUC is the average precision, as scikit-learn defines it. Calibration error in
        bins of equal mass, cut once for all draws.
    """
    if prevalence is not None and not 0 < prevalence < 1:
        raise ValueError(f"Expected a prevalence between 0 and 1. Received: {prevalence:g}.")
    if times.ndim != 2 or times.shape[1] != judged.units:
        raise ValueError(f"Expected how often each of {judged.units} subjects was drawn. Received: {times.shape}.")
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            **_at_cut(judged, times, prevalence),
            **dict(zip(RANK_FIGURES, rank_areas(judged.truth, judged.score, judged.unit, times), strict=True)),
            **_of_probability(judged, times),
        }


def _by_unit(judged: Judged, values: FloatArray | MaskArray) -> FloatArray:
    """Sum over the cells of each subject."""
    return np.asarray(np.bincount(judged.unit, weights=values, minlength=judged.units), dtype=np.float64)


def _at_cut(judged: Judged, times: IntArray, prevalence: float | None) -> dict[str, FloatArray]:
    positive, called = judged.truth == 1, judged.called == 1
    true_positive, false_negative, false_positive, true_negative = (
        times @ _by_unit(judged, cells)
        for cells in (positive & called, positive & ~called, ~positive & called, ~positive & ~called)
    )
    positives, negatives = true_positive + false_negative, false_positive + true_negative
    total = positives + negatives
    sensitivity, specificity = true_positive / positives, true_negative / negatives
    share = positives / total if prevalence is None else np.full(len(times), prevalence)
    found, alarmed = sensitivity * share, (1 - specificity) * (1 - share)
    cleared, missed = specificity * (1 - share), (1 - sensitivity) * share
    wrong = false_positive + false_negative
    f1_positive = _or_zero(2 * true_positive, 2 * true_positive + wrong)
    f1_negative = _or_zero(2 * true_negative, 2 * true_negative + wrong)
    return {
        "accuracy": (true_positive + true_negative) / total,
        "balanced_accuracy": (sensitivity + specificity) / 2,
        "sensitivity": sensitivity,
        "specificity": specificity,
        "ppv": found / (found + alarmed),
        "npv": cleared / (cleared + missed),
        "weighted_f1": (f1_positive * positives + f1_negative * negatives) / total,
    }


def _or_zero(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.divide(part, whole, out=np.zeros_like(part, dtype=np.float64), where=whole > 0)


def _of_probability(judged: Judged, times: IntArray) -> dict[str, FloatArray]:
    if judged.probability is None:
        return {name: np.full(len(times), np.nan) for name in PROBABILITY_FIGURES}
    cells = times @ _by_unit(judged, np.ones(len(judged.unit)))
    error = judged.probability - judged.truth
    gaps = np.zeros(len(times))
    for inside in equal_mass(judged.probability):
        gaps += np.abs(times @ _by_unit(judged, np.where(inside, error, 0)))
    return {"brier": (times @ _by_unit(judged, error**2)) / cells, "ece": gaps / cells}
