"""Calibration: how far a model's probabilities can be taken at their word."""

import numpy as np

from core.types import FloatArray, IntArray, MaskArray

BINS = 10
CLIP = 1e-7  # a score of exactly 0 or 1 has no logit


def reliability(truth: IntArray, probability: FloatArray, *, bins: int = BINS) -> tuple[tuple[float, float, int], ...]:
    """Cells in bins of equal mass: sorted by probability and cut into `bins` parts; equal values stay together.

    Args:
        truth: 1 for a positive cell, (cells,).
        probability: Of the positive class, (cells,), in [0, 1].
        bins: Most bins.

    Returns:
        Mean probability, share of positive cells and number of cells of each bin that holds any, lowest first.

    Source:
        Nguyen and O'Connor 2015, https://arxiv.org/abs/1508.05154: bins of equal mass, not of equal width.
    """
    return tuple(
        (float(probability[inside].mean()), float(truth[inside].mean()), int(inside.sum()))
        for inside in equal_mass(probability, bins=bins)
    )


def equal_mass(probability: FloatArray, *, bins: int = BINS) -> list[MaskArray]:
    """Which cells stand in each bin of equal mass that holds any, lowest first; equal values stay together."""
    place = np.searchsorted(np.sort(probability), probability, side="left") * bins // max(1, len(probability))
    return [place == number for number in np.unique(place)]


def expected_calibration_error(truth: IntArray, probability: FloatArray, *, bins: int = BINS) -> float:
    """Mean distance between the probability and the share of positive cells in bins of equal mass, weighed by cells.

    Args:
        truth: 1 for a positive cell, (cells,).
        probability: Of the positive class, (cells,), in [0, 1].
        bins: Most bins; see `reliability`.

    Returns:
        In [0, 1]; 0 where each bin holds as many positive cells as it promises.

    Source:
        Guo et al. 2017, equation 3, for the probability of the positive class instead of that of the class called.
    """
    return sum(
        abs(mean - share) * cells / len(truth) for mean, share, cells in reliability(truth, probability, bins=bins)
    )


def brier_score(truth: IntArray, probability: FloatArray) -> float:
    """Mean squared distance between probability and truth, in [0, 1]; always saying 0.5 has 0.25.

    Source:
        Brier 1950, doi 10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2, for one of two classes.
    """
    return float(np.mean((probability - truth) ** 2))


def log_loss(truth: IntArray, probability: FloatArray) -> float:
    """Mean negative log-likelihood in nats, at least 0; always saying 0.5 has 0.693."""
    clipped = np.clip(probability, CLIP, 1 - CLIP)
    return float(-np.mean(np.where(truth == 1, np.log(clipped), np.log(1 - clipped))))


def calibration(truth: IntArray, probability: FloatArray) -> dict[str, float]:
    """Expected calibration error, Brier score and log loss of probabilities."""
    return {
        "ece": expected_calibration_error(truth, probability),
        "brier": brier_score(truth, probability),
        "log_loss": log_loss(truth, probability),
    }
