"""Numbers of images with known pixels."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.data import pixels
from core.data.morphology import MORPHOLOGY, morphology
from core.data.pixels import Preprocessing
from core.data.segmentation import segment
from core.features.blocks import (
    BLOCKS,
    colour_histograms,
    described,
    described_file,
    granularity,
    local_patterns,
    radial_profile,
)
from core.types import ByteArray

ALL = tuple(BLOCKS)
OF_CELL = tuple(name for name, block in BLOCKS.items() if not block.whole)


def square(edge: int = 20, colour: tuple[int, int, int] = (100, 50, 200)) -> ByteArray:
    """A square of one colour on black, 64 pixels wide."""
    image = np.zeros((64, 64, 3), dtype=np.uint8)
    image[10 : 10 + edge, 20 : 20 + edge] = colour
    return image


def test_the_area_is_the_number_of_pixels_of_the_cell() -> None:
    assert described(square(20), ["area"])["area"].tolist() == [400]


def test_morphology_is_what_exploring_shows() -> None:
    image = square(20)
    found = segment(image)
    expected = morphology(found.crop(image), found.cell)
    np.testing.assert_allclose(described(image, ["morphology"])["morphology"], list(expected.values()), rtol=1e-6)
    assert BLOCKS["morphology"].columns == tuple(MORPHOLOGY)


@pytest.mark.parametrize(
    ("name", "preprocessing"), [("pixels", Preprocessing(32)), ("grayscale", Preprocessing(64, "grayscale"))]
)
def test_pixels_are_the_prepared_image_row_by_row(name: str, preprocessing: Preprocessing) -> None:
    image = square(30)
    values = described(image, [name])[name]
    np.testing.assert_array_equal(values, pixels.prepare(image, preprocessing).ravel())
    assert values.dtype == np.uint8


@pytest.mark.parametrize("name", ALL)
def test_each_number_has_a_name(name: str) -> None:
    values = described(square(), [name])[name]
    assert values.shape == (len(BLOCKS[name].columns),)
    assert values.dtype == BLOCKS[name].dtype


@pytest.mark.parametrize("edge", [0, 3])
def test_without_a_cell_there_are_pixels_and_no_other_numbers(edge: int) -> None:
    found = described(square(edge), ALL)
    assert all(np.isnan(found[name]).all() for name in OF_CELL)
    assert found["grayscale"].max() == (0 if edge == 0 else found["grayscale"].max())
    assert not any(np.isnan(found[name].astype(float)).any() for name in ALL if BLOCKS[name].whole)


@pytest.mark.parametrize(
    ("around", "pattern"),
    [
        ([9, 9, 9, 9, 9, 9, 9, 9], 8),
        ([1, 1, 1, 1, 1, 1, 1, 1], 0),
        ([9, 9, 9, 1, 1, 1, 1, 1], 3),
        ([9, 1, 1, 1, 1, 1, 9, 9], 3),
        ([9, 1, 9, 1, 9, 1, 9, 1], 9),
        ([5, 1, 1, 1, 1, 1, 1, 1], 1),
    ],
)
def test_a_local_pattern_counts_the_neighbours_that_are_not_darker(around: list[int], pattern: int) -> None:
    gray = np.full((3, 3), 5, dtype=np.uint8)
    for place, level in zip([(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)], around, strict=True):
        gray[place] = level
    shares = local_patterns(gray, np.ones((3, 3), dtype=bool))
    assert shares.tolist() == [float(number == pattern) for number in range(10)]


def test_local_patterns_do_not_change_with_a_quarter_turn_or_more_light() -> None:
    gray = np.random.default_rng(0).integers(20, 100, (12, 15)).astype(np.uint8)
    cell = np.ones(gray.shape, dtype=bool)
    shares = local_patterns(gray, cell)
    np.testing.assert_allclose(local_patterns(np.rot90(gray).copy(), np.rot90(cell).copy()), shares)
    np.testing.assert_allclose(local_patterns(gray * 2, cell), shares)


def test_a_cell_one_pixel_wide_has_no_local_pattern() -> None:
    assert np.isnan(local_patterns(np.ones((20, 1), dtype=np.uint8), np.ones((20, 1), dtype=bool))).all()


def test_an_even_cell_has_no_grain_whatever_lies_around_it() -> None:
    cell = cv2.circle(np.zeros((40, 40), np.uint8), (20, 20), 12, 1, -1).view(bool)
    np.testing.assert_allclose(granularity(np.where(cell, 80, 255).astype(np.uint8), cell), 0, atol=1e-5)


def test_fine_grain_shows_at_the_finest_scale_and_coarse_grain_at_a_coarser_one() -> None:
    cell = np.ones((64, 64), dtype=bool)
    row = np.arange(64)
    fine, coarse = (
        (100 + 20 * ((row // width % 2)[:, np.newaxis] ^ (row // width % 2))).astype(np.uint8) for width in (1, 8)
    )
    np.testing.assert_allclose(granularity(fine, cell)[0], 10, rtol=0.01)
    assert granularity(fine, cell)[1:].max() < 0.1
    assert granularity(coarse, cell)[:3].min() > 3


def test_the_radial_profile_goes_from_the_rim_to_the_centre() -> None:
    gray = np.full((3, 3), 10, dtype=np.uint8)
    gray[1, 1] = 100
    profile = radial_profile(gray, np.ones((3, 3), dtype=bool))
    np.testing.assert_allclose(profile, [0, 0, 10 - 20, 0, 100 - 20])  # the mean of all nine is 20


def test_histograms_hold_the_share_of_pixels_at_each_level() -> None:
    crop = np.zeros((4, 4, 3), dtype=np.uint8)
    crop[:3] = (100, 50, 200)  # saturation 255 * 150 / 200 = 191
    crop[3] = (100, 50, 20)  # saturation 255 * 80 / 100 = 204
    cell = np.ones((4, 4), dtype=bool)
    cell[3, 1:] = False  # 12 pixels of the one colour, one of the other
    red, green, blue, saturation = colour_histograms(crop, cell).reshape(4, 16)
    assert red[100 // 16] == 1
    assert green[50 // 16] == 1
    assert (blue[200 // 16], blue[20 // 16]) == pytest.approx((12 / 13, 1 / 13))
    assert (saturation[191 // 16], saturation[204 // 16]) == pytest.approx((12 / 13, 1 / 13))


def test_a_file_that_cannot_be_read_is_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "cell.bmp"
    file.write_bytes(b"no image")
    assert str(described_file(file, ["area"])).startswith("Expected ")
    assert "No such file" in str(described_file(tmp_path / "gone.bmp", ["area"]))


def test_a_file_is_described_as_its_pixels_are(tmp_path: Path) -> None:
    file = tmp_path / "cell.png"
    cv2.imwrite(str(file), square()[..., ::-1])
    found = described_file(file, ALL)
    assert isinstance(found, dict)
    for name, values in described(square(), ALL).items():
        np.testing.assert_array_equal(found[name], values)


@pytest.mark.real_data
def test_each_real_cell_has_all_numbers(real_cells: Path) -> None:
    files = sorted((real_cells / "cnmc-sample").rglob("*.bmp"))
    assert len(files) == 40
    for file in files:
        found = described_file(file, OF_CELL)
        assert isinstance(found, dict)
        assert all(np.isfinite(values).all() for values in found.values())
