"""The most similar cells are those at the smallest distance."""

import numpy as np
import pytest

from core.embedding.neighbours import nearest, nearest_to

PLACES = np.array([[0, 0], [3, 4], [0, 0], [6, 8], [0, 1]], dtype=np.float32)


def test_the_nearest_come_first_with_their_distances_and_without_the_cell_itself() -> None:
    rows, distances = nearest(PLACES, 0)
    assert rows.tolist() == [2, 4, 1, 3]
    assert distances.tolist() == [0, 1, 5, 10]


def test_an_exact_duplicate_is_an_answer_at_distance_zero() -> None:
    rows, distances = nearest(PLACES, 2, count=1)
    assert (rows.tolist(), distances.tolist()) == ([0], [0])


def test_no_more_than_count_are_returned_and_no_more_than_there_are() -> None:
    assert len(nearest(PLACES, 1, count=2)[0]) == 2
    assert len(nearest(PLACES, 1, count=99)[0]) == 4
    assert len(nearest(PLACES[:1], 0)[0]) == 0


@pytest.mark.parametrize("row", [-1, 5])
def test_a_row_that_does_not_exist_is_refused(row: int) -> None:
    with pytest.raises(ValueError, match=f"Expected a row between 0 and 4. Received: {row}."):
        nearest(PLACES, row)


def test_a_vector_that_is_no_row_has_its_nearest_too() -> None:
    rows, distances = nearest_to(PLACES, np.array([3, 0], dtype=np.float32), count=3)
    assert rows.tolist() == [0, 2, 4]
    assert distances.tolist() == pytest.approx([3, 3, 10**0.5])


def test_a_row_is_its_own_nearest_when_it_is_asked_for_as_a_vector() -> None:
    rows, distances = nearest_to(PLACES, PLACES[3], count=1)
    assert (rows.tolist(), distances.tolist()) == ([3], [0])


def test_a_vector_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Expected a vector of 2 numbers\. Received: \(3,\)\.$"):
        nearest_to(PLACES, np.zeros(3, dtype=np.float32))
