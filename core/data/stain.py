"""Stain normalization: move a cell's colours so that their mean and spread are those of real cells."""

import cv2
import numpy as np

from core.data.segmentation import segment
from core.types import ByteArray, FloatArray, MaskArray

# L*, a*, b* of the 40 real C-NMC cells, mean over the 19 subjects; `python -m benchmarks stain` prints them. Models are
# trained on what follows from these numbers and from `segment`: another target, or other cells found, is another method
# with a name of its own.
TARGET_MEAN = np.array([18.5, 27.5, -22.3])
TARGET_SPREAD = np.array([4.2, 2.9, 3.5])
_SMALLEST_SPREAD = 1.0  # an eye sees no smaller difference; stretching it would show noise. Real cells: 1.4 or more


def reinhard(image: ByteArray) -> ByteArray:
    """Give a cell the mean and standard deviation of L*, a* and b* that real cells have.

    Both are measured on the cell alone; debris from the same slide moves along, and the surroundings stay as they are.

    Args:
        image: RGB pixels of a whole image, (height, width, 3), 0 to 255.

    Returns:
        The same shape; the image itself where it shows no cell.

    Source:
        Reinhard et al. 2001, Color transfer between images, doi 10.1109/38.946629; here in CIE L*a*b*.
    """
    found = segment(image)
    if not found.objects:
        return image
    lab = _lab(found.crop(image))
    mean, spread = _statistics(lab, found.cell)
    moved = (lab - mean) * (TARGET_SPREAD / np.maximum(spread, _SMALLEST_SPREAD)) + TARGET_MEAN
    moved[..., 0] = np.clip(moved[..., 0], 0, 100)
    rgb = np.clip(cv2.cvtColor(moved.astype(np.float32), cv2.COLOR_LAB2RGB), 0, 1)
    result = image.copy()
    stained = found.cell | found.debris
    found.crop(result)[stained] = np.rint(255 * rgb[stained])
    return result


def lab_statistics(image: ByteArray) -> FloatArray:
    """Mean (first row) and standard deviation (second) of L*, a* and b* over the cell.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.

    Returns:
        (2, 3), L* in [0, 100], a* and b* in about [-110, 100]; NaN where there is no cell.
    """
    found = segment(image)
    if not found.objects:
        return np.full((2, 3), np.nan)
    return np.stack(_statistics(_lab(found.crop(image)), found.cell))


def _lab(pixels: ByteArray) -> FloatArray:
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), dtype=np.float32)


def _statistics(lab: FloatArray, cell: MaskArray) -> tuple[FloatArray, FloatArray]:
    mean, spread = cv2.meanStdDev(lab, mask=cell.astype(np.uint8))
    return np.asarray(mean, dtype=np.float64).ravel(), np.asarray(spread, dtype=np.float64).ravel()
