"""A relevance map laid over its cell, as heat or as lines, and the bar that says what its colours mean."""

from typing import Literal, get_args

import cv2
import numpy as np

from core.data.window import Window, whole
from core.types import ByteArray, FloatArray

Colours = Literal["inferno", "magma", "viridis", "cividis"]
COLOURS: dict[Colours, str] = {"inferno": "Inferno", "magma": "Magma", "viridis": "Viridis", "cividis": "Cividis"}
"""Colour maps whose steps look even, to the colour-blind as well."""

Style = Literal["heat", "contour"]
LEVELS = (0.25, 0.5, 0.75)  # of the relevance, at which lines are drawn
STYLES: dict[Style, str] = {"heat": "Heat", "contour": "Lines at 25, 50 and 75 %"}

OPACITY = 0.45
_TABLES = {
    "inferno": cv2.COLORMAP_INFERNO,
    "magma": cv2.COLORMAP_MAGMA,
    "viridis": cv2.COLORMAP_VIRIDIS,
    "cividis": cv2.COLORMAP_CIVIDIS,
}
_WHITE = (255, 255, 255)
_LINE = 150  # of a picture's shorter side, for a line as wide as one of these parts
_GREY = 128  # of the bar where nothing is relevant, in place of a cell


def overlay(
    image: ByteArray,
    relevance: FloatArray,
    *,
    seen: Window | None = None,
    opacity: float = OPACITY,
    colours: Colours = "inferno",
    style: Style = "heat",
) -> ByteArray:
    """Lay a relevance map over an image; where nothing is relevant the image stays as it is.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
        relevance: (rows, columns) in [0, 1]; stretched to the part of the image that was seen.
        seen: That part, as `core.data.pixels.seen` tells; None for the whole image.
        opacity: Weight of the colour where the relevance is 1, and of lines, in [0, 1].
        colours: Colour map, from no relevance to the highest.
        style: Heat, or lines at `LEVELS` on white ones, which show on any cell.

    Returns:
        RGB pixels, (height, width, 3), 0 to 255.

    Raises:
        ValueError: If the opacity is out of range, or the colour map or the style is unknown.
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"Expected an opacity in [0, 1]. Received: {opacity}.")
    if colours not in get_args(Colours):
        raise ValueError(f"Expected a colour map out of {', '.join(get_args(Colours))}. Received: {colours}.")
    if style not in get_args(Style):
        raise ValueError(f"Expected a style out of {', '.join(get_args(Style))}. Received: {style}.")
    laid = (seen or whole(image)).laid_back(relevance, (image.shape[0], image.shape[1]))
    strength = np.clip(laid, 0, 1)
    if style == "contour":
        drawn, weight = _with_lines(image, strength, colours), np.full_like(strength, opacity)
    else:
        drawn, weight = _coloured(strength, colours), opacity * strength
    return np.asarray(cv2.blendLinear(np.ascontiguousarray(image), drawn, 1 - weight, weight), dtype=np.uint8)


def colour_bar(
    width: int,
    height: int,
    *,
    opacity: float = OPACITY,
    colours: Colours = "inferno",
    style: Style = "heat",
) -> ByteArray:
    """What `overlay` makes of a grey image whose relevance rises from the left to the right; of lines, pieces of each.

    Args:
        width: In pixels.
        height: In pixels.
        opacity: As of `overlay`.
        colours: As of `overlay`.
        style: As of `overlay`.

    Returns:
        RGB pixels, (height, width, 3), 0 to 255.
    """
    bar = np.full((height, width, 3), _GREY, dtype=np.uint8)
    if style == "heat":
        rising = np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))
        return overlay(bar, rising, opacity=opacity, colours=colours)
    drawn = bar.copy()
    for level in LEVELS:
        middle = round(level * (width - 1))
        drawn[:, max(0, middle - height // 2) : middle + height // 2] = _WHITE
        drawn[:, max(0, middle - height // 4) : middle + height // 4] = _colour_of(level, colours)
    return np.asarray(bar * (1 - opacity) + drawn * opacity + 0.5, dtype=np.uint8)


def _coloured(strength: FloatArray, colours: Colours) -> ByteArray:
    levels = np.asarray(strength * 255, dtype=np.uint8)
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(levels, _TABLES[colours]), cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _with_lines(image: ByteArray, strength: FloatArray, colours: Colours) -> ByteArray:
    """The image with a line around all that is at least as relevant as each level."""
    drawn = np.array(image, order="C")
    wide = max(1, round(min(image.shape[:2]) / _LINE))
    for level in LEVELS:
        above = np.asarray(strength >= level, dtype=np.uint8)
        lines, _ = cv2.findContours(above, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, lines, -1, _WHITE, wide + 2, cv2.LINE_AA)
        cv2.drawContours(drawn, lines, -1, _colour_of(level, colours), wide, cv2.LINE_AA)
    return np.asarray(drawn, dtype=np.uint8)


def _colour_of(level: float, colours: Colours) -> list[int]:
    return [int(channel) for channel in _coloured(np.full((1, 1), level, dtype=np.float32), colours)[0, 0]]
