"""Figures of cross-validations and learning curves."""

import plotly.graph_objects as go

from core.colours import NEUTRAL, PALETTE
from core.cross_validation import CrossValidation
from core.figures.style import finished
from core.learning_curve import LearningCurve

_SHOWN = {
    "roc_auc": "ROC AUC",
    "balanced_accuracy": "Balanced accuracy",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "accuracy": "Accuracy",
}


def figures_by_fold(found: CrossValidation) -> go.Figure:
    """One dot a fold for each figure, with mean and standard deviation over folds."""
    table = found.table().set_index("figure").loc[list(_SHOWN)]
    names = list(_SHOWN.values())
    figure = go.Figure()
    for number, fold in enumerate(found.tested):
        figure.add_scatter(
            x=[fold.test[name] for name in _SHOWN],
            y=names,
            mode="markers",
            marker={"color": PALETTE[4], "size": 8, "line": {"color": PALETTE[0], "width": 1}},
            name="Each fold",
            legendgroup="folds",
            showlegend=number == 0,
            hovertemplate=f"{fold.title}: %{{x:.3f}}<extra></extra>",
        )
    figure.add_scatter(
        x=table["mean"],
        y=names,
        error_x={"type": "data", "array": table["sd"].fillna(0), "color": PALETTE[1], "thickness": 2, "width": 8},
        mode="markers",
        marker={"symbol": "diamond", "size": 11, "color": PALETTE[1]},
        name="Mean ± standard deviation",
        hovertemplate="mean %{x:.3f}<extra></extra>",
    )
    figure.update_layout(
        xaxis={"title": "On persons never seen", "range": [-0.02, 1.02]}, yaxis={"autorange": "reversed"}
    )
    return finished(figure, height=340)


def roc_by_fold(found: CrossValidation) -> go.Figure:
    """The ROC curve of each fold, thin, and of all of them together, thick."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": NEUTRAL, "dash": "dot"}, name="Chance", hoverinfo="skip"
    )
    for number, fold in enumerate(found.tested):
        figure.add_scatter(
            x=[x for x, _ in fold.roc],
            y=[y for _, y in fold.roc],
            mode="lines",
            line={"color": PALETTE[4], "width": 1.5},
            name="Each fold",
            legendgroup="folds",
            showlegend=number == 0,
            hovertemplate=f"{fold.title} ({fold.test['roc_auc']:.3f})<extra></extra>",
        )
    if found.pooled:
        figure.add_scatter(
            x=[x for x, _ in found.roc],
            y=[y for _, y in found.roc],
            mode="lines",
            line={"color": PALETTE[0], "width": 4},
            name=f"All folds pooled ({found.pooled['roc_auc']:.3f})",
            hoverinfo="skip",
        )
    figure.update_layout(
        xaxis={"title": "False positive rate", "range": [-0.02, 1.02]},
        yaxis={"title": "True positive rate", "range": [-0.02, 1.02]},
    )
    return finished(figure, height=340)


def learning_curve(found: LearningCurve) -> go.Figure:
    """ROC AUC by number of training subjects with its interval, and a dot for each training."""
    levels = found.levels
    subjects = [level.subjects for level in levels]
    middle = [level.roc_auc for level in levels]
    intervals = [level.interval or (area, area) for level, area in zip(levels, middle, strict=True)]
    known = any(level.interval for level in levels)
    bars = {
        "type": "data",
        "symmetric": False,
        "array": [high - area for (_, high), area in zip(intervals, middle, strict=True)],
        "arrayminus": [area - low for (low, _), area in zip(intervals, middle, strict=True)],
        "color": PALETTE[0],
        "width": 8,
    }
    figure = go.Figure()
    figure.add_scatter(
        x=subjects,
        y=middle,
        error_y=bars if known else None,
        mode="lines+markers",
        line={"color": PALETTE[0]},
        marker={"size": 10},
        name="ROC AUC with 95 % interval" if known else "ROC AUC",
        showlegend=True,
        hovertemplate="%{x:.0f} training subjects: %{y:.3f}<extra></extra>",
    )
    if found.repetitions > 1:
        figure.add_scatter(
            x=[level.subjects for level in levels for _ in level.areas],
            y=[area for level in levels for area in level.areas],
            mode="markers",
            marker={"color": PALETTE[1], "symbol": "circle-open", "size": 8},
            name="Each training",
            hovertemplate="%{y:.3f}<extra></extra>",
        )
    areas = [area for level in levels for area in (*level.areas, *(level.interval or ()))]
    figure.update_layout(
        xaxis={"title": "Training subjects", "rangemode": "tozero"},
        yaxis={"title": "ROC AUC on the same test subjects", "range": [min([0.5, *areas]) - 0.02, 1.02]},
    )
    return finished(figure, height=360)
