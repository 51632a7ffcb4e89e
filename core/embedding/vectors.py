"""`CellVectors`: the numbers that cells are compared by, here those of their morphology."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.morphology import MORPHOLOGY
from core.types import FloatArray

_SIZES = ("area", "equivalent_diameter", "perimeter")
_FURTHEST = 5.0  # spreads from the median
_IQR_OF_NORMAL = 1.349  # interquartile range of a normal distribution with standard deviation 1


@dataclass(frozen=True, eq=False)
class CellVectors:
    """What cells are compared by; cells without it are left out.

    Attributes:
        paths: `path` of each cell, (cells,).
        numbers: One row a cell, (cells, dimensions), float32; the smaller the distance, the more alike.
        scores: Probability of the positive class, (cells,), where a network gave the numbers; else None.
    """

    paths: tuple[str, ...]
    numbers: FloatArray
    scores: FloatArray | None = None

    def rows(self, cells: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table in the order of `numbers`, with `score` where there is one.

        Args:
            cells: At least the cells of these vectors, by their `path`.
        """
        found = cells.set_index("path").loc[list(self.paths)].reset_index()
        return found if self.scores is None else found.assign(score=self.scores)


def morphology_vectors(cells: pd.DataFrame) -> CellVectors:
    """Make the measures of `MORPHOLOGY` comparable: each in spreads from its median.

    Sizes enter by their logarithm: twice as large is then the same step for a small and for a large cell. Median and
    quartiles are used, and values end at 5 spreads, since a few cells with debris or a failed outline would otherwise
    set the scale for all others.

    Args:
        cells: Measured cells.

    Returns:
        17 numbers a cell, for those that were measured. A measure that is the same for most cells counts as 0.
    """
    known = cells[cells[list(MORPHOLOGY)].notna().all(axis=1)]
    values = known[list(MORPHOLOGY)].to_numpy(dtype=np.float64, copy=True)
    if not len(known):
        return CellVectors((), values.astype(np.float32))
    sizes = [list(MORPHOLOGY).index(name) for name in _SIZES]
    values[:, sizes] = np.log(values[:, sizes])
    low, median, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
    spread = (high - low) / _IQR_OF_NORMAL
    standardized = np.clip((values - median) / np.where(spread > 0, spread, np.inf), -_FURTHEST, _FURTHEST)
    return CellVectors(tuple(known["path"]), standardized.astype(np.float32))
