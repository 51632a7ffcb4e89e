"""The window around a cell: where it lies, what it shows, and the way back to the image."""

import numpy as np
import pytest

from core.data.window import Window, on_cell, whole
from core.types import ByteArray


def blob(rows: slice, columns: slice, shape: tuple[int, int] = (20, 30)) -> ByteArray:
    image = np.zeros((*shape, 3), dtype=np.uint8)
    image[rows, columns] = (90, 40, 110)
    return image


@pytest.mark.parametrize(
    ("rows", "columns", "edge", "expected"),
    [
        (slice(4, 10), slice(12, 20), 10, Window(2, 11, 10, 10)),  # its middle is at row 7, column 16
        (slice(4, 10), slice(12, 20), 6, Window(4, 13, 6, 6)),  # a wider cell is cut, not shrunk
        (slice(0, 4), slice(0, 4), 10, Window(-3, -3, 10, 10)),  # a cell in the corner is in the middle of the window
        (slice(0, 0), slice(0, 0), 10, Window(5, 10, 10, 10)),  # without a cell: the middle of the image
        (slice(0, 20), slice(0, 30), 40, Window(-10, -5, 40, 40)),  # larger than the image
        (slice(4, 9), slice(12, 19), 4, Window(4, 13, 4, 4)),  # odd numbers are rounded down
    ],
)
def test_the_window_lies_around_the_middle_of_what_is_not_black(
    rows: slice, columns: slice, edge: int, expected: Window
) -> None:
    assert on_cell(blob(rows, columns), edge) == expected


def test_what_jpeg_leaves_around_a_cell_moves_no_window() -> None:
    image = blob(slice(4, 10), slice(12, 20))
    noisy = image + np.where(image == 0, 8, 0).astype(np.uint8)
    assert on_cell(noisy, 10) == on_cell(image, 10)


def test_cells_of_two_sizes_keep_their_sizes_in_the_window_wherever_they_lie() -> None:
    for rows, columns in ((slice(2, 8), slice(3, 9)), (slice(11, 19), slice(20, 28))):
        image = blob(rows, columns)
        shown = on_cell(image, 12).cut(image)
        assert np.count_nonzero(shown.any(axis=2)) == np.count_nonzero(image.any(axis=2))


def test_what_lies_beyond_the_image_is_black() -> None:
    image = np.full((2, 3, 3), 7, dtype=np.uint8)
    shown = Window(-1, 1, 4, 4).cut(image)
    np.testing.assert_array_equal(shown[..., 0], [[0, 0, 0, 0], [7, 7, 0, 0], [7, 7, 0, 0], [0, 0, 0, 0]])
    assert shown.dtype == np.uint8


def test_the_whole_image_is_not_copied() -> None:
    image = blob(slice(4, 10), slice(12, 20))
    shown = whole(image).cut(image)
    assert shown.shape == image.shape
    assert np.shares_memory(shown, image)


def test_values_are_laid_back_where_the_window_was() -> None:
    values = np.array([[1, 2], [3, 4]], dtype=np.float32)
    laid = Window(1, 2, 2, 2).laid_back(values, (4, 5))
    np.testing.assert_array_equal(laid, [[0, 0, 0, 0, 0], [0, 0, 1, 2, 0], [0, 0, 3, 4, 0], [0, 0, 0, 0, 0]])


def test_values_beyond_the_image_are_dropped_on_the_way_back() -> None:
    values = np.arange(9, dtype=np.float32).reshape(3, 3)
    np.testing.assert_array_equal(Window(-1, 1, 3, 3).laid_back(values, (3, 3)), [[0, 3, 4], [0, 6, 7], [0, 0, 0]])


def test_a_coarser_grid_is_stretched_to_the_window() -> None:
    laid = Window(2, 2, 4, 4).laid_back(np.ones((2, 2), dtype=np.float32), (8, 8))
    assert laid.sum() == 16
    assert laid[2:6, 2:6].min() == 1


@pytest.mark.parametrize("edge", [8, 15, 40])
def test_what_was_cut_comes_back_to_its_place(edge: int) -> None:
    image = np.random.default_rng(0).integers(9, 256, (20, 30, 3), dtype=np.uint8)
    window = on_cell(image, edge)
    laid = window.laid_back(window.cut(image)[..., 0].astype(np.float32), (20, 30))
    inside = window.laid_back(np.ones((edge, edge), dtype=np.float32), (20, 30)) == 1
    np.testing.assert_array_equal(laid, np.where(inside, image[..., 0], 0))
