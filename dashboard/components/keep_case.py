"""Keeping the cells of a batch as a case, when the user says so."""

from dataclasses import replace

import streamlit as st

from core.card import ModelCard
from core.cases.open_case import OpenCase
from dashboard import resources
from dashboard.components.notice import problems_shown
from dashboard.components.progress import progress_bar
from dashboard.state import Batch

_LONGEST_TITLE = 200  # characters


def keep_case(opened: OpenCase, batch: Batch, card: ModelCard, *, who: str) -> None:
    """Say whether the case is kept, and let the user keep it.

    Args:
        opened: The case of the batch.
        batch: The batch.
        card: Of the model that answered.
        who: Who keeps it.
    """
    case = opened.case
    if case.id:
        st.success(f"Kept as '{case.title}'. Each further decision is kept at once.", icon=":material/folder_open:")
        st.page_link("app_pages/cases.py", label="All kept cases", icon=":material/folder_open:")
        return
    with st.form("keep_case", border=True):
        st.markdown("**Keep this case**")
        st.caption(
            "Until you keep it, pictures, answers and decisions are gone when you close the page. A kept case stays on "
            "this machine until you delete it."
        )
        title = st.text_input("Title", max_chars=_LONGEST_TITLE, placeholder="What you will find it by")
        pseudonymous = st.checkbox("Number the cells in place of the names of their files", value=True)
        if not st.form_submit_button("Keep this case", icon=":material/save:", type="primary"):
            return
        with problems_shown(), progress_bar("Keeping cells") as progress:
            named = replace(case, title=title.strip(), who=who)
            case_id = resources.cases().save(named, opened.pixels, pseudonymous=pseudonymous, progress=progress)
    batch.kept[card.model_sha256, card.threshold] = case_id
    st.rerun()
