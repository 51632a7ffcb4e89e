"""Explore: what is in the data set, and proof that its split keeps subjects apart."""

import streamlit as st

from core import figures
from core.data.dataset import CellDataset
from core.data.persons import groups, shared_cells
from core.data.split import split
from core.data.summary import summary
from core.errors import SplitImpossible
from dashboard.components.cells import filtered, grid
from dashboard.components.data import current_dataset, describe, positive_chooser, source_chooser, subject_warning


def counts(dataset: CellDataset) -> None:
    """Numbers and charts of the whole set."""
    found = summary(dataset)
    numbers = {"Cells": found["cells"], **{name: found["classes"].get(name, 0) for name in reversed(dataset.classes)}}
    numbers |= {"Subjects": found["subjects"], "Unusable files": len(found["unreadable"])}
    for place, (name, number) in zip(st.columns(len(numbers)), numbers.items(), strict=True):
        place.metric(name, f"{number:,}")
    sizes = ", ".join(f"{size.replace('x', ' x ')} ({count:,})" for size, count in found["image_sizes"].items())
    st.caption(f"Image sizes in pixels: {sizes}")
    labelled = dataset.labelled
    charts = {"Part": "part", "Fold": "fold", "Subject": "subject"}
    shown = {title: column for title, column in charts.items() if (labelled[column] != "").any()}
    for tab, (title, column) in zip(st.tabs([f"By {title.lower()}" for title in shown]), shown.items(), strict=True):
        chart = figures.counts(labelled[labelled[column] != ""], by=column, classes=dataset.classes, title=title)
        tab.plotly_chart(chart, key=f"counts_{column}", alt=f"Bar chart: labelled cells by {title.lower()} and class")
    for note in dataset.notes:
        st.caption(f":material/info: {note}")


def unreadable(dataset: CellDataset) -> None:
    """Files that could not be used, with the reason."""
    if dataset.unreadable:
        with st.expander(f"{len(dataset.unreadable):,} files could not be used", icon=":material/warning:"):
            st.dataframe(
                [{"File": file.file, "Reason": file.reason} for file in dataset.unreadable],
                alt="Table: files that could not be used and why",
            )


def sides(dataset: CellDataset) -> dict[str, str]:
    """Show the split and its proof; return the side of each cell by path."""
    st.header("Split by subject", divider="gray")
    subject_warning(dataset)
    joined = groups(dataset.labelled)
    if joined:
        st.warning(
            f"{len(joined)} groups of subjects share byte-identical cells. Each group counts as one person and stands "
            "on one side of every split.",
            icon=":material/group:",
        )
        pairs = shared_cells(dataset.labelled)
        left, right = st.columns(2)
        left.dataframe(
            [{"Counts as one person": ", ".join(group)} for group in joined], alt="Table: groups of subjects"
        )
        right.dataframe(
            pairs.rename(columns={"subject": "Subject", "other": "Shares with", "cells": "Identical cells"}),
            hide_index=True,
            alt="Table: pairs of subjects and the number of identical cells",
        )
    try:
        found = split(dataset)
    except SplitImpossible as error:
        st.error(str(error), icon=":material/error:")
        return {}
    cells = dataset.labelled.assign(side=found.of(dataset.labelled))
    if dataset.has_subjects:
        st.plotly_chart(
            figures.subject_sides(cells),
            key="sides",
            alt="Heat map: each subject's cells stand on one side of the split",
        )
        st.success(
            f"Checked: none of the {cells['subject'].nunique()} subjects stands on two sides of the split.",
            icon=":material/verified:",
        )
    return dict(zip(cells["path"], cells["side"], strict=True))


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
cells = dataset.table.assign(side=dataset.table["path"].map(side_of).fillna(""))
grid(dataset, filtered(cells, {"label": "Class", "subject": "Subject", "fold": "Fold", "side": "Split"}))
