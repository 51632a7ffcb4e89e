"""The gates that look at a picture alone: is it one stained cell, and is it good enough to judge?"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from core.data.quality import CHECKS, QUALITY, Check, quality
from core.data.segmentation import segment
from core.gates.appearance import APPEARANCE, SMALLEST_CELL, appearance, surroundings
from core.gates.finding import Finding
from core.gates.limits import Limits, Side, fitted_limits
from core.types import ByteArray, FloatArray

FALSE_ALARMS = 0.01
DEFAULT = Limits(
    low={"surroundings": 0.72, "solidity": 0.73, "chroma": 24.8, "hue": -50.5, "one_colour": 0.942},
    high={"beside": 0.276, "second_core": 0.552, "straight": 0.84, "hue": -27.5, "contrast": 21.6, "edges": 0.0363},
    false_alarms=FALSE_ALARMS,
    cells=40,
    subjects=16,
)
"""Limits for models without their own, set on the 40 real C-NMC cells; `python -m benchmarks gates` prints them."""

_NO_CELL = "This is not a single stained cell: there is nothing on the black background."
_CHECKED = {**QUALITY, "equivalent_diameter": "Equivalent diameter (px)"}


def fitted_appearance(values: FloatArray, subjects: npt.NDArray[np.str_]) -> Limits:
    """The limits of a model, from pictures of its training cells; nowhere narrower than the default ones.

    What is a stained cell must not depend on how much alike the training cells are; that is for the training range to
    say.

    Args:
        values: Measures of `APPEARANCE`, (cells, measures).
        subjects: Subject of each cell, (cells,).

    Raises:
        ValueError: If no cell was measured.
    """
    return fitted_limits(values, subjects, sides(), false_alarms=FALSE_ALARMS).widened(DEFAULT)


def sides() -> dict[str, Side]:
    """On which sides the measures of `APPEARANCE` have limits."""
    return {
        name: Side(bool(measure.too_low), bool(measure.too_high), measure.smallest)
        for name, measure in APPEARANCE.items()
    }


def of_picture(image: ByteArray, limits: Limits = DEFAULT) -> tuple[Finding, ...]:
    """What the gates before the model say of a picture, up to the first that stops it.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
        limits: What a single stained cell can look like.
    """
    read = Finding(
        "image", True, "The file is a picture.", {"width (px)": image.shape[1], "height (px)": image.shape[0]}
    )
    found = segment(image)
    area = np.count_nonzero(found.cell)
    if area < SMALLEST_CELL:
        return read, Finding("cell", False, _NO_CELL, {"pixels that are not black": int(area)})
    around = _cell({"surroundings": surroundings(found, image.shape)}, limits)
    if not around.passed:  # without a look at what may be a large photograph
        return read, around
    measured = quality(image, found)
    cell = _cell(appearance(image, found, measured), limits)
    if not cell.passed:
        return read, cell
    return read, cell, _quality({**measured, "equivalent_diameter": float(np.sqrt(4 * area / np.pi))})


def unreadable(reason: str) -> tuple[Finding, ...]:
    """What the first gate says of a file that cannot be decoded.

    Args:
        reason: The decoder's sentence.
    """
    return (Finding("image", False, reason),)


def _cell(values: Mapping[str, float], limits: Limits) -> Finding:
    outside = limits.outside({name: value for name, value in values.items() if not np.isnan(value)})
    if outside is None:
        numbers = {APPEARANCE[name].title: value for name, value in values.items() if not np.isnan(value)}
        return Finding("cell", True, "It looks like a single stained cell on black.", numbers)
    measure, value = APPEARANCE[outside], values[outside]
    low = value < limits.low.get(outside, -np.inf)
    limit = (limits.low if low else limits.high)[outside]
    sentence = f"This is not a single stained cell: {measure.too_low if low else measure.too_high}."
    return Finding("cell", False, sentence, {measure.title: value, "at least" if low else "at most": limit})


def _quality(values: Mapping[str, float]) -> Finding:
    for check in CHECKS.values():
        value = values[check.measure]
        if value > check.threshold if check.too_high else value < check.threshold:
            bound = "at most" if check.too_high else "at least"
            return Finding("quality", False, _fault(check), {_CHECKED[check.measure]: value, bound: check.threshold})
    numbers = {_CHECKED[name]: value for name, value in values.items() if not np.isnan(value)}
    return Finding("quality", True, "No fault of the picture was found.", numbers)


def _fault(check: Check) -> str:
    return f"The picture is not good enough to judge: {check.sentence[0].lower()}{check.sentence[1:]}"
