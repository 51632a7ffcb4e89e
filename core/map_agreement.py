"""`MapAgreement`: do maps of one cell, made by several methods, point to the same areas?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.types import FloatArray, MaskArray

Word = Literal["agree", "agree in part", "disagree"]

AGREE, DISAGREE = 0.6, 0.3  # mean rank correlation from which on maps agree, and below which they don't


@dataclass(frozen=True)
class MapAgreement:
    """How alike maps of one cell are inside it.

    Attributes:
        maps: How many of them are not even; the others tell nothing and are left out.
        rank_correlation: Mean of Spearman's over all pairs of these, in [-1, 1]; None where there are fewer than two.
    """

    maps: int
    rank_correlation: float | None

    @property
    def word(self) -> Word | None:
        """In a word; None where nothing can be compared."""
        if self.rank_correlation is None:
            return None
        if self.rank_correlation >= AGREE:
            return "agree"
        return "agree in part" if self.rank_correlation >= DISAGREE else "disagree"

    @property
    def sentence(self) -> str:
        """What it means for the maps, for a clinician."""
        if self.rank_correlation is None:
            return "The methods cannot be compared: fewer than two of them have a map with bright and dark areas."
        alike = f"mean rank correlation inside the cell {self.rank_correlation:.2f}, 1 being the same"
        if self.word == "agree":
            return f"The methods agree: their bright areas are much the same ({alike})."
        if self.word == "agree in part":
            return f"The methods agree in part: read only areas that are bright in all of them ({alike})."
        return f"The methods disagree: trust none of these maps ({alike})."


def map_agreement(maps: Sequence[FloatArray], cell: MaskArray) -> MapAgreement:
    """Compare maps of one cell, each with each.

    Args:
        maps: Relevance by each method, (height, width) each.
        cell: True on the cell, (height, width); `core.faithfulness.cell_seen` gives it.

    Raises:
        ValueError: If a map and the cell differ in height or width.
    """
    from scipy.stats import spearmanr

    for relevance in maps:
        if relevance.shape != cell.shape:
            raise ValueError(f"Expected maps as large as the cell's mask {cell.shape}. Received: {relevance.shape}.")
    told = [values for relevance in maps if (values := relevance[cell]).size and np.ptp(values) > 0]
    if len(told) < 2:
        return MapAgreement(len(told), None)
    pairs = [spearmanr(one, other).statistic for number, one in enumerate(told) for other in told[number + 1 :]]
    return MapAgreement(len(told), float(np.mean(pairs)))
