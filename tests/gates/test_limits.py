"""Limits on measures, to a stated rate of false alarms."""

import numpy as np
import pytest

from core.gates.limits import Limits, Side, by_subject, fitted_limits, upper_quantile

BOTH = Side(low=True, high=True, smallest=1e-9)


def names(count: int) -> "np.typing.NDArray[np.str_]":
    return np.arange(count).astype(np.str_)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 5.0), (0.2, 8.0), (0.1, 9.0), (0.01, 9.0)])
def test_the_quantile_counts_the_new_value_among_the_known_ones(share: float, expected: float) -> None:
    """Of nine values 1 to 9 and a new one, which is as likely in any of ten places: rank ceil(10 * (1 - share))."""
    assert upper_quantile(np.arange(9.0, 0, -1), share) == expected


@pytest.mark.parametrize("subjects", [2, 3, 5, 12])
def test_folds_part_no_subject_and_look_at_each_cell_once(subjects: int) -> None:
    subject = np.repeat(names(subjects), 3)
    folds = by_subject(subject)
    assert sorted(np.concatenate([unseen for _, unseen in folds])) == list(range(3 * subjects))
    assert all(not set(subject[learned]) & set(subject[unseen]) for learned, unseen in folds)
    assert len(folds) == min(subjects, 5)


def test_one_subject_alone_is_looked_at_as_it_is() -> None:
    ((learned, unseen),) = by_subject(np.array(["1", "1", "1"]))
    assert list(learned) == list(unseen) == [0, 1, 2]


def test_the_smallest_spread_sets_the_limits_of_a_measure_that_never_varies() -> None:
    """All deviations are 0, so the limits are the median itself."""
    found = fitted_limits(np.full((20, 1), 3.0), names(20), {"a": Side(True, True, 0.5)}, false_alarms=0.1)
    assert (found.low, found.high) == ({"a": 3.0}, {"a": 3.0})


def test_one_cell_off_moves_the_limit_by_its_distance_in_smallest_spreads() -> None:
    """20 cells at 0 and one at 2: quantiles are 0, the smallest spread 1 stands, and the largest deviation is 2."""
    values = np.zeros((21, 1))
    values[4] = 2
    found = fitted_limits(values, names(21), {"a": Side(True, True, 1.0)}, false_alarms=0.01)
    assert (found.low["a"], found.high["a"]) == (-2.0, 2.0)
    assert (found.cells, found.subjects, found.false_alarms) == (21, 21, 0.01)


def test_a_side_that_says_nothing_has_no_limit() -> None:
    values = np.random.default_rng(0).normal(size=(50, 2))
    found = fitted_limits(
        values, names(50), {"up": Side(False, True, 1e-9), "down": Side(True, False, 1e-9)}, false_alarms=0.1
    )
    assert (list(found.low), list(found.high)) == (["down"], ["up"])


@pytest.mark.parametrize("measures", [1, 4])
def test_the_stated_share_of_new_subjects_cells_lies_outside(measures: int) -> None:
    rng = np.random.default_rng(measures)

    def drawn(subjects: int) -> "np.typing.NDArray[np.float64]":
        own = np.repeat(rng.normal(size=(subjects, measures)), 10, axis=0)
        return np.asarray(own + rng.normal(size=(10 * subjects, measures)))

    sides = {f"measure {number}": BOTH for number in range(measures)}
    found = fitted_limits(drawn(200), np.repeat(names(200), 10), sides, false_alarms=0.05)
    outside = [found.outside(dict(zip(sides, row, strict=True))) is not None for row in drawn(1000)]
    assert np.mean(outside) == pytest.approx(0.05, abs=0.015)


def test_the_first_measure_outside_is_named() -> None:
    limits = Limits({"a": 0.0, "b": 0.0}, {"a": 1.0}, 0.01, 1, 1)
    assert limits.outside({"a": 0.5, "b": 9.0, "c": -3.0}) is None
    assert limits.outside({"a": 1.0, "b": -0.1}) == "b"
    assert limits.outside({"a": 1.1, "b": -0.1}) == "a"
    assert limits.outside({"a": float("nan")}) == "a"


def test_widening_moves_limits_outwards_only() -> None:
    narrow, other = Limits({"a": 1, "b": 0}, {"a": 2}, 0.01, 5, 2), Limits({"a": 0, "b": 1}, {"a": 1.5}, 0.05, 9, 9)
    assert narrow.widened(other) == Limits({"a": 0, "b": 0}, {"a": 2}, 0.01, 5, 2)


def test_cells_without_measures_do_not_count() -> None:
    values = np.array([[1.0], [np.nan], [1.0]])
    assert fitted_limits(values, names(3), {"a": BOTH}, false_alarms=0.1).cells == 2
    with pytest.raises(ValueError, match=r"Expected measured cells to set limits on. Received: none."):
        fitted_limits(values[1:2], names(1), {"a": BOTH}, false_alarms=0.1)
