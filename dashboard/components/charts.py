"""A Plotly figure on a page."""

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    import plotly.graph_objects as go


def chart(figure: "go.Figure", *, key: str, alt: str) -> None:
    """Show a figure without the row of buttons that would cover its legend.

    Args:
        figure: From `core.figures`.
        key: Unique on the page.
        alt: What it shows, for who cannot see it.
    """
    st.plotly_chart(figure, key=key, alt=alt, config={"displayModeBar": False})
