"""Compare: classical models and networks on the same test subjects."""

import streamlit as st

from dashboard.components.comparison import comparison_form, latest
from dashboard.components.data import current_dataset, describe, positive_chooser, subject_warning
from dashboard.components.notice import problems_shown

st.title("Compare models")
dataset = current_dataset()
describe(dataset)
positive_chooser(dataset)
subject_warning(dataset)
with problems_shown():
    comparison_form(current_dataset(hashes=True))
latest()
