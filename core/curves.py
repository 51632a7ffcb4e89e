"""Curves of a model over all thresholds, with bands over resampled subjects."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from core.metrics import Judged
from core.resampling import Resampling
from core.types import FloatArray, IntArray, MaskArray

POINTS = 201  # of a curve
_CHUNK = 500_000  # weights in memory at once: 4 MB an array
_CLOSE = 1e-12

Curve = Callable[[Judged, IntArray, FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Band:
    """One curve with its pointwise 95 % band.

    Attributes:
        at: Where it was read, (points,), rising.
        value: Height on the cells as they are, (points,); NaN where it cannot be told.
        low: Lower end of the interval at each point, (points,); None with too few subjects.
        high: Upper end, (points,); None with too few subjects.
    """

    at: FloatArray
    value: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None


def band(curve: Curve, judged: Judged, draws: Resampling, at: FloatArray) -> Band:
    """A curve and, at each of its points, the 95 % interval over resampled subjects.

    Args:
        curve: `sensitivity`, `precision`, `net_benefit` or `accuracy`.
        judged: What a model said of the cells.
        draws: Resampled subjects of these cells.
        at: Where to read the curve, (points,).
    """
    once = np.ones((1, judged.units), dtype=np.int64)
    (value,) = curve(judged, once, at)
    if not draws.enough:
        return Band(at, value)
    ends = [draws.interval(heights) or (np.nan, np.nan) for heights in curve(judged, draws.times, at).T]
    low, high = np.array(ends).T
    return Band(at, value, low, high)


def sensitivity(judged: Judged, times: IntArray, at: FloatArray) -> FloatArray:
    """The ROC curve: sensitivity at given shares of false alarms.

    Args:
        judged: What a model said of the cells.
        times: How often each subject was drawn, (draws, subjects).
        at: 1 - specificity, (points,), in [0, 1].

    Returns:
        (draws, points), in [0, 1]; on a vertical part its upper end, between corners a straight line.

    Source:
        Fawcett 2006, doi 10.1016/j.patrec.2005.10.010: vertical averaging.
    """
    heights = np.full((len(times), len(at)), np.nan)
    for rows, seen, hits in _counted(judged.score, judged.truth == 1, judged.unit, times):
        misses = seen - hits
        for row, (false_alarms, found) in enumerate(zip(misses, hits, strict=True), start=rows.start):
            if false_alarms[-1] and found[-1]:
                heights[row] = np.interp((at + _CLOSE) * false_alarms[-1], false_alarms, found) / found[-1]
    return heights


def precision(judged: Judged, times: IntArray, at: FloatArray) -> FloatArray:
    """The precision-recall curve: PPV on these cells at given sensitivities.

    Args:
        judged: As for `sensitivity`.
        times: As for `sensitivity`.
        at: Sensitivity, (points,), in (0, 1].

    Returns:
        (draws, points), in [0, 1]: PPV at the highest threshold that finds at least so many positive cells.

    Source:
        Davis and Goadrich 2006, doi 10.1145/1143844.1143874: between its corners the curve is no straight line.
    """
    heights = np.full((len(times), len(at)), np.nan)
    for rows, seen, hits in _counted(judged.score, judged.truth == 1, judged.unit, times):
        for row, (called, found) in enumerate(zip(seen, hits, strict=True), start=rows.start):
            if found[-1] and called[-1] > found[-1]:
                corner = np.searchsorted(found, (at - _CLOSE) * found[-1])
                heights[row] = found[corner] / called[corner]
    return heights


def accuracy(judged: Judged, times: IntArray, at: FloatArray) -> FloatArray:
    """Accuracy where only the surest calls are answered.

    Args:
        judged: As for `sensitivity`; a call is as sure as the probability of the class that it names.
        times: As for `sensitivity`.
        at: Share of the cells that is answered, (points,), in (0, 1].

    Returns:
        (draws, points), in [0, 1]; of equally sure calls each has the same chance of being answered.

    Raises:
        ValueError: If there are no probabilities.

    Source:
        El-Yaniv and Wiener 2010, https://www.jmlr.org/papers/v11/el-yaniv10a.html: the risk-coverage curve.
    """
    probability = _probability(judged)
    sureness = np.where(judged.called == 1, probability, 1 - probability)
    heights = np.full((len(times), len(at)), np.nan)
    for rows, seen, right in _counted(sureness, judged.called == judged.truth, judged.unit, times):
        for row, (answered, hits) in enumerate(zip(seen, right, strict=True), start=rows.start):
            if answered[-1]:
                share = np.maximum(at, _CLOSE)
                heights[row] = np.interp(share * answered[-1], answered, hits) / (share * answered[-1])
    return heights


def net_benefit(judged: Judged, times: IntArray, at: FloatArray) -> FloatArray:
    """The decision curve: true alarms a cell, less false ones by what they weigh.

    Args:
        judged: As for `sensitivity`; a cell is called positive where its probability is at least the threshold.
        times: As for `sensitivity`.
        at: Threshold, (points,), in [0, 1): from which probability on one would act.

    Returns:
        (draws, points), at most the share of positive cells.

    Raises:
        ValueError: If there are no probabilities.

    Source:
        Vickers and Elkin 2006, doi 10.1177/0272989X06295361.
    """
    probability = _probability(judged)
    return _net_benefit(judged, times, at, probability[:, np.newaxis] >= at)


def treat_all(judged: Judged, times: IntArray, at: FloatArray) -> FloatArray:
    """The decision curve of calling each cell positive; see `net_benefit`. That of calling none is zero."""
    return _net_benefit(judged, times, at, np.ones((len(judged.truth), len(at)), dtype=bool))


def _net_benefit(judged: Judged, times: IntArray, at: FloatArray, called: MaskArray) -> FloatArray:
    positive = (judged.truth == 1)[:, np.newaxis]
    worth = np.where(called, np.where(positive, 1.0, -at / (1 - at)), 0.0)
    by_unit = np.zeros((judged.units, len(at)))
    np.add.at(by_unit, judged.unit, worth)
    cells = times @ np.bincount(judged.unit, minlength=judged.units)
    found: FloatArray = (times @ by_unit) / np.where(cells > 0, cells, np.nan)[:, np.newaxis]
    return found


def _probability(judged: Judged) -> FloatArray:
    if judged.probability is None:
        raise ValueError("Expected the probability of each cell. Received: none.")
    return judged.probability


def _counted(
    key: FloatArray, marked: MaskArray, unit: IntArray, times: IntArray
) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Cells in falling order of a key: how many, and how many marked ones, have been seen after each value, from 0.

    Yields:
        Some of the draws at a time: which, and the two counts, (draws, values + 1).
    """
    order = np.argsort(-key, kind="stable")
    if not len(order):
        return
    falling = key[order]
    last_of_equals = np.append(np.flatnonzero(np.diff(falling)), len(falling) - 1)
    counted, step = marked[order].astype(np.float64), max(1, _CHUNK // len(order))
    for start in range(0, len(times), step):
        rows = slice(start, min(start + step, len(times)))
        weight = times[rows, unit[order]].astype(np.float64)
        seen = np.cumsum(weight, axis=1)[:, last_of_equals]
        hits = np.cumsum(weight * counted, axis=1)[:, last_of_equals]
        yield rows, np.pad(seen, ((0, 0), (1, 0))), np.pad(hits, ((0, 0), (1, 0)))
