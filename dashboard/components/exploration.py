"""What is in a data set, and the proof that its split keeps subjects apart."""

import streamlit as st

from core.data.dataset import CellDataset
from core.data.persons import groups, shared_cells
from core.data.summary import side_counts, summary
from core.errors import SplitImpossible
from core.figures import exploration as figures
from dashboard import resources, state
from dashboard.components.charts import chart
from dashboard.components.data import subject_warning
from dashboard.components.numbers import numbers

_CHARTS = {"Class": "class_name", "Subject": "subject", "Fold": "fold", "Part": "part"}


def counts(dataset: CellDataset) -> None:
    """Numbers and charts of the whole set."""
    found = summary(dataset)
    labelled = max(1, found["labelled"])
    of_class = {name: found["classes"].get(name, 0) for name in reversed(dataset.classes)}
    numbers(
        {
            "Cells": f"{found['cells']:,}",
            **{name: f"{count:,} ({count / labelled:.0%})" for name, count in of_class.items()},
            "Subjects": f"{found['subjects']:,}",
            "Unusable files": f"{len(found['unreadable']):,}",
        }
    )
    sizes = ", ".join(f"{size.replace('x', ' x ')} ({count:,})" for size, count in found["image_sizes"].items())
    st.caption(f"Image sizes in pixels: {sizes}")
    shown = {title: column for title, column in _CHARTS.items() if dataset.table[column].nunique() > 1}
    for tab, (title, column) in zip(st.tabs([f"By {title.lower()}" for title in shown]), shown.items(), strict=True):
        with tab:
            known = dataset.table[dataset.table[column] != ""]
            chart(
                figures.counts(known, by=column, classes=dataset.classes, title=title),
                key=f"counts_{column}",
                alt=f"Bar chart: cells by {title.lower()} and class",
            )
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


def sides(dataset: CellDataset) -> None:
    """Show the split and its proof."""
    st.header("Split by subject" if dataset.has_subjects else "Split by cell", divider="gray")
    subject_warning(dataset)
    _shared(dataset)
    try:
        found = resources.sides(state.source())
    except SplitImpossible as error:
        st.error(str(error), icon=":material/error:")
        return
    st.caption("This is the split of Train and Compare with seed 0: about 60% train, 20% validation, 20% test.")
    st.dataframe(
        side_counts(dataset, found)
        .rename(columns={"cells": "Cells", "subjects": "Subjects"}, index=str.capitalize)
        .rename_axis("Side"),
        alt="Table: cells and subjects by side of the split",
    )
    if dataset.has_subjects:
        cells = dataset.labelled.assign(side=found.of(dataset.labelled))
        chart(
            figures.subject_sides(cells),
            key="sides",
            alt="Heat map: each subject's cells stand on one side of the split",
        )
        st.success(
            f"Checked: none of the {cells['subject'].nunique()} subjects stands on two sides of the split.",
            icon=":material/verified:",
        )


def _shared(dataset: CellDataset) -> None:
    """Name the subjects that share byte-identical cells."""
    joined = groups(dataset.candidates)
    if not joined:
        return
    st.warning(
        f"{len(joined)} {'group' if len(joined) == 1 else 'groups'} of subjects share byte-identical cells. Each group "
        "counts as one person and stands on one side of every split.",
        icon=":material/group:",
    )
    left, right = st.columns(2)
    left.dataframe([{"Counts as one person": ", ".join(group)} for group in joined], alt="Table: groups of subjects")
    right.dataframe(
        shared_cells(dataset.candidates).rename(
            columns={"subject": "Subject", "other": "Shares with", "cells": "Identical cells"}
        ),
        hide_index=True,
        alt="Table: pairs of subjects and the number of identical cells",
    )
