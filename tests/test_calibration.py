"""Calibration figures that can be computed by hand."""

import math

import numpy as np
import pytest
from sklearn import metrics

from core.calibration import (
    brier_score,
    calibration,
    expected_calibration_error,
    log_loss,
    reliability,
)


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
