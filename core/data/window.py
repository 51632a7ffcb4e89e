"""The window that a model looks through: a square of constant scale around the cell, or the whole image."""

from dataclasses import dataclass

import cv2
import numpy as np

from core.data.segmentation import bounding_box
from core.types import ByteArray, FloatArray

EDGE = 320  # pixels; `python -m benchmarks crop` prints how many cells are larger


@dataclass(frozen=True)
class Window:
    """A part of an image. It may reach beyond the image, where everything is black.

    Attributes:
        top: First row; negative above the image.
        left: First column; negative beside the image.
        height: Rows.
        width: Columns.
    """

    top: int
    left: int
    height: int
    width: int

    def cut(self, image: ByteArray) -> ByteArray:
        """What the window shows.

        Args:
            image: (rows, columns, channels), 0 to 255.

        Returns:
            (height, width, channels); a view where the window lies inside the image.
        """
        inside = image[self._rows(image.shape[0]), self._columns(image.shape[1])]
        if inside.shape[:2] == (self.height, self.width):
            return inside
        above, beside = max(0, -self.top), max(0, -self.left)
        below = self.height - above - inside.shape[0]
        beyond = self.width - beside - inside.shape[1]
        return np.pad(inside, ((above, below), (beside, beyond), (0, 0)))

    def laid_back(self, values: FloatArray, shape: tuple[int, int]) -> FloatArray:
        """Lay what was found in the window on the image that it was cut from.

        Args:
            values: Any grid over the window, (rows, columns).
            shape: (height, width) of the image.

        Returns:
            The grid stretched to the window, (height, width), float32; 0 outside of it.
        """
        stretched = cv2.resize(values.astype(np.float32), (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        rows, columns = self._rows(shape[0]), self._columns(shape[1])
        laid = np.zeros(shape, dtype=np.float32)
        laid[rows, columns] = stretched[
            rows.start - self.top : rows.stop - self.top, columns.start - self.left : columns.stop - self.left
        ]
        return laid

    def _rows(self, height: int) -> slice:
        return _within(self.top, self.height, height)

    def _columns(self, width: int) -> slice:
        return _within(self.left, self.width, width)


def _within(start: int, extent: int, limit: int) -> slice:
    return slice(max(0, start), min(limit, start + extent))


def whole(image: ByteArray) -> Window:
    """The window that shows all of an image."""
    return Window(0, 0, image.shape[0], image.shape[1])


def on_cell(image: ByteArray, edge: int) -> Window:
    """The square with this edge around the middle of all that is not black; around the image's own where all is.

    A larger cell is cut, never shrunk: a pixel spans the same length in each cell of a microscope.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
        edge: Edge in pixels of the image.
    """
    left, top, width, height = bounding_box(image)
    if not width:
        height, width = image.shape[:2]
    return Window(top + (height - edge) // 2, left + (width - edge) // 2, edge, edge)
