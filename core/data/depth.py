"""Bit depth: bring values of more than 8 bits down to 8 by the range that they use, and say so."""

import numpy as np
import numpy.typing as npt

from core.types import ByteArray

_USUAL = (255, 1023, 4095, 65535)  # of 8, 10, 12 and 16 bits; a dark image of 16 bits looks like one of 14


def largest_possible(values: npt.NDArray[np.uint16], *, declared: int | None = None) -> int:
    """The value that stands for full brightness.

    Args:
        values: Pixels of any shape, 0 to 65,535.
        declared: What the file says, or None where it says nothing.

    Returns:
        The declared value; else the largest one of 8, 10, 12 or 16 bits, whichever is the first that all values fit.
    """
    if declared is not None:
        return declared
    highest = int(values.max(initial=0))
    return next(largest for largest in _USUAL if highest <= largest)


def to_eight_bits(values: npt.NDArray[np.uint16], largest: int) -> ByteArray:
    """Scale so that `largest` becomes 255, to the nearest whole number; what lies above it as well.

    Args:
        values: Pixels of any shape, 0 to 65,535.
        largest: The value that stands for full brightness, 1 or more.
    """
    table = np.minimum((np.arange(2**16, dtype=np.uint64) * 255 + largest // 2) // largest, 255)
    return np.asarray(table.astype(np.uint8)[values], dtype=np.uint8)


def scaling_note(largest: int, *, declared: bool) -> str:
    """What was done to the values, for the reader of an answer."""
    how = "as the file states" if declared else "the range that the values use"
    return f"Scaled to 8 bits: {largest:,} is full brightness, {how}."
