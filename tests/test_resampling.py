"""Resampling of subjects: what is drawn, intervals and P values."""

import numpy as np
import pytest
from scipy import stats

from core.metrics import Judged, resampled
from core.resampling import Resampling, resampling


def test_each_draw_has_as_many_subjects_as_there_are() -> None:
    subject = np.array(["a", "a", "b", "c", "c", "c"])
    found = resampling(subject, np.array([0, 1, 1, 0, 0, 1]), draws=50)
    assert found.times.shape == (50, 3)
    assert (found.times.sum(axis=1) == 3).all()
    assert found.unit.tolist() == [0, 0, 1, 2, 2, 2]


def test_the_rarer_class_decides_whether_there_are_enough_subjects() -> None:
    subject = np.array(["a", "b", "c", "d", "e"])
    assert resampling(subject, np.array([1, 1, 1, 0, 0]), draws=10).fewest == 2
    few = resampling(subject, np.array([1, 1, 1, 0, 0]), draws=10)
    assert not few.enough
    assert few.interval(np.arange(10.0)) is None
    assert few.p_value(1.0, np.arange(10.0)) is None


def test_cells_without_a_subject_stand_for_themselves() -> None:
    found = resampling(np.array(["", "a", "", "a"]), np.array([0, 1, 0, 1]), draws=5)
    assert found.times.shape == (5, 3)
    assert found.unit[1] == found.unit[3]
    assert len(set(found.unit.tolist())) == 3


def test_the_same_seed_draws_the_same_subjects() -> None:
    subject, truth = np.array(list("aabbccdd")), np.arange(8) % 2
    first, again, other = (resampling(subject, truth, draws=20, seed=seed).times for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_the_interval_takes_percentiles_that_were_moved_outwards() -> None:
    values = np.arange(10_001.0)
    found = Resampling(np.arange(8), np.ones((1, 8), dtype=int), fewest=4)
    tail = stats.norm.cdf(stats.t.ppf(0.025, 3) * np.sqrt(4 / 3))
    assert found.interval(values) == pytest.approx((tail * 10_000, (1 - tail) * 10_000))
    many = Resampling(np.arange(8), np.ones((1, 8), dtype=int), fewest=100_000)
    assert many.interval(values) == pytest.approx((250, 9750), rel=1e-3)


def test_draws_without_the_figure_do_not_count() -> None:
    found = Resampling(np.arange(8), np.ones((1, 8), dtype=int), fewest=4)
    values = np.arange(101.0)
    assert found.interval(np.append(values, [np.nan, np.nan])) == found.interval(values)
    assert found.interval(np.full(3, np.nan)) is None
    assert found.p_value(0.1, np.full(3, np.nan)) is None


def test_the_p_value_is_students_with_the_bootstrap_error() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0.1, 0.05, 4000)
    found = Resampling(np.arange(8), np.ones((1, 8), dtype=int), fewest=10)
    error = values.std(ddof=1) * np.sqrt(10 / 9)
    assert found.p_value(0.1, values) == pytest.approx(2 * stats.t.sf(0.1 / error, 9))
    assert found.p_value(-0.1, values) == found.p_value(0.1, values)


@pytest.mark.parametrize(("difference", "p_value"), [(0.0, 1.0), (0.25, 0.0)])
def test_a_difference_that_never_changes_is_certain_or_none(difference: float, p_value: float) -> None:
    found = Resampling(np.arange(8), np.ones((1, 8), dtype=int), fewest=4)
    assert found.p_value(difference, np.full(9, difference)) == p_value


def test_the_error_of_a_mean_over_subjects_is_that_of_the_textbook() -> None:
    # one cell a subject: accuracy is a mean of independent cells, with error sqrt(p (1 - p) / n)
    truth = np.tile([0, 1], 100)
    called = np.where(np.arange(200) < 160, truth, 1 - truth)
    found = resampling(np.arange(200).astype(str), truth, draws=4000)
    judged = Judged(truth, called.astype(float), called, None, found.unit)
    accuracy = resampled(judged, found.times)["accuracy"]
    assert accuracy.mean() == pytest.approx(0.8, abs=0.002)
    assert accuracy.std() == pytest.approx(np.sqrt(0.8 * 0.2 / 200), rel=0.05)
    assert found.interval(accuracy) == pytest.approx((0.743, 0.857), abs=0.01)
