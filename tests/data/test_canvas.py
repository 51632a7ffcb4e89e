"""The black square around a cell."""

import numpy as np
import pytest

from core.data import canvas
from core.data.canvas import centred, is_black_around
from core.data.window import Window
from core.types import ByteArray


def on_black(edge: int, *, at: tuple[int, int] = (100, 120), size: tuple[int, int] = (40, 60)) -> ByteArray:
    image = np.zeros((edge, edge, 3), dtype=np.uint8)
    image[at[0] : at[0] + size[0], at[1] : at[1] + size[1]] = (90, 40, 100)
    return image


def test_of_a_final_test_image_the_centre_counts() -> None:
    assert canvas.of(on_black(600)) == Window(75, 75, 450, 450)


def test_of_any_other_image_all_counts() -> None:
    assert canvas.of(on_black(450)) == Window(0, 0, 450, 450)
    assert canvas.of(np.full((600, 600, 3), 200, dtype=np.uint8)) == Window(0, 0, 600, 600)
    assert canvas.of(np.zeros((600, 450, 3), dtype=np.uint8)) == Window(0, 0, 600, 450)


@pytest.mark.parametrize(("reach", "black"), [(0, True), (40, True), (41, False)])
def test_a_cell_may_reach_a_tenth_of_the_border(reach: int, black: bool) -> None:
    image = np.zeros((100, 100, 3), dtype=np.uint8)  # a border of 400 pixels
    image[0, 1 : 1 + reach] = 9
    assert is_black_around(image) is black


def test_the_little_that_jpeg_leaves_around_a_cell_is_black() -> None:
    assert is_black_around(np.full((9, 9, 3), 8, dtype=np.uint8))
    assert not is_black_around(np.full((9, 9, 3), 9, dtype=np.uint8))


def test_a_cell_is_cut_out_on_black_with_its_box_in_the_middle() -> None:
    image = np.full((200, 300, 3), 220, dtype=np.uint8)
    cell = np.zeros((200, 300), dtype=bool)
    cell[10:50, 200:260] = True
    cell[10, 200] = False
    image[cell] = (1, 2, 3)
    cut = centred(image, cell)
    expected = np.zeros((450, 450, 3), dtype=np.uint8)
    expected[205:245, 195:255] = (1, 2, 3)
    expected[205, 195] = 0
    np.testing.assert_array_equal(cut, expected)


def test_a_cell_larger_than_the_square_is_cut_on_both_sides_alike() -> None:
    image = np.full((500, 10, 3), 77, dtype=np.uint8)
    image[:25], image[475:] = 1, 2
    cut = centred(image, np.ones((500, 10), dtype=bool))
    assert set(np.unique(cut)) == {0, 77}
    assert np.count_nonzero(cut[..., 0]) == 4500


def test_a_scale_enlarges_or_shrinks_the_cell_and_nothing_else() -> None:
    image = np.full((100, 100, 3), 90, dtype=np.uint8)
    cell = np.zeros((100, 100), dtype=bool)
    cell[20:60, 30:50] = True
    for scale, area in ((2.0, 80 * 40), (0.5, 20 * 10)):
        cut = centred(image, cell, scale=scale)
        assert np.count_nonzero(cut[..., 0]) == area
        assert set(np.unique(cut)) == {0, 90}
