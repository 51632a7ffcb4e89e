"""Drawn cells: what is black, where the signs are, and how much the area alone says."""

from functools import cache

import cv2
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.data.demo import demo_cells
from core.data.drawing import DrawnCell, draw_cell, subject_style

CASES = [(seed, positive) for seed in range(8) for positive in (True, False)]


@cache
def cell(seed: int, positive: bool) -> DrawnCell:  # it is what a case is made of
    return draw_cell(np.random.default_rng(seed), positive=positive, style=subject_style(np.random.default_rng(seed)))


@pytest.mark.parametrize(("seed", "positive"), CASES)
def test_an_image_is_a_black_square_as_large_as_the_real_ones_with_masks_of_that_size(
    seed: int, positive: bool
) -> None:
    drawn = cell(seed, positive)
    assert (drawn.image.shape, drawn.image.dtype) == ((450, 450, 3), np.uint8)
    assert (drawn.cell.shape, drawn.cell.dtype) == ((450, 450), np.bool_)
    assert (drawn.evidence.shape, drawn.evidence.dtype) == ((450, 450), np.bool_)


@pytest.mark.parametrize(("seed", "positive"), CASES)
def test_the_image_is_exactly_black_outside_the_cell_and_what_hangs_on_it(seed: int, positive: bool) -> None:
    drawn = cell(seed, positive)
    lit = drawn.image.any(axis=2)
    assert drawn.image[drawn.cell].min() >= 2  # no hole inside
    np.testing.assert_array_equal(drawn.image.all(axis=2), lit)  # no pixel is black in one channel only
    _, pieces = cv2.connectedComponents(lit.astype(np.uint8))
    assert set(np.unique(pieces[lit])) <= set(np.unique(pieces[drawn.cell]))
    assert 0 <= (lit & ~drawn.cell).sum() < 0.1 * drawn.cell.sum()


@pytest.mark.parametrize(("seed", "positive"), CASES)
def test_the_cell_stands_in_the_middle_and_touches_no_edge(seed: int, positive: bool) -> None:
    mask = cell(seed, positive).cell
    for axis in (0, 1):
        (inside,) = np.nonzero(mask.any(axis=axis))
        assert inside[0] > 0
        assert inside[-1] < 449
        assert abs((inside[0] + inside[-1]) / 2 - 225) <= 1


@pytest.mark.parametrize(
    "seed", [*range(8), 13, 36]
)  # in the last two a sign reaches over the outline before it is cut
def test_the_signs_lie_inside_a_leukemic_cell_and_take_a_part_of_it(seed: int) -> None:
    drawn = cell(seed, True)
    assert not (drawn.evidence & ~drawn.cell).any()
    assert 0 < drawn.evidence.sum() < 0.6 * drawn.cell.sum()


@pytest.mark.parametrize("seed", range(8))
def test_a_healthy_cell_has_no_signs(seed: int) -> None:
    assert not cell(seed, False).evidence.any()


@pytest.mark.parametrize("positive", [True, False])
def test_the_same_seed_draws_the_same_cell_and_another_one_another(positive: bool) -> None:
    again = cell.__wrapped__(0, positive)
    for layer in ("image", "cell", "evidence"):
        np.testing.assert_array_equal(getattr(again, layer), getattr(cell(0, positive), layer))
    assert (cell(1, positive).image != again.image).any()


def test_a_subject_shares_its_stain_and_another_has_another() -> None:
    one, same, other = (subject_style(np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.colour, same.colour)
    assert (one.scale, one.texture, one.blur, one.rim) == (same.scale, same.texture, same.blur, same.rim)
    assert (one.colour != other.colour).all()
    assert one.scale != other.scale


def test_drawing_leaves_numpys_global_generator_alone() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002  # the global state is what is looked at
    cell.__wrapped__(3, True)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.slow
def test_sizes_are_those_of_the_real_cells_and_area_alone_does_not_tell_the_classes_apart() -> None:
    planned = demo_cells(cells=300, subjects=60, seed=1)
    positive = np.array([cell.positive for cell in planned])
    area = np.array([cell.draw().image.any(axis=2).sum() for cell in planned])  # pixels that are not black
    diameter = np.sqrt(4 * area / np.pi)
    assert np.median(diameter[positive]) == pytest.approx(225, abs=8)
    assert np.median(diameter[~positive]) == pytest.approx(189, abs=8)
    assert 0.70 < roc_auc_score(positive, area) < 0.80
