"""Pictures of a report are small, and say why they are missing."""

import cv2
import numpy as np
import pytest

from core.cases.report_pictures import printed
from core.errors import DataError
from core.types import ByteArray


def decoded(jpeg: bytes) -> ByteArray:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image[..., ::-1], np.uint8)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((600, 900), (200, 300)), ((300, 20), (300, 20)), ((10, 10), (10, 10)), ((3000, 1), (300, 1))],
)
def test_a_picture_is_at_most_300_pixels_a_side(size: tuple[int, int], expected: tuple[int, int]) -> None:
    jpeg = printed(lambda place: np.zeros((*size, 3), np.uint8), 0)
    assert isinstance(jpeg, bytes)
    assert decoded(jpeg).shape[:2] == expected


def test_the_colours_are_those_of_the_cell_at_the_place() -> None:
    jpeg = printed(lambda place: np.full((8, 8, 3), (200, 100, place), np.uint8), 40)
    assert isinstance(jpeg, bytes)
    assert np.abs(decoded(jpeg).astype(int) - (200, 100, 40)).max() <= 3


def test_a_file_that_is_no_image_and_a_picture_that_is_damaged_are_said() -> None:
    def damaged(place: int) -> ByteArray:
        raise DataError(f"Expected picture {place}. Received: none.")

    assert printed(lambda place: None, 0) == "No picture"
    assert printed(damaged, 3) == "Expected picture 3. Received: none."
