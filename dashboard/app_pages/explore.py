"""Explore: what is in the data set, and proof that its split keeps subjects apart."""

import streamlit as st

from dashboard.components.cells import filtered, grid
from dashboard.components.data import current_dataset, describe, positive_chooser, source_chooser
from dashboard.components.exploration import counts, sides, unreadable

st.title("Explore the data set")
dataset = current_dataset()
describe(dataset)
source_chooser()
positive_chooser(dataset)
counts(dataset)
unreadable(dataset)
dataset = current_dataset(hashes=True)
side_of = sides(dataset)
st.header("Cells", divider="gray")
cells = dataset.table.assign(side=[side_of.get(path, "") for path in dataset.table["path"]])
grid(dataset, filtered(cells, {"label": "Class", "subject": "Subject", "fold": "Fold", "side": "Split"}))
