"""The black square on which a cell stands in C-NMC: whether an image has one, and which part of it counts."""

import cv2
import numpy as np

from core.data.segmentation import brightest
from core.data.window import Window, whole
from core.types import ByteArray, MaskArray

EDGE = 450  # pixels of C-NMC's training and preliminary test images
TEST_EDGE = 600  # and of its final test images: the same scale, more black around the cell
_BLACK = 8  # brightest channel of what counts as black; JPEG leaves a little around the cell
_BORDER = 0.9  # share of the border that is black around a cut-out cell; some reach it


def of(image: ByteArray) -> Window:
    """The part of an image that stands for the whole of a training image.

    A final test image of C-NMC has 600 x 600 pixels. Its centre of 450 x 450 is taken, never a shrunk copy: a pixel
    spans the same length in all of the data set, and the cell's size is evidence.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.

    Returns:
        The centre of a 600 x 600 image on black; else all of the image.

    Source:
        Gupta and Gupta 2019, C-NMC 2019, doi 10.7937/tcia.2019.dc64i46r: 2,586 final test files of 1,080,054 bytes,
        which is 600 x 600 at 24 bits, and training files of 608,454.
    """
    if image.shape[:2] != (TEST_EDGE, TEST_EDGE) or not is_black_around(image):
        return whole(image)
    margin = (TEST_EDGE - EDGE) // 2
    return Window(margin, margin, EDGE, EDGE)


def is_black_around(image: ByteArray) -> bool:
    """Whether the border of an image is black, as around a cell that was cut out.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
    """
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return bool((border.max(axis=1) <= _BLACK).mean() >= _BORDER)


def centred(image: ByteArray, cell: MaskArray, *, scale: float = 1.0) -> ByteArray:
    """Cut a cell out and lay it in the middle of a black square.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
        cell: True on the cell, (height, width); not all False.
        scale: Factor on the cell's size.

    Returns:
        (450, 450, 3), 0 to 255; black outside of the cell, whose bounding box is in the middle. A larger cell is cut.
    """
    left, top, width, height = cv2.boundingRect(cell.astype(np.uint8))
    box = slice(top, top + height), slice(left, left + width)
    cut = np.where(cell[box][..., np.newaxis], image[box], 0).astype(np.uint8)
    if scale != 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        cut = np.asarray(
            cv2.resize(cut, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), dtype=np.uint8
        )
        cut[brightest(cut) <= _BLACK] = 0
    height, width = cut.shape[:2]
    return Window((height - EDGE) // 2, (width - EDGE) // 2, EDGE, EDGE).cut(cut)
