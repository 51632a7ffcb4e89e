"""A Plotly figure on a page."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    import plotly.graph_objects as go

_SELECTION_BUTTONS = {"displayModeBar": True, "modeBarButtonsToRemove": ["zoom2d", "autoScale2d"]}


def chart(figure: "go.Figure", *, key: str, alt: str) -> None:
    """Show a figure without the row of buttons that would cover its legend.

    Args:
        figure: From `core.figures`.
        key: Unique on the page.
        alt: What it shows, for who cannot see it.
    """
    st.plotly_chart(figure, key=key, alt=alt, config={"displayModeBar": False})


def selectable_chart(figure: "go.Figure", *, key: str, alt: str) -> list[str]:
    """Show a figure whose points can be selected with a loop, a box or a click.

    Args:
        figure: From `core.figures`; each point carries its name as `customdata`.
        key: Unique on the page; another key forgets what was selected.
        alt: What it shows, for who cannot see it.

    Returns:
        The names of the selected points.
    """
    event = st.plotly_chart(
        figure,
        key=key,
        on_select="rerun",
        selection_mode=("lasso", "box", "points"),
        config=_SELECTION_BUTTONS,
        alt=alt,
    )
    return selected(event)


def selected(event: Mapping[str, Any]) -> list[str]:
    """Names of the points in Streamlit's selection event, each once, in the order of the event.

    Args:
        event: `selection.points` lists the points with their `customdata`, which is the name, or a list that holds it.
    """
    carried = [point.get("customdata") for point in event.get("selection", {}).get("points", ())]
    names = [name[0] if isinstance(name, list) and name else name for name in carried]
    return list(dict.fromkeys(name for name in names if isinstance(name, str)))
