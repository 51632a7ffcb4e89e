"""A progress bar that core's callbacks draw on and that leaves nothing behind, and a way to stop a job."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.jobs import Job
from core.types import Progress
from dashboard import resources, state


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


@contextmanager
def stoppable_bar(text: str, *, key: str) -> Iterator[Progress]:
    """Show a bar while the block runs, with a button that stops a batch on Upload.

    A click makes Streamlit leave the block at its next report of progress and run the page again.
    """
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.empty()
        st.button("Stop", key=key, icon=":material/stop:", on_click=state.stop_batch)

    def show(done: int, total: int, step: str) -> None:
        bar.progress(min(1.0, done / total) if total else 1.0, text=f"{step or text}: {done:,} of {total:,}")

    try:
        yield show
    finally:
        place.empty()


def cancel_button(job: Job) -> None:
    """Ask a job to stop."""
    st.button(
        "Cancel",
        key=f"cancel_{job.id}",
        disabled=job.state == "cancelling",
        icon=":material/stop:",
        on_click=resources.jobs().cancel,
        args=(job.id,),
    )
