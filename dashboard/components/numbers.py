"""A row of numbers that wraps on a narrow screen."""

from collections.abc import Mapping

import streamlit as st

_WIDTH = 140  # pixels; two stand side by side on a phone


def numbers(values: Mapping[str, str]) -> None:
    """Show each number below its name."""
    with st.container(horizontal=True):
        for name, value in values.items():
            st.metric(name, value, width=_WIDTH)
