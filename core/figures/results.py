"""Figures of trainings, and of how one model did on its test subjects."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from core.challenge import Challenge
from core.colours import NEUTRAL, PALETTE
from core.evaluation import EvaluationReport
from core.figures.style import finished

FIGURE_TITLES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "roc_auc": "ROC AUC",
    "weighted_f1": "Weighted F1",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "ppv": "PPV",
    "npv": "NPV",
    "pr_auc": "PR AUC",
    "brier": "Brier score",
    "ece": "Calibration error",
}


def training_curves(
    history: Sequence[dict[str, float]], *, metric: str, title: str, running: Sequence[dict[str, float]] = ()
) -> go.Figure:
    """A metric by epoch; the training and the validation subjects where both are known.

    Args:
        history: One dict an epoch.
        metric: "loss", "accuracy" or "auroc".
        title: Title of the vertical axis.
        running: The epoch under way, counted anew from its first batch: one dict for each `share` of it.
    """
    figure = go.Figure()
    sides = ((metric, "Training", PALETTE[0], "circle"), (f"val_{metric}", "Validation", PALETTE[1], "diamond"))
    for key, name, colour, symbol in sides:
        known = {number: epoch[key] for number, epoch in enumerate(history, start=1) if key in epoch}
        if known:
            figure.add_scatter(
                x=list(known),
                y=list(known.values()),
                name=name,
                mode="lines+markers",
                line={"color": colour},
                marker={"symbol": symbol},
            )
    points = [point for point in running if metric in point]
    if points:
        figure.add_scatter(
            x=[len(history) + point["share"] for point in points],
            y=[point[metric] for point in points],
            name="Training",
            showlegend=not any(metric in epoch for epoch in history),
            mode="lines",
            line={"color": PALETTE[0], "dash": "dot"},
        )
    epochs = len(history) + bool(running)
    figure.update_layout(
        xaxis={
            "title": "Epoch",
            "dtick": max(1, epochs // 8),
            "range": [min(1, len(history)) - 0.05 * epochs, 1.05 * epochs] if running else None,
        },
        yaxis_title=title,
    )
    figure = finished(figure, height=260)
    figure.layout.template = None  # it is most of what a refresh sends, and the page has one of its own
    return figure


def confusion_matrix(matrix: Sequence[Sequence[int]], classes: tuple[str, str]) -> go.Figure:
    """Cells by truth and call.

    Args:
        matrix: Rows truth, columns call, negative first, (2, 2).
        classes: (negative, positive).
    """
    shares = [[count / max(1, sum(row)) for count in row] for row in matrix]
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=[f"called {name}" for name in classes],
            y=[f"is {name}" for name in classes],
            text=[
                [f"{count:,}<br>{share:.0%}" for count, share in zip(row, part, strict=True)]
                for row, part in zip(matrix, shares, strict=True)
            ],
            texttemplate="%{text}",
            colorscale="Purples",
            zmin=0,
            zmax=1,
            showscale=False,
            hoverinfo="skip",
        )
    )
    figure.update_layout(yaxis={"autorange": "reversed"})
    return finished(figure, height=280)


def roc_curves(reports: dict[str, EvaluationReport]) -> go.Figure:
    """ROC curve of each model, with its area in the legend."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": NEUTRAL, "dash": "dot"}, name="Chance", hoverinfo="skip"
    )
    for number, (name, report) in enumerate(reports.items()):
        false_positive_rate, true_positive_rate = report.roc_curve()
        figure.add_scatter(
            x=false_positive_rate,
            y=true_positive_rate,
            mode="lines",
            line={"color": PALETTE[number % len(PALETTE)], "dash": "solid" if number < len(PALETTE) else "dash"},
            name=f"{name} ({report.figures()['roc_auc']:.2f})",
        )
    figure.update_layout(
        xaxis={"title": "1 - specificity", "range": [-0.01, 1.01]},
        yaxis={"title": "Sensitivity", "range": [-0.01, 1.01]},
    )
    return finished(figure, height=420)


def roc_against(report: EvaluationReport, title: str, challenge: Challenge | None) -> go.Figure:
    """ROC curve of one model with its operating point, and that of the champion where there was one.

    Args:
        report: On the test subjects.
        title: The model's name with its stamps.
        challenge: How it stood against the champion.
    """
    figure = roc_curves({title: report})
    now = report.figures()
    figure.add_scatter(
        x=[1 - now["specificity"]],
        y=[now["sensitivity"]],
        mode="markers",
        marker={"color": PALETTE[0], "size": 12, "symbol": "diamond"},
        name="Operating point",
    )
    if challenge is not None and challenge.roc:
        figure.add_scatter(
            x=[x for x, _ in challenge.roc],
            y=[y for _, y in challenge.roc],
            mode="lines",
            line={"color": PALETTE[1], "dash": "dash"},
            name=f"{challenge.title} ({challenge.figures['roc_auc']:.2f})",
        )
    return figure


def reliability_diagram(
    reliability: Mapping[str, Sequence[tuple[float, float, int]]], *, positive: str, calibrated: bool
) -> go.Figure:
    """Share of positive cells by the probability that they were given, before and after calibration.

    Args:
        reliability: Bins "before" and "after" as (mean probability, share of positive cells, cells).
        positive: Name of the positive class.
        calibrated: Whether calibration changed the scores; without that only "before" is drawn.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": NEUTRAL, "dash": "dot"}, name="As promised", hoverinfo="skip"
    )
    lines = [("before", "As scored", PALETTE[1], "circle-open"), ("after", "Calibrated", PALETTE[0], "circle")]
    for when, name, colour, symbol in lines[: 1 + calibrated]:
        bins = reliability[when]
        figure.add_scatter(
            x=[mean for mean, _, _ in bins],
            y=[share for _, share, _ in bins],
            customdata=[cells for _, _, cells in bins],
            mode="lines+markers",
            line_color=colour,
            marker={"symbol": symbol, "size": 9},
            name=name,
            hovertemplate=f"given %{{x:.2f}}, is {positive} %{{y:.2f}} (%{{customdata}} cells)",
        )
    figure.update_layout(
        xaxis={"title": f"Probability given for {positive}", "range": [-0.02, 1.02]},
        yaxis={"title": f"Share that is {positive}", "range": [-0.02, 1.02]},
    )
    return finished(figure, height=380)
