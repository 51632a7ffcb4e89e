"""The views of the Explore page: which one is open, and the cells that all of them look at."""

from typing import TYPE_CHECKING

import streamlit as st

from core.data.dataset import EXCLUDED, CellDataset
from core.errors import DataError, SplitImpossible
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


def scored(dataset: CellDataset, cells: "pd.DataFrame") -> "tuple[pd.DataFrame, dict[str, str]]":
    """The cells with every score that is at hand as a column of its own, and what users call these columns."""
    if not resources.is_measured(state.source()):
        return cells, {}
    titles = {}
    for name, scores in resources.network_scores(state.source(), cells).items():
        column = f"score of {name}"
        cells = cells.assign(**{column: cells["path"].map(scores)})
        titles[column] = f"Score of {name}"
    try:
        cells = cells.assign(out_of_fold=resources.out_of_fold(cells, dataset.classes))
    except DataError:  # too few persons; the Labels view says so
        return cells, titles
    return cells, {"out_of_fold": f"Looks like {dataset.positive} (0 to 1)", **titles}
