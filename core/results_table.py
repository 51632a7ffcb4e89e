"""Results table: all figures of a comparison as text, value and interval, and which are the best."""

import numpy as np
import pandas as pd

from core.comparison import TIMES, Comparison
from core.estimators import MAJORITY
from core.metrics import PROBABILITY_FIGURES

ORDER = (
    "roc_auc",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "balanced_accuracy",
    "accuracy",
    "weighted_f1",
    "pr_auc",
    "brier",
    "ece",
)
LOWER_IS_BETTER = (*PROBABILITY_FIGURES, *TIMES)


def results_table(comparison: Comparison, *, over_folds: bool = False) -> pd.DataFrame:
    """One row a model, best ROC AUC first, failed models last with their reason.

    Args:
        comparison: The comparison.
        over_folds: Give mean ± standard deviation over folds instead of the value on all cells with its interval.

    Returns:
        `model`, `stamp`, the figures of `ORDER` and the times as text, `problem`; "" where there is no value.
    """
    known = comparison.intervals().set_index(["model", "figure"])
    table = comparison.table()
    texts = {
        name: [
            _text(known.loc[(model, name)], name, over_folds=over_folds) if (model, name) in known.index else ""
            for model in table["model"]
        ]
        for name in ORDER
    }
    times = {name: [with_interval(seconds, None) for seconds in table[name]] for name in TIMES}
    return table[["model", "stamp"]].assign(**texts, **times, problem=table["problem"])


def best_values(comparison: Comparison) -> pd.DataFrame:
    """Whether each value of `results_table` is the best of its column, that of the majority class left out."""
    numbers = comparison.table().set_index("model")[[*ORDER, *TIMES]]
    models = numbers.drop(index=MAJORITY, errors="ignore")  # it finds every cell, since it looks at none
    best = models.max()
    best[list(LOWER_IS_BETTER)] = models[list(LOWER_IS_BETTER)].min()
    return models.eq(best).reindex(numbers.index, fill_value=False)


def with_interval(value: float, interval: tuple[float, float] | None, *, decimals: int = 2) -> str:
    """A figure and its interval, as text; the figure alone where there is none, and "" where it cannot be told."""
    if np.isnan(value):
        return ""
    if interval is None or interval[0] != interval[0]:
        return f"{value:.{decimals}f}"
    return f"{value:.{decimals}f} ({interval[0]:.{decimals}f}–{interval[1]:.{decimals}f})"  # noqa: RUF001  # en dash


def _text(found: "pd.Series[float]", name: str, *, over_folds: bool) -> str:
    decimals = 3 if name in PROBABILITY_FIGURES else 2
    if not over_folds:
        return with_interval(found["value"], (found["low"], found["high"]), decimals=decimals)
    if np.isnan(found["mean"]):
        return ""
    return f"{found['mean']:.{decimals}f} ± {found['sd']:.{decimals}f}"
