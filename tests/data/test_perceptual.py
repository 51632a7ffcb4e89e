"""Perceptual hashes: altered copies of drawn and real cells stay near, different cells do not."""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.data.dataset import CellDataset
from core.data.perceptual import GRID, NEAR, perceptual_hash
from core.data.pixels import decode, decode_file
from core.types import ByteArray

Change = Callable[[ByteArray], ByteArray]
TWINS = {frozenset(("UID_H2_1_1_hem", "UID_H6_1_1_hem")), frozenset(("UID_H2_1_2_hem", "UID_H6_1_2_hem"))}


def distance(one: str, two: str) -> int:
    return (int(one, 16) ^ int(two, 16)).bit_count()


def jpeg(image: ByteArray) -> ByteArray:
    return decode(cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())


def brighter(image: ByteArray) -> ByteArray:
    return np.clip(image * 1.08, 0, 255).astype(np.uint8)


def darker(image: ByteArray) -> ByteArray:
    return (image * 0.92).astype(np.uint8)


def resized(image: ByteArray) -> ByteArray:
    small = cv2.resize(image, None, fx=0.9, fy=0.9, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, image.shape[1::-1]), dtype=np.uint8)


def shifted(image: ByteArray) -> ByteArray:
    return np.roll(image, (-20, 20), axis=(0, 1))


def altered(image: ByteArray) -> ByteArray:
    return jpeg(brighter(resized(shifted(image))))


@pytest.fixture(scope="module")
def images(drawn: CellDataset) -> list[ByteArray]:
    return [decode_file(drawn.file(path)) for path in drawn.table["path"]]


@pytest.fixture(scope="module")
def hashes(images: list[ByteArray]) -> list[str]:
    return [perceptual_hash(image) for image in images]


def test_a_brightness_that_rises_to_the_right_sets_every_bit_and_one_that_falls_none() -> None:
    ramp = np.tile(np.linspace(40, 240, 17 * 12).astype(np.uint8)[:, np.newaxis], (16 * 12, 1, 3))
    assert perceptual_hash(ramp) == "f" * 64
    assert perceptual_hash(ramp[:, ::-1]) == "0" * 64


@pytest.mark.parametrize("change", [jpeg, brighter, darker, resized, shifted, altered])
def test_altered_copies_are_near(change: Change, images: list[ByteArray], hashes: list[str]) -> None:
    assert max(distance(perceptual_hash(change(image)), hashes[row]) for row, image in enumerate(images[:12])) <= NEAR


def test_different_cells_are_not(hashes: list[str]) -> None:
    assert min(distance(one, two) for one, two in combinations(hashes, 2)) > 1.5 * NEAR


def test_black_around_the_cell_and_a_scrap_beside_it_change_nothing(images: list[ByteArray], hashes: list[str]) -> None:
    image = images[0].copy()
    image[2:12, 2:12] = 200
    assert perceptual_hash(image) == hashes[0]
    assert perceptual_hash(np.pad(images[0], ((7, 0), (0, 30), (0, 0)))) == hashes[0]


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((0, 0, 3), dtype=np.uint8),
        np.zeros((60, 60, 3), dtype=np.uint8),
        np.full((60, 60, 3), 20, dtype=np.uint8),
        np.pad(np.full((GRID, 80, 3), 99, dtype=np.uint8), ((10, 10), (10, 10), (0, 0))),
    ],
    ids=["empty", "black", "nearly black", "smaller than the grid"],
)
def test_what_shows_no_cell_has_no_hash(image: ByteArray) -> None:
    assert perceptual_hash(image) == ""


def test_an_image_without_colour_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected an RGB crop .* Received: shape \(40, 40\)"):
        perceptual_hash(np.zeros((40, 40), dtype=np.uint8))


@pytest.mark.real_data
def test_of_the_real_cells_only_two_that_stand_under_two_subjects_are_near(real_cells: Path) -> None:
    files = sorted((real_cells / "cnmc-sample").rglob("*.bmp"))
    found = {file.stem: perceptual_hash(decode_file(file)) for file in files}
    assert len(found) == 40
    near = {
        frozenset(pair) for pair in combinations(found, 2) if distance(found[pair[0]], found[pair[1]]) <= 1.5 * NEAR
    }
    assert near == TWINS


@pytest.mark.real_data
@pytest.mark.parametrize("change", [jpeg, brighter, darker, resized])
def test_altered_copies_of_real_cells_are_near(change: Change, real_cells: Path) -> None:
    for file in sorted((real_cells / "cnmc-sample").rglob("*.bmp"))[::4]:
        image = decode_file(file)
        assert distance(perceptual_hash(change(image)), perceptual_hash(image)) <= NEAR
