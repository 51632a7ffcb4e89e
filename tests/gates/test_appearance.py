"""What a picture looks like: surroundings, outline, colour."""

import cv2
import numpy as np
import pytest

from core.data.quality import quality
from core.data.segmentation import segment
from core.gates.appearance import APPEARANCE, appearance, colour, second_core, straight_side, surroundings
from core.types import ByteArray

PURPLE = (66, 28, 78)


def disc(radius: int = 60, *, edge: int = 200, middle: tuple[int, int] = (100, 100)) -> ByteArray:
    image = np.zeros((edge, edge, 3), dtype=np.uint8)
    return np.asarray(cv2.circle(image, middle, radius, PURPLE, -1), dtype=np.uint8)


def measured(image: ByteArray) -> dict[str, float]:
    found = segment(image)
    return appearance(image, found, quality(image, found))


def test_the_measures_come_in_the_order_in_which_a_picture_is_judged() -> None:
    assert list(measured(disc())) == list(APPEARANCE)


def test_a_disc_has_one_core_no_straight_side_and_nothing_beside_it() -> None:
    found = measured(disc())
    assert (found["surroundings"], found["beside"], found["second_core"]) == (1.0, 0.0, 0.0)
    assert found["solidity"] > 0.98
    assert found["straight"] < 0.4  # a side that leaves a circle of radius r by 2 is sqrt(16 r) long at most
    assert found["one_colour"] == pytest.approx(1.0)


def test_the_border_is_black_but_for_what_reaches_it() -> None:
    image = np.zeros((10, 20, 3), dtype=np.uint8)
    image[:5, :4] = 99  # 4 pixels of the upper side and 5 of the left one, of 60 in all
    assert surroundings(segment(image), image.shape) == pytest.approx(1 - 9 / 60)
    image[-1] = 99  # 20 of the lower side, and one more of each of the other two
    assert surroundings(segment(image), image.shape) == pytest.approx(1 - 31 / 60)


@pytest.mark.parametrize(("value", "share"), [(0, 1.0), (255, 0.0)])
def test_an_empty_picture_has_surroundings_and_no_measures(value: int, share: float) -> None:
    image = np.full((30, 30, 3), value, dtype=np.uint8)
    assert measured(image)["surroundings"] == share
    if value == 0:
        assert all(np.isnan(number) for name, number in measured(image).items() if name != "surroundings")


def test_half_of_what_is_shown_lies_beside_one_of_two_equal_cells() -> None:
    image = np.maximum(disc(30, middle=(50, 100)), disc(30, middle=(150, 100)))
    assert measured(image)["beside"] == pytest.approx(0.5)


def test_two_cells_that_touch_have_two_cores() -> None:
    image = np.maximum(disc(40, middle=(65, 100)), disc(40, middle=(137, 100)))
    assert measured(image)["second_core"] == pytest.approx(1, abs=0.1)


def test_a_smaller_cell_has_a_much_smaller_core() -> None:
    """Deeper than 0.6 * 50 lie a disc of radius 20 in the one of 50, and one of radius 10 in the one of 40."""
    mask = np.zeros((120, 220), dtype=np.uint8)
    cv2.circle(mask, (60, 60), 50, 1, -1)
    cv2.circle(mask, (140, 60), 40, 1, -1)
    assert second_core(mask) == pytest.approx(100 / 400, abs=0.05)


def test_a_cut_leaves_a_straight_side_as_long_as_the_diameter() -> None:
    image = disc(60)
    image[:, :100] = 0
    mask = np.pad(segment(image).cell.view(np.uint8), 1)
    (outline,), _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    assert straight_side(np.asarray(outline)) == pytest.approx(120, abs=3)
    assert measured(image)["straight"] == pytest.approx(120 / np.sqrt(np.pi * 60**2 / 2), abs=0.05)


@pytest.mark.parametrize(("rgb", "hue"), [((128, 0, 0), 38.2), ((0, 0, 128), -57.2), ((0, 128, 0), 134.4)])
def test_hue_is_the_angle_of_cielab(rgb: tuple[int, int, int], hue: float) -> None:
    """Angles of sRGB red, blue and green at half strength, as scikit-image's rgb2lab gives them."""
    crop = np.full((4, 4, 3), rgb, dtype=np.uint8)
    found = colour(crop, np.ones((4, 4), dtype=bool))
    assert found["hue"] == pytest.approx(hue, abs=6)
    assert found["one_colour"] == pytest.approx(1.0)


def test_colours_that_cancel_out_agree_in_nothing() -> None:
    from skimage.color import rgb2lab

    crop = np.array([[(120, 40, 40), (20, 100, 100)]], dtype=np.uint8)
    plane = rgb2lab(crop)[0, :, 1:]
    found = colour(crop, np.ones((1, 2), dtype=bool))
    length = np.linalg.norm(plane.mean(axis=0))
    assert found["chroma"] == pytest.approx(length, abs=0.1)
    assert found["one_colour"] == pytest.approx(length / np.linalg.norm(plane, axis=1).mean(), abs=0.01)
    assert found["one_colour"] < 0.3


def test_gray_has_no_colour() -> None:
    found = colour(np.full((4, 4, 3), 60, dtype=np.uint8), np.ones((4, 4), dtype=bool))
    assert found["chroma"] == pytest.approx(0, abs=0.1)
