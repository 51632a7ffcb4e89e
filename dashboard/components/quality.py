"""Bad images: checks with thresholds, live counts, and the flagged cells, worst first."""

from typing import TYPE_CHECKING

import streamlit as st

from core.data.dataset import CellDataset
from core.data.quality import CHECKS, flagged
from dashboard import resources, state
from dashboard.components.cells import pictures
from dashboard.components.notice import problems_shown
from dashboard.components.progress import progress_bar

if TYPE_CHECKING:
    import pandas as pd

_ASK_FROM = 2000  # cells; fewer are measured at once


def measured_cells(dataset: CellDataset) -> "pd.DataFrame | None":
    """The cells with their measures; asks first where measuring takes long, and gives None until it was done."""
    source = state.source()
    place = st.empty()
    if not resources.is_measured(source) and len(dataset.table) > _ASK_FROM and not _asked(place, len(dataset.table)):
        return None
    with problems_shown(), progress_bar("Measuring cells") as progress:
        found = resources.measures(source, progress=progress)
    place.empty()
    return found


def _asked(place: "st.delta_generator.DeltaGenerator", cells: int) -> bool:
    """Whether the user wants the cells measured; while that goes on there is a way to stop it."""
    with place.container():
        st.info(
            f"Near duplicates and quality need one look at the pixels of all {cells:,} cells. What has been measured "
            "is kept, also if you leave the page meanwhile.",
            icon=":material/straighten:",
        )
        if not st.button("Measure the cells", type="primary", icon=":material/play_arrow:"):
            return False
        st.button("Stop", icon=":material/stop:", help="What has been measured so far is kept.")
    return True


def quality(dataset: CellDataset, measures: "pd.DataFrame") -> None:
    """Counts of each check at thresholds that the user can move, and the cells that one of them flags."""
    st.header("Quality", divider="gray")
    st.caption("Measured on the cell itself, not on its black surroundings. Move a threshold and the counts follow.")
    thresholds = _thresholds()
    flags = flagged(measures, thresholds)
    unmeasured = measures[measures["problem"] != ""]
    counts = flags.sum()
    st.dataframe(
        [
            {"Check": check.title, "Flagged": int(counts[key]), "What it means": check.sentence}
            for key, check in CHECKS.items()
        ],
        hide_index=True,
        alt="Table: number of cells that each check flags",
    )
    if len(unmeasured):
        with st.expander(f"{len(unmeasured):,} files could not be decoded", icon=":material/warning:"):
            st.dataframe(
                unmeasured[["path", "problem"]].rename(columns={"path": "File", "problem": "Reason"}),
                hide_index=True,
                alt="Table: files that could not be decoded and why",
            )
    shown = [key for key in CHECKS if counts[key]]
    if not shown:
        st.success("No check flags a cell at these thresholds.", icon=":material/verified:")
        return
    chosen = st.selectbox(
        "Show the cells flagged as",
        shown,
        format_func=lambda key: f"{CHECKS[key].title} ({counts[key]:,})",
        key="quality_check",
    )
    check = CHECKS[chosen]
    worst_first = measures[flags[chosen]].sort_values(check.measure, ascending=not check.too_high)
    pictures(dataset, worst_first, key=f"quality_{chosen}")


def _thresholds() -> dict[str, float]:
    with st.expander("Thresholds", icon=":material/tune:"), st.container(horizontal=True):
        return {
            key: st.number_input(
                f"{check.title}: {'above' if check.too_high else 'below'}",
                value=check.threshold,
                step=check.threshold / 20,
                format="%.4g",
                width=200,
                key=state.threshold_key(key),
                persist_state="session",
            )
            for key, check in CHECKS.items()
        }
