"""Cases: what users chose to keep of a patient, found again, reviewed, taken away, deleted."""

import streamlit as st

from dashboard import resources, state
from dashboard.components.case_list import back, found_cases, header, listed
from dashboard.components.case_views import CASE_VIEWS, case_view, chosen_view
from dashboard.components.notice import problems_shown

st.title("Cases")
case_id = state.opened_case()
if case_id is None:
    entries = found_cases()
    if entries:
        listed(entries)
    else:
        st.info(
            "No case found. To keep one, drop its cells on Upload and choose 'Keep this case' on its patient sheet.",
            icon=":material/folder_off:",
        )
    st.stop()
back()
with problems_shown():
    opened = resources.kept_case(case_id)
header(opened.case, who=state.who())
view = chosen_view(state.CASE_VIEW, CASE_VIEWS)
case_view(opened, view, key=case_id, widget=state.CASE_VIEW)
