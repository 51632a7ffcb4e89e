"""Occlusion maps of scores so simple that they can be computed by hand."""

import numpy as np
import pytest

from core.occlusion import Score, occlusion
from core.types import ByteArray, FloatArray


def white(edge: int = 12, *, border: int = 0) -> ByteArray:
    """A white square with so many black pixels around it."""
    return np.pad(np.full((edge, edge, 3), 255, dtype=np.uint8), ((border, border), (border, border), (0, 0)))


def pixel(row: int, column: int, *, factor: float = 1.0) -> Score:
    """A score that one pixel decides."""
    return lambda images: factor * (images[:, row, column, 0] / 255)


def test_each_place_has_the_mean_fall_under_all_patches_that_hide_it() -> None:
    # On 12 pixels 11 patches of two stand one pixel apart: four hide a pixel, two of these its neighbour, one the next.
    found = occlusion(pixel(5, 5), white(), positive=True)
    expected = np.zeros((12, 12))
    expected[4:7, 4:7] = [[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]]
    np.testing.assert_allclose(found, expected)
    assert found.dtype == np.float32


@pytest.mark.parametrize("factor", [0.001, 40.0])
def test_the_largest_fall_is_one_on_whatever_scale_the_score_is(factor: float) -> None:
    found = occlusion(pixel(5, 5, factor=factor), white(), positive=True)
    np.testing.assert_allclose(found, occlusion(pixel(5, 5), white(), positive=True), rtol=1e-6)


def test_what_speaks_for_the_positive_class_speaks_against_the_other() -> None:
    against = occlusion(pixel(5, 5), white(), positive=False)
    np.testing.assert_array_equal(against, np.zeros((12, 12)))
    other = occlusion(pixel(5, 5, factor=-1), white(), positive=False)
    np.testing.assert_array_equal(other, occlusion(pixel(5, 5), white(), positive=True))


def test_a_score_that_nothing_changes_has_an_empty_map() -> None:
    found = occlusion(lambda images: np.full(len(images), 0.7), white(), positive=True)
    np.testing.assert_array_equal(found, np.zeros((12, 12)))


def test_the_black_surroundings_are_not_hidden_and_have_no_heat() -> None:
    seen: list[ByteArray] = []

    def score(images: ByteArray) -> FloatArray:
        seen.extend(images)
        return images[:, 20:32, 20:32].mean(axis=(1, 2, 3))

    found = occlusion(score, white(border=20), positive=True)
    np.testing.assert_array_equal(np.argwhere(found > 0).min(axis=0), (20, 20))
    np.testing.assert_array_equal(np.argwhere(found > 0).max(axis=0), (31, 31))
    assert len(seen) == 1 + 11 * 11  # all on the cell
    assert all(image.sum() < white(border=20).sum() for image in seen[1:])


def test_on_a_large_cell_the_heat_is_smooth_and_lies_where_the_score_comes_from() -> None:
    def score(images: ByteArray) -> FloatArray:
        return images[:, 60:90, 120:150].mean(axis=(1, 2, 3)) / 255

    found = occlusion(score, white(240), positive=True)
    assert found.shape == (240, 240)
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert 60 <= row < 90
    assert 120 <= column < 150
    assert np.abs(np.diff(found, axis=1)).max() < 0.1
    assert found[180:].max() == 0


@pytest.mark.parametrize("edge", [1, 3, 11])
def test_a_cell_of_a_few_pixels_has_a_map(edge: int) -> None:
    found = occlusion(lambda images: images.mean(axis=(1, 2, 3)), white(edge, border=4), positive=True)
    assert found.max() == 1
    assert found.sum() == found[4 : 4 + edge, 4 : 4 + edge].sum()


def test_a_black_image_has_an_empty_map_and_is_not_scored() -> None:
    def score(images: ByteArray) -> FloatArray:
        raise AssertionError

    np.testing.assert_array_equal(
        occlusion(score, np.zeros((5, 7, 3), dtype=np.uint8), positive=True), np.zeros((5, 7))
    )


def test_the_image_itself_is_not_changed() -> None:
    image = white()
    occlusion(pixel(5, 5), image, positive=True)
    np.testing.assert_array_equal(image, white())
