"""Layout that all figures share."""

import plotly.graph_objects as go


def finished(figure: go.Figure, *, height: int = 320) -> go.Figure:
    """Give a figure its height, margins and a legend above the plot; the figure itself is returned."""
    figure.update_layout(
        height=height,
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        template="plotly_white",
    )
    return figure
