"""Fit and score scikit-learn classifiers; whatever is fitted or tuned sees the cells that it is given and no others."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from core.estimators import Estimator
from core.features.pipeline import pipeline
from core.types import FloatArray, IntArray

_INNER_FOLDS = 3
_THREADS = 1  # matrices are small: threads cost more than they bring, and on a busy machine wait for each other


def fitted(estimator: Estimator, widths: Mapping[str, int], values: FloatArray, truth: IntArray, *, seed: int) -> Any:  # noqa: ANN401  # scikit-learn carries no types
    """A pipeline with the estimator's own settings.

    Args:
        estimator: What to fit.
        widths: Number of columns of each block of the values, in their order.
        values: Of the training cells, (cells, numbers).
        truth: 1 for a positive cell, (cells,).
        seed: Of the pipeline and the model.

    Raises:
        ValueError: If it does not converge.
    """
    return _fit(pipeline(widths, estimator.make(seed), cells=len(values), seed=seed), values, truth)


def tuned(  # as `fitted`
    estimator: Estimator,
    widths: Mapping[str, int],
    values: FloatArray,
    truth: IntArray,
    person: npt.NDArray[np.str_],
    *,
    seed: int,
) -> tuple[Any, dict[str, Any]]:
    """A pipeline with the hyperparameters of the estimator's grid that have the best ROC AUC on persons left out.

    Args:
        estimator: What to fit.
        widths: As for `fitted`.
        values: As for `fitted`.
        truth: As for `fitted`.
        person: Whose each training cell is, (cells,): no person stands on both sides of an inner fold.
        seed: As for `fitted`; also of the inner folds.

    Returns:
        The pipeline, fitted on all these cells, and the hyperparameters; {} where the estimator has no grid.

    Raises:
        ValueError: If it does not converge, or a class has fewer than two persons.
    """
    from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold

    if not estimator.grid:
        return fitted(estimator, widths, values, truth, seed=seed), {}
    fewest = min(len(set(person[truth == label])) for label in (0, 1))
    if fewest < 2:
        raise ValueError(f"Expected two training persons of each class to tune on. Received: {fewest}.")
    dealt = StratifiedGroupKFold(min(_INNER_FOLDS, fewest), shuffle=True, random_state=seed)
    folds = list(dealt.split(truth, truth, person))
    model = pipeline(widths, estimator.make(seed), cells=min(len(rows) for rows, _ in folds), seed=seed)
    grid = {f"model__{name}": list(values) for name, values in estimator.grid.items()}
    search = _fit(GridSearchCV(model, grid, scoring="roc_auc", cv=folds, error_score="raise"), values, truth)
    return search.best_estimator_, {name.removeprefix("model__"): value for name, value in search.best_params_.items()}


def _fit(model: Any, values: FloatArray, truth: IntArray) -> Any:  # noqa: ANN401
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings(), threadpool_limits(_THREADS):
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            return model.fit(values, truth)
        except ConvergenceWarning as warning:
            raise ValueError(f"Expected a model that converges. Received: {warning}") from warning


def shares(model: Any, values: FloatArray) -> FloatArray:  # noqa: ANN401
    """Score of each cell in [0, 1], (cells,), as `as_share` has it.

    Raises:
        ValueError: If a score is no number.
    """
    return as_share(scores(model, values), logits=hasattr(model, "decision_function"))


def as_share(score: FloatArray, *, logits: bool) -> FloatArray:
    """Scores in [0, 1], (cells,): those of a decision function by the logistic function, which keeps their order."""
    from scipy.special import expit

    return np.asarray(expit(score)) if logits else np.asarray(score, dtype=np.float64)


def scores(model: Any, values: FloatArray) -> FloatArray:  # noqa: ANN401
    """Score of each cell, (cells,): the decision function where there is one, else the probability.

    Raises:
        ValueError: If a score is no number.
    """
    with threadpool_limits(_THREADS):
        if hasattr(model, "decision_function"):
            found = np.asarray(model.decision_function(values), dtype=np.float64)
        else:
            found = np.asarray(model.predict_proba(values), dtype=np.float64)[:, 1]
    lost = int((~np.isfinite(found)).sum())
    if lost:
        raise ValueError(f"Expected a score for each cell. Received: none that is a number for {lost} cells.")
    return found
