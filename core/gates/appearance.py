"""What makes a picture look like one stained cell on black: its surroundings, outline, colour and texture."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from core.data.segmentation import Segmentation
from core.types import ByteArray, IntArray, MaskArray


@dataclass(frozen=True)
class Measure:
    """One number of a picture.

    Attributes:
        title: What users call it.
        smallest: The smallest spread between training cells that counts: a smaller one is no difference to an eye.
        too_low: What a value below the training cells' means; "" where that says nothing.
        too_high: The same above.
    """

    title: str
    smallest: float
    too_low: str = ""
    too_high: str = ""


APPEARANCE: dict[str, Measure] = {
    "surroundings": Measure(
        "Black share of the picture's border", 0.1, "a cell that was cut out stands on black, and this picture does not"
    ),
    "beside": Measure(
        "Share of what is shown that is not the cell", 0.1, too_high="much of what it shows lies apart from the cell"
    ),
    "second_core": Measure(
        "Size of a second core over the first", 0.2, too_high="its outline has a waist, as where two cells touch"
    ),
    "straight": Measure(
        "Longest straight side over the root of the area", 0.2, too_high="a straight side says that a part is cut off"
    ),
    "solidity": Measure("Solidity", 0.05, "its outline is too ragged or notched for one cell"),
    "chroma": Measure("Strength of the mean colour", 4.0, "it has next to no colour"),
    "hue": Measure(
        "Hue angle of the mean colour (degrees)",
        4.0,
        "its colour is bluer or greener than that of the stain",
        "its colour is redder or browner than that of the stain",
    ),
    "one_colour": Measure("Agreement of the colours", 0.02, "it has many colours, and a stained nucleus has one"),
    "contrast": Measure("Contrast", 4.0, too_high="its brightness varies more than inside a cell"),
    "edges": Measure("Sharpness", 0.01, too_high="it has harder edges or more grain than a nucleus, as text or noise"),
}
"""What is measured, in the order in which a picture is judged."""

SMALLEST_CELL = 16  # pixels of area below which there is nothing to measure
_STRAIGHT = 2.0  # pixels by which a straight side may leave the outline
_CORE = 0.6  # of the largest depth; what lies deeper is a core


def surroundings(found: Segmentation, shape: tuple[int, ...]) -> float:
    """Share of a picture's outermost pixels that are black, in [0, 1]; a corner counts for both of its sides.

    Args:
        found: The picture's segmentation.
        shape: The picture's, (height, width, ...).
    """
    height, width = shape[:2]
    shown = found.cell | found.debris
    sides = [(found.top == 0, 0, 0), (found.left == 0, 0, 1)]
    sides += [(found.top + len(shown) == height, -1, 0), (found.left + shown.shape[1] == width, -1, 1)]
    covered = sum(np.count_nonzero(shown.take(place, axis)) for reached, place, axis in sides if reached and shown.size)
    return 1 - covered / (2 * (height + width))


def appearance(image: ByteArray, found: Segmentation, quality: Mapping[str, float]) -> dict[str, float]:
    """Measure a picture.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
        found: Its segmentation.
        quality: Its quality, as `core.data.quality.quality` measures it.

    Returns:
        The measures of `APPEARANCE`; NaN for all but the surroundings where there is no cell.
    """
    around = {"surroundings": surroundings(found, image.shape)}
    area = np.count_nonzero(found.cell)
    if area < SMALLEST_CELL:
        return {**dict.fromkeys(APPEARANCE, float("nan")), **around}
    mask = np.pad(found.cell.view(np.uint8), 1)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = np.asarray(max(outlines, key=len), dtype=np.int32)
    return {  # in the order of `APPEARANCE`
        **around,
        "beside": 1 - area / (area + np.count_nonzero(found.debris)),
        "second_core": second_core(mask),
        "straight": straight_side(outline) / area**0.5,
        "solidity": cv2.contourArea(outline) / max(1.0, cv2.contourArea(cv2.convexHull(outline))),
        **colour(found.crop(image), found.cell),
        "contrast": quality["contrast"],
        "edges": quality["sharpness"],
    }


def second_core(mask: ByteArray) -> float:
    """Area of the second largest core over that of the largest, in [0, 1]; 0 where the shape has one core.

    A core is what lies deeper inside than 0.6 of the largest depth: two cells that touch at a waist have two.

    Args:
        mask: 1 inside, 0 outside, also along all borders, (height, width); not all 0.
    """
    depth = np.asarray(cv2.distanceTransform(mask, cv2.DIST_L2, 5), dtype=np.float32)
    _, labels = cv2.connectedComponents((depth > _CORE * depth.max()).view(np.uint8))
    areas = np.sort(np.bincount(labels.ravel())[1:])
    return float(areas[-2] / areas[-1]) if len(areas) > 1 else 0.0


def straight_side(outline: IntArray) -> float:
    """Length of the longest straight side of an outline in pixels.

    Args:
        outline: Points as OpenCV finds them, (points, 1, 2).

    Source:
        Douglas and Peucker 1973, doi 10.3138/FM57-6770-U75U-7727, within 2 pixels.
    """
    corners = cv2.approxPolyDP(outline, _STRAIGHT, closed=True)[:, 0].astype(np.float64)
    return float(np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1).max())


def colour(crop: ByteArray, cell: MaskArray) -> dict[str, float]:
    """Hue and strength of the mean colour, and how far the pixels agree in hue.

    Args:
        crop: RGB pixels, (height, width, 3), 0 to 255.
        cell: True on the cell, (height, width); not all False.

    Returns:
        chroma: length of the mean a* and b*; hue: their angle, -180 to 180 degrees, 0 for red, -90 for blue;
        one_colour: that length over the mean length, in [0, 1], 1 where all pixels have one hue or none has any.
    """
    mask = cell.view(np.uint8)
    lab = cv2.cvtColor(crop.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    _, red_green, yellow_blue = cv2.split(lab)
    mean = [cv2.mean(channel, mask=mask)[0] for channel in (red_green, yellow_blue)]
    length, each = float(np.hypot(mean[0], mean[1])), cv2.mean(cv2.magnitude(red_green, yellow_blue), mask=mask)[0]
    return {
        "chroma": length,
        "hue": float(np.degrees(np.arctan2(mean[1], mean[0]))),
        "one_colour": length / each if each > 1e-6 else 1.0,
    }
