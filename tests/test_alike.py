"""Training cells most like a cell, counted by hand."""

import numpy as np
import pytest

from core.alike import alike, usual_distance
from tests.test_reference import CLASSES, reference

LINE = reference(
    [[0], [1], [2], [3], [10]],
    [True, False, True, True, False],
    subject=["a", "b", "a", "", "c"],
    usual=0.25,
)


def at(place: float, count: int = 3) -> str:
    return alike(LINE, np.array([place], dtype=np.float32), classes=CLASSES, count=count).sentence


def test_the_nearest_come_first_with_class_subject_and_distance() -> None:
    found = alike(LINE, np.array([2.25], dtype=np.float32), classes=CLASSES, count=3)
    assert [(cell.row, cell.label, cell.subject, cell.distance) for cell in found.cells] == [
        (2, "ALL", "a", 0.25),
        (3, "ALL", "", 0.75),
        (1, "HEM", "b", 1.25),
    ]
    assert (found.people, found.far) == (0, False)


@pytest.mark.parametrize(
    ("place", "count", "said"),
    [
        (2.2, 3, "2 of these 3 cells are ALL, 1 HEM."),
        (2.75, 2, "All of these 2 cells are ALL."),
        (0.75, 3, "2 of these 3 cells are ALL, 1 HEM, of 2 subjects."),
        (0.2, 2, "Half of these 2 cells are HEM, half ALL, of 2 subjects."),
        (0.1, 1, "This one cell is ALL, of one subject."),
    ],
)
def test_the_sentence_counts_classes_and_subjects(place: float, count: int, said: str) -> None:
    assert at(place, count) == said


def test_it_is_said_where_even_the_nearest_lies_farther_off_than_is_usual() -> None:
    assert at(10.25, 1) == "This one cell is HEM, of one subject."
    assert at(10.5, 1) == (
        "This one cell is HEM, of one subject. Even the nearest lies farther off than that of 95% of new cells: the "
        "model knows few cells like this one."
    )


def test_no_more_cells_are_found_than_there_are() -> None:
    assert len(alike(LINE, np.zeros(1, np.float32), classes=CLASSES, count=99).cells) == 5


def test_a_cell_without_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Expected a cell that the model can compare\. Received: one without"):
        alike(LINE, np.array([np.nan], dtype=np.float32), classes=CLASSES)


def test_cells_of_another_model_are_refused() -> None:
    with pytest.raises(ValueError, match="Expected a vector of 1 numbers"):
        alike(LINE, np.zeros(2, np.float32), classes=CLASSES)


def test_the_usual_distance_is_the_one_that_one_in_twenty_new_cells_exceeds() -> None:
    """39 new cells at distances 1 to 39 of the one training cell: the conformal rank is (39 + 1) * 0.95 = 38."""
    new = np.arange(1, 40, dtype=np.float32)[:, np.newaxis]
    assert usual_distance(np.zeros((1, 1), np.float32), new) == 38


def test_without_new_cells_no_distance_is_unusual() -> None:
    known = np.zeros((1, 1), np.float32)
    assert usual_distance(known, np.full((2, 1), np.nan, np.float32)) == float("inf")
    assert usual_distance(known, np.zeros((0, 1), np.float32)) == float("inf")
