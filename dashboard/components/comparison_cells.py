"""Pictures of a comparison's cells, or a list of them where the files are not at hand."""

from typing import TYPE_CHECKING

import streamlit as st

from core.comparison import Comparison
from core.data.dataset import CellDataset
from dashboard.components.cells import PICTURE_WIDTH, one_page, picture

if TYPE_CHECKING:
    import pandas as pd


def compared_cells(comparison: Comparison, dataset: CellDataset | None, cells: "pd.DataFrame", *, key: str) -> None:
    """Show cells, paged, each above what models said of it.

    Args:
        comparison: Whose cells they are.
        dataset: Where their files are; None, or another data set, where they are not at hand.
        cells: `path`, `subject`, `positive`, and `said`: a line of text for each.
        key: Unique on the page.
    """
    negative, positive = comparison.classes
    labelled = cells.assign(label=[positive if is_positive else negative for is_positive in cells["positive"]])
    if dataset is None or dataset.origin != comparison.origin:
        _listed(labelled, comparison.origin)
        return
    here = labelled[labelled["path"].isin(dataset.table["path"])]
    if dataset.hashed and dataset.fingerprint() != comparison.data_fingerprint:
        gone = len(labelled) - len(here)
        st.caption(
            "The data set has changed since; classes are those of the comparison."
            + (f" {gone:,} cells are no longer there." if gone else "")
        )
    shown = one_page(len(here), key=key)
    with st.container(horizontal=True):
        for _, cell in here.iloc[shown].iterrows():
            with st.container(width=PICTURE_WIDTH, gap=None):
                picture(dataset, cell)
                st.caption(cell["said"])


def _listed(cells: "pd.DataFrame", origin: str) -> None:
    st.caption(
        f"These cells are from another data set than the one that is open ({origin}), so there are no pictures. "
        "Open it under Explore to see them."
    )
    st.dataframe(
        cells[["path", "label", "subject", "said"]],
        hide_index=True,
        column_config={"path": "Cell", "label": "Class", "subject": "Subject", "said": "Probability"},
        alt="Table: cells with their class, subject, and the probability that models gave",
    )
