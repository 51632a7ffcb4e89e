"""`Calibrator`: turns a network's scores into probabilities that can be taken at their word."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from core.calibration import CLIP, log_loss
from core.types import FloatArray, IntArray

Method = Literal["none", "temperature", "Platt"]
_COLDEST, _HOTTEST = 0.05, 20.0
_MOST_FOLDS = 10
_WORTH = 1e-3  # nats a cell: methods that differ less are equal
_ONE_CLASS = "Expected cells of both classes. Received: one class."
_ALL_RIGHT = "On the validation subjects every cell is on the right side of 0.5, so no temperature is too low."
_NO_BETTER = "On the validation subjects the scores are worse than saying 0.5 each time, whatever the temperature."
_NOT_RISING = "On the validation subjects the scores do not rise with the class."


@dataclass(frozen=True)
class Calibrator:
    """A straight line on the logits, which leaves the order of the scores as it is.

    Attributes:
        method: "temperature" has no intercept, "Platt" has both, "none" leaves scores as they are.
        slope: Factor of the logits, above 0: 1 over the temperature.
        intercept: What is added to the logits.
        problem: Why none could be fitted, or "".

    Raises:
        ValueError: If the method is unknown, the slope not above 0 or the intercept no number.
    """

    method: Method = "none"
    slope: float = 1.0
    intercept: float = 0.0
    problem: str = ""

    def __post_init__(self) -> None:
        """Refuse what would turn the order around."""
        if self.method not in get_args(Method):
            raise ValueError(f"Expected one of {', '.join(get_args(Method))}. Received: {self.method}.")
        if not 0 < self.slope < np.inf or not np.isfinite(self.intercept):
            raise ValueError(
                f"Expected a slope above 0 and an intercept, both finite. Received: {self.slope}, {self.intercept}."
            )

    @property
    def text(self) -> str:
        """What is done to the scores, in a few words."""
        return {
            "none": "scores left as they are",
            "temperature": f"temperature {1 / self.slope:.2f}",
            "Platt": f"Platt scaling, slope {self.slope:.2f}, intercept {self.intercept:+.2f}",
        }[self.method]

    def probability(self, score: FloatArray) -> FloatArray:
        """Calibrated probability of the positive class.

        Args:
            score: Score of the positive class, any shape, in [0, 1].

        Returns:
            Of the same shape, in [0, 1]; without a method the scores themselves.
        """
        raw = np.asarray(score, dtype=np.float64)
        return raw if self.method == "none" else np.asarray(expit(self.slope * _logit(raw) + self.intercept))


def best(truth: IntArray, score: FloatArray, subjects: npt.NDArray[np.str_]) -> Calibrator:
    """Fit the temperature, or what does better on subjects that it was not fitted on.

    Each method is judged by the log loss on the cells of subjects that were left out when it was fitted, fold by fold:
    what suits only those that it was fitted on loses. Platt scaling, or the scores as they are, replace the temperature
    where they gain more than 0.001 nats a cell; with fewer than two subjects of a class nothing can be judged, and it
    stays.

    Args:
        truth: 1 for a positive cell, (cells,); of subjects that the network was not fitted on.
        score: Score of the positive class, (cells,), in [0, 1].
        subjects: Whose each cell is, (cells,).

    Returns:
        Fitted on all cells; the scores as they are, with a reason, where nothing could be fitted.

    Source:
        Stone 1974, Cross-validatory choice and assessment of statistical predictions,
        doi 10.1111/j.2517-6161.1974.tb00994.x, with folds of subjects, since cells of one are alike.
    """
    fitted = {method: fit(truth, score) for method, fit in _FITS.items()}
    first = fitted["temperature"]
    losses = _held_out_losses(truth, score, subjects)
    if losses is None:
        return first
    usable = [method for method, one in fitted.items() if not one.problem]
    rival = min(usable, key=lambda method: losses[method])
    return fitted[rival] if losses[rival] < losses[first.method] - _WORTH else first


def temperature(truth: IntArray, score: FloatArray) -> Calibrator:
    """Fit the temperature, which divides the logits, with the lowest log loss, between 0.05 and 20.

    Args:
        truth: 1 for a positive cell, (cells,); of subjects that the network was not fitted on.
        score: Score of the positive class, (cells,), in [0, 1].

    Returns:
        The scores as they are, with a reason, where the log loss has no minimum: with one class alone, where every cell
        is on the right side of 0.5, and where any finite temperature is worse than saying 0.5 each time.

    Source:
        Guo et al. 2017, On calibration of modern neural networks, section 4.2, https://arxiv.org/abs/1706.04599; with
        two classes the softmax of two logits is the sigmoid of their difference.
    """
    if len(np.unique(truth)) < 2:
        return Calibrator(problem=_ONE_CLASS)
    logits = _logit(score)
    margin = np.where(truth == 1, logits, -logits)  # above 0 where the cell is on the right side of 0.5
    if margin.min() >= 0:
        return Calibrator(problem=_ALL_RIGHT)
    if margin.mean() <= 0:
        return Calibrator(problem=_NO_BETTER)

    def loss(log_temperature: float) -> float:
        return float(np.logaddexp(0, -margin / np.exp(log_temperature)).mean())

    found = minimize_scalar(
        loss, bounds=(np.log(_COLDEST), np.log(_HOTTEST)), method="bounded", options={"xatol": 1e-6}
    )
    return Calibrator("temperature", slope=float(np.exp(-found.x)))


def platt(truth: IntArray, score: FloatArray) -> Calibrator:
    """Fit slope and intercept of the logits by logistic regression on smoothed targets, which keep both finite.

    Args:
        truth: 1 for a positive cell, (cells,); of subjects that the network was not fitted on.
        score: Score of the positive class, (cells,), in [0, 1].

    Returns:
        The scores as they are, with a reason, where there is one class alone or the scores do not rise with the class.

    Source:
        Platt 1999, Probabilistic outputs for support vector machines, section 2.2: targets (N + 1) / (N + 2) and
        1 / (N + 2), N the cells of the class.
    """
    from sklearn.linear_model import LogisticRegression

    positives, negatives = int((truth == 1).sum()), int((truth == 0).sum())
    if not positives or not negatives:
        return Calibrator(problem=_ONE_CLASS)
    target = np.where(truth == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    fitted = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000).fit(  # a target in between is both, by weight
        np.tile(_logit(score), 2)[:, None], np.repeat([1, 0], len(truth)), np.concatenate([target, 1 - target])
    )
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    return Calibrator("Platt", slope, intercept) if slope > 0 else Calibrator(problem=_NOT_RISING)


def _as_they_are(truth: IntArray, score: FloatArray) -> Calibrator:  # noqa: ARG001  # one of the methods
    return Calibrator()


_FITS: dict[Method, Callable[[IntArray, FloatArray], Calibrator]] = {
    "none": _as_they_are,
    "temperature": temperature,
    "Platt": platt,
}


def _held_out_losses(truth: IntArray, score: FloatArray, subjects: npt.NDArray[np.str_]) -> dict[Method, float] | None:
    """Log loss of each method on subjects that it was not fitted on; what cannot be fitted changes no score."""
    from sklearn.model_selection import StratifiedGroupKFold

    fewest = min(len(np.unique(subjects[truth == label])) for label in (0, 1))
    if fewest < 2:
        return None
    folds = StratifiedGroupKFold(min(_MOST_FOLDS, fewest), shuffle=True, random_state=0)
    parts = list(folds.split(score, truth, groups=subjects))
    found: dict[Method, float] = {}
    for method, fit in _FITS.items():
        probability = np.zeros(len(score))
        for rest, held in parts:
            probability[held] = fit(truth[rest], score[rest]).probability(score[held])
        found[method] = log_loss(truth, probability)
    return found


def _logit(score: FloatArray) -> FloatArray:
    return np.asarray(logit(np.clip(np.asarray(score, dtype=np.float64), CLIP, 1 - CLIP)))
