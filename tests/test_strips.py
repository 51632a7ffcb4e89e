"""Measures on a common scale, by hand."""

import numpy as np
import pytest

from core.standing import standing
from core.strips import Strip, strips
from tests.test_reference import CLASSES, reference

# 0 to 100: the 1 % quantile is 1, the 99 % quantile 99.
VALUES = [float(value) for value in range(101)]
KNOWN = reference([[0]] * 101, [value >= 50 for value in VALUES], area=VALUES)


def drawn(value: float) -> Strip:
    (found,) = strips(standing({"area": value}, KNOWN), KNOWN, CLASSES)
    return found


@pytest.mark.parametrize(("value", "place"), [(1, 0), (50, 0.5), (99, 1), (-400, -0.04), (1000, 1.04)])
def test_a_cell_stands_between_the_quantiles_or_a_little_beyond(value: float, place: float) -> None:
    assert drawn(value).place == pytest.approx(place)


def test_training_cells_between_the_quantiles_are_drawn_by_class() -> None:
    found = drawn(50)
    assert found.negative.tolist() == pytest.approx([(value - 1) / 98 for value in range(1, 50)], abs=1e-6)
    assert found.positive.tolist() == pytest.approx([(value - 1) / 98 for value in range(50, 100)], abs=1e-6)
    assert found.title == "Size"
    assert found.says == "Larger than all healthy (HEM) training cells and no leukemic (ALL) one."


def test_a_measure_that_is_the_same_for_all_has_a_place_too() -> None:
    known = reference([[0]] * 2, [False, True], area=[5, 5])
    (found,) = strips(standing({"area": 5.0}, known), known, CLASSES)
    assert (found.place, found.negative.tolist(), found.positive.tolist()) == (0, [0], [0])


def test_only_measures_that_are_read_and_known_are_drawn() -> None:
    known = reference([[0]] * 2, [False, True], area=[1, 2], perimeter=[1, 2])
    both = standing({"perimeter": 1.0, "area": 1.0, "solidity": 1.0}, known)
    assert [strip.title for strip in strips(both, known, CLASSES)] == ["Size"]
    assert strips((), known, CLASSES) == ()
    assert np.isfinite(strips(both, known, CLASSES)[0].place)
