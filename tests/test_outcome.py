"""What a card says of its cells, computed from four of them by hand."""

import math
from dataclasses import replace

import pandas as pd
import pytest

from core import outcome
from core.calibrator import Calibrator
from core.evaluation import EvaluationReport
from tests.test_card import card

SCORES = {"a": 0.9, "b": 0.4, "c": 0.6, "d": 0.1}  # the first two are ill


def report(threshold: float) -> EvaluationReport:
    rows = [(name, "1" if name in "ab" else "H1", name in "ab", score) for name, score in SCORES.items()]
    return EvaluationReport(
        pd.DataFrame(rows, columns=["path", "subject", "positive", "score"]), ("HEM", "ALL"), threshold
    )


@pytest.mark.parametrize(
    ("threshold", "sensitivity", "specificity", "matrix"),
    [
        (0.5, 0.5, 0.5, ((1, 1), (1, 1))),
        (0.3, 1.0, 0.5, ((1, 1), (0, 2))),
        (0.7, 0.5, 1.0, ((2, 0), (1, 1))),
    ],
)
def test_the_figures_are_those_at_the_threshold_of_the_reports(
    threshold: float, sensitivity: float, specificity: float, matrix: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    found = outcome.tested(card(), {"validation": report(threshold), "test": report(threshold)})
    assert (found.threshold, found.confusion_matrix) == (threshold, matrix)
    assert (found.test["sensitivity"], found.test["specificity"]) == (sensitivity, specificity)
    assert found.test["roc_auc"] == 0.75
    assert found.validation == found.test
    assert {row["subject"]: row["accuracy"] for row in found.by_subject} == {"1": sensitivity, "H1": specificity}


def test_calibration_is_told_before_and_after_the_cards_calibrator() -> None:
    doubled = replace(card(), calibrator=Calibrator("temperature", slope=2.0))
    found = outcome.tested(doubled, {"validation": report(0.5), "test": report(0.5)})
    brier = {"before": (0.01 + 0.36 + 0.36 + 0.01) / 4}
    after = [1 / (1 + math.exp(-2 * math.log(score / (1 - score)))) for score in SCORES.values()]
    brier["after"] = sum((score - ill) ** 2 for score, ill in zip(after, (1, 1, 0, 0), strict=True)) / 4
    for side in ("validation", "test"):
        assert {when: found.calibration[side][when]["brier"] for when in brier} == pytest.approx(brier)
    assert [bins[0] for bins in found.reliability["before"]] == pytest.approx([0.1, 0.4, 0.6, 0.9])
    assert [bins[0] for bins in found.reliability["after"]] == pytest.approx(sorted(after))
