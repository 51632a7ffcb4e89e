"""Train: choose hyperparameters, queue the run, watch it."""

import streamlit as st

from dashboard.components.data import dataset_line
from dashboard.components.notice import problems_shown
from dashboard.components.training import runs, start
from dashboard.components.training_form import training_form

st.title("Train a network")
dataset_line()
with problems_shown():
    chosen = training_form()
    if chosen is not None:
        start(*chosen)
runs()
