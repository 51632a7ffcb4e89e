"""Where the cell is in an image of one cell on black, and what else is there."""

from dataclasses import dataclass

import cv2
import numpy as np

from core.types import ByteArray, IntArray, MaskArray

_BACKGROUND = 8  # brightest channel of what counts as black; JPEG leaves a little around the cell
_RED_CELL = (0.5, 0.95)  # pieces of red cells: green above this share of red, and blue below that one
_SMALLEST_SCRAP = 7  # pixels across; narrower strips are the pale rim, not debris
_LARGE_OBJECT = 0.1  # share of the largest object's area from which another one counts as an object of its own


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What is not black in an image, cut to its bounding box.

    Attributes:
        top: First row of the box in the image.
        left: First column of the box in the image.
        cell: True on the cell, debris left out, (height, width) of the box.
        debris: True on scraps beside or at the cell, (height, width) of the box.
        objects: Number of objects of their own, the cell being one; 0 in an empty image.
        touches_border: Whether anything reaches the border of the image.
    """

    top: int
    left: int
    cell: MaskArray
    debris: MaskArray
    objects: int
    touches_border: bool

    def crop(self, image: ByteArray) -> ByteArray:
        """The image cut to the box, (height, width, channels)."""
        height, width = self.cell.shape
        return image[self.top : self.top + height, self.left : self.left + width]


def segment(image: ByteArray) -> Segmentation:
    """Find the cell in an image on black.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.

    Returns:
        The largest object as the cell; smaller objects, and pieces with the colour of red cells, as debris.
    """
    foreground = _foreground(image)
    left, top, width, height = cv2.boundingRect(foreground)
    if not width:
        nothing = np.zeros((0, 0), dtype=bool)
        return Segmentation(0, 0, nothing, nothing, 0, touches_border=False)
    box = slice(top, top + height), slice(left, left + width)
    inside = foreground[box]
    largest, areas = largest_object(inside)
    scrap = cv2.bitwise_and(largest, _like_a_red_cell(image[box]))
    cell = largest - scrap if cv2.countNonZero(scrap) < areas.max() / 2 else largest
    reaches = left == 0 or top == 0 or left + width == image.shape[1] or top + height == image.shape[0]
    return Segmentation(
        top=top,
        left=left,
        cell=cell.view(bool),
        debris=(inside - cell).view(bool),
        objects=int((areas > _LARGE_OBJECT * areas.max()).sum()),
        touches_border=bool(reaches),
    )


def bounding_box(image: ByteArray) -> tuple[int, int, int, int]:
    """Left, top, width and height of the box around all that is not black; four zeros where all is."""
    left, top, width, height = cv2.boundingRect(_foreground(image))
    return left, top, width, height


def _foreground(image: ByteArray) -> ByteArray:
    return np.asarray(cv2.threshold(brightest(image), _BACKGROUND, 1, cv2.THRESH_BINARY)[1], dtype=np.uint8)


def brightest(image: ByteArray) -> ByteArray:
    """The largest of the three channels at each pixel, (height, width)."""
    red, green, blue = cv2.split(image)
    return np.asarray(cv2.max(cv2.max(red, green), blue), dtype=np.uint8)


def largest_object(mask: ByteArray) -> tuple[ByteArray, IntArray]:
    """The largest of the objects in a mask, whose pixels hang together at sides or corners.

    Args:
        mask: 1 on the objects, 0 elsewhere, (height, width); not all 0.

    Returns:
        1 on the largest object, (height, width), and the areas of all objects in pixels, (objects,).
    """
    count, labels = cv2.connectedComponents(mask, connectivity=8)  # several times faster than with statistics
    if count == 2:
        return mask, np.array([cv2.countNonZero(mask)])
    areas = np.bincount(labels.ravel())[1:]
    return (labels == 1 + areas.argmax()).view(np.uint8), areas


def _like_a_red_cell(pixels: ByteArray) -> ByteArray:
    red, green, blue = cv2.split(pixels)
    low, high = _RED_CELL
    pale = cv2.compare(green, cv2.convertScaleAbs(red, alpha=low), cv2.CMP_GT)
    reddish = cv2.compare(blue, cv2.convertScaleAbs(red, alpha=high), cv2.CMP_LT)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_SMALLEST_SCRAP, _SMALLEST_SCRAP))
    return np.asarray(cv2.morphologyEx(cv2.bitwise_and(pale, reddish), cv2.MORPH_OPEN, kernel), dtype=np.uint8)
