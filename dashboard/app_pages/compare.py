"""Compare: classical models and networks on the same test subjects."""

import streamlit as st

from dashboard.components.comparison import comparison_form, latest
from dashboard.components.data import current_dataset, dataset_line
from dashboard.components.notice import problems_shown

st.title("Compare models")
dataset_line()
with problems_shown():
    comparison_form(current_dataset(hashes=True))
latest()
