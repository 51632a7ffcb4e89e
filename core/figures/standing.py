"""Figure of one cell's measures among those of training cells."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.colours import NEGATIVE, POSITIVE
from core.figures.style import finished
from core.strips import Strip

_ROW = 52  # pixels of a measure
_WIDTH = 0.8  # of both halves of a strip, in rows


def standing_strips(drawn: Sequence[Strip], *, classes: tuple[str, str]) -> go.Figure:
    """A row a measure: how the negative training cells lie above its line, the positive ones below, and this cell.

    Args:
        drawn: From `core.strips.strips`.
        classes: (negative, positive).
    """
    figure = go.Figure()
    rows = len(drawn)
    for number, (name, colour) in enumerate(zip(classes, (NEGATIVE, POSITIVE), strict=True)):
        for row, strip in enumerate(drawn):
            figure.add_violin(
                x=strip.positive if number else strip.negative,
                y0=rows - row,
                side="negative" if number else "positive",
                orientation="h",
                width=_WIDTH,
                points=False,
                spanmode="hard",
                line={"color": colour, "width": 1},
                fillcolor=colour,
                opacity=0.6,
                name=f"{name}, {'below' if number else 'above'} the line",
                legendgroup=name,
                showlegend=row == 0,
                hoverinfo="skip",
            )
    figure.add_scatter(
        x=[strip.place for strip in drawn],
        y=[rows - row for row in range(rows)],
        mode="markers",
        marker={"color": "#000000", "symbol": "diamond", "size": 12, "line": {"color": "#FFFFFF", "width": 1.5}},
        name="This cell",
        text=[strip.says for strip in drawn],
        hovertemplate="%{text}<extra></extra>",
    )
    figure.update_layout(
        xaxis={"range": [-0.07, 1.07], "showticklabels": False, "zeroline": False, "title": "less ⟷ more"},
        yaxis={
            "tickvals": [rows - row for row in range(rows)],
            "ticktext": [strip.title for strip in drawn],
            "range": [0.4, rows + 0.6],
            "zeroline": False,
        },
        violinmode="overlay",
    )
    return finished(figure, height=90 + _ROW * rows)
