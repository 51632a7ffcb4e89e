"""Explore: what is in the data set, what is wrong with it, and proof that its split keeps subjects apart."""

import streamlit as st

from dashboard.components.cell_details import details
from dashboard.components.cell_map import cell_map
from dashboard.components.data import current_dataset, describe, positive_chooser, source_chooser
from dashboard.components.datasheet import data_sheet
from dashboard.components.drift import drift
from dashboard.components.duplicates import duplicates
from dashboard.components.exploration import counts, sides, unreadable
from dashboard.components.grid import grid
from dashboard.components.labels import labels
from dashboard.components.morphology import morphology
from dashboard.components.quality import quality
from dashboard.components.shortcuts import shortcuts
from dashboard.components.views import analysed, chosen_view, explored_cells, scored

st.title("Explore the data set")
dataset = current_dataset()
describe(dataset)
source_chooser()
positive_chooser(dataset)
view = chosen_view()
if view == "Overview":
    counts(dataset)
    unreadable(dataset)
dataset = current_dataset(hashes=True)
if view == "Overview":
    sides(dataset)
    st.stop()
cells = explored_cells(dataset, need_measures=view not in ("Duplicates", "Cells"))
if view == "Duplicates":
    duplicates(dataset, cells)
elif view == "Quality":
    quality(dataset, analysed(cells))
elif view == "Morphology":
    morphology(dataset, analysed(cells))
elif view == "Shortcuts":
    shortcuts(dataset, analysed(cells))
    drift(dataset, analysed(cells))
elif view == "Map":
    cell_map(dataset, cells)
elif view == "Labels":
    labels(dataset, cells)
elif view == "Cells":
    grid(dataset, *scored(dataset, cells))
elif view == "Data sheet":
    data_sheet(dataset, cells)
details(dataset, cells)
