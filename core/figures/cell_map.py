"""The map of cells, each a point in the colour of its class, subject, fold, side of the split or score."""

from itertools import product

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.colours import NEGATIVE, NEUTRAL, PALETTE, POSITIVE
from core.figures.exploration import SIDE_COLOURS
from core.figures.style import finished

COLOURS = {"label": "Class", "subject": "Subject", "fold": "Fold", "side": "Split", "score": "Score"}
"""Columns that points can be coloured by and what users call them."""

READABLE_LEGEND = 12  # entries; more would take the room of the map
_UNKNOWN = {"label": "unlabelled", "subject": "unknown subject", "fold": "no fold", "side": "not in the split"}
_SYMBOLS = (
    *("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x", "pentagon", "star", "hexagon"),
    *("triangle-left", "triangle-right"),
)
_MARKS = tuple(product(_SYMBOLS, [colour for colour in PALETTE if colour != NEUTRAL]))  # 84 of them
_SCORE_COLOURS = [[0, NEGATIVE], [0.5, "#D9D9D9"], [1, POSITIVE]]
_HOVER = "<b>%{text}</b><br>%{customdata}<extra></extra>"


def cell_map(cells: pd.DataFrame, *, colour_by: str, classes: tuple[str, str]) -> go.Figure:
    """Points that can be selected with a loop; each carries the cell's path as `customdata`.

    Args:
        cells: Rows with `x`, `y`, `path`, `label`, `subject` and the column to colour by.
        colour_by: A key of `COLOURS`.
        classes: (negative, positive).
    """
    figure = go.Figure()
    if colour_by == "score":
        # the least sure ones first, so that they do not hide the others
        rows = cells.iloc[np.argsort((cells["score"].to_numpy() - 0.5) ** 2, kind="stable")]
        bar = {
            "title": {"text": f"Score for {classes[1]}"},
            **{"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "len": 0.5, "thickness": 12},
        }
        _add_points(
            figure, rows, color=rows["score"], colorscale=_SCORE_COLOURS, cmin=0, cmax=1, colorbar=bar, of=len(cells)
        )
    else:
        for value, (symbol, colour) in _marks(cells, colour_by, classes).items():
            rows = cells[cells[colour_by] == value]
            name = str(value) or _UNKNOWN[colour_by]
            _add_points(figure, rows, name=name, color=colour, symbol=symbol, of=len(cells))
    figure.update_layout(
        dragmode="lasso",
        hovermode="closest",
        hoverlabel={"align": "left"},
        showlegend=colour_by != "score" and len(figure.data) <= READABLE_LEGEND,
        xaxis={"visible": False},
        yaxis={"visible": False, "scaleanchor": "x"},
    )
    finished(figure, height=620)
    figure.update_layout(legend={"itemsizing": "constant"})
    return figure


def _marks(cells: pd.DataFrame, colour_by: str, classes: tuple[str, str]) -> dict[str, tuple[str, str]]:
    """Symbol and colour of each value that occurs, in the order of drawing: the unknown ones lie below."""
    found = sorted(set(cells[colour_by]), key=lambda value: (len(value), value))  # subject 2 before subject 10
    fixed = {"label": dict(zip(classes, (NEGATIVE, POSITIVE), strict=True)), "side": SIDE_COLOURS}.get(colour_by)
    if fixed is not None:
        counts = cells[colour_by].value_counts()
        fixed = dict(sorted(fixed.items(), key=lambda mark: -counts.get(mark[0], 0)))  # rare ones lie on top
        return {value: ("circle", colour) for value, colour in {"": NEUTRAL, **fixed}.items() if value in found}
    marks = {"": ("circle", NEUTRAL)} if "" in found else {}
    known = [value for value in found if value]
    return marks | {value: _MARKS[number % len(_MARKS)] for number, value in enumerate(known)}


def _add_points(figure: go.Figure, rows: pd.DataFrame, *, of: int, name: str = "", **marker: object) -> None:
    """Add one trace; the more points the map has, the smaller and fainter they are."""
    said = rows["label"].replace("", "unlabelled") + (" · subject " + rows["subject"]).where(rows["subject"] != "", "")
    if "colorscale" in marker:
        said += rows["score"].map(" · score {:.2f}".format)
    figure.add_scattergl(
        x=rows["x"].to_numpy(dtype=np.float32),
        y=rows["y"].to_numpy(dtype=np.float32),
        customdata=rows["path"].to_numpy(),
        text=said.to_numpy(),
        name=name,
        mode="markers",
        marker={"size": float(np.clip(400 / np.sqrt(of), 4, 10)), "opacity": 0.6 if of > 2000 else 0.8, **marker},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0.12}},
        hovertemplate=_HOVER,
    )
