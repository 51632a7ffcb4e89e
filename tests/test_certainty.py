"""Intervals of sensitivity and specificity."""

import numpy as np
import pandas as pd
import pytest

from core.certainty import intervals
from core.cut import cut_figures
from core.evaluation import EvaluationReport
from core.metrics import Judged
from core.resampling import resampling


def report(subject: list[str], positive: list[bool], score: list[float]) -> EvaluationReport:
    cells = pd.DataFrame({"path": range(len(score)), "subject": subject, "positive": positive, "score": score})
    return EvaluationReport(cells, ("HEM", "ALL"), 0.5)


@pytest.fixture
def found() -> EvaluationReport:
    """200 cells of 20 subjects, whose scores differ by subject."""
    rng = np.random.default_rng(0)
    positive = np.repeat(np.arange(20) % 2 == 0, 10)
    score = np.clip(0.35 + 0.3 * positive + np.repeat(rng.normal(0, 0.1, 20), 10) + rng.normal(0, 0.15, 200), 0, 1)
    return report(np.repeat(np.arange(20).astype(str), 10).tolist(), positive.tolist(), score.tolist())


def test_the_intervals_are_those_of_a_comparison(found: EvaluationReport) -> None:
    draws = resampling(found.units, found.truth)
    expected = cut_figures(Judged(found.truth, np.zeros(200), found.called, None, draws.unit), draws)
    for name, interval in intervals(found).items():
        assert interval == pytest.approx(expected[name][1])


def test_the_figure_lies_inside_its_interval(found: EvaluationReport) -> None:
    for name, interval in intervals(found).items():
        assert interval is not None
        assert interval[0] < found.figures()[name] < interval[1]


def test_subjects_with_the_same_share_leave_no_doubt() -> None:
    subject = [str(number) for number in range(8) for _ in range(4)]
    positive = [number < 4 for number in range(8) for _ in range(4)]
    score = [0.9, 0.9, 0.9, 0.1] * 4 + [0.1, 0.1, 0.9, 0.9] * 4
    found = intervals(report(subject, positive, score))
    assert found == {"sensitivity": (0.75, 0.75), "specificity": (0.5, 0.5)}


def test_two_subjects_of_a_class_are_too_few() -> None:
    subject, positive = ["1", "1", "2", "3", "4", "5"], [True, True, True, False, False, False]
    assert intervals(report(subject, positive, [0.9] * 6)) == {"sensitivity": None, "specificity": None}
