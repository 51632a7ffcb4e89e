"""Nucleated cells found in pictures of smears, and cut out."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.data import cutout
from core.data.canvas import is_black_around
from core.data.cutout import Region, cut_out, preferred, regions
from core.data.drawing import draw_cell, subject_style
from core.data.pixels import decode_file
from core.data.segmentation import segment
from core.types import ByteArray, MaskArray
from tests.data.smear import BRIGHT, DARK, YELLOW, Colour, composed, overlap, smear

NUCLEUS, CYTOPLASM, LIGHT, RED_CELL = (70, 30, 80), (150, 150, 200), (222, 214, 220), (196, 140, 150)


def discs(*found: tuple[int, int, int, Colour], shape: tuple[int, int] = (300, 400)) -> ByteArray:
    """Discs on light: column and row of the middle, radius, colour."""
    image = np.full((*shape, 3), LIGHT, dtype=np.uint8)
    for x, y, radius, colour in found:
        cv2.circle(image, (x, y), radius, colour, cv2.FILLED)
    return image


def boxes(found: list[Region]) -> list[tuple[int, int, int, int]]:
    return sorted((region.left, region.top, region.width, region.height) for region in found)


def drawn_cells(count: int, seed: int) -> list[tuple[ByteArray, MaskArray]]:
    rng = np.random.default_rng(seed)
    drawn = [draw_cell(rng, positive=bool(number % 2), style=subject_style(rng)) for number in range(count)]
    return [(cell.image, cell.image.max(axis=2) > 0) for cell in drawn]


def test_a_nucleus_is_found_where_it_is_and_a_red_cell_is_not() -> None:
    (found,) = regions(discs((120, 100, 50, NUCLEUS), (300, 200, 60, RED_CELL)))
    np.testing.assert_allclose((found.left, found.top, found.width, found.height), (70, 50, 101, 101), atol=2)
    assert found.area == pytest.approx(np.pi * 50**2, rel=0.05)
    assert found.diameter == pytest.approx(100, rel=0.02)
    assert not found.touches_border
    assert found.score == pytest.approx(1.0, abs=0.02)


def test_the_blue_rim_of_a_blast_belongs_to_the_cell() -> None:
    (found,) = regions(discs((150, 150, 60, CYTOPLASM), (150, 150, 50, NUCLEUS)))
    assert found.diameter == pytest.approx(120, rel=0.04)


def test_a_nucleus_of_a_pale_stain_is_found_whole() -> None:
    (found,) = regions(discs((150, 150, 50, (140, 100, 150)), (300, 200, 60, RED_CELL)))
    assert found.diameter == pytest.approx(100, rel=0.03)


def test_a_red_cell_that_touches_the_nucleus_stays_outside() -> None:
    (found,) = regions(discs((215, 150, 60, RED_CELL), (120, 150, 50, NUCLEUS)))
    np.testing.assert_allclose((found.left, found.width), (70, 101), atol=3)


def test_two_touching_cells_are_parted_at_the_neck() -> None:
    found = regions(discs((100, 150, 50, NUCLEUS), (192, 150, 50, NUCLEUS)))
    assert len(found) == 2
    np.testing.assert_allclose([box[0] for box in boxes(found)], [50, 146], atol=4)
    assert [region.area for region in found] == pytest.approx([np.pi * 50**2] * 2, rel=0.05)


def test_an_oblong_cell_is_one() -> None:
    image = discs()
    cv2.ellipse(image, (200, 150), (90, 50), 20, 0, 360, NUCLEUS, cv2.FILLED)
    assert len(regions(image)) == 1


def test_platelets_and_specks_are_no_cells() -> None:
    assert len(regions(discs((120, 100, 50, NUCLEUS), (300, 100, 13, NUCLEUS), (300, 200, 3, NUCLEUS)))) == 1
    assert regions(discs((120, 100, 8, NUCLEUS))) == []


def test_the_whole_and_largest_cell_comes_first() -> None:
    found = regions(discs((60, 150, 40, NUCLEUS), (200, 150, 60, NUCLEUS), (400, 150, 60, NUCLEUS)))
    assert [region.left for region in found] == pytest.approx([140, 20, 340], abs=2)
    assert [region.touches_border for region in found] == [False, False, True]
    assert [region.score for region in found] == pytest.approx([1, (2 / 3) ** 2, 0.25], abs=0.03)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), LIGHT])
def test_a_picture_of_one_colour_has_no_cells(colour: Colour) -> None:
    assert regions(np.full((50, 60, 3), colour, dtype=np.uint8)) == []


def test_red_cells_alone_are_no_cells() -> None:
    for colours in (BRIGHT, DARK, YELLOW):
        assert regions(smear(np.random.default_rng(0), (500, 600), colours, red_cells=20)) == []


def test_no_more_regions_come_back_than_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutout, "MOST_REGIONS", 2)
    assert len(regions(discs(*[(x, 150, 40, NUCLEUS) for x in (60, 180, 300)]))) == 2


def test_a_cell_is_cut_out_on_black_at_the_scale_of_the_picture() -> None:
    image = discs((120, 100, 50, NUCLEUS), (300, 200, 60, RED_CELL))
    (found,) = regions(image)
    cut = cut_out(image, found)
    assert cut.shape == (450, 450, 3)
    assert is_black_around(cut)
    assert np.count_nonzero(cut.any(axis=2)) == found.area
    assert tuple(cut[225, 225]) == NUCLEUS
    twice = cut_out(image, found, scale=2.0)
    assert np.count_nonzero(twice.any(axis=2)) == pytest.approx(4 * found.area, rel=0.02)


def test_a_large_field_is_searched_at_a_smaller_size_and_outlined_at_its_own() -> None:
    image = discs((1200, 1000, 150, NUCLEUS), (2600, 400, 150, NUCLEUS), shape=(2000, 2800))
    found = regions(image)
    np.testing.assert_allclose(boxes(found), [(1050, 850, 301, 301), (2450, 250, 301, 301)], atol=8)
    assert [region.touches_border for region in found] == [False, False]


def test_of_a_crop_the_best_region_is_meant_and_of_a_field_all_that_are_wholly_in_it() -> None:
    spots = ((60, 150, 40, NUCLEUS), (200, 150, 60, NUCLEUS), (400, 150, 60, NUCLEUS))
    found = regions(discs(*spots))
    assert preferred(found, (300, 400)) == (0,)
    assert preferred(found, (300, 601)) == (0, 1)
    assert preferred([], (300, 400)) == ()


@pytest.mark.parametrize("colours", [BRIGHT, DARK, YELLOW], ids=["bright", "dark", "yellow"])
def test_drawn_cells_in_a_smear_are_found_as_they_were_drawn(colours: tuple[Colour, Colour]) -> None:
    rng = np.random.default_rng(5)
    for cell in drawn_cells(6, seed=3):
        image, (truth,) = composed(rng, [cell], [(25, 25)], (500, 500), colours)
        assert overlap(regions(image)[0].mask((500, 500)), truth) > 0.9


def test_all_cells_of_a_field_are_offered() -> None:
    corners = [(0, 0), (0, 450), (0, 900), (450, 0), (450, 450), (450, 900)]
    shape = (900, 1350)
    image, truths = composed(np.random.default_rng(2), drawn_cells(6, seed=4), corners, shape, BRIGHT, red_cells=60)
    found = [region.mask(shape) for region in regions(image)]
    assert all(max(overlap(mask, truth) for mask in found) > 0.9 for truth in truths)


@pytest.mark.real_data
def test_real_cells_in_a_smear_are_found_and_cut_out_again(real_cells: Path) -> None:
    rng = np.random.default_rng(5)
    overlaps = []
    for number, file in enumerate(sorted(real_cells.rglob("*.bmp"))):
        pixels = decode_file(file)
        found = segment(pixels)
        mask = np.zeros(pixels.shape[:2], dtype=bool)
        height, width = found.cell.shape
        mask[found.top : found.top + height, found.left : found.left + width] = found.cell | found.debris
        image, (truth,) = composed(rng, [(pixels, mask)], [(25, 25)], (500, 500), (BRIGHT, DARK, YELLOW)[number % 3])
        overlaps.append(overlap(regions(image)[0].mask((500, 500)), truth))
    assert len(overlaps) == 40
    assert np.median(overlaps) > 0.95
    assert sum(value > 0.7 for value in overlaps) >= 39
