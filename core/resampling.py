"""Resampling of subjects: intervals that count subjects, not cells, as independent."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm
from scipy.stats import t as student

from core.types import FloatArray, IntArray

DRAWS = 2000
_FEWEST_SUBJECTS = 3  # of a class, for an interval


@dataclass(frozen=True, eq=False)
class Resampling:
    """Subjects drawn with replacement, the same draws for every model on the same cells.

    Attributes:
        unit: Which subject each cell is of, (cells,), from 0; a cell without a subject stands for itself.
        times: How often each subject was drawn, (draws, subjects).
        fewest: Number of subjects with cells of the rarer class.
    """

    unit: IntArray
    times: IntArray
    fewest: int

    @property
    def enough(self) -> bool:
        """Whether there are enough subjects of each class for an interval."""
        return self.fewest >= _FEWEST_SUBJECTS

    def interval(self, values: FloatArray) -> tuple[float, float] | None:
        """95 % interval of a figure.

        Args:
            values: The figure in each draw, (draws,); NaN, as without a positive cell, does not count.

        Returns:
            Percentiles of the draws, or None with fewer than three subjects of a class. The percentiles are those of
            2.5 and 97.5 % moved outwards, since resampling few subjects gives too narrow an interval.

        Source:
            Hesterberg 2015, doi 10.1080/00031305.2015.1089789, expanded percentiles: the normal distribution at the t
            quantile times sqrt(n / (n - 1)), here with the subjects of the rarer class as n.
        """
        known = values[np.isfinite(values)]
        if not self.enough or not len(known):
            return None
        tail = float(norm.cdf(student.ppf(0.025, self.fewest - 1) * self._correction))
        low, high = np.quantile(known, [tail, 1 - tail])
        return float(low), float(high)

    def p_value(self, difference: float, values: FloatArray) -> float | None:
        """Two-sided P value of a difference between two models, or None with fewer than three subjects of a class.

        Args:
            difference: On the cells as they are.
            values: The difference in each draw, (draws,).

        Source:
            Student's t with the bootstrap standard error and the same correction for few subjects as `interval`.
        """
        known = values[np.isfinite(values)]
        if not self.enough or not len(known):
            return None
        error = float(known.std(ddof=1)) * self._correction if len(known) > 1 else 0.0
        if error == 0:
            return 1.0 if difference == 0 else 0.0
        return float(2 * student.sf(abs(difference) / error, self.fewest - 1))

    @property
    def _correction(self) -> float:
        return float(np.sqrt(self.fewest / (self.fewest - 1)))


def resampling(subject: npt.NDArray[np.str_], truth: IntArray, *, draws: int = DRAWS, seed: int = 0) -> Resampling:
    """Draw subjects with replacement.

    Args:
        subject: Subject (or person) of each cell, (cells,); "" where it is not known.
        truth: 1 for a positive cell, (cells,).
        draws: Resamplings.
        seed: Of the draws.

    Source:
        Cluster bootstrap: Davison and Hinkley 1997, Bootstrap methods and their application, section 3.8.
    """
    names = np.where(subject == "", np.char.add("\0", np.arange(len(subject)).astype(str)), subject)
    known, unit = np.unique(names, return_inverse=True)
    of_class = [len(np.unique(unit[truth == label])) for label in (0, 1)]
    share = np.full(len(known), 1 / max(1, len(known)))
    times = np.random.default_rng(seed).multinomial(len(known), share, draws)
    return Resampling(np.asarray(unit), np.asarray(times), min(of_class))
