"""Shortcut audit: what a model could score by without looking at the cell."""

from typing import TYPE_CHECKING

import streamlit as st

from core.data.dataset import CellDataset
from core.data.morphology import MORPHOLOGY
from core.figures import exploration as figures
from core.shortcuts import verdict
from dashboard import resources
from dashboard.components.charts import chart

if TYPE_CHECKING:
    import pandas as pd


def shortcuts(dataset: CellDataset, cells: "pd.DataFrame") -> None:
    """How well each property alone tells the classes apart, and what that means.

    Args:
        dataset: Names the classes.
        cells: Its measured cells.
    """
    st.header("Shortcuts", divider="gray")
    labelled = cells.loc[cells["label"] != "", ["path", "label", "subject", *MORPHOLOGY]]
    found = resources.shortcuts(labelled, dataset.classes)
    if not found:
        st.info(
            "The audit needs at least two subjects of each class. Without them its intervals would mean nothing.",
            icon=":material/group_off:",
        )
        return
    for sentence in verdict(found, dataset.classes):
        st.markdown(f"- {sentence}")
    chart(
        figures.shortcut_intervals(found),
        key="shortcuts",
        alt="Dot chart: AUROC of each property alone with its 95% interval over subjects",
    )
    st.caption("Bars are 95% intervals from resampling subjects. 0.5 is chance.")
