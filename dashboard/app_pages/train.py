"""Train: choose hyperparameters, queue the run, watch it."""

import streamlit as st

from dashboard.components.data import current_dataset, describe, positive_chooser, subject_warning
from dashboard.components.notice import problems_shown
from dashboard.components.training import runs, start, training_form

st.title("Train a network")
dataset = current_dataset()
describe(dataset)
positive_chooser(dataset)
subject_warning(dataset)
with problems_shown():
    chosen = training_form()
    if chosen is not None:
        start(*chosen)
runs()
