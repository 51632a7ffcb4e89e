"""Perceptual hash of one cell: close for altered copies of an image, far apart for different cells."""

import cv2
import imagehash
import numpy as np
from PIL import Image

from core.data.segmentation import brightest, largest_object
from core.types import ByteArray

GRID = 16  # a hash has GRID x GRID bits
NEAR = 32
"""Most bits of 256 in which two near duplicates differ.

Measured with `segment(image).crop(image)` on 40 real cells of C-NMC and 500 drawn ones:

- Different cells: real 113 bits on average (standard deviation 11; the least of 778 pairs 68), drawn 108 (11; the least
  of 124,750 pairs 62).
- Altered copies, the most of 40 real and 120 drawn cells: JPEG of quality 85 in 11 and 17 bits, brightness changed by
  8 % in 14 and 19, resized to 90 % and back in 16 and 21, shifted by 20 pixels in 0, all at once in 21 and 23. A shift
  that cut a cell off at the border changed 52. Turned and mirrored copies (72 and more) are not found.
- Two real pairs differ in 0 and 1 bits: one cell each under the subjects H2 and H6, in files of different content.

With 16 x 16 bits of `phash` the two kinds nearly meet: altered copies up to 30 bits, different cells from 42.
"""

_BACKGROUND = 20  # brightest channel of what counts as black; JPEG of quality 60 still leaves less around a cell


def perceptual_hash(cell: ByteArray) -> str:
    """Difference hash of a cell's brightness on a grid of 16 x 16, which outline and chromatin both shape.

    The crop is tightened to its largest bright object first: a grid that is off by three pixels changes fifty bits.

    Args:
        cell: RGB crop to the cell's bounding box, (height, width, 3), 0 to 255.

    Returns:
        64 hexadecimal digits, or "" where the object is smaller than the grid, so that nothing can be compared.

    Raises:
        ValueError: If the crop is not RGB.

    Source:
        Difference hash as in the library ImageHash, https://github.com/JohannesBuchner/imagehash
    """
    if cell.ndim != 3 or cell.shape[2] != 3:
        raise ValueError(f"Expected an RGB crop (height, width, 3). Received: shape {cell.shape}.")
    tight = _tightened(cell)
    if min(tight.shape[:2]) <= GRID:
        return ""
    return str(imagehash.dhash(Image.fromarray(cv2.cvtColor(tight, cv2.COLOR_RGB2GRAY)), hash_size=GRID))


def _tightened(cell: ByteArray) -> ByteArray:
    """The box of the largest object that is not black; empty where there is none."""
    if not cell.size:
        return cell[:0, :0]
    _, mask = cv2.threshold(brightest(cell), _BACKGROUND, 1, cv2.THRESH_BINARY)
    if not cv2.countNonZero(mask):
        return cell[:0, :0]
    left, top, width, height = cv2.boundingRect(largest_object(np.asarray(mask, dtype=np.uint8))[0])
    return cell[top : top + height, left : left + width]
