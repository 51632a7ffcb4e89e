"""Curves by hand, against scikit-learn, and in many resamplings at once."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from core import curves
from core.curves import Band, Curve, band
from core.metrics import Judged, resampled
from core.resampling import Resampling, resampling
from core.types import FloatArray
from tests.test_metrics import judged

ALL_CURVES = (curves.sensitivity, curves.precision, curves.accuracy, curves.net_benefit, curves.treat_all)
AT = np.linspace(0.05, 0.95, 19)


def four(score: list[float], truth: list[int]) -> Judged:
    """Four cells, each of its own subject, called from 0.5 on; the score is the probability."""
    values = np.array(score)
    return Judged(np.array(truth), values, (values >= 0.5).astype(int), values, np.arange(4))


def once(curve: Curve, found: Judged, at: list[float]) -> list[float]:
    (heights,) = curve(found, np.ones((1, found.units), dtype=np.int64), np.array(at))
    return [float(height) for height in heights]


MIXED = four([0.9, 0.8, 0.4, 0.1], [1, 0, 1, 0])


def test_sensitivity_at_a_corner_is_its_upper_end() -> None:
    assert once(curves.sensitivity, MIXED, [0, 0.25, 0.5, 1]) == [0.5, 0.5, 1, 1]


def test_precision_is_that_of_the_highest_threshold_that_finds_enough() -> None:
    assert once(curves.precision, MIXED, [0.25, 0.5, 0.75, 1]) == pytest.approx([1, 1, 2 / 3, 2 / 3])


def test_the_surest_calls_are_answered_first() -> None:
    # sureness 0.9, 0.8, 0.6, 0.9; right, wrong, wrong, right
    assert once(curves.accuracy, MIXED, [0.25, 0.5, 0.75, 1]) == pytest.approx([1, 1, 2 / 3, 0.5])


def test_equally_sure_calls_are_answered_with_the_same_chance() -> None:
    assert once(curves.accuracy, four([0.5, 0.5, 0.5, 0.5], [1, 1, 1, 0]), [0.25, 1]) == pytest.approx([0.75, 0.75])


def test_net_benefit_weighs_false_alarms_by_the_odds_of_the_threshold() -> None:
    # at 0.2: two found of four, one false alarm at a quarter; at 0.5: one found, one false alarm at one; at 0.85: one
    assert once(curves.net_benefit, MIXED, [0.2, 0.5, 0.85]) == pytest.approx([(2 - 0.25) / 4, 0, 0.25])
    assert once(curves.treat_all, MIXED, [0, 0.2, 0.5]) == pytest.approx([0.5, (2 - 2 * 0.25) / 4, 0])


@pytest.mark.parametrize("seed", range(5))
def test_the_roc_curve_is_that_of_scikit_learn(seed: int) -> None:
    found = judged(seed)
    across, up, _ = sklearn_metrics.roc_curve(found.truth, found.score)
    between = AT[~np.isclose(AT[:, np.newaxis], across).any(axis=1)]  # at a corner rounding decides which end it is
    assert once(curves.sensitivity, found, list(between)) == pytest.approx(np.interp(between, across, up))


@pytest.mark.parametrize("seed", range(5))
def test_the_precision_recall_curve_is_that_of_scikit_learn(seed: int) -> None:
    found = judged(seed)
    precision, recall, _ = sklearn_metrics.precision_recall_curve(found.truth, found.score, drop_intermediate=False)
    at = np.unique(recall[recall > 0])
    highest = [precision[np.flatnonzero(recall >= share - 1e-12).max()] for share in at]  # thresholds rise
    assert once(curves.precision, found, list(at)) == pytest.approx(highest)


@pytest.mark.parametrize("curve", ALL_CURVES)
def test_a_resampling_is_the_curve_of_its_cells_written_out(curve: Curve) -> None:
    found = judged(1)
    times = np.random.default_rng(1).multinomial(7, np.full(7, 1 / 7), 20)
    heights = curve(found, times, AT)
    for number in range(20):
        cells = np.repeat(np.arange(60), times[number][found.unit])
        assert found.probability is not None
        written = Judged(
            found.truth[cells],
            found.score[cells],
            found.called[cells],
            found.probability[cells],
            np.zeros(len(cells), dtype=np.int64),
        )
        assert heights[number] == pytest.approx(once(curve, written, list(AT)))


def test_many_draws_are_worked_through_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(0)
    times = np.random.default_rng(0).multinomial(7, np.full(7, 1 / 7), 20)
    whole = curves.sensitivity(found, times, AT)
    monkeypatch.setattr(curves, "_CHUNK", 130)  # two draws at a time
    np.testing.assert_array_equal(curves.sensitivity(found, times, AT), whole)


@pytest.mark.parametrize("curve", [curves.sensitivity, curves.precision])
@pytest.mark.parametrize("truth", [0, 1])
def test_a_curve_without_both_classes_cannot_be_told(curve: Curve, truth: int) -> None:
    found = four([0.9, 0.8, 0.4, 0.1], [truth] * 4)
    assert np.isnan(once(curve, found, [0.5, 1])).all()


@pytest.mark.parametrize("curve", ALL_CURVES)
def test_a_draw_of_nobody_cannot_be_told(curve: Curve) -> None:
    assert np.isnan(curve(MIXED, np.zeros((1, 4), dtype=np.int64), AT)).all()


@pytest.mark.parametrize("curve", [curves.accuracy, curves.net_benefit])
def test_what_needs_probabilities_says_so(curve: Curve) -> None:
    with pytest.raises(ValueError, match="Expected the probability of each cell"):
        once(curve, replace(MIXED, probability=None), [0.5])


def drawn(found: Judged) -> Resampling:
    return resampling(found.unit.astype(str), found.truth, draws=200, seed=0)


def test_a_band_holds_the_interval_of_each_point() -> None:
    found = judged(2)
    draws = drawn(found)
    shown = band(curves.accuracy, found, draws, np.array([0.5, 1]))
    assert shown.low is not None
    assert shown.high is not None
    whole = draws.interval(resampled(found, draws.times)["accuracy"])
    assert (float(shown.low[1]), float(shown.high[1])) == pytest.approx(whole)
    assert (shown.low <= shown.value).all()
    assert (shown.value <= shown.high).all()


def test_with_too_few_subjects_there_is_a_curve_but_no_band() -> None:
    found = four([0.9, 0.8, 0.4, 0.1], [1, 0, 1, 0])
    shown = band(curves.sensitivity, found, drawn(found), np.array([0.25, 0.5]))
    assert isinstance(shown, Band)
    assert (shown.value.tolist(), shown.low, shown.high) == ([0.5, 1], None, None)


def area(heights: FloatArray) -> float:
    return float(np.trapezoid(heights, np.linspace(0, 1, len(heights))))


def test_the_area_under_the_curve_is_the_roc_auc() -> None:
    found = judged(3)
    heights = curves.sensitivity(found, np.ones((1, 7), dtype=np.int64), np.linspace(0, 1, 100_001))
    assert area(heights[0]) == pytest.approx(sklearn_metrics.roc_auc_score(found.truth, found.score), abs=1e-4)
