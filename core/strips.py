"""`Strip`: one measure of a cell and of training cells, ready to be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.reference import Reference
from core.standing import READINGS, Standing
from core.types import FloatArray

_OUTER = 0.01  # quantile of the training cells on either side where a strip ends
_BEYOND = 0.04  # of the strip's length; where a cell stands that lies outside


@dataclass(frozen=True, eq=False)
class Strip:
    """One measure of a cell and of the training cells on a common scale: 0 and 1 are their 1 % and 99 % quantiles.

    Attributes:
        title: Of the measure.
        place: Of the cell; one that lies outside stands a little beyond the end.
        negative: Of the negative training cells, those that lie outside left out, (cells,).
        positive: The same of the positive ones.
        says: What the cell's standing is, in words.
    """

    title: str
    place: float
    negative: FloatArray
    positive: FloatArray
    says: str


def strips(standings: Sequence[Standing], reference: Reference, classes: tuple[str, str]) -> tuple[Strip, ...]:
    """The measures that are put into words, ready to be drawn.

    Args:
        standings: From `standing`.
        reference: Of the model.
        classes: Of the model, (negative, positive).
    """
    found = {each.name: each for each in standings}
    drawn = []
    for name, reading in READINGS.items():
        values = reference.measured(name)
        known = np.isfinite(values)
        if name not in found or not known.any():
            continue
        low, high = np.quantile(values[known], (_OUTER, 1 - _OUTER))
        width = float(high - low) or 1.0
        places = (values - low) / width
        inside = known & (places >= 0) & (places <= 1)
        place = float(np.clip((found[name].value - low) / width, -_BEYOND, 1 + _BEYOND))
        negative, positive = (places[inside & (reference.positive == side)] for side in (False, True))
        drawn.append(Strip(reading.title, place, negative, positive, found[name].sentence(classes)))
    return tuple(drawn)
