"""Figures of a data set."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.colours import NEGATIVE, NEUTRAL, PALETTE, POSITIVE
from core.data.morphology import MORPHOLOGY
from core.data.scale import title as measure_title
from core.drift import CHANNELS, LIMIT
from core.effects import SIZES, Effect
from core.figures.style import finished
from core.shortcuts import KINDS, Shortcut

SIDE_COLOURS = {"train": "#0072B2", "validation": "#E69F00", "test": "#009E73", "left out": "#BBBBBB"}


def counts(cells: pd.DataFrame, *, by: str, classes: tuple[str, str], title: str = "") -> go.Figure:
    """Cells by a column, one colour a class; unlabelled ones in grey.

    Args:
        cells: Rows with `by` and `label`.
        by: Column to count by.
        classes: (negative, positive).
        title: Title of the horizontal axis.
    """
    table = (
        cells.assign(label=cells["label"].replace("", "unlabelled")).groupby([by, "label"]).size().unstack(fill_value=0)
    )
    table = table.loc[table.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    figure = go.Figure()
    for name, colour in zip((*classes, "unlabelled"), (NEGATIVE, POSITIVE, NEUTRAL), strict=True):
        if name in table:
            figure.add_bar(x=table.index.astype(str), y=table[name], name=name, marker_color=colour)
    figure.update_layout(barmode="stack", xaxis_title=title, yaxis_title="Cells", xaxis_type="category")
    return finished(figure)


def subject_sides(cells: pd.DataFrame) -> go.Figure:
    """Subject by side of the split: each subject's cells stand in one row only.

    Args:
        cells: Rows with `subject` and `side`.
    """
    table = cells.groupby(["side", "subject"]).size().unstack(fill_value=0)
    order = [side for side in SIDE_COLOURS if side in table.index]
    table = table.loc[order]
    columns = sorted(table.columns, key=lambda subject: (int(table[subject].to_numpy().argmax()), str(subject)))
    table = table[columns]
    figure = go.Figure(
        go.Heatmap(
            z=table.to_numpy(),
            x=[str(subject) for subject in columns],
            y=[side.capitalize() for side in order],
            colorscale=[[0, "#F3F1F6"], [0.001, "#C9B8E4"], [1, "#4B2A7B"]],
            xgap=1,
            ygap=3,
            colorbar={"title": "Cells"},
            hovertemplate="Subject %{x}<br>%{y}: %{z} cells<extra></extra>",
        )
    )
    figure.update_layout(xaxis={"title": "Subject", "type": "category"}, yaxis={"autorange": "reversed"})
    return finished(figure, height=280)


def distributions(cells: pd.DataFrame, *, column: str, classes: tuple[str, str], title: str) -> go.Figure:
    """Values of a measure by class.

    Args:
        cells: Rows with `label` and `column`.
        column: The measure.
        classes: (negative, positive).
        title: Title of the horizontal axis.
    """
    figure = go.Figure()
    for name, colour in zip(classes, (NEGATIVE, POSITIVE), strict=True):
        values = cells.loc[cells["label"] == name, column].dropna()
        figure.add_violin(
            x=values, name=name, line_color=colour, orientation="h", box_visible=True, points=False, spanmode="hard"
        )
    figure.update_layout(xaxis_title=title, showlegend=False)
    return finished(figure, height=260)


def subject_boxes(cells: pd.DataFrame, *, column: str, classes: tuple[str, str], title: str) -> go.Figure:
    """Quartiles of a measure by subject, in the order of the medians, one colour a class.

    Args:
        cells: Rows with `subject`, `label` and `column`; each subject in the colour of its most frequent class.
        column: The measure.
        classes: (negative, positive).
        title: Title of the vertical axis.
    """
    known = cells[cells["subject"] != ""]
    spread = known.groupby("subject")[column].quantile(np.array([0.05, 0.25, 0.5, 0.75, 0.95])).unstack()
    spread.columns = pd.Index(["low", "q1", "median", "q3", "high"])
    label = known.groupby("subject")["label"].agg(lambda labels: labels.mode().iloc[0])
    spread = spread.sort_values("median")
    figure = go.Figure()
    for name, colour in zip(classes, (NEGATIVE, POSITIVE), strict=True):
        rows = spread[label.loc[spread.index] == name]
        figure.add_box(
            x=rows.index.astype(str),
            lowerfence=rows["low"],
            q1=rows["q1"],
            median=rows["median"],
            q3=rows["q3"],
            upperfence=rows["high"],
            name=name,
            marker_color=colour,
        )
    order = [str(subject) for subject in spread.index]
    figure.update_layout(
        xaxis={"title": "Subject", "type": "category", "categoryorder": "array", "categoryarray": order},
        yaxis_title=title,
    )
    return finished(figure)


def shortcut_intervals(found: Sequence[Shortcut]) -> go.Figure:
    """AUROC of each property alone with its interval, the strongest on top."""
    figure = go.Figure()
    for number, kind in enumerate(KINDS):
        rows = [shortcut for shortcut in found if shortcut.kind == kind]
        figure.add_scatter(
            x=[shortcut.auroc for shortcut in rows],
            y=[MORPHOLOGY[shortcut.name] for shortcut in rows],
            error_x={
                "type": "data",
                "array": [shortcut.high - shortcut.auroc for shortcut in rows],
                "arrayminus": [shortcut.auroc - shortcut.low for shortcut in rows],
            },
            mode="markers",
            marker={"color": PALETTE[number], "size": 9},
            name=kind.capitalize(),
        )
    figure.add_vline(x=0.5, line={"color": NEUTRAL, "dash": "dot"})
    order = [MORPHOLOGY[shortcut.name] for shortcut in found]
    figure.update_layout(
        xaxis={"title": "AUROC of this property alone", "range": [min([0.3, *(s.low for s in found)]) - 0.01, 1]},
        yaxis={"categoryorder": "array", "categoryarray": order[::-1]},
    )
    return finished(figure, height=120 + 26 * len(found))


def effect_intervals(
    found: Sequence[Effect], *, classes: tuple[str, str], micrometres: float | None = None
) -> go.Figure:
    """Hedges' g of each measure with its interval, the largest on top; above 0 the positive class is larger.

    Args:
        found: From `core.effects.effects`.
        classes: (negative, positive).
        micrometres: In a pixel, for the units in the names; None: pixels.
    """
    figure = go.Figure()
    for name, colour, symbol in zip(classes, (NEGATIVE, POSITIVE), ("circle", "diamond"), strict=True):
        rows = [effect for effect in found if effect.larger_in == name]
        figure.add_scatter(
            x=[effect.g for effect in rows],
            y=[measure_title(effect.name, micrometres) for effect in rows],
            error_x={
                "type": "data",
                "array": [effect.high - effect.g for effect in rows],
                "arrayminus": [effect.g - effect.low for effect in rows],
            },
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 9},
            name=f"Larger in {name}",
            customdata=[[effect.size, effect.low, effect.high] for effect in rows],
            hovertemplate="%{y}<br>g %{x:.2f} (%{customdata[1]:.2f} to %{customdata[2]:.2f}), %{customdata[0]}"
            "<extra></extra>",
        )
    for end in sorted({sign * least for least in SIZES for sign in (1, -1)}):
        figure.add_vline(x=end, line={"color": NEUTRAL, "dash": "dot"}, opacity=0.4 if end else 1)
    order = [measure_title(effect.name, micrometres) for effect in found]
    figure.update_layout(
        xaxis_title="Standard deviations apart (Hedges' g)",
        yaxis={"categoryorder": "array", "categoryarray": order[::-1]},
    )
    return finished(figure, height=120 + 26 * len(found))


def colour_drift(found: pd.DataFrame, *, classes: tuple[str, str]) -> go.Figure:
    """Modified z-scores of each subject's colour, a row a channel; outliers in a channel carry their subject's name.

    Args:
        found: From `core.drift.drift`; subjects that are not judged are left out.
        classes: (negative, positive).
    """
    judged = found[found["compared"] != ""]
    figure = go.Figure()
    figure.add_vrect(x0=-LIMIT, x1=LIMIT, fillcolor=NEUTRAL, opacity=0.12, line_width=0, layer="below")
    figure.add_vline(x=0, line={"color": NEUTRAL, "dash": "dot"})
    looks = zip((NEGATIVE, POSITIVE, NEUTRAL), ("circle", "diamond", "x"), (-0.2, 0.2, 0.0), strict=True)
    for name, (colour, symbol, offset) in dict(zip((*classes, ""), looks, strict=True)).items():
        rows = judged[judged["label"] == name]
        dots = [
            (row[f"{channel}_z"], place + offset, row["subject"], row[f"{channel}_away"], row[f"{channel}_out"])
            for place, channel in enumerate(CHANNELS)
            for row in rows.to_dict("records")
        ]
        if dots:
            z, places, subjects, away, out = zip(*dots, strict=True)
            figure.add_scatter(
                x=z,
                y=places,
                text=[subject if named else "" for subject, named in zip(subjects, out, strict=True)],
                textposition="top center",
                mode="markers+text",
                marker={"color": colour, "symbol": symbol, "size": 8, "opacity": 0.7},
                name=name or "unlabelled",
                customdata=list(zip(subjects, away, strict=True)),
                hovertemplate="Subject %{customdata[0]}<br>z %{x:.1f}, %{customdata[1]:+.1f} levels<extra></extra>",
            )
    figure.update_layout(
        xaxis_title="Distance (modified z-score)",
        yaxis={
            "tickvals": list(range(len(CHANNELS))),
            "ticktext": [MORPHOLOGY[channel] for channel in CHANNELS],
            "range": [len(CHANNELS) - 0.4, -0.6],
        },
    )
    return finished(figure, height=320)
