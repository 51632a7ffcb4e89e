"""Prevalence: the PPV and NPV of a comparison for another share of positive cells."""

from dataclasses import replace

import numpy as np

from core.comparison import Comparison
from core.cut import cut_figures
from core.evaluation import EvaluationReport
from core.metrics import Judged, figures
from core.standings import Row, judged_by, resampled_persons

PREDICTIVE = ("ppv", "npv")


def prevalence_of_test(comparison: Comparison) -> float | None:
    """Share of positive cells among those that were tested; None where nothing was."""
    reports = [row.report for row in comparison.rows if row.report is not None]
    largest = max(reports, key=lambda report: len(report.cells), default=None)
    return None if largest is None else float(largest.truth.mean())


def with_prevalence(comparison: Comparison, prevalence: float | None) -> Comparison:
    """The same comparison with PPV and NPV for this share of positive cells; nothing else changes.

    Args:
        comparison: The comparison.
        prevalence: In (0, 1); None for that of the test cells.

    Raises:
        ValueError: If the prevalence is out of range.
    """
    if prevalence == comparison.plan.prevalence:
        return comparison
    plan = replace(comparison.plan, prevalence=prevalence)
    return replace(comparison, plan=plan, rows=tuple(_row(row, prevalence, plan.seed) for row in comparison.rows))


def _row(row: Row, prevalence: float | None, seed: int) -> Row:
    if row.report is None:
        return row
    draws = resampled_persons(row.report, seed=seed)
    found = cut_figures(judged_by(row.report, draws), draws, prevalence=prevalence)
    return replace(
        row,
        figures={**row.figures, **{name: found[name][0] for name in PREDICTIVE}},
        intervals={**row.intervals, **{name: found[name][1] for name in PREDICTIVE}},
        by_fold={fold: {**known, **_of_fold(row.report, fold, prevalence)} for fold, known in row.by_fold.items()},
    )


def _of_fold(report: EvaluationReport, fold: int, prevalence: float | None) -> dict[str, float]:
    inside = (report.cells["fold"] == fold).to_numpy()
    truth, called = report.truth[inside], report.called[inside]
    judged = Judged(truth, np.zeros(len(truth)), called, None, np.arange(len(truth)))
    found = figures(judged, prevalence=prevalence)
    return {name: found[name] for name in PREDICTIVE}
