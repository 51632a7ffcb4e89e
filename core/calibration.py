"""Calibration: how far a model's probabilities can be taken at their word, and the temperature that mends them."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from core.types import FloatArray, IntArray

BINS = 10
_COLDEST, _HOTTEST = 0.05, 20.0
_ALL_RIGHT = "On the validation subjects every cell is on the right side of 0.5, so no temperature is too low."
_NO_BETTER = "On the validation subjects the scores are worse than saying 0.5 each time, whatever the temperature."
_CLIP = 1e-7  # a score of exactly 0 or 1 has no logit


@dataclass(frozen=True)
class Temperature:
    """What divides the logits of a model.

    Attributes:
        value: Above 1 the model was too sure of itself, below 1 not sure enough; 1 changes nothing.
        problem: Why none could be fitted, or "".
    """

    value: float = 1.0
    problem: str = ""


def temperature(truth: IntArray, score: FloatArray) -> Temperature:
    """Fit the temperature with the lowest log loss, between 0.05 and 20.

    Args:
        truth: 1 for a positive cell, (cells,); of subjects that the network was not fitted on.
        score: Probability of the positive class, (cells,), in [0, 1].

    Returns:
        1 with a reason where the log loss has no minimum: with one class alone, where every cell is on the right side
        of 0.5, and where any finite temperature is worse than saying 0.5 each time.

    Source:
        Guo et al. 2017, On calibration of modern neural networks, section 4.2, https://arxiv.org/abs/1706.04599; with
        two classes the softmax of two logits is the sigmoid of their difference.
    """
    if len(np.unique(truth)) < 2:
        return Temperature(problem="Expected cells of both classes. Received: one class.")
    logits = _logit(score)
    margin = np.where(truth == 1, logits, -logits)  # above 0 where the cell is on the right side of 0.5
    if margin.min() >= 0:
        return Temperature(problem=_ALL_RIGHT)
    if margin.mean() <= 0:
        return Temperature(problem=_NO_BETTER)

    def loss(log_temperature: float) -> float:
        return float(np.logaddexp(0, -margin / np.exp(log_temperature)).mean())

    found = minimize_scalar(
        loss, bounds=(np.log(_COLDEST), np.log(_HOTTEST)), method="bounded", options={"xatol": 1e-6}
    )
    return Temperature(float(np.exp(found.x)))


def calibrated(score: FloatArray, value: float) -> FloatArray:
    """Scores after their logits were divided by a temperature: their order stays, and so does 0.5.

    Args:
        score: Probability of the positive class, any shape, in [0, 1].
        value: The temperature, above 0; 1 returns the scores as they are.

    Raises:
        ValueError: If the temperature is not above 0.
    """
    if not value > 0:
        raise ValueError(f"Expected a temperature above 0. Received: {value}.")
    raw = np.asarray(score, dtype=np.float64)
    return raw if value == 1 else np.asarray(expit(_logit(raw) / value))


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
    place = np.searchsorted(np.sort(probability), probability, side="left") * bins // max(1, len(probability))
    found = []
    for number in np.unique(place):
        inside = place == number
        found.append((float(probability[inside].mean()), float(truth[inside].mean()), int(inside.sum())))
    return tuple(found)


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
    clipped = np.clip(probability, _CLIP, 1 - _CLIP)
    return float(-np.mean(np.where(truth == 1, np.log(clipped), np.log(1 - clipped))))


def calibration(truth: IntArray, probability: FloatArray) -> dict[str, float]:
    """Expected calibration error, Brier score and log loss of probabilities."""
    return {
        "ece": expected_calibration_error(truth, probability),
        "brier": brier_score(truth, probability),
        "log_loss": log_loss(truth, probability),
    }


def _logit(score: FloatArray) -> FloatArray:
    return np.asarray(logit(np.clip(np.asarray(score, dtype=np.float64), _CLIP, 1 - _CLIP)))
