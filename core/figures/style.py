"""Colours and layout that all figures share."""

import plotly.graph_objects as go

POSITIVE, NEGATIVE, NEUTRAL = "#D55E00", "#0072B2", "#7A7A7A"  # Okabe and Ito: told apart by the colour-blind
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7A7A7A", "#000000")


def finished(figure: go.Figure, *, height: int = 320) -> go.Figure:
    """Give a figure its height, margins and a legend above the plot; the figure itself is returned."""
    figure.update_layout(
        height=height,
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        template="plotly_white",
    )
    return figure
