"""Reinhard's colour transfer on stripes of colour, on drawn cells and on the real ones."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from core.data import cnmc
from core.data.demo import demo_cells
from core.data.pixels import decode_file
from core.data.stain import TARGET_MEAN, TARGET_SPREAD, lab_statistics, reinhard
from core.types import ByteArray, FloatArray

PURPLE, BRIGHTER, RED_CELL = (65, 25, 75), (95, 40, 115), (90, 60, 72)


def stripes(*colours: tuple[int, int, int]) -> ByteArray:
    """A cell on black whose colours stand side by side, 20 x 10 pixels each."""
    image = np.zeros((60, 80, 3), dtype=np.uint8)
    for number, colour in enumerate(colours):
        image[20:40, 10 + 10 * number : 20 + 10 * number] = colour
    return image


def rgb(lab: FloatArray) -> FloatArray:
    pixels = cv2.cvtColor(lab.astype(np.float32).reshape(1, 1, 3), cv2.COLOR_LAB2RGB)
    return np.rint(255 * pixels[0, 0])


@pytest.mark.parametrize("colour", [PURPLE, (200, 120, 210), (90, 90, 90)])
def test_a_cell_of_one_colour_takes_on_the_mean_colour_of_real_cells(colour: tuple[int, int, int]) -> None:
    found = reinhard(stripes(colour))[20:40, 10:20]
    np.testing.assert_allclose(found.astype(int), np.broadcast_to(rgb(TARGET_MEAN), found.shape), atol=1)
    assert np.ptp(found.reshape(-1, 3), axis=0).max() == 0


def test_of_two_colours_each_ends_one_standard_deviation_from_the_mean() -> None:
    found = reinhard(stripes(PURPLE, BRIGHTER)).astype(int)
    towards_brighter = TARGET_SPREAD * (1, 1, -1)  # lighter, redder, bluer
    np.testing.assert_allclose(found[20, 10], rgb(TARGET_MEAN - towards_brighter), atol=1)
    np.testing.assert_allclose(found[20, 20], rgb(TARGET_MEAN + towards_brighter), atol=1)


def test_what_no_eye_tells_apart_is_not_stretched_to_the_spread_of_real_cells() -> None:
    image = stripes(PURPLE, (66, 26, 76))
    before, after = lab_statistics(image)[1], lab_statistics(reinhard(image))[1]
    assert 0 < before[0] < 1
    assert after[0] == pytest.approx(before[0] * TARGET_SPREAD[0], abs=0.25)  # 1 grey level is 0.4 of L*


def test_mean_and_spread_are_those_of_the_cell_without_its_debris_which_moves_along() -> None:
    image = stripes(PURPLE, BRIGHTER)
    alone = reinhard(image)
    image[50:53, 60:63] = RED_CELL
    found = reinhard(image)
    np.testing.assert_array_equal(found[20:40, 10:30], alone[20:40, 10:30])
    assert (found[50:53, 60:63] != RED_CELL).any()


def test_the_surroundings_stay_as_they_are() -> None:
    image = stripes(PURPLE, BRIGHTER)
    image[0, 0] = image[20, 9] = (0, 3, 8)  # a JPEG's trace, which counts as black
    found = reinhard(image)
    beside = np.ones(image.shape[:2], dtype=bool)
    beside[20:40, 10:30] = False
    np.testing.assert_array_equal(found[beside], image[beside])


@pytest.mark.parametrize("value", [0, 8])
def test_an_image_without_a_cell_is_unchanged(value: int) -> None:
    image = np.full((30, 40, 3), value, dtype=np.uint8)
    np.testing.assert_array_equal(reinhard(image), image)
    assert np.isnan(lab_statistics(image)).all()


def test_the_image_that_was_given_is_not_changed() -> None:
    image = stripes(PURPLE, BRIGHTER)
    kept = image.copy()
    reinhard(image)
    np.testing.assert_array_equal(image, kept)


@pytest.mark.parametrize("seed", range(5))
def test_any_pixels_give_pixels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = (rng.integers(0, 256, (40, 50, 3)) * (rng.random((40, 50, 1)) < 0.5)).astype(np.uint8)
    found = reinhard(image)
    assert (found.shape, found.dtype) == (image.shape, np.uint8)


def test_a_single_pixel_is_a_cell_of_one_colour() -> None:
    image = np.zeros((5, 5, 3), dtype=np.uint8)
    image[2, 2] = PURPLE
    np.testing.assert_allclose(reinhard(image)[2, 2].astype(int), rgb(TARGET_MEAN), atol=1)


def test_drawn_cells_that_were_stained_otherwise_end_at_the_same_colours() -> None:
    for cell in demo_cells(cells=6, subjects=3, seed=8):
        image = cell.draw().image
        bluer = np.rint(image * (0.8, 0.9, 1.2)).astype(np.uint8)
        assert np.abs(lab_statistics(image)[0] - lab_statistics(bluer)[0]).max() > 5
        difference = np.abs(reinhard(image).astype(int) - reinhard(bluer))[cell.draw().cell]
        assert difference.mean() < 3


@pytest.mark.real_data
def test_the_reference_is_the_mean_over_the_subjects_of_the_real_cells(real_cells: Path) -> None:
    rows = [
        (cnmc.cell_name(file.stem).subject, *lab_statistics(decode_file(file)).ravel())
        for file in sorted(real_cells.rglob("*.bmp"))
    ]
    by_subject = pd.DataFrame(rows).groupby(0).mean()
    assert len(by_subject) == 19
    np.testing.assert_allclose(by_subject.mean(), [*TARGET_MEAN, *TARGET_SPREAD], atol=0.05)
