"""Compare: classical models and networks on the same test subjects."""

import streamlit as st

from dashboard.components.comparison import comparison_form, comparison_runs
from dashboard.components.comparison_results import comparison_results
from dashboard.components.data import current_dataset, dataset_line
from dashboard.components.history import beside, chosen_comparison, exports
from dashboard.components.keep_model import keep_model
from dashboard.components.notice import problems_shown

st.title("Compare models")
dataset_line()
with problems_shown():
    dataset = current_dataset(hashes=True)
comparison_form(dataset)
with problems_shown():
    comparison_runs()
chosen = chosen_comparison()
if chosen is not None:
    key, comparison = chosen
    comparison_results(comparison, dataset, key=key)
    keep_model(comparison, dataset, key=key)
    exports(comparison, key=key)
    beside(key)
