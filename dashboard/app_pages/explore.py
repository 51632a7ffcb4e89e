"""Explore: what is in the data set, what is wrong with it, and proof that its split keeps subjects apart."""

import streamlit as st

from dashboard.components.cells import filtered, grid
from dashboard.components.data import current_dataset, describe, positive_chooser, source_chooser
from dashboard.components.duplicates import duplicates
from dashboard.components.exploration import counts, sides, unreadable
from dashboard.components.morphology import morphology
from dashboard.components.quality import measured_cells, quality
from dashboard.components.shortcuts import shortcuts

st.title("Explore the data set")
dataset = current_dataset()
describe(dataset)
source_chooser()
positive_chooser(dataset)
counts(dataset)
unreadable(dataset)
dataset = current_dataset(hashes=True)
side_of = sides(dataset)
measured = measured_cells(dataset)
cells = dataset.table if measured is None else measured
cells = cells.assign(side=[side_of.get(path, "") for path in cells["path"]])
duplicates(dataset, cells)
if measured is not None:
    quality(dataset, cells)
    morphology(dataset, cells)
    shortcuts(dataset, cells)
st.header("Cells", divider="gray")
grid(dataset, filtered(cells, {"label": "Class", "subject": "Subject", "fold": "Fold", "side": "Split"}))
