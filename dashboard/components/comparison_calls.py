"""The confusion matrix of a model; a field of it shows its cells."""

import streamlit as st

from core.comparison import Comparison
from core.data.dataset import CellDataset
from core.figures.comparison import confusion_fields
from dashboard.components.charts import selectable_chart
from dashboard.components.comparison_cells import compared_cells
from dashboard.components.comparison_choices import chosen_model


def calls(comparison: Comparison, dataset: CellDataset | None, *, key: str) -> None:
    """Let the user choose a model and a field of its confusion matrix, by a click or by name."""
    model = chosen_model(comparison, key=key)
    report = comparison.row(model).report
    if report is None:
        return
    matrix = report.confusion_matrix().tolist()
    fields = field_names(comparison.classes)
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        clicked = selectable_chart(
            confusion_fields(matrix, comparison.classes, list(fields)),
            key=f"fields_{key}_{model}",
            alt=f"Confusion matrix of {model} on the test subjects",
        )
    chooser = f"field_{key}_{model}"
    _follow(clicked, f"{chooser}_clicked", chooser)
    counts = {name: matrix[truth][call] for name, (truth, call) in fields.items()}
    with right:
        chosen = st.radio(
            "Show the cells of",
            list(fields),
            index=_worst(counts),
            format_func=lambda name: f"{name} ({counts[name]:,})",
            key=chooser,
        )
        st.caption("Or click a field.")
    truth, call = fields[chosen]
    cells = comparison.confused(model, positive=bool(truth), called=bool(call))
    if cells.empty:
        st.caption(f"No cell: {chosen}.")
        return
    positive = comparison.classes[1]
    st.caption(f"{chosen}: {len(cells):,} cells, the surest call first, with the probability given for {positive}.")
    said = [f"{positive} {probability:.0%}" for probability in cells["probability"]]
    compared_cells(comparison, dataset, cells.assign(said=said), key=f"called_{key}_{model}_{truth}{call}")


def field_names(classes: tuple[str, str]) -> dict[str, tuple[int, int]]:
    """(truth, call) of each field of the matrix, row by row, by what users call it."""
    return {f"{classes[truth]} called {classes[call]}": (truth, call) for truth in (0, 1) for call in (0, 1)}


def _worst(counts: dict[str, int]) -> int:
    """Place of the field that the user sees first: missed positive cells where there are any, else false alarms."""
    _, false_alarms, missed, _ = counts.values()
    return 2 if missed or not false_alarms else 1


def _follow(clicked: list[str], memory: str, chooser: str) -> None:
    """Set the chooser to a field that was clicked just now; an old click does not undo a later choice by name."""
    before = st.session_state.get(memory, [])
    if clicked != before:
        st.session_state[memory] = clicked
        st.session_state[chooser] = (clicked or before)[0]  # a second click on a field takes its selection back
