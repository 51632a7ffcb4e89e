"""How certain sensitivity and specificity are: 95 % intervals over the subjects that they were measured on."""

import numpy as np

from core.evaluation import EvaluationReport
from core.resampling import resampling

Interval = tuple[float, float] | None


def intervals(report: EvaluationReport) -> dict[str, Interval]:
    """95 % intervals of sensitivity and specificity at the report's threshold.

    Args:
        report: Scores of labelled cells.

    Returns:
        "sensitivity" and "specificity": percentiles over resampled subjects, as `core.resampling` draws them; None with
        fewer than three subjects of a class.
    """
    draws = resampling(report.units, report.truth)
    right = report.truth == report.called
    found: dict[str, Interval] = {}
    for name, label in (("sensitivity", 1), ("specificity", 0)):
        of_class = report.truth == label
        cells, hits = (
            draws.times @ np.bincount(draws.unit, weights=each, minlength=draws.times.shape[1])
            for each in (of_class, of_class & right)
        )
        with np.errstate(invalid="ignore"):  # a draw without such a cell does not count
            found[name] = draws.interval(hits / cells)
    return found
