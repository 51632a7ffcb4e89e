"""Areas under resampled curves, against counting by hand and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from core import areas
from core.areas import rank_areas, roc_areas
from core.resampling import resampling

Cells = tuple[np.ndarray, np.ndarray, np.ndarray]


def cells(truth: list[int], score: list[float], unit: list[int]) -> Cells:
    return np.array(truth), np.array(score), np.array(unit)


def test_pairs_are_counted_as_often_as_their_persons_were_drawn() -> None:
    """Persons 0 and 1 are ill, 2 is healthy: 0 wins against it, 1 wins one of two pairs and ties in none."""
    found = cells([1, 1, 0, 0], [0.9, 0.4, 0.3, 0.5], [0, 1, 2, 2])
    times = np.array([[1, 1, 1], [2, 0, 1], [0, 3, 1], [1, 2, 2]])
    assert roc_areas(*found, times).tolist() == [3 / 4, 1.0, 1 / 2, 2 / 3]


def test_equal_scores_count_half() -> None:
    assert roc_areas(*cells([1, 0], [0.5, 0.5], [0, 1]), np.ones((1, 2), dtype=int)).tolist() == [0.5]


def test_without_a_class_there_is_no_area() -> None:
    found = cells([1, 0], [0.9, 0.1], [0, 1])
    assert np.isnan(rank_areas(*found, np.array([[2, 0], [0, 2]]))).all()
    assert np.isnan(rank_areas(*cells([0, 0], [0.9, 0.1], [0, 1]), np.array([[1, 1]]))).all()


def test_precision_is_averaged_over_positive_cells_as_often_as_their_persons_were_drawn() -> None:
    """In falling order: ill, healthy, ill; precision 1 at the first, 2/3 at the last."""
    found = cells([1, 0, 1], [0.9, 0.5, 0.4], [0, 1, 2])
    times = np.array([[1, 1, 1], [2, 1, 0], [1, 2, 1]])
    np.testing.assert_allclose(rank_areas(*found, times)[1], [(1 + 2 / 3) / 2, 1.0, (1 + 1 / 2) / 2])


def drawn(*, persons: int, mixed: bool) -> tuple[Cells, np.ndarray]:
    rng = np.random.default_rng(3)
    unit = np.sort(rng.integers(0, persons, 300))
    unit[:persons] = np.arange(persons)
    truth = rng.integers(0, 2, 300) if mixed else unit % 2
    score = np.round(rng.normal(truth * 0.7, 1), 1)  # with ties
    draws = resampling(unit.astype(str), truth, draws=50)
    return (truth, score, draws.unit), draws.times


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("most", [300, 19])  # by tables of persons, and cell by cell
def test_the_areas_are_those_of_scikit_learn(*, most: int, mixed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(areas, "_MOST_PERSONS", most)
    (truth, score, unit), times = drawn(persons=20, mixed=mixed)
    repeated = [(np.repeat(truth, row[unit]), np.repeat(score, row[unit])) for row in times]
    roc, pr = rank_areas(truth, score, unit, times)
    np.testing.assert_allclose(roc, [roc_auc_score(*each) for each in repeated], rtol=0, atol=1e-12)
    np.testing.assert_allclose(pr, [average_precision_score(*each) for each in repeated], rtol=0, atol=1e-12)
    np.testing.assert_allclose(roc_areas(truth, score, unit, times), roc, rtol=0, atol=1e-12)


@pytest.mark.parametrize("most", [300, 19])
def test_many_draws_are_worked_through_in_parts(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(areas, "_MOST_PERSONS", most)
    found, times = drawn(persons=20, mixed=True)
    at_once = rank_areas(*found, times)
    for name in ("_CHUNK", "_SMALL_CHUNK"):
        monkeypatch.setattr(areas, name, 3 * len(found[0]))
    np.testing.assert_array_equal(rank_areas(*found, times), at_once)
