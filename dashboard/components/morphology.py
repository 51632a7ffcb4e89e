"""Morphology: how a measure of the cells is distributed over classes and subjects."""

from typing import TYPE_CHECKING

import streamlit as st

from core.data.dataset import CellDataset
from core.data.morphology import MORPHOLOGY
from core.figures import exploration as figures
from dashboard.components.charts import chart

if TYPE_CHECKING:
    import pandas as pd


def morphology(dataset: CellDataset, cells: "pd.DataFrame") -> None:
    """One measure, by class and by subject.

    Args:
        dataset: Names the classes.
        cells: Its measured cells.
    """
    st.header("Morphology", divider="gray")
    labelled = cells[cells["label"] != ""]
    column = st.selectbox(
        "Measure", list(MORPHOLOGY), format_func=MORPHOLOGY.__getitem__, key="morphology", persist_state="session"
    )
    title = MORPHOLOGY[column]
    chart(
        figures.distributions(labelled, column=column, classes=dataset.classes, title=title),
        key="distributions",
        alt=f"Violin plot: {title} by class",
    )
    if dataset.has_subjects:
        chart(
            figures.subject_boxes(labelled, column=column, classes=dataset.classes, title=title),
            key="subject_boxes",
            alt=f"Box plot: {title} by subject, in the order of the medians",
        )
        st.caption("Boxes are quartiles, whiskers the 5th and 95th percentile of a subject's cells.")
