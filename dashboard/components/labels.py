"""Label suspects and their review: keep, relabel or exclude, with a note."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.config import settings
from core.data.dataset import CellDataset
from core.data.edits import LONGEST_NOTE, Decision, decide, edits_file, log, standing
from core.errors import DataError
from dashboard import resources
from dashboard.components.cells import one_page, picture
from dashboard.components.decisions import counted, decided, decision_choices, news
from dashboard.components.notice import problems_shown
from dashboard.components.numbers import numbers

if TYPE_CHECKING:
    import pandas as pd

_PER_PAGE = 12
_CARD_WIDTH = 306  # pixels; four stand side by side on a wide screen, one on a phone


def labels(dataset: CellDataset, cells: "pd.DataFrame") -> None:
    """Cells whose label may be wrong, what reviewers decide about them, and the decisions so far.

    Args:
        dataset: The hashed data set with its edits applied.
        cells: Its measured cells.
    """
    st.header("Labels", divider="gray")
    file = edits_file(settings(), dataset.root)
    with problems_shown():
        decisions = log(file)
    _suspects(dataset, cells, file, standing(decisions))
    decided(dataset, file, decisions)


def _suspects(dataset: CellDataset, cells: "pd.DataFrame", file: Path, held: Mapping[str, Decision]) -> None:
    if not (dataset.candidates["subject"] != "").any():
        st.info(
            "These files name no subjects. Suspects are found by a model that never saw a cell's subject, so there are "
            "none here.",
            icon=":material/group_off:",
        )
        return
    try:
        found, auroc = resources.suspects(cells, dataset.classes)
    except DataError as error:
        st.info(f"There are no suspects to review. {error}", icon=":material/group_off:")
        return
    reviewed = found["sha256"].isin(list(held))
    counts = {
        "Suspects": len(found),
        "Of these reviewed": int(reviewed.sum()),
        "Labels changed": dataset.edits.get("relabelled", 0),
        "Cells excluded": dataset.edits.get("excluded", 0),
    }
    numbers({name: f"{count:,}" for name, count in counts.items()})
    st.caption(
        "A suspect is a cell that looks like the other class to a model that never saw its subject; most are simply "
        f"unusual. The model knows size, shape, colour and texture only: it tells {dataset.positive} from "
        f"{dataset.negative} with AUROC {auroc:.2f} (0.5 is chance, 1 is perfect). Many suspects of one subject may "
        "mean an unusual stain or focus rather than wrong labels."
    )
    if found.empty:
        st.success("No cell looks enough like the other class to be a suspect.", icon=":material/verified:")
        return
    shown = _chosen(dataset, found, reviewed)
    if shown.empty and reviewed.all():
        st.success("All suspects have been reviewed.", icon=":material/verified:")
    elif shown.empty:
        st.info("No suspect matches these filters. Remove one to see some again.", icon=":material/filter_alt_off:")
    else:
        _review(dataset, shown, file, held)


def _chosen(dataset: CellDataset, found: "pd.DataFrame", reviewed: "pd.Series") -> "pd.DataFrame":
    """The suspects that the user wants to see."""
    options = {"label": list(dataset.classes), "subject": sorted(set(dataset.candidates["subject"]) - {""})}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        among = {
            column: st.multiselect(
                title,
                options[column],
                key=f"suspects_{column}",
                placeholder="All",
                persist_state="session",
                width=220,
            )
            for column, title in (("label", "Given label"), ("subject", "Subject of the suspect"))
        }
        if not st.toggle("Show reviewed cells", key="suspects_reviewed", persist_state="session"):
            found = found[~reviewed]
    for column, values in among.items():
        found = found[found[column].isin(values)] if values else found
    return found


def _review(dataset: CellDataset, shown: "pd.DataFrame", file: Path, held: Mapping[str, Decision]) -> None:
    st.caption(f"{len(shown):,} cells, the most suspicious first. Save the decisions before you turn the page.")
    on_page = shown.iloc[one_page(len(shown), key="suspects", per_page=_PER_PAGE)]
    made: list[Decision] = []
    alone: list[str] = []
    with st.form("suspects", border=False):
        with st.container(horizontal=True):
            for _, cell in on_page.iterrows():
                with st.container(border=True, width=_CARD_WIDTH):
                    decision, note = _card(dataset, cell, held.get(cell["sha256"]))
                made += [decision] if decision is not None else []
                alone += [Path(cell["path"]).name] if decision is None and note else []
        if st.form_submit_button("Save decisions", type="primary", icon=":material/rate_review:"):
            _save(file, made, alone, held)


def _card(dataset: CellDataset, cell: "pd.Series", before: Decision | None) -> tuple[Decision | None, str]:
    """One suspect; what is decided about it and the note."""
    picture(dataset, cell, named=True)
    likeness = int(100 * (1 - cell["own_probability"]))  # rounded down: a model is never 100% sure
    st.markdown(f"Looks like **{cell['suggested']}**: {likeness}%")
    if before is not None:
        st.caption(f"Reviewed on {before.decided[:10]}")
    choices = decision_choices(cell["label"], cell["suggested"], before)
    standing_choice = next(
        (name for name, choice in choices.items() if before and choice == (before.action, before.label)), None
    )
    key = f"{cell['sha256']}_{before.decided if before else ''}"  # a decision saved or undone elsewhere shows at once
    chosen = st.segmented_control("Decision", list(choices), default=standing_choice, key=f"suspect_{key}")
    note = st.text_input(
        "Note",
        before.note if before else "",
        max_chars=LONGEST_NOTE,
        key=f"suspect_note_{key}",
        placeholder="Why?",
    ).strip()
    if chosen is None:
        return None, note
    action, label = choices[chosen]
    return Decision(cell["sha256"], cell["path"], action, label, note), note


def _save(file: Path, made: Sequence[Decision], alone: Sequence[str], held: Mapping[str, Decision]) -> None:
    new = news(made, held)
    if alone:
        st.error(
            f"Expected a decision beside each note. Received: a note alone on {', '.join(alone)}. Nothing was saved.",
            icon=":material/error:",
        )
    elif not new:
        st.error("Expected a new decision on one cell or more. Received: none.", icon=":material/error:")
    else:
        with problems_shown():
            decide(file, new)
        st.toast(f"{counted(new)} saved", icon=":material/check:")
        st.rerun()
