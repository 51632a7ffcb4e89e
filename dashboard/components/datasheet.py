"""The data sheet: a summary of all findings to take away."""

from typing import TYPE_CHECKING

import streamlit as st

from core.data.dataset import CellDataset
from core.datasheet import headlines, to_html, to_json
from dashboard import resources, state
from dashboard.components.progress import progress_bar

if TYPE_CHECKING:
    import pandas as pd


def data_sheet(dataset: CellDataset, cells: "pd.DataFrame") -> None:
    """What the sheet says in short, and the two files.

    Args:
        dataset: The data set.
        cells: Its measured cells.
    """
    st.header("Data sheet", divider="gray")
    with progress_bar("Writing the data sheet") as progress:
        sheet = resources.data_sheet(state.source(), cells, progress=progress)
    st.markdown("\n".join(f"- {sentence}" for sentence in headlines(sheet)))
    st.caption(
        "The files hold all counts, the fingerprint, groups of subjects, findings, label suspects and edits; the HTML "
        "file has figures, too."
    )
    name = f"data-sheet-{dataset.root.name}"
    with st.container(horizontal=True):
        st.download_button(
            "Download as HTML",
            lambda: to_html(sheet, dataset, cells),
            file_name=f"{name}.html",
            mime="text/html",
            type="primary",
            icon=":material/download:",
        )
        st.download_button(
            "Download as JSON",
            to_json(sheet),
            file_name=f"{name}.json",
            mime="application/json",
            icon=":material/download:",
        )
