"""The patient sheet on a page: what all cells come to, and the cells to look at first."""

import streamlit as st

from core.cases.open_case import OpenCase
from core.cases.patient_sheet import PatientSheet, SheetCell
from core.cases.review import DECISIONS
from core.cases.sheet import sheet_of
from core.figures.sheet import shares
from dashboard import state
from dashboard.components.charts import chart
from dashboard.components.numbers import numbers

_CARD_WIDTH = 170  # pixels; two stand side by side on a phone
_PICTURE_WIDTH = 128


def sheet(opened: OpenCase, *, key: str, view: str) -> None:
    """Show it.

    Args:
        opened: The case.
        key: Tells this case from others.
        view: Key of the widget that chooses the view, where a cell can be opened for review.
    """
    case = opened.case
    found = sheet_of(case)
    negative, positive = case.classes
    _numbers(found)
    chart(
        shares(found, negative=negative),
        key=f"sheet_{key}",
        alt=f"Bar: {found.final} cells {positive}, {found.counted - found.final} {negative}, "
        f"{found.cells - found.counted} without a class",
    )
    st.markdown("\n".join(f"- {sentence}" for sentence in found.sentences()))
    if found.worst:
        st.subheader("Look at these first")
        st.caption("Cells that reviewers decided otherwise or were unsure about, then those nearest to the threshold.")
        with st.container(horizontal=True):
            for cell in found.worst:
                with st.container(border=True, width=_CARD_WIDTH):
                    _worst(opened, cell, key=key, view=view)


def _numbers(found: PatientSheet) -> None:
    share = "none" if found.share is None else f"{found.share:.0%}"
    interval = "" if found.interval is None else f"{found.interval[0]:.0%} to {found.interval[1]:.0%}"
    numbers(
        {
            "Cells": f"{found.cells:,}",
            f"Share {found.positive}": share,
            "95 % interval": interval or "none",
            "Without a class": f"{found.without_answer:.0%}",
            "Reviewed": f"{found.reviewed:,}",
        }
    )


def _worst(opened: OpenCase, cell: SheetCell, *, key: str, view: str) -> None:
    image = opened.pixels(cell.place)
    if image is not None:
        st.image(image, width=_PICTURE_WIDTH, output_format="PNG", alt=f"Cell {cell.name}")
    called = cell.label or "No answer"
    decided = "not reviewed" if cell.review is None else DECISIONS[cell.review.decision].lower()
    st.caption(f"{cell.name}  \nModel: {called}, {decided}")
    st.button(
        "Review",
        key=f"worst_{key}_{cell.place}",
        icon=":material/rate_review:",
        on_click=state.review_place,
        args=(key, cell.place, view),
    )
