import numpy as np
import pytest

from core.data.demo import demo_cells
from core.data.segmentation import brightest, largest_object, segment
from core.types import ByteArray

PURPLE, RED_CELL = (65, 25, 75), (90, 60, 72)


def canvas(height: int = 60, width: int = 80) -> ByteArray:
    return np.zeros((height, width, 3), dtype=np.uint8)


def test_a_cell_is_cut_to_its_bounding_box() -> None:
    image = canvas()
    image[10:30, 20:50] = PURPLE
    found = segment(image)
    assert (found.top, found.left, found.cell.shape) == (10, 20, (20, 30))
    assert found.cell.all()
    assert not found.debris.any()
    assert (found.objects, found.touches_border) == (1, False)
    np.testing.assert_array_equal(found.crop(image), image[10:30, 20:50])


def test_an_empty_image_has_no_cell() -> None:
    found = segment(canvas())
    assert (found.objects, found.touches_border, found.cell.size) == (0, False, 0)


def test_what_is_nearly_black_is_background() -> None:
    image = canvas()
    image[:] = 8
    assert segment(image).objects == 0


def test_a_small_second_object_is_debris_and_a_large_one_an_object() -> None:
    image = canvas()
    image[10:30, 10:30] = PURPLE  # 400 pixels
    image[40:43, 60:63] = PURPLE  # 9
    assert segment(image).objects == 1
    assert segment(image).debris.sum() == 9
    image[40:50, 60:70] = PURPLE  # 100, a quarter of the largest
    found = segment(image)
    assert (found.objects, int(found.cell.sum()), int(found.debris.sum())) == (2, 400, 100)


def test_a_piece_of_a_red_cell_at_the_cell_is_debris() -> None:
    image = canvas()
    image[10:50, 10:50] = PURPLE
    image[20:40, 50:62] = RED_CELL
    found = segment(image)
    assert not found.cell[12:28, 42:50].any()
    assert found.debris[12:28, 42:50].all()
    assert int(found.cell.sum()) == pytest.approx(1600, abs=40)


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (slice(0, 9), slice(20, 30)),
        (slice(50, 60), slice(20, 30)),
        (slice(9, 20), slice(0, 9)),
        (slice(9, 20), slice(70, 80)),
    ],
)
def test_a_cell_at_any_border_touches_it(rows: slice, columns: slice) -> None:
    image = canvas()
    image[rows, columns] = PURPLE
    assert segment(image).touches_border


def test_drawn_cells_are_found_as_they_were_drawn() -> None:
    overlaps = []
    for cell in demo_cells(cells=24, subjects=6, seed=8):
        drawn = cell.draw()
        found = segment(drawn.image)
        mask = np.zeros(drawn.cell.shape, dtype=bool)
        mask[found.top : found.top + found.cell.shape[0], found.left : found.left + found.cell.shape[1]] = found.cell
        overlaps.append((mask & drawn.cell).sum() / (mask | drawn.cell).sum())
    assert min(overlaps) > 0.95
    assert np.median(overlaps) > 0.99


def test_the_brightest_channel_is_taken_at_each_pixel() -> None:
    image = np.array([[[1, 2, 3], [9, 8, 7]], [[4, 6, 5], [0, 0, 0]]], dtype=np.uint8)
    np.testing.assert_array_equal(brightest(image), [[3, 9], [6, 0]])


def test_objects_hang_together_at_corners_and_the_largest_is_told() -> None:
    mask = np.array([[1, 0, 0, 1, 1], [0, 1, 0, 0, 0], [0, 0, 1, 0, 1]], dtype=np.uint8)
    largest, areas = largest_object(mask)
    assert areas.tolist() == [3, 2, 1]
    np.testing.assert_array_equal(largest, [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0]])


def test_a_single_object_is_the_largest() -> None:
    mask = np.array([[0, 1, 1], [0, 1, 0]], dtype=np.uint8)
    largest, areas = largest_object(mask)
    assert areas.tolist() == [3]
    np.testing.assert_array_equal(largest, mask)
