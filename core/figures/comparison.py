"""Figures of a whole comparison: a figure of all models with intervals, times, and calls to choose from."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from core.colours import NEUTRAL, PALETTE
from core.figures.curves import line
from core.figures.results import confusion_matrix
from core.figures.style import finished

_SECONDS = [each * 10**power for power in range(-3, 5) for each in (1, 2, 5)]
_ROW = 38  # pixels
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "x", "pentagon", "hourglass")
_BUTTONS = ("select2d", "lasso2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d", "toImage")
_TARGET = 60  # pixels: what can be clicked of a field


def interval_dots(table: pd.DataFrame, *, title: str, chance: float | None = None) -> go.Figure:
    """One figure of each model with its 95 % interval, in the order of the table.

    Args:
        table: `model`, `value`, `low` and `high`, NaN where there is no interval.
        title: Name of the figure.
        chance: Value of a model that knows nothing, to be marked.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=table["value"],
        y=table["model"],
        mode="markers",
        marker={"color": PALETTE[0], "size": 10},
        error_x=_bars(table),
        showlegend=False,
        customdata=table[["low", "high"]],
        hovertemplate="%{y}: %{x:.3f} (%{customdata[0]:.3f} to %{customdata[1]:.3f})<extra></extra>",
    )
    if chance is not None:
        figure.add_vline(x=chance, line={"color": NEUTRAL, "dash": "dot"})
    figure.update_layout(
        xaxis={"title": f"{title} with 95 % interval", "range": [-0.02, 1.02]},
        yaxis={"autorange": "reversed", "type": "category"},
    )
    return finished(figure, height=90 + _ROW * len(table))


def fit_times(table: pd.DataFrame, *, order: Sequence[str]) -> go.Figure:
    """ROC AUC by the time to fit.

    Args:
        table: `model`, `fit_seconds`, `value`, `low` and `high` of the ROC AUC.
        order: All models of the comparison: a model keeps its colour.
    """
    figure = go.Figure()
    for number, (_, row) in enumerate(table.iterrows()):
        one = pd.DataFrame([row])
        figure.add_scatter(
            x=one["fit_seconds"],
            y=one["value"],
            mode="markers",
            marker={
                "color": line(row["model"], order)["color"],
                "size": 12,
                "symbol": _SYMBOLS[number % len(_SYMBOLS)],
            },
            error_y=_bars(one),
            name=row["model"],
            hovertemplate="%{x:.2f} s, ROC AUC %{y:.3f}",
        )
    figure.update_layout(
        xaxis={"title": "Time to fit, in seconds (log scale)", "type": "log", "tickvals": _SECONDS},
        yaxis={"title": "ROC AUC with 95 % interval"},
    )
    return finished(figure, height=420)


def confusion_fields(matrix: Sequence[Sequence[int]], classes: tuple[str, str], fields: Sequence[str]) -> go.Figure:
    """A confusion matrix whose fields can be clicked.

    Args:
        matrix: Rows truth, columns call, negative first, (2, 2).
        classes: (negative, positive).
        fields: Names of the four fields, row by row, which a click gives back.
    """
    figure = confusion_matrix(matrix, classes)
    across, down = figure.data[0].x, figure.data[0].y
    figure.add_scatter(  # a heat map tells nobody that it was clicked; these markers do
        x=[*across, *across],
        y=[down[0], down[0], down[1], down[1]],
        customdata=list(fields),
        text=list(fields),
        mode="markers",
        marker={"symbol": "square", "size": _TARGET, "color": PALETTE[0], "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="Click to see these cells<extra></extra>",
        showlegend=False,
    )
    figure.update_layout(dragmode=False, hoverdistance=-1, modebar={"remove": list(_BUTTONS)})
    return figure


def _bars(table: pd.DataFrame) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": (table["high"] - table["value"]).clip(lower=0).fillna(0),
        "arrayminus": (table["value"] - table["low"]).clip(lower=0).fillna(0),
        "color": NEUTRAL,
        "thickness": 2,
        "width": 6,
    }
