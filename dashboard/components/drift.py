"""Colour drift: subjects whose cells look as if another stain or camera had made them."""

from typing import TYPE_CHECKING

import streamlit as st

from core.data.dataset import CellDataset
from core.data.morphology import MORPHOLOGY
from core.drift import ALL_SUBJECTS, CHANNELS, FEWEST_CELLS, FEWEST_SUBJECTS, side_by_side, verdict
from core.drift import drift as drift_of
from core.figures import exploration as figures
from dashboard.components.cells import pictures
from dashboard.components.charts import chart

if TYPE_CHECKING:
    import pandas as pd


def drift(dataset: CellDataset, cells: "pd.DataFrame") -> None:
    """Which subjects differ in colour, how far, and what their cells look like beside usual ones.

    Args:
        dataset: Names the classes.
        cells: Its measured cells.
    """
    st.header("Colour drift", divider="gray")
    if not (cells["subject"] != "").any():
        st.info(
            "No cell names its subject, so the colours of subjects cannot be compared.", icon=":material/group_off:"
        )
        return
    found = drift_of(cells, dataset.classes)
    if not (found["compared"] != "").any():
        st.info(
            f"Comparing colours needs at least {FEWEST_SUBJECTS} subjects with at least {FEWEST_CELLS} measured cells "
            f"each. Here there are {(found['cells'] >= FEWEST_CELLS).sum()}.",
            icon=":material/group_off:",
        )
        return
    _verdict(found)
    chart(
        figures.colour_drift(found, classes=dataset.classes),
        key="colour_drift",
        alt="Dot chart: how far the colour of each subject's cells lies from that of the other subjects, by channel",
    )
    among = "all others" if (found["compared"] == ALL_SUBJECTS).any() else "the others of its class"
    st.caption(
        f"A dot is a subject, compared with {among}. One outside the grey band (3.5 modified z-scores) is named, "
        "unless it has so few cells that chance explains it; one that lies just outside may do so by chance too."
    )
    _table(found)
    _pictures(dataset, cells, found)


def _verdict(found: "pd.DataFrame") -> None:
    out = found[found["outlier"]]
    if not len(out):
        st.success(verdict(found), icon=":material/verified:")
        return
    st.warning(verdict(found), icon=":material/palette:")
    for row in out.to_dict("records"):
        of_class = f"{row['classes']}, " if row["classes"] else ""
        st.markdown(f"- Subject {row['subject']} ({of_class}{row['cells']:,} cells): {row['finding']}.")
    st.markdown(
        "A stain or camera that differs can teach a model the slide instead of the cell. Look at the pictures below. "
        "If it is the slide and not the patient, train with 'Normalize the stain' (Train page) or scan the slide again."
    )


def _table(found: "pd.DataFrame") -> None:
    few = int((found["compared"] == "").sum())
    note = f", {few:,} of them with too few cells to be judged" if few else ""
    with st.expander(f"All {len(found):,} subjects{note}", icon=":material/table_rows:"):
        shown = found[["subject", "classes", "cells", "compared", *(f"{channel}_z" for channel in CHANNELS), "finding"]]
        st.dataframe(
            shown.rename(
                columns={
                    "subject": "Subject",
                    "classes": "Class",
                    "cells": "Cells",
                    "compared": "Compared with",
                    "finding": "Finding",
                    **{f"{channel}_z": f"{MORPHOLOGY[channel]} (z)" for channel in CHANNELS},
                }
            ).round(1),
            hide_index=True,
            alt="Table: each subject's cells, modified z-scores of its colour and what was found",
        )


def _pictures(dataset: CellDataset, cells: "pd.DataFrame", found: "pd.DataFrame") -> None:
    out = list(found.loc[found["outlier"], "subject"])
    if not out:
        return
    subject = st.selectbox("Cells of subject", out, key="drift_subject")
    own, usual = side_by_side(cells, found, subject)
    left, right = st.columns(2)
    with left:
        st.markdown(f"**Subject {subject}**: its most typical cells")
        pictures(dataset, own, key="drift_own")
    with right:
        st.markdown("**Usual colour**: cells of the subjects nearest to the middle")
        pictures(dataset, usual, key="drift_usual")
