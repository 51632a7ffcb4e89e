"""Decisions about labels: what can be decided, and those so far: the table, undo, export and import."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from core.data.dataset import CellDataset
from core.data.edits import Action, Decision, decide, from_csv, standing, to_csv, undo
from core.errors import DataError
from dashboard.components.notice import problems_shown

_LARGEST_CSV = 20  # MB; a decision with the longest note about each cell of C-NMC has 13


def decision_choices(label: str, other: str, before: Decision | None) -> dict[str, tuple[Action, str]]:
    """What can be decided about a cell, by what users call it: the action and the new label.

    Args:
        label: The label that it carries now.
        other: The other class.
        before: The decision that holds for it.
    """
    given = before is not None and before.action == "relabel" and before.label == label  # to keep is to give it again
    return {
        f"Keep {label}": ("relabel", label) if given else ("keep", ""),
        f"It is {other}": ("relabel", other),
        "Exclude": ("exclude", ""),
    }


def news(made: Sequence[Decision], held: Mapping[str, Decision]) -> list[Decision]:
    """Decisions that say something else than those that hold.

    Args:
        made: New decisions.
        held: The decision that holds for each content.
    """
    said = {sha256: (old.action, old.label, old.note) for sha256, old in held.items()}
    return [one for one in made if said.get(one.sha256) != (one.action, one.label, one.note)]


def counted(decisions: Sequence[Decision]) -> str:
    """How many decisions, in words."""
    return f"{len(decisions):,} decision{'' if len(decisions) == 1 else 's'}"


def decided(dataset: CellDataset, file: Path, decisions: Sequence[Decision]) -> None:
    """The decisions so far, and ways to take back, to carry away and to bring in.

    Args:
        dataset: What they are about.
        file: The file of edits.
        decisions: What it holds, the oldest first.
    """
    st.subheader("Decisions")
    if decisions:
        st.caption("They hold for every training and comparison on this data set, and each says how many were applied.")
        st.dataframe(
            [
                {
                    "File": one.path,
                    "Decision": one.action.capitalize(),
                    "New label": one.label,
                    "Note": one.note,
                    "When (UTC)": one.decided[:19].replace("T", " "),
                }
                for one in reversed(decisions)
            ],
            alt="Table: decisions about labels, the newest first",
        )
    else:
        st.caption("None yet.")
    with st.container(horizontal=True):
        if st.button("Undo the last step", icon=":material/undo:", disabled=not decisions):
            with problems_shown():
                taken = undo(file)
            st.toast(f"{counted(taken)} taken back", icon=":material/undo:")
            st.rerun()
        st.download_button(
            "Download as CSV",
            to_csv(decisions),
            file_name=f"{dataset.root.name}-labels.csv",
            mime="text/csv",
            icon=":material/download:",
            disabled=not decisions,
        )
    _import(dataset, file, standing(decisions))


def _import(dataset: CellDataset, file: Path, held: Mapping[str, Decision]) -> None:
    uploaded = st.file_uploader(
        "Import CSV",
        type="csv",
        key="labels_csv",
        help="A file that was downloaded here.",
        max_upload_size=_LARGEST_CSV,
    )
    if uploaded is None or not st.button("Import", type="primary", icon=":material/upload:"):
        return
    try:
        new = news(from_csv(uploaded.getvalue().decode("utf-8-sig"), dataset), held)
    except UnicodeDecodeError:
        st.error(f"Expected a CSV file in UTF-8. Received: {uploaded.name}, which is none.", icon=":material/error:")
        return
    except DataError as error:
        st.error(f"{error} Nothing was imported.", icon=":material/error:")
        return
    if not new:
        st.info("All decisions of this file already hold here.", icon=":material/info:")
        return
    with problems_shown():
        decide(file, new)
    st.toast(f"{counted(new)} imported", icon=":material/check:")
    st.rerun()
