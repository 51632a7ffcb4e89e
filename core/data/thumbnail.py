"""Pictures made small, to be shown: what a browser shows of a cell needs no more."""

import cv2
import numpy as np

from core.types import ByteArray


def thumbnail(image: ByteArray, edge: int) -> ByteArray:
    """The image, shrunk where its longer side is longer than this.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
        edge: Most pixels of the longer side.
    """
    height, width = image.shape[:2]
    factor = edge / max(height, width)
    if factor >= 1:
        return image
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
