"""Scale: lengths and areas of measured cells in micrometres, once the user has said how much one pixel spans."""

import pandas as pd

from core.data.morphology import MORPHOLOGY

LENGTHS = {"equivalent_diameter": 1, "perimeter": 1, "area": 2}
"""Measures that carry a length, with its power; all others stay as they are at every scale."""

SMALLEST, LARGEST = 0.01, 2.0  # micrometres in a pixel; light microscopes with a camera give about 0.03 to 1
_CELL = (4.0, 40.0)  # micrometres across; white blood cells of a smear span 6 to 30


def checked(micrometres: float) -> float:
    """The scale itself if a light microscope can have it.

    Args:
        micrometres: Micrometres in a pixel.

    Raises:
        ValueError: If it is below 0.01, above 2, or no number.
    """
    if not SMALLEST <= micrometres <= LARGEST:
        raise ValueError(
            f"Expected {SMALLEST:g} to {LARGEST:g} micrometres in a pixel, as light microscopes have. "
            f"Received: {micrometres:g}."
        )
    return micrometres


def scaled(cells: pd.DataFrame, micrometres: float) -> pd.DataFrame:
    """The cells with lengths in micrometres and areas in square micrometres; what was given stays as it is.

    Args:
        cells: Measured cells, lengths in pixels.
        micrometres: Micrometres in a pixel.

    Raises:
        ValueError: If no light microscope has such a scale.
    """
    factor = checked(micrometres)
    return cells.assign(
        **{name: cells[name] * factor**power for name, power in LENGTHS.items() if name in cells.columns}
    )


def title(name: str, micrometres: float | None = None) -> str:
    """What users call a measure, with its unit.

    Args:
        name: Key of `MORPHOLOGY`.
        micrometres: Micrometres in a pixel, or None where lengths are in pixels.
    """
    in_pixels = MORPHOLOGY[name]
    return in_pixels if micrometres is None or name not in LENGTHS else in_pixels.replace("(px", "(µm")


def doubt(cells: pd.DataFrame, micrometres: float) -> str:
    """A sentence where the scale makes cells of a size that white blood cells do not have; else "".

    Args:
        cells: Measured cells, lengths in pixels.
        micrometres: Micrometres in a pixel.
    """
    across = float(cells["equivalent_diameter"].median()) * micrometres
    if not (across < _CELL[0] or across > _CELL[1]):  # also where nothing was measured
        return ""
    return (
        f"At {micrometres:g} micrometres in a pixel the median cell would be {across:.3g} µm across; "
        "white blood cells span about 6 to 30 µm. Check the number."
    )
