"""Scores around the operating point that get no answer."""

import numpy as np
import pytest

from core.gates.band import Band, called, fitted_band
from core.types import FloatArray, IntArray


def cells(*groups: tuple[float, int, int]) -> tuple[IntArray, FloatArray]:
    """Truth and score of so many negative and positive cells at each score."""
    truth = np.concatenate([np.repeat([0, 1], [negative, positive]) for _, negative, positive in groups])
    score = np.concatenate([np.full(negative + positive, at) for at, negative, positive in groups])
    return truth, score


def test_the_band_is_as_narrow_as_the_errors_allow() -> None:
    """With 10 %: 40 cells below 0.3 hold 2 wrong calls (5 %), 60 below 0.45 hold 12; above, 0.6 adds 10 to 50."""
    found = fitted_band(*cells((0.2, 38, 2), (0.4, 10, 10), (0.6, 10, 10), (0.8, 0, 40)), threshold=0.5)
    assert (found.low, found.high) == (pytest.approx(0.3), pytest.approx(0.7))
    assert (found.cells, found.threshold, found.errors) == (120, 0.5, 0.1)
    assert found.coverage == pytest.approx(80 / 120)
    assert found.wrong == pytest.approx(2 / 80)


def test_there_is_no_band_where_all_calls_are_right_often_enough() -> None:
    found = fitted_band(*cells((0.2, 38, 2), (0.8, 4, 36)), threshold=0.5)
    assert (found.low, found.high, found.coverage, found.wrong) == (0.5, 0.5, 1.0, 6 / 80)


def test_a_side_that_never_reaches_the_rate_does_not_answer() -> None:
    found = fitted_band(*cells((0.2, 20, 20), (0.8, 0, 40)), threshold=0.5)
    assert (found.low, found.high) == (None, 0.5)
    assert list(found.answers(np.array([0.0, 0.49, 0.5]))) == [-1, -1, 1]


@pytest.mark.parametrize(("count", "answers"), [(29, False), (30, True)])
def test_three_over_the_rate_is_the_fewest_cells_that_show_it(count: int, answers: bool) -> None:
    found = fitted_band(*cells((0.2, count, 0), (0.8, 0, 40)), threshold=0.5)
    assert (found.low is not None) is answers


def test_nothing_is_answered_where_no_side_reaches_the_rate() -> None:
    found = fitted_band(*cells((0.2, 20, 20), (0.8, 20, 20)), threshold=0.5)
    assert (found.low, found.high, found.coverage, found.wrong) == (None, None, 0.0, None)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("errors", [0.02, 0.05, 0.2])
def test_no_cut_nearer_to_the_threshold_would_keep_the_rate(seed: int, errors: float) -> None:
    """Against every cut tried one by one."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 600)
    score = np.round(1 / (1 + np.exp(-rng.normal(2 * truth - 1, 1))), 2)
    found = fitted_band(truth, score, threshold=0.5, errors=errors)
    tried = np.unique(np.concatenate([score, score + 0.005, score - 0.005, [0.5]]))
    above = [cut for cut in tried if cut >= 0.5 and kept(truth[score >= cut] == 0, errors)]
    below = [cut for cut in tried if cut <= 0.5 and kept(truth[score < cut] == 1, errors)]
    expected = called(score, max(below, default=None), min(above, default=None))
    np.testing.assert_array_equal(found.answers(score), expected)


def kept(wrong: "np.typing.NDArray[np.bool_]", errors: float) -> bool:
    return len(wrong) >= 3 / errors and bool(wrong.mean() <= errors)


def test_a_rate_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected a share of errors between 0 and 1. Received: 0."):
        fitted_band(*cells((0.2, 1, 1)), threshold=0.5, errors=0)


def test_a_band_is_read_as_it_was_written() -> None:
    fields = {"low": 0.1, "high": None, "threshold": 0.5, "errors": 0.1, "cells": 3, "coverage": 0.0, "wrong": None}
    assert Band.read(fields) == Band(0.1, None, 0.5, 0.1, 3, 0.0, None)
