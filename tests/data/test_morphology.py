import cv2
import numpy as np
import pytest
from skimage.feature import graycomatrix, graycoprops
from skimage.filters import threshold_otsu
from skimage.measure import regionprops

from core.data.demo import demo_cells
from core.data.morphology import MORPHOLOGY, co_occurrence, haralick, morphology, otsu, perimeter
from core.data.segmentation import Segmentation, segment
from core.types import ByteArray, MaskArray

CELLS = demo_cells(cells=12, subjects=6, seed=2)


def segmented(number: int) -> tuple[ByteArray, Segmentation]:
    image = CELLS[number].draw().image
    found = segment(image)
    return found.crop(image), found


def disc(radius: int) -> MaskArray:
    rows, columns = np.mgrid[-radius - 2 : radius + 3, -radius - 2 : radius + 3]
    return rows**2 + columns**2 <= radius**2


def test_a_square_has_its_area_its_outline_and_a_full_hull() -> None:
    cell = np.ones((20, 20), dtype=bool)
    found = morphology(np.full((20, 20, 3), 50, dtype=np.uint8), cell)
    assert found["area"] == 400
    assert found["equivalent_diameter"] == pytest.approx(2 * np.sqrt(400 / np.pi))
    assert found["perimeter"] == 76  # through the centres of the outer pixels: 4 x 19
    assert found["solidity"] == 1
    assert found["eccentricity"] == pytest.approx(0, abs=1e-6)
    assert (found["red"], found["green_spread"]) == (50, 0)


def test_a_disc_is_rounder_than_a_bar() -> None:
    bar = np.ones((10, 100), dtype=bool)
    gray = np.zeros((*bar.shape, 3), dtype=np.uint8)
    round_one = morphology(np.zeros((*disc(40).shape, 3), dtype=np.uint8), disc(40))
    assert round_one["roundness"] == pytest.approx(1, abs=0.1)
    assert morphology(gray, bar)["roundness"] < 0.4
    assert morphology(gray, bar)["eccentricity"] == pytest.approx(np.sqrt(1 - (10**2 - 1) / (100**2 - 1)))


@pytest.mark.parametrize("number", range(12))
def test_shapes_have_the_values_of_scikit_image(number: int) -> None:
    pixels, found = segmented(number)
    (expected,) = regionprops(found.cell.astype(np.uint8))
    measured = morphology(pixels, found.cell)
    assert measured["area"] == expected.area
    assert measured["perimeter"] == pytest.approx(expected.perimeter, rel=1e-9)
    assert measured["eccentricity"] == pytest.approx(expected.eccentricity, rel=1e-6)
    assert measured["equivalent_diameter"] == pytest.approx(expected.equivalent_diameter_area, rel=1e-9)
    assert measured["solidity"] == pytest.approx(expected.solidity, abs=0.01)  # OpenCV's hull takes whole pixels


@pytest.mark.parametrize("number", range(12))
def test_textures_have_the_values_of_scikit_image(number: int) -> None:
    pixels, _ = segmented(number)
    levels = (cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY) // 8).astype(np.uint8)
    everywhere = np.ones(levels.shape, dtype=bool)
    angles = [0, np.pi / 2, np.pi / 4, 3 * np.pi / 4]
    expected = graycomatrix(levels, [1], angles, levels=32, symmetric=True, normed=True)
    found = co_occurrence(levels, everywhere)
    for name in ("contrast", "homogeneity", "energy", "correlation"):
        values = sorted(haralick(matrix)[name] for matrix in found)
        np.testing.assert_allclose(values, sorted(graycoprops(expected, name)[0]), rtol=1e-5)


def test_neighbours_outside_the_cell_do_not_count() -> None:
    levels = np.array([[1, 2, 9]], dtype=np.uint8)
    along = co_occurrence(levels, np.array([[True, True, False]]))[0]
    assert (along[1, 2], along[2, 1], along.sum()) == (0.5, 0.5, 1)


@pytest.mark.parametrize("number", range(3))
def test_the_dark_share_is_cut_where_scikit_image_cuts(number: int) -> None:
    pixels, found = segmented(number)
    gray = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)[found.cell]
    assert otsu(np.bincount(gray, minlength=256)) == threshold_otsu(gray)


def test_colours_are_means_and_spreads_within_the_cell() -> None:
    cell = np.zeros((10, 10), dtype=bool)
    cell[2:8, 2:8] = True
    pixels = np.full((10, 10, 3), 200, dtype=np.uint8)
    pixels[2:8, 2:8] = (10, 20, 30)
    pixels[2:5, 2:8, 0] = 14
    found = morphology(pixels, cell)
    assert (found["red"], found["green"], found["blue"]) == (12, 20, 30)
    assert (found["red_spread"], found["green_spread"]) == (2, 0)


def test_too_few_pixels_give_no_numbers_and_no_error() -> None:
    found = morphology(np.zeros((3, 3, 3), dtype=np.uint8), np.ones((3, 3), dtype=bool))
    assert list(found) == list(MORPHOLOGY)
    assert np.isnan(list(found.values())).all()


def test_the_outline_does_not_depend_on_where_the_cell_lies() -> None:
    shape = disc(15)
    assert perimeter(np.pad(shape, 9)) == perimeter(shape[2:-2, 2:-2])
