import numpy as np
import pytest

from core.data.thumbnail import thumbnail


@pytest.mark.parametrize(("shape", "small"), [((400, 200), (100, 50)), ((30, 300), (10, 100)), ((1000, 1), (100, 1))])
def test_the_longer_side_is_shrunk_and_the_shape_is_kept(shape: tuple[int, int], small: tuple[int, int]) -> None:
    assert thumbnail(np.zeros((*shape, 3), dtype=np.uint8), 100).shape == (*small, 3)


def test_a_picture_that_is_small_enough_stays_as_it_is() -> None:
    image = np.zeros((100, 60, 3), dtype=np.uint8)
    assert thumbnail(image, 100) is image


def test_pixels_are_averaged() -> None:
    image = np.zeros((2, 2, 3), dtype=np.uint8)
    image[0] = 100
    np.testing.assert_array_equal(thumbnail(image, 1), np.full((1, 1, 3), 50))
