"""Temperatures and calibration figures that can be computed by hand."""

import math

import numpy as np
import pytest
from sklearn import metrics

from core.calibration import (
    brier_score,
    calibrated,
    calibration,
    expected_calibration_error,
    log_loss,
    reliability,
    temperature,
)

ALL_RIGHT = "On the validation subjects every cell is on the right side of 0.5, so no temperature is too low."
NO_BETTER = "On the validation subjects the scores are worse than saying 0.5 each time, whatever the temperature."


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


@pytest.mark.parametrize("logit", [2.0, 0.5, math.log(3)])
def test_where_three_of_four_are_right_the_temperature_makes_that_three_quarters(logit: float) -> None:
    high, low = sigmoid(logit), sigmoid(-logit)
    truth = np.array([1, 1, 1, 0, 0, 0, 0, 1])
    score = np.array([high] * 4 + [low] * 4)
    found = temperature(truth, score)
    assert found.problem == ""
    assert found.value == pytest.approx(logit / math.log(3), rel=1e-5)  # the sigmoid of ln 3 is 3/4
    np.testing.assert_allclose(calibrated(score, found.value), [0.75] * 4 + [0.25] * 4, atol=1e-5)


def test_no_temperature_has_a_lower_log_loss_than_the_fitted_one() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 200)
    score = 1 / (1 + np.exp(-rng.normal(3 * (2 * truth - 1), 5)))
    best = log_loss(truth, calibrated(score, temperature(truth, score).value))
    assert best < log_loss(truth, score)
    assert best <= min(log_loss(truth, calibrated(score, value)) for value in np.geomspace(0.05, 20, 500)) + 1e-9


@pytest.mark.parametrize(
    ("truth", "score", "reason"),
    [
        ([1, 1], [0.2, 0.8], "Expected cells of both classes. Received: one class."),
        ([], [], "Expected cells of both classes. Received: one class."),
        ([0, 1], [0.0, 1.0], ALL_RIGHT),
        ([0, 1, 1], [0.5, 0.5, 0.5], ALL_RIGHT),
        ([0, 1], [0.9, 0.1], NO_BETTER),
        ([0, 1], [0.7, 0.7], NO_BETTER),
        ([0, 1, 1], [0.2, 0.3, 0.3], NO_BETTER),  # well ordered, but all below 0.5
    ],
)
def test_where_the_log_loss_has_no_minimum_the_temperature_is_one_and_says_why(
    truth: list[int], score: list[float], reason: str
) -> None:
    found = temperature(np.array(truth, dtype=int), np.array(score))
    assert (found.value, found.problem) == (1.0, reason)


def test_classes_told_apart_by_another_cut_than_a_half_have_a_temperature() -> None:
    truth, score = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.7, 0.9])
    assert 0.05 < temperature(truth, score).value < 1
    assert temperature(truth, score).problem == ""


@pytest.mark.parametrize(("logit", "limit"), [(1e-3, 0.05), (16.0, 14.56)])
def test_the_temperature_stays_in_its_range(logit: float, limit: float) -> None:
    truth = np.array([1, 1, 1, 0, 0, 0, 0, 1])
    score = np.array([sigmoid(logit)] * 4 + [sigmoid(-logit)] * 4)
    assert temperature(truth, score).value == pytest.approx(limit, rel=1e-3)  # 16 / ln 3 = 14.56


def test_a_calibrated_score_is_the_sigmoid_of_the_divided_logit() -> None:
    assert calibrated(np.array([0.9, 0.5, 0.2]), 2.0) == pytest.approx(
        [0.75, 0.5, 1 / 3]
    )  # odds 9, 1, 1/4 to 3, 1, 1/2


def test_a_temperature_of_one_changes_no_bit() -> None:
    score = np.array([0.0, 1e-12, 0.3, 1.0])
    np.testing.assert_array_equal(calibrated(score, 1.0), score)


@pytest.mark.parametrize("value", [0.05, 0.7, 3.0, 20.0])
def test_the_order_of_the_scores_and_the_half_stay(value: float) -> None:
    score = np.linspace(0, 1, 101)
    found = calibrated(score, value)
    assert np.all(np.diff(found) >= 0)
    assert found[50] == 0.5
    assert np.all((found >= 0) & (found <= 1))


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_temperature_of_zero_or_less_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=rf"^Expected a temperature above 0\. Received: {value}\.$"):
        calibrated(np.array([0.5]), value)


def test_bins_hold_equally_many_cells_whatever_their_order() -> None:
    truth, probability = np.array([1, 0, 0, 1]), np.array([0.9, 0.1, 0.3, 0.7])
    assert reliability(truth, probability, bins=2) == (
        (pytest.approx(0.2), 0.0, 2),
        (pytest.approx(0.8), 1.0, 2),
    )


def test_equal_probabilities_stay_in_one_bin() -> None:
    truth, probability = np.array([1, 0, 0, 1, 1]), np.array([0.2, 0.2, 0.2, 0.2, 0.8])
    assert reliability(truth, probability, bins=5) == ((pytest.approx(0.2), 0.5, 4), (0.8, 1.0, 1))


def test_the_calibration_error_weighs_each_bin_by_its_cells() -> None:
    truth, probability = np.array([1, 0, 0, 1, 1]), np.array([0.2, 0.2, 0.2, 0.2, 0.8])
    assert expected_calibration_error(truth, probability, bins=5) == pytest.approx(0.3 * 4 / 5 + 0.2 * 1 / 5)


def test_a_bin_that_holds_what_it_promises_has_no_error() -> None:
    truth, probability = np.array([1, 0, 0, 0, 1, 1, 1, 0]), np.array([0.25] * 4 + [0.75] * 4)
    assert expected_calibration_error(truth, probability) == 0


def test_the_brier_score_and_the_log_loss_are_those_counted_by_hand() -> None:
    truth, probability = np.array([1, 0]), np.array([0.75, 0.5])
    assert brier_score(truth, probability) == pytest.approx((0.0625 + 0.25) / 2)
    assert log_loss(truth, probability) == pytest.approx((-math.log(0.75) - math.log(0.5)) / 2)
    assert brier_score(truth, probability) == pytest.approx(metrics.brier_score_loss(truth, probability))
    assert log_loss(truth, probability) == pytest.approx(metrics.log_loss(truth, probability))


def test_a_sure_error_costs_much_but_not_without_end() -> None:
    assert log_loss(np.array([0, 1]), np.array([1.0, 1.0])) == pytest.approx(-math.log(1e-7) / 2, rel=1e-6)


def test_the_figures_are_the_three() -> None:
    found = calibration(np.array([1, 0]), np.array([0.75, 0.5]))
    assert found == pytest.approx({"ece": (0.25 + 0.5) / 2, "brier": 0.15625, "log_loss": 0.4904146})
