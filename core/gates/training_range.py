"""`TrainingRange`: how far a cell lies from a model's training cells, in what the model sees of it."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.gates.limits import by_subject, upper_quantile
from core.types import FloatArray

FALSE_ALARMS = 0.05
_SMALLEST_SPREAD = 1e-3  # of the median spread; a number that is the same for all cells must not decide alone


@dataclass(frozen=True, eq=False)
class TrainingRange:
    """A cloud of training cells and the distance from it at which cells stop being like them.

    Attributes:
        centre: Mean of the training cells' vectors, (numbers,), float32.
        whitening: Turns what is left after the centre into uncorrelated numbers of unit spread, (numbers, numbers),
            float32.
        limit: Largest distance of a cell that passes.
        false_alarms: Stated share of new subjects' cells beyond the limit, in (0, 1).
        cells: Number of training cells.
        subjects: Number of their subjects.
    """

    centre: FloatArray
    whitening: FloatArray
    limit: float
    false_alarms: float
    cells: int
    subjects: int

    def distance(self, vectors: FloatArray) -> FloatArray:
        """Mahalanobis distance of cells from the training cells.

        Args:
            vectors: (cells, numbers).

        Returns:
            (cells,), unitless; infinite for a vector that is not finite.

        Raises:
            ValueError: If the vectors have another length.
        """
        if vectors.ndim != 2 or vectors.shape[1] != len(self.centre):
            raise ValueError(f"Expected vectors of {len(self.centre)} numbers. Received: {vectors.shape}.")
        finite = np.asarray(np.isfinite(vectors).all(axis=1))
        away = np.where(finite[:, np.newaxis], vectors, 0) - self.centre
        return np.where(finite, np.linalg.norm(away.astype(np.float64) @ self.whitening, axis=1), np.inf)


def fitted_range(
    vectors: FloatArray,
    subjects: npt.NDArray[np.str_],
    *,
    unseen: FloatArray | None = None,
    false_alarms: float = FALSE_ALARMS,
) -> TrainingRange:
    """Describe training cells, and set the distance that a share of new subjects' cells exceeds.

    The distance of each fold of training subjects is taken from the cells of the other folds. A network has fitted its
    weights to all of them, so that even these lie closer than new ones; where the validation subjects, which it was not
    fitted on, lie farther out, the limit is theirs.

    Args:
        vectors: What the model sees of its training cells, (cells, numbers); rows that are not finite are left out.
        subjects: Subject of each, (cells,).
        unseen: The same of validation subjects, (cells, numbers), or None.
        false_alarms: Share of cells beyond the limit, in (0, 1).

    Raises:
        ValueError: If there are fewer than two training cells.

    Source:
        Lee et al. 2018, https://arxiv.org/abs/1807.03888, the distance; Ledoit and Wolf 2004,
        doi 10.1016/S0047-259X(03)00096-4, the covariance, here of standardised numbers.
    """
    finite = np.asarray(np.isfinite(vectors).all(axis=1))
    known, groups = vectors[finite].astype(np.float64), subjects[finite]
    if len(known) < 2:
        raise ValueError(f"Expected at least two training cells. Received: {len(known)}.")
    apart = np.empty(len(known))
    for learned, held_out in by_subject(groups):
        centre, whitening = _cloud(known[learned])
        apart[held_out] = np.linalg.norm((known[held_out] - centre) @ whitening, axis=1)
    centre, whitening = _cloud(known)
    limit = upper_quantile(apart, false_alarms)
    found = TrainingRange(
        centre.astype(np.float32),
        whitening.astype(np.float32),
        limit,
        false_alarms,
        len(known),
        len(np.unique(groups)),
    )
    if unseen is None or not len(unseen):
        return found
    new = found.distance(unseen)
    new = new[np.isfinite(new)]
    return replace(found, limit=max(limit, upper_quantile(new, false_alarms))) if len(new) else found


def _cloud(vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean, and the matrix that a difference from it is multiplied with so that its length is the distance."""
    from sklearn.covariance import LedoitWolf

    centre, spread = vectors.mean(axis=0), vectors.std(axis=0)
    usual = float(np.median(spread)) or 1.0
    scale = np.maximum(spread, _SMALLEST_SPREAD * usual)
    shape = LedoitWolf(assume_centered=True).fit((vectors - centre) / scale)
    return centre, np.linalg.cholesky(shape.precision_) / scale[:, np.newaxis]
