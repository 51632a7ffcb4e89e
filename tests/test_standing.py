"""Where a cell's measures lie among those of training cells, counted by hand."""

import math

import pytest

from core.standing import READINGS, Standing, standing
from tests.test_reference import CLASSES, reference

# HEM: 1, 2, 3, 4; ALL: 3, 4, 5, 6 and one without an outline.
KNOWN = reference([[0]] * 9, [False] * 4 + [True] * 5, area=[1, 2, 3, 4, 3, 4, 5, 6, math.nan])


def area(value: float) -> Standing:
    (found,) = standing({"area": value}, KNOWN)
    return found


def test_shares_count_cells_with_smaller_and_with_larger_values() -> None:
    found = area(3.5)
    assert (found.below, found.above) == ((0.75, 0.25), (0.25, 0.75))
    assert (found.name, found.value, found.title) == ("area", 3.5, "Area (px²)")


def test_a_cell_of_the_same_value_is_neither_smaller_nor_larger() -> None:
    assert (area(3).below, area(3).above) == ((0.5, 0), (0.25, 0.75))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (4.5, "Larger than all healthy (HEM) training cells and 50 % of leukemic (ALL) ones."),
        (5.5, "Larger than all healthy (HEM) training cells and 75 % of leukemic (ALL) ones."),
        (2.5, "Smaller than 50 % of healthy (HEM) training cells and all leukemic (ALL) ones."),
        (4, "Larger than 75 % of healthy (HEM) training cells and 25 % of leukemic (ALL) ones."),
        (3, "Smaller than 25 % of healthy (HEM) training cells and 75 % of leukemic (ALL) ones."),
        (9, "Larger than all healthy (HEM) training cells and all leukemic (ALL) ones."),
    ],
)
def test_the_sentence_takes_the_side_of_most_training_cells(value: float, said: str) -> None:
    assert area(value).sentence(CLASSES) == said


def test_none_of_a_class_is_said_so() -> None:
    found = Standing("area", 1.0, (0.0, 0.9), (1.0, 0.1))
    assert found.sentence(CLASSES) == "Smaller than all healthy (HEM) training cells and 10 % of leukemic (ALL) ones."
    none = Standing("area", 1.0, (0.0, 1.0), (0.0, 0.0))
    assert none.sentence(CLASSES) == "Larger than no healthy (HEM) training cell and all leukemic (ALL) ones."


@pytest.mark.parametrize(("share", "said"), [(0.999, "99 %"), (0.001, "1 %"), (0.934, "93 %")])
def test_a_share_that_is_not_all_or_none_never_reads_as_such(share: float, said: str) -> None:
    assert (
        Standing("area", 1.0, (share, 1.0), (0.0, 0.0)).sentence(CLASSES).startswith(f"Larger than {said} of healthy")
    )


def test_classes_with_other_names_keep_them() -> None:
    found = area(4.5).sentence(("benign", "blast"))
    assert found == "Larger than all benign training cells and 50 % of blast ones."


def test_a_class_without_measured_cells_is_left_out() -> None:
    (found,) = standing({"area": 2.0}, reference([[0]] * 2, [True, True], area=[1, 3]))
    assert found.below == (None, 0.5)
    assert found.sentence(CLASSES) == "Larger than 50 % of leukemic (ALL) training cells."
    (unknown,) = standing({"area": 2.0}, reference([[0]], [True]))
    assert (unknown.below, unknown.sentence(CLASSES)) == ((None, None), "")


def test_what_is_no_number_and_what_is_no_measure_is_left_out() -> None:
    assert standing({"area": math.nan, "score": 1.0}, KNOWN) == ()


@pytest.mark.parametrize("name", READINGS)
def test_each_reading_says_more_and_less(name: str) -> None:
    known = reference([[0]] * 2, [False, True], **{name: [0.5, 0.5]})
    more, less = (standing({name: value}, known)[0].sentence(CLASSES) for value in (1.0, 0.0))
    both = "than all healthy (HEM) training cells and all leukemic (ALL) ones."
    assert (more, less) == (f"{READINGS[name].more} {both}", f"{READINGS[name].less} {both}")


def test_other_measures_have_no_sentence() -> None:
    (found,) = standing({"perimeter": 2.0}, reference([[0]], [True], perimeter=[1]))
    assert (found.below, found.sentence(CLASSES)) == ((None, 1.0), "")
