"""Morphology: how a measure of the cells is distributed over classes and subjects, and how far the classes differ."""

from typing import TYPE_CHECKING

import streamlit as st

from core.data.dataset import CellDataset
from core.data.morphology import MORPHOLOGY
from core.data.scale import checked, doubt, scaled, title
from core.effects import verdict
from core.figures import exploration as figures
from dashboard import resources
from dashboard.components.charts import chart

if TYPE_CHECKING:
    import pandas as pd


def morphology(dataset: CellDataset, cells: "pd.DataFrame") -> None:
    """One measure, by class and by subject; below it how far apart the classes are in all of them.

    Args:
        dataset: Names the classes.
        cells: Its measured cells.
    """
    st.header("Morphology", divider="gray")
    labelled = cells[cells["label"] != ""]
    left, right = st.columns([2, 1])
    with right:
        micrometres = _micrometres(labelled)
    column = left.selectbox(
        "Measure",
        list(MORPHOLOGY),
        format_func=lambda name: MORPHOLOGY[name].split(" (px")[0],  # the box would keep a unit after it has changed
        key="morphology",
        persist_state="session",
    )
    shown = title(column, micrometres)
    values = labelled if micrometres is None else scaled(labelled, micrometres)
    chart(
        figures.distributions(values, column=column, classes=dataset.classes, title=shown),
        key="distributions",
        alt=f"Violin plot: {shown} by class",
    )
    if dataset.has_subjects:
        chart(
            figures.subject_boxes(values, column=column, classes=dataset.classes, title=shown),
            key="subject_boxes",
            alt=f"Box plot: {shown} by subject, in the order of the medians",
        )
        st.caption("Boxes are quartiles, whiskers the 5th and 95th percentile of a subject's cells.")
    _effects(dataset, labelled, micrometres)


def _micrometres(cells: "pd.DataFrame") -> float | None:
    """Let the user say how much a pixel spans; None for pixels."""
    given = st.number_input(
        "Micrometres in a pixel (0: show pixels)",
        value=0.0,
        step=0.01,
        format="%.4g",
        key="micrometres",
        persist_state="session",
        help="Lengths become µm and areas µm². Only what this section shows changes; the data stays in pixels.",
    )
    if not given:
        return None
    try:
        micrometres = checked(given)
    except ValueError as error:
        st.error(f"{error} Pixels are shown.", icon=":material/straighten:")
        return None
    if sentence := doubt(cells, micrometres):
        st.warning(sentence, icon=":material/straighten:")
    return micrometres


def _effects(dataset: CellDataset, labelled: "pd.DataFrame", micrometres: float | None) -> None:
    st.subheader("How far apart the classes are")
    found = resources.effects(labelled[["path", "label", "subject", *MORPHOLOGY]], dataset.classes)
    if not found:
        st.info(
            "Effect sizes need at least two subjects of each class. Without them their intervals would mean nothing.",
            icon=":material/group_off:",
        )
        return
    negative, positive = dataset.classes
    st.markdown(verdict(found))
    chart(
        figures.effect_intervals(found, classes=dataset.classes, micrometres=micrometres),
        key="effects",
        alt="Dot chart: difference between the class means of each measure in standard deviations, "
        "with its 95% interval over subjects",
    )
    st.caption(
        f"A mark to the right of 0 is a measure that is larger in {positive}, to the left larger in {negative}; bars "
        "are 95% intervals from resampling subjects, and where one crosses 0 the classes may not differ. Dotted lines "
        "stand at 0.2 (a small difference), 0.5 (medium) and 0.8 (large), Cohen's rule of thumb."
    )
