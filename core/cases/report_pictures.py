"""The pictures of a report: a cell, and the same with a map laid over it, made small."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from core.errors import DataError
from core.types import ByteArray

_EDGE = 300  # pixels of the longer edge: 300 dpi where a picture is printed
_QUALITY = 90
_NONE = "No picture"

Source = Callable[[int], ByteArray | None]


@dataclass(frozen=True)
class Pictures:
    """Where a report gets its pictures from.

    Attributes:
        image: RGB pixels of the cell at a place of the case, (height, width, 3); None for a file that is no image.
        overlay: The same with a map laid over it; None where there is no map.
        meaning: What the map shows, in a few words.
    """

    image: Source
    overlay: Source
    meaning: str = "bright where the score is sensitive, not why"


def printed(source: Source, place: int) -> bytes | str:
    """The picture at a place as a JPEG of at most 300 pixels a side, or why there is none."""
    try:
        image = source(place)
    except DataError as error:
        return str(error)
    if image is None:
        return _NONE
    height, width = image.shape[:2]
    factor = min(1.0, _EDGE / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if factor < 1 else image
    return cv2.imencode(".jpg", np.ascontiguousarray(small[..., ::-1]), (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))[
        1
    ].tobytes()
