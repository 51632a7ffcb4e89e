"""`Cut`: a model called from another probability on, on the validation and on the test subjects."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from core.assessment import Assessment
from core.classical import as_share
from core.comparison import Comparison
from core.metrics import CUT_FIGURES, Judged, resampled
from core.operating_point import Choice, threshold
from core.resampling import Resampling, resampling
from core.types import FloatArray

Interval = tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class Side:
    """What the calls of one side of the split come to.

    Attributes:
        cells: Number of cells.
        subjects: Number of subjects; 0 where the cells name none.
        matrix: Cells by truth (rows) and call (columns), negative first.
        figures: The keys of `core.metrics.CUT_FIGURES`.
        intervals: 95 % interval of each over resampled persons; None with too few of them.
    """

    cells: int
    subjects: int
    matrix: tuple[tuple[int, int], tuple[int, int]]
    figures: Mapping[str, float]
    intervals: Mapping[str, Interval]


@dataclass(frozen=True, eq=False)
class Cut:
    """A model's calls from given probabilities on.

    Attributes:
        thresholds: From which calibrated probability on a cell is called positive, by the number of the split.
        validation: On the subjects that a threshold may be chosen on; None where the model was trained on them.
        test: On the test subjects.
    """

    thresholds: Mapping[int, float]
    validation: Side | None
    test: Side


def assessed(comparison: Comparison, model: str) -> tuple[Assessment, ...]:
    """What a model said on each split by subject that it was tested on."""
    return tuple(
        each for each in comparison.assessments if each.model == model and not each.random and each.test is not None
    )


def chosen(comparison: Comparison, model: str, choice: Choice) -> dict[int, float]:
    """The probabilities that a rule chooses, each on the validation subjects of its own split.

    Args:
        comparison: The comparison.
        model: Name of a model that was tested.
        choice: The rule.

    Returns:
        By the number of the split; {} where a rule needs validation scores and a split has none, since the model was
        trained on these subjects.
    """
    found = {}
    for each in assessed(comparison, model):
        if choice.rule == "by hand":
            found[each.fold] = choice.threshold
            continue
        if each.validation is None or not len(each.validation):
            return {}
        truth = each.validation["positive"].to_numpy(dtype=np.int64)
        found[each.fold] = threshold(truth, each.validation["probability"].to_numpy(dtype=np.float64), choice)
    return found


def as_compared(comparison: Comparison, model: str) -> dict[int, float]:
    """The operating points that the comparison itself used, as probabilities, by the number of the split."""
    return {
        each.fold: float(each.calibrator.probability(as_share(np.asarray(each.threshold), logits=each.logits)))
        for each in assessed(comparison, model)
    }


def cut(comparison: Comparison, model: str, thresholds: Mapping[int, float] | None = None) -> Cut:
    """Call a model's cells from these probabilities on.

    Args:
        comparison: The comparison; its prevalence is that of PPV and NPV.
        model: Name of a model that was tested.
        thresholds: By the number of the split; None for the operating points and calls of the comparison itself.

    Raises:
        ValueError: If a split has no threshold, or the model was not tested.
    """
    found = assessed(comparison, model)
    shown = as_compared(comparison, model) if thresholds is None else thresholds
    if not found or not {each.fold for each in found} <= set(shown):
        raise ValueError(f"Expected a tested model and a threshold for each split. Received: {model}, {thresholds}.")

    def called(cells: pd.DataFrame, assessment: Assessment) -> pd.DataFrame:
        if thresholds is None:  # of scores far from zero the probabilities are equal, though the scores are not
            return cells.assign(called=cells["score"] >= assessment.threshold)
        return cells.assign(called=cells["probability"] >= thresholds[assessment.fold])

    test = [called(each.test, each) for each in found if each.test is not None]
    validation = [called(each.validation, each) for each in found if each.validation is not None]
    known = len(validation) == len(found) and all(map(len, validation))
    return Cut(
        {each.fold: shown[each.fold] for each in found},
        _side(comparison, validation) if known else None,
        _side(comparison, test),
    )


def _side(comparison: Comparison, parts: list[pd.DataFrame]) -> Side:
    cells = pd.concat(parts).sort_values("path")  # one order, and so one resampling, for all models
    truth, called = cells["positive"].to_numpy(dtype=np.int64), cells["called"].to_numpy(dtype=np.int64)
    draws = resampling(cells["person"].to_numpy(dtype=str), truth, seed=comparison.seed)
    judged = Judged(truth, np.zeros(len(truth)), called, None, draws.unit)
    found = cut_figures(judged, draws, prevalence=comparison.plan.prevalence)
    negative, positive = (np.bincount(called[truth == label], minlength=2) for label in (0, 1))
    return Side(
        len(cells),
        int(cells["subject"][cells["subject"] != ""].nunique()),
        ((int(negative[0]), int(negative[1])), (int(positive[0]), int(positive[1]))),
        {name: value for name, (value, _) in found.items()},
        {name: interval for name, (_, interval) in found.items()},
    )


def cut_figures(
    judged: Judged, draws: Resampling, *, prevalence: float | None = None
) -> dict[str, tuple[float, Interval]]:
    """The figures that follow from the calls alone, with intervals, fast enough for a slider.

    Args:
        judged: Truth and calls; scores are not looked at.
        draws: Resampled persons of these cells.
        prevalence: As for `core.metrics.figures`.

    Returns:
        Value and 95 % interval over resampled persons, by the keys of `core.metrics.CUT_FIGURES`.

    Raises:
        ValueError: If the prevalence is out of range.
    """
    counts = np.zeros((judged.units, 4), dtype=np.int64)
    np.add.at(counts, (judged.unit, 2 * judged.truth + judged.called), 1)
    # all cells with the same truth and call count as one that was drawn so many times
    four = Judged(np.array([0, 0, 1, 1]), np.zeros(4), np.array([0, 1, 0, 1]), None, np.arange(4))
    value = resampled(four, counts.sum(axis=0, keepdims=True), prevalence=prevalence)
    spread = resampled(four, draws.times @ counts, prevalence=prevalence)
    return {name: (float(value[name][0]), draws.interval(spread[name])) for name in CUT_FIGURES}


def as_score(assessment: Assessment, probability: float) -> float:
    """The score at which a network's calibrated probability is this one, in [0, 1].

    Raises:
        ValueError: If scores are no shares, or the probability is not in (0, 1).
    """
    if assessment.logits or not 0 < probability < 1:
        raise ValueError(
            f"Expected a network's probability between 0 and 1. Received: {probability:g} of {assessment.model}."
        )
    fitted = assessment.calibrator
    if fitted.method == "none":
        return probability
    raw: FloatArray = expit((logit(probability) - fitted.intercept) / fitted.slope)
    return float(raw)
