"""How far cells lie from training cells."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from sklearn.covariance import ledoit_wolf

from core.gates.training_range import fitted_range
from core.types import FloatArray

SUBJECTS = np.repeat(np.arange(40).astype(np.str_), 10)


@pytest.fixture
def cells() -> FloatArray:
    """400 cells of 40 subjects with five numbers of very different scale, two of them correlated."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(400, 5)) @ (np.eye(5) + 0.8 * np.eye(5, k=1))
    return np.asarray(numbers * np.array([1, 10, 100, 0.1, 0.01]) + 7)


def test_the_distance_is_mahalanobis_with_the_covariance_of_ledoit_and_wolf(cells: FloatArray) -> None:
    found = fitted_range(cells, SUBJECTS)
    centre, spread = cells.mean(axis=0), cells.std(axis=0)
    precision = np.linalg.inv(ledoit_wolf((cells - centre) / spread)[0])
    expected = [mahalanobis((row - centre) / spread, np.zeros(5), precision) for row in cells[:20]]
    np.testing.assert_allclose(found.distance(cells[:20]), expected, rtol=1e-4)


def test_the_centre_is_at_distance_zero(cells: FloatArray) -> None:
    found = fitted_range(cells, SUBJECTS)
    assert found.distance(found.centre[np.newaxis])[0] == 0


def test_the_stated_share_of_new_cells_lies_beyond_the_limit(cells: FloatArray) -> None:
    found = fitted_range(cells[::2], SUBJECTS[::2], false_alarms=0.2)
    assert np.mean(found.distance(cells[1::2]) > found.limit) == pytest.approx(0.2, abs=0.06)


def test_subjects_that_lie_farther_out_move_the_limit_and_nearer_ones_do_not(cells: FloatArray) -> None:
    found = fitted_range(cells, SUBJECTS)
    assert fitted_range(cells, SUBJECTS, unseen=np.tile(cells.mean(axis=0), (50, 1))).limit == found.limit
    farther = cells[:99] + np.array([10, 0, 0, 0, 0])
    moved = fitted_range(cells, SUBJECTS, unseen=farther)
    assert np.mean(moved.distance(farther) > moved.limit) == pytest.approx(4 / 99)  # the 95th of 100 places
    np.testing.assert_array_equal(moved.whitening, found.whitening)


def test_a_number_that_never_varies_does_not_decide_alone(cells: FloatArray) -> None:
    dead = np.column_stack([cells, np.full(400, 3.0)])
    found = fitted_range(dead, SUBJECTS)
    assert np.isfinite(found.whitening).all()
    np.testing.assert_allclose(found.distance(dead[:5]), fitted_range(cells, SUBJECTS).distance(cells[:5]), rtol=0.05)


def test_a_vector_that_is_not_finite_is_infinitely_far(cells: FloatArray) -> None:
    found = fitted_range(cells, SUBJECTS)
    assert list(found.distance(np.array([[np.nan] * 5, [np.inf] * 5]))) == [np.inf, np.inf]


def test_a_training_vector_that_is_not_finite_is_left_out(cells: FloatArray) -> None:
    cells[0, 0] = np.nan
    assert fitted_range(cells, SUBJECTS).cells == 399


def test_another_models_vectors_are_refused(cells: FloatArray) -> None:
    found = fitted_range(cells, SUBJECTS)
    with pytest.raises(ValueError, match=r"Expected vectors of 5 numbers. Received: \(2, 4\)."):
        found.distance(cells[:2, :4])


def test_too_few_training_cells_are_refused(cells: FloatArray) -> None:
    with pytest.raises(ValueError, match=r"Expected at least two training cells. Received: 1."):
        fitted_range(cells[:1], SUBJECTS[:1])


def test_the_limit_alone_says_who_is_in(cells: FloatArray) -> None:
    found = replace(fitted_range(cells, SUBJECTS), limit=0.0)
    assert (found.distance(cells) > found.limit).all()
