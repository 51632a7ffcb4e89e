"""A progress bar that core's callbacks draw on, and that leaves nothing behind."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.types import Progress


@contextmanager
def progress_bar(text: str) -> Iterator[Progress]:
    """Show a bar while the block runs."""
    place = st.empty()

    def show(done: int, total: int, step: str) -> None:
        place.progress(min(1.0, done / total) if total else 1.0, text=f"{step or text}: {done:,} of {total:,}")

    try:
        yield show
    finally:
        place.empty()
