"""What was added to a data set after review: the list, taking cells out again, and the way to a training on them."""

import streamlit as st

from core.cases.case import Case
from core.cases.contributions import Contributions, steps
from core.cases.offer import of_classes
from core.config import settings
from core.data.additions import Addition
from core.data.dataset import CellDataset
from dashboard import resources, state
from dashboard.components.notice import problems_shown
from dashboard.components.starting_point import starting_points
from dashboard.resources.audit import audit_log


def added_cells(dataset: CellDataset, case: Case, *, who: str) -> None:
    """List what was added to a data set, step by step, and offer what can be done with it; nothing where there is none.

    Args:
        dataset: The data set.
        case: Whose model a training can start from.
        who: Who takes cells out.
    """
    with problems_shown():
        found = Contributions(dataset, settings(), audit_log())
        listed = steps(found.listed())
    if not listed:
        return
    st.markdown("**Added so far**")
    st.dataframe(
        [_row(cells) for cells in listed.values()],
        alt="Table: cells that were added to this data set after review, the newest first",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        step = st.selectbox(
            "Take out", list(listed), format_func=lambda step: _named(listed[step]), key=f"added_{case.id}", width=320
        )
        if st.button("Take out and delete", icon=":material/delete:", key=f"take_out_{case.id}"):
            with problems_shown():
                gone = found.remove({cell.sha256 for cell in listed[step]}, who=who)
            st.toast(f"{len(gone):,} cells taken out", icon=":material/delete:")
            st.rerun()
    st.caption(
        "The pictures are copies in the workspace. They stay when the case is deleted, until they are taken out here. "
        "A model that was trained on them stays as it is, and may keep small pictures of them until it is deleted."
    )
    _retrain(dataset, case)


def _row(cells: tuple[Addition, ...]) -> dict[str, str]:
    return {
        "When (UTC)": _when(cells),
        "Subject": cells[0].subject,
        "Cells": of_classes(cell.label for cell in cells),
        "Overridden": f"{sum(cell.decision == 'override' for cell in cells):,}",
        "Reviewed by": ", ".join(sorted({cell.reviewer for cell in cells})),
        "Model": ", ".join(sorted({cell.model for cell in cells})),
    }


def _named(cells: tuple[Addition, ...]) -> str:
    return f"{cells[0].subject}, {of_classes(cell.label for cell in cells)}, {_when(cells)}"


def _when(cells: tuple[Addition, ...]) -> str:
    return cells[0].added[:16].replace("T", " ")


def _retrain(dataset: CellDataset, case: Case) -> None:
    card = resources.card_of(case.cells[0].answer.model_sha256)
    usable = card if card is not None and card.name in starting_points(dataset) else None
    label = f"Retrain from {usable.name}" if usable else "Train a network on this data set"
    if st.button(label, icon=":material/model_training:", key=f"retrain_{case.id}"):
        if usable:
            state.start_training_from(usable.name)
        st.switch_page("app_pages/train.py")
    if usable:
        st.caption(
            f"Opens Train with {usable.title} to start from. The new model and {usable.name} are then compared on test "
            "subjects that neither was trained on."
        )
