"""Explore on a full-size tree: memory of the dashboard, and time of a rerun with everything cached, view by view."""

import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from core.config import PROJECT_ROOT

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

RERUNS = 5
_HOURS = 3600.0 * 4  # seconds; the first look at all pixels takes minutes
_ASKED = ("Measure the cells", "Draw the map")  # what the page does only when a button is pressed
_EMPTY = """import streamlit as st
from dashboard.components.notice import research_notice
page = st.navigation([st.Page(lambda: st.title("Empty"), title="Empty")], position="top")
research_notice()
page.run()
"""


def run() -> None:
    """Print the process's peak memory, from an empty workspace on, and each view's rerun."""
    tree = os.environ.get("LEUKOSCOPE_BENCH_TREE")
    if not tree:
        print("Skipped: LEUKOSCOPE_BENCH_TREE does not name the folder of a full-size data set.")
        return
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as home, ProcessPoolExecutor(1, mp_context=spawn) as pool:
        pool.submit(_drive, Path(tree), Path(home)).result()


def _drive(tree: Path, home: Path) -> None:
    """Open every view of the dashboard in this process, as its own user would, and measure."""
    os.environ["LEUKOSCOPE_HOME"] = str(home)
    os.environ["LEUKOSCOPE_MODELS"] = str(PROJECT_ROOT / "models")

    from streamlit.logger import set_log_level
    from streamlit.testing.v1 import AppTest

    set_log_level("ERROR")  # it warns of every cache that there is no server
    from dashboard import state
    from dashboard.components.views import VIEWS

    empty = AppTest.from_string(_EMPTY)
    empty.run()
    nothing = _rerun(empty)
    app = AppTest.from_file(str(PROJECT_ROOT / "dashboard" / "app.py"), default_timeout=_HOURS)
    app.session_state["data_source"] = state.Source(tree)
    app.run()
    first = _seconds(lambda: app.switch_page("app_pages/explore.py").run())
    print(f"{tree.name}; first page after {first:.1f} s; rerun of an empty page {nothing * 1000:.0f} ms", flush=True)
    for view in VIEWS:
        seconds = _seconds(lambda view=view: _open(app, view))
        if app.exception:
            raise RuntimeError(f"{view}: {app.exception[0].value}")
        rerun = _rerun(app)
        print(
            f"{view}: opened in {seconds:.1f} s; rerun {rerun * 1000:.0f} ms, {rerun / nothing:.1f} times an empty one",
            flush=True,
        )
    print(f"peak resident memory: {_peak(resource.RUSAGE_SELF):.2f} GB", flush=True)
    print(f"and of the largest process that measures cells: {_peak(resource.RUSAGE_CHILDREN):.2f} GB", flush=True)


def _peak(whose: int) -> float:
    """Largest resident memory so far, in GB."""
    return resource.getrusage(whose).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1024**3


def _open(app: "AppTest", view: str) -> None:
    """Open a view and press what it asks for, until all that it shows is there."""
    from dashboard import state

    app.button_group(key=state.EXPLORE_VIEW).set_value(view).run()
    for label in _ASKED:
        button = next((button for button in app.button if button.label == label), None)
        if button is not None:
            button.click().run()
            app.run()


def _rerun(app: "AppTest") -> float:
    """Median seconds of a rerun in which nothing has changed."""
    return statistics.median(_seconds(app.run) for _ in range(RERUNS))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
