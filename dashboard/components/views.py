"""The views of the Explore page: which one is open, and the cells that all of them look at."""

from typing import TYPE_CHECKING

import streamlit as st

from core.data.dataset import EXCLUDED, CellDataset
from core.errors import SplitImpossible
from dashboard import resources, state
from dashboard.components.quality import measured_cells

if TYPE_CHECKING:
    import pandas as pd

VIEWS = ("Overview", "Duplicates", "Quality", "Morphology", "Shortcuts", "Map", "Labels", "Cells", "Data sheet")


def chosen_view() -> str:
    """Let the user choose a view; only that one is computed."""
    return st.segmented_control(
        "View",
        VIEWS,
        default=VIEWS[0],
        required=True,
        key=state.EXPLORE_VIEW,
        label_visibility="collapsed",
        persist_state="session",
    )


def explored_cells(dataset: CellDataset, *, need_measures: bool) -> "pd.DataFrame":
    """The cells with the side of the split that each stands on, and their measures once they have been taken.

    Args:
        dataset: The hashed data set.
        need_measures: Stop the page until the cells are measured.
    """
    measured = measured_cells(dataset)
    if measured is None and need_measures:
        st.stop()
    cells = dataset.table if measured is None else measured
    try:
        return cells.assign(side=resources.sides(state.source()).of(cells))
    except SplitImpossible:
        return cells.assign(side="")


def analysed(cells: "pd.DataFrame") -> "pd.DataFrame":
    """The cells without those that reviewers left out."""
    return cells[cells["part"] != EXCLUDED]
