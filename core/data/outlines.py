"""Outlines of regions, drawn on the picture that they were found in."""

from collections.abc import Collection, Sequence

import cv2
import numpy as np

from core.data.cutout import Region
from core.types import ByteArray

_CHOSEN, _OTHERS, _BELOW = (255, 214, 0), (255, 255, 255), (0, 0, 0)  # RGB of lines, and of what is below them


def outlined(image: ByteArray, found: Sequence[Region], chosen: Collection[int]) -> ByteArray:
    """Draw regions with their numbers, from 1, on a copy of the picture, (height, width, 3).

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
        found: All regions of the picture.
        chosen: Places of those that stand out by a broad line; the others have a thin one.
    """
    drawn = image.copy()
    size = max(image.shape[:2]) / 900  # lines are seen at about that many pixels
    for place, region in enumerate(found):
        line, below = (_CHOSEN, 7.0) if place in chosen else (_OTHERS, 2.0)
        outline = [region.outline.astype(np.int32)]
        middle = (region.left + region.width // 2, region.top + region.height // 2)
        for colour, width in ((_BELOW, below), (line, below / 2)):
            thickness = max(1, round(width * size))
            cv2.polylines(drawn, outline, True, colour, thickness, cv2.LINE_AA)
            text, letters = str(place + 1), max(0.6, 1.3 * size)
            (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, letters, thickness)
            corner = (middle[0] - wide // 2, middle[1] + high // 2)
            cv2.putText(drawn, text, corner, cv2.FONT_HERSHEY_SIMPLEX, letters, colour, thickness, cv2.LINE_AA)
    return drawn
