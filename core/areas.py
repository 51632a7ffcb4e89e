"""Areas under the ROC and the precision-recall curve in many resamplings of persons at once."""

import numpy as np
from threadpoolctl import threadpool_limits

from core.types import FloatArray, IntArray, MaskArray

_MOST_PERSONS = 300  # with more, going through the cells one after the other is faster than tables by person
_CHUNK = 4_000_000  # numbers in memory at once: 32 MB an array
_SMALL_CHUNK = 500_000  # 4 MB, which a processor keeps at hand: for work that goes through them several times


def roc_areas(truth: IntArray, score: FloatArray, unit: IntArray, times: IntArray) -> FloatArray:
    """ROC AUC in each resampling.

    Args:
        truth: 1 for a positive cell, (cells,).
        score: Higher where the cell is more likely positive, (cells,).
        unit: Which person each cell is of, (cells,), from 0.
        times: How often each person was drawn, (draws, persons).

    Returns:
        The area in each draw, (draws,); NaN where one class was not drawn.

    Source:
        The area is the share of pairs of a positive and a negative cell in which the positive one has the higher score,
        an equal one counting half (Hanley and McNeil 1982, doi 10.1148/radiology.143.1.7063747). A pair of persons that
        were drawn a and b times counts a times b times.
    """
    persons = times.shape[1]
    if persons > _MOST_PERSONS:
        return rank_areas(truth, score, unit, times)[0]
    positive = truth == 1
    counts = [np.bincount(unit[cells], minlength=persons) for cells in (positive, ~positive)]
    wins = _wins(score, unit, persons, positive=positive)
    with threadpool_limits(1):  # on a busy machine threads of such small products wait for each other
        won = ((times @ wins) * times).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(won / ((times @ counts[0]) * (times @ counts[1])), dtype=np.float64)


def rank_areas(truth: IntArray, score: FloatArray, unit: IntArray, times: IntArray) -> tuple[FloatArray, FloatArray]:
    """ROC AUC and PR AUC (average precision, as scikit-learn defines it) in each resampling.

    Args:
        truth: As for `roc_areas`.
        score: As for `roc_areas`.
        unit: As for `roc_areas`.
        times: As for `roc_areas`.

    Returns:
        Both areas in each draw, (draws,) each; NaN where one class was not drawn.
    """
    if times.shape[1] > _MOST_PERSONS or not truth.any():
        return _cell_by_cell(truth, score, unit, times)
    roc = roc_areas(truth, score, unit, times)
    return roc, np.where(np.isnan(roc), np.nan, _mean_precision(truth, score, unit, times))


def _wins(score: FloatArray, unit: IntArray, persons: int, *, positive: MaskArray) -> FloatArray:
    """Positive cells of each person over the negative cells of each other one, (persons, persons)."""
    wins = np.zeros((persons, persons))
    of_positive, person_of = score[positive], unit[positive]
    for person in np.unique(unit[~positive]):
        others = np.sort(score[~positive & (unit == person)])
        below = np.searchsorted(others, of_positive, side="left") + np.searchsorted(others, of_positive, side="right")
        wins[:, person] = np.bincount(person_of, weights=below / 2, minlength=persons)
    return wins


def _mean_precision(truth: IntArray, score: FloatArray, unit: IntArray, times: IntArray) -> FloatArray:
    """Mean over drawn positive cells of the precision at their score, from how many cells of each person lie there."""
    order = np.argsort(-score, kind="stable")
    falling, person, positive = score[order], unit[order], truth[order] == 1
    by_person = np.flatnonzero(positive)[np.argsort(person[positive], kind="stable")]
    last_of_equals = np.searchsorted(-falling, -falling[by_person], side="right") - 1
    of_person = person == np.arange(times.shape[1])[:, np.newaxis]
    # 32 bits hold these counts exactly, and whole numbers of draws times them up to 2 ** 24
    seen, hits = (
        np.cumsum(cells, axis=1, dtype=np.float32)[:, last_of_equals] for cells in (of_person, of_person & positive)
    )
    counts = np.bincount(person[positive], minlength=times.shape[1])
    (known,) = np.nonzero(counts)
    starts = np.cumsum(counts[known]) - counts[known]
    found = np.empty(len(times))
    step = max(1, _CHUNK // len(by_person))
    for start in range(0, len(times), step):
        drawn = times[start : start + step]
        weight = drawn.astype(np.float32)
        with threadpool_limits(1):  # as above
            below, within = weight @ hits, weight @ seen
        precision = np.divide(below, within, out=np.zeros(below.shape), where=within > 0, dtype=np.float64)
        summed = np.add.reduceat(precision, starts, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            found[start : start + step] = (summed * drawn[:, known]).sum(axis=1) / (drawn @ counts)
    return found


def _cell_by_cell(truth: IntArray, score: FloatArray, unit: IntArray, times: IntArray) -> tuple[FloatArray, FloatArray]:
    """Cells in falling order, each as often as its person."""
    order = np.argsort(-score, kind="stable")
    falling = score[order]
    last_of_equals = np.append(np.flatnonzero(np.diff(falling)), len(falling) - 1)
    person, positive = unit[order], (truth[order] == 1).astype(np.float64)
    roc, pr = np.full((2, len(times)), np.nan)
    step = max(1, _SMALL_CHUNK // max(1, len(order)))
    for start in range(0, len(times) if len(order) else 0, step):
        part = slice(start, start + step)
        weight = times[part, person].astype(np.float64)
        seen = np.cumsum(weight, axis=1)[:, last_of_equals]
        weight *= positive
        hits = np.cumsum(weight, axis=1)[:, last_of_equals]
        new_hits = np.diff(hits, axis=1, prepend=0)
        misses = seen - hits
        new_misses = np.diff(misses, axis=1, prepend=0)
        precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            roc[part] = (new_misses * (hits - new_hits / 2)).sum(axis=1) / (hits[:, -1] * misses[:, -1])
            pr[part] = (precision * new_hits).sum(axis=1) / hits[:, -1]
    return roc, np.where(np.isnan(roc), np.nan, pr)
