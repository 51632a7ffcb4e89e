"""Text that is written into a picture, such as a patient's name on a screenshot: told by strokes in a row."""

import cv2
import numpy as np

from core.data.canvas import is_black_around
from core.data.segmentation import brightest
from core.types import ByteArray, IntArray

_SMALLEST, _LARGEST = 6, 60  # pixels: height of a letter
_WIDEST = 15  # of its height: letters that touch make one shape
_MOST = 3000  # shapes that are looked at
_BLACK = 8  # brightest channel of what counts as black
_CONTRAST = 60  # grey levels between a stroke and what is around it
_STROKE = 0.4  # of a letter's height: no stroke is wider
_LETTERS, _SHAPES = 5, 3  # in a row that counts as text, and shapes that they make at least
_GAP = 1.6  # of a letter's height: the next letter stands closer


def has_text(image: ByteArray) -> bool:
    """Whether letters stand in a row somewhere in a picture.

    A stroke is thin and much lighter or darker than what is around it; letters of a row are of similar height, stand
    on one line, and close to each other. Cells, red cells and grain are not. Handwriting is not found.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
    """
    if is_black_around(image) and _objects(image) < _SHAPES:
        return False  # a cell alone on black, as nearly all are
    gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    size = 2 * round(_LARGEST * _STROKE) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (size, size))
    return any(
        _in_a_row(_letters(np.asarray(cv2.morphologyEx(gray, kind, kernel), dtype=np.uint8)))
        for kind in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT)
    )


def _objects(image: ByteArray) -> int:
    """Number of things that are not black."""
    return int(cv2.connectedComponents((brightest(image) > _BLACK).astype(np.uint8), connectivity=8)[0]) - 1


def _letters(standing_out: ByteArray) -> IntArray:
    """What looks like a letter or some that touch, from left to right.

    Returns:
        Left, top, width and height of each, and the number of letters, (found, 5).
    """
    strokes = np.asarray(cv2.threshold(standing_out, _CONTRAST, 1, cv2.THRESH_BINARY)[1], dtype=np.uint8)
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    width, height, area = (
        statistics[:, column] for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA)
    )
    kept = (height >= _SMALLEST) & (height <= _LARGEST) & (width <= _WIDEST * height) & (area >= 0.12 * width * height)
    kept[0] = False
    if np.count_nonzero(kept) > _MOST:  # grain, or a page of print: then some of it is as good as all
        kept &= np.cumsum(kept) <= _MOST
    depth = np.asarray(cv2.distanceTransform(strokes, cv2.DIST_L2, 3))
    found = []
    for label in np.flatnonzero(kept):
        left, top, wide, high = (int(value) for value in statistics[label, :4])
        box = slice(top, top + high), slice(left, left + wide)
        inside = labels[box] == label
        if 2 * float(depth[box][inside].max()) <= max(4.9, _STROKE * high):
            crossings = float(np.median((np.diff(inside.astype(np.int8), axis=1, prepend=0) == 1).sum(axis=1)))
            letters = max(1, round(min(crossings / 2, wide / (0.5 * high))))
            found.append((left, top, wide, high, letters))
    return np.array(sorted(found), dtype=np.int32).reshape(-1, 5)


def _in_a_row(letters: IntArray) -> bool:
    """Whether enough letters follow each other on one line."""
    rows: list[list[IntArray]] = []
    for letter in letters:
        for row in rows:
            if _follows(row[-1], letter):
                row.append(letter)
                break
        else:
            rows.append([letter])
    return any(len(row) >= _SHAPES and sum(int(letter[4]) for letter in row) >= _LETTERS for row in rows)


def _follows(last: IntArray, letter: IntArray) -> bool:
    height = max(last[3], letter[3])
    gap = letter[0] - (last[0] + last[2])
    same_line = abs((last[1] + last[3]) - (letter[1] + letter[3])) <= 0.3 * height
    return bool(same_line and -1 <= gap <= _GAP * height and min(last[3], letter[3]) >= 0.5 * height)
