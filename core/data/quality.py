"""Quality of one image, measured on the segmented cell and not on its black surroundings, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from core.data.segmentation import Segmentation
from core.types import ByteArray, FloatArray

if TYPE_CHECKING:  # see core.data.measures
    import pandas as pd

QUALITY: dict[str, str] = {
    "brightness": "Brightness",
    "contrast": "Contrast",
    "sharpness": "Sharpness",
    "filled": "Share of the image that is not black",
    "objects": "Number of objects",
    "border": "Touches the border (1: yes)",
    "debris": "Share of debris",
}
"""Names of the measures and what users call them."""

_INSIDE = 5  # pixels that sharpness keeps away from the cell's edge


@dataclass(frozen=True)
class Check:
    """One thing that can be wrong with an image.

    Attributes:
        title: What users call it.
        measure: Column that it looks at.
        too_high: Whether large values are bad; else small ones are.
        threshold: Value from which (or below which) an image is flagged, at first.
        sentence: What a flag means.
    """

    title: str
    measure: str
    too_high: bool
    threshold: float
    sentence: str

    def flags(self, measures: "pd.DataFrame", threshold: float | None = None) -> "pd.Series":
        """True for each row that is beyond the threshold; False where nothing was measured."""
        limit = self.threshold if threshold is None else threshold
        values = measures[self.measure]
        return values > limit if self.too_high else values < limit


def quality(image: ByteArray, found: Segmentation) -> dict[str, float]:
    """Measure an image.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
        found: Its segmentation.

    Returns:
        brightness and contrast: mean and standard deviation of the cell's grey levels; sharpness: variance of their
        Laplacian, 5 pixels inside the edge, over their variance; filled: share of the image that is not black;
        debris: its share of what is not black; objects: their number; border: 1 where something touches it, else 0.
        NaN where there is no cell.
    """
    mask = found.cell.view(np.uint8)
    debris = np.count_nonzero(found.debris)
    covered = np.count_nonzero(mask) + debris
    measures = {
        "filled": covered / (image.shape[0] * image.shape[1]),
        "objects": float(found.objects),
        "border": float(found.touches_border),
        "debris": debris / covered if covered else float("nan"),
    }
    if not found.objects:
        return {"brightness": float("nan"), "contrast": float("nan"), "sharpness": float("nan"), **measures}
    gray = np.asarray(cv2.cvtColor(found.crop(image), cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    mean, spread = cv2.meanStdDev(gray, mask=mask)
    return {
        "brightness": float(mean[0, 0]),
        "contrast": float(spread[0, 0]),
        "sharpness": _sharpness(gray, mask),
        **measures,
    }


def _sharpness(gray: ByteArray, mask: ByteArray) -> float:
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * _INSIDE + 1, 2 * _INSIDE + 1))
    inside = np.asarray(cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0), dtype=np.uint8)
    if not inside.any():
        return float("nan")
    # smoothed first: grain is not sharpness
    smooth = np.asarray(cv2.GaussianBlur(gray.astype(np.float32), (0, 0), 1.0), dtype=np.float32)
    edges = np.asarray(cv2.Laplacian(smooth, cv2.CV_32F), dtype=np.float32)
    return _variance(edges, inside) / max(_variance(smooth, inside), 1e-12)


def _variance(values: FloatArray, inside: ByteArray) -> float:
    alone = cv2.copyTo(values, inside)  # zeros outside: sums without a mask take a third of the time
    area = cv2.countNonZero(inside)
    mean = cv2.sumElems(alone)[0] / area
    return max(0.0, cv2.norm(alone, cv2.NORM_L2SQR) / area - mean**2)


CHECKS: dict[str, Check] = {
    "dark": Check("Too dark", "brightness", False, 34.0, "The cell is darker than nearly all others."),
    "bright": Check("Too bright", "brightness", True, 60.0, "The cell is brighter than nearly all others."),
    "flat": Check("Low contrast", "contrast", False, 4.0, "The cell's grey levels hardly differ."),
    "blurred": Check("Blurred", "sharpness", False, 0.0025, "The cell shows no fine structure: it is out of focus."),
    "empty": Check("Nearly empty", "filled", False, 0.05, "Almost the whole image is black."),
    "cut": Check("Cut off", "border", True, 0.5, "The cell touches the border of the image, so part of it is missing."),
    "several": Check("More than one object", "objects", True, 1.5, "There is a second large object in the image."),
    "debris": Check(
        "Debris", "debris", True, 0.05, "Much of what is not black is no cell, such as a piece of a red cell."
    ),
    "small": Check(
        "Odd size: small", "equivalent_diameter", False, 135.0, "The cell is smaller than nearly all others."
    ),
    "large": Check("Odd size: large", "equivalent_diameter", True, 320.0, "The cell is larger than nearly all others."),
}
"""What is looked for, in this order. At these thresholds 2 of 40 real C-NMC cells are flagged, both for debris."""


def flagged(measures: "pd.DataFrame", thresholds: Mapping[str, float] | None = None) -> "pd.DataFrame":
    """Apply all checks.

    Args:
        measures: Rows with the columns that the checks look at.
        thresholds: Values by check; a check's own where none is given.

    Returns:
        One boolean column a check, a row a cell.
    """
    import pandas as pd

    limits = thresholds or {}
    return pd.DataFrame({key: check.flags(measures, limits.get(key)) for key, check in CHECKS.items()})
