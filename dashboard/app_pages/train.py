"""Train: choose what for and with which hyperparameters, queue the run, watch it."""

import streamlit as st

from dashboard.components.data import dataset_line
from dashboard.components.folds import goal, start_trials, trial_runs
from dashboard.components.notice import problems_shown
from dashboard.components.training import runs, start
from dashboard.components.training_form import training_form

st.title("Train a network")
dataset_line()
asked = goal()
with problems_shown():
    chosen = training_form()
    if chosen is not None and asked.one_model:
        start(*chosen)
    elif chosen is not None:
        start_trials(asked, *chosen)
trial_runs()
runs()
