"""Figures against scikit-learn, by hand, and in many resamplings at once."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from core.calibration import expected_calibration_error
from core.metrics import FIGURES, Judged, figures, resampled
from core.types import FloatArray


def judged(seed: int, *, cells: int = 60, subjects: int = 7) -> Judged:
    """Scores with ties, of subjects with cells of either class."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, cells)
    score = (truth + rng.normal(0, 1.2, cells)).round(1)
    return Judged(truth, score, (score >= 0.5).astype(int), 1 / (1 + np.exp(-score)), rng.integers(0, subjects, cells))


def by_scikit_learn(found: Judged, weight: FloatArray) -> dict[str, float]:
    truth, called = found.truth, found.called
    common = {"sample_weight": weight}
    return {
        "accuracy": sklearn_metrics.accuracy_score(truth, called, **common),
        "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(truth, called, **common),
        "sensitivity": sklearn_metrics.recall_score(truth, called, **common),
        "specificity": sklearn_metrics.recall_score(truth, called, pos_label=0, **common),
        "ppv": sklearn_metrics.precision_score(truth, called, **common),
        "npv": sklearn_metrics.precision_score(truth, called, pos_label=0, **common),
        "weighted_f1": sklearn_metrics.f1_score(truth, called, average="weighted", **common),
        "roc_auc": sklearn_metrics.roc_auc_score(truth, found.score, **common),
        "pr_auc": sklearn_metrics.average_precision_score(truth, found.score, **common),
        "brier": sklearn_metrics.brier_score_loss(truth, found.probability, **common),
    }


@pytest.mark.parametrize("seed", range(5))
def test_the_figures_are_those_of_scikit_learn(seed: int) -> None:
    found = judged(seed)
    assert found.probability is not None
    expected = by_scikit_learn(found, np.ones(60)) | {"ece": expected_calibration_error(found.truth, found.probability)}
    assert figures(found) == pytest.approx(expected)
    assert tuple(figures(found)) == FIGURES


@pytest.mark.parametrize("seed", range(3))
def test_a_resampling_weighs_each_cell_by_how_often_its_subject_was_drawn(seed: int) -> None:
    found = judged(seed)
    times = np.random.default_rng(seed).multinomial(7, np.full(7, 1 / 7), 20)
    draws = resampled(found, times)
    for number in range(20):
        expected = by_scikit_learn(found, times[number][found.unit].astype(float))
        assert {name: draws[name][number] for name in expected} == pytest.approx(expected)


def test_predictive_values_at_a_prevalence_by_hand() -> None:
    # sensitivity 3/4, specificity 1/2; of 100 cells 20 are positive: 15 found, 5 missed, 40 alarmed, 40 cleared
    found = Judged(
        truth=np.array([1, 1, 1, 1, 0, 0]),
        score=np.array([3.0, 3, 3, 1, 3, 1]),
        called=np.array([1, 1, 1, 0, 1, 0]),
        probability=None,
        unit=np.arange(6),
    )
    at_fifth = figures(found, prevalence=0.2)
    assert at_fifth["ppv"] == pytest.approx(15 / 55)
    assert at_fifth["npv"] == pytest.approx(40 / 45)
    assert figures(found)["ppv"] == pytest.approx(3 / 4)
    assert np.isnan([at_fifth["brier"], at_fifth["ece"]]).all()


def test_a_set_of_one_class_has_only_the_figures_that_it_allows() -> None:
    found = Judged(np.ones(3, int), np.arange(3.0), np.array([0, 1, 1]), None, np.arange(3))
    only = figures(found)
    assert (only["accuracy"], only["sensitivity"]) == pytest.approx((2 / 3, 2 / 3))
    assert np.isnan([only[name] for name in ("specificity", "balanced_accuracy", "roc_auc", "pr_auc")]).all()


def test_a_draw_without_a_class_has_no_area() -> None:
    found = Judged(np.array([0, 1, 1]), np.array([0.0, 1, 2]), np.array([0, 1, 1]), None, np.array([0, 1, 2]))
    draws = resampled(found, np.array([[0, 2, 1], [1, 1, 1]]))
    assert np.isnan([draws["roc_auc"][0], draws["pr_auc"][0], draws["specificity"][0]]).all()
    assert (draws["roc_auc"][1], draws["pr_auc"][1]) == (1, 1)


def test_equal_scores_say_nothing() -> None:
    found = replace(judged(1), score=np.zeros(60), probability=np.full(60, 0.5))
    said = figures(found)
    assert said["roc_auc"] == 0.5
    assert said["pr_auc"] == pytest.approx(found.truth.mean())
    assert said["brier"] == 0.25
    assert said["ece"] == pytest.approx(abs(0.5 - found.truth.mean()))


@pytest.mark.parametrize("prevalence", [0.0, 1.0, -0.1, float("nan")])
def test_a_prevalence_of_none_or_all_is_refused(prevalence: float) -> None:
    with pytest.raises(ValueError, match=r"^Expected a prevalence between 0 and 1\. Received: "):
        figures(judged(0), prevalence=prevalence)


def test_draws_of_other_subjects_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^Expected how often each of 7 subjects was drawn\. Received: \(1, 3\)\.$"):
        resampled(judged(0), np.ones((1, 3), dtype=int))
