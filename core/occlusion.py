"""Occlusion maps: where a score falls if that part of the cell is cut out; for any model that scores pixels."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from core.data.segmentation import bounding_box
from core.types import ByteArray, FloatArray

_STEPS = 11  # positions of the patch along each side: 121 scores an image
_OVERLAP = 2  # steps in a patch
_BATCH = 32

Score = Callable[[ByteArray], FloatArray]  # from RGB pixels (images, height, width, 3) to (images,)


def occlusion(score: Score, image: ByteArray, *, positive: bool) -> FloatArray:
    """Slide a black patch over the cell and map how far the score of the class falls.

    Black is what lies around a cell that was cut out. Under a patch of grey or of the cell's mean colour the texture of
    the patch itself moves the score alike wherever it is.

    Args:
        score: Score of the positive class, on any scale.
        image: RGB pixels, (height, width, 3), 0 to 255.
        positive: True to explain the positive class, False for the negative one.

    Returns:
        Mean fall under all patches that hide a pixel, smoothed over half a step of the patch, (height, width), float32
        in [0, 1] and 1 at the largest one; zeros where the image is black, and everywhere if no part that is cut out
        speaks for the class.

    Source:
        Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901, section 4.2, with patches that overlap by half.
    """
    left, top, width, height = bounding_box(image)
    fall = np.zeros(image.shape[:2], dtype=np.float64)
    if not width:
        return fall.astype(np.float32)
    places = list(_places(left, top, width, height))
    whole = float(score(image[np.newaxis])[0])
    times = np.zeros(image.shape[:2], dtype=np.int64)
    for start in range(0, len(places), _BATCH):
        batch = places[start : start + _BATCH]
        hidden = np.repeat(image[np.newaxis], len(batch), axis=0)
        for picture, place in zip(hidden, batch, strict=True):
            picture[place] = 0
        for place, found in zip(batch, score(hidden), strict=True):
            fall[place] += (whole - found) if positive else (found - whole)
            times[place] += 1
    mean = np.clip(fall / np.maximum(times, 1), 0, None)
    box = mean[top : top + height, left : left + width]
    step = min(height, width) / (_STEPS + 1)
    if step > 1:  # else each pixel has a patch of its own
        box[:] = cv2.GaussianBlur(box, (0, 0), step / 2)
    mean[~image.any(axis=2)] = 0
    return np.asarray(mean / mean.max() if mean.max() > 0 else mean, dtype=np.float32)


def _places(left: int, top: int, width: int, height: int) -> Iterator[tuple[slice, slice]]:
    """Patches over a box, row by row; each as wide as two steps, or one pixel."""

    def along(start: int, length: int) -> list[slice]:
        steps = min(_STEPS, length)
        edges = np.linspace(start, start + length, steps + _OVERLAP).round().astype(int)
        return [
            slice(int(edges[step]), max(int(edges[step + _OVERLAP]), int(edges[step]) + 1)) for step in range(steps)
        ]

    return ((rows, columns) for rows in along(top, height) for columns in along(left, width))
