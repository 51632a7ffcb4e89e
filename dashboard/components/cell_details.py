"""Everything about one cell, in a window above the page."""

from typing import TYPE_CHECKING

import streamlit as st

from core.config import settings
from core.data.dataset import EXCLUDED, TRAINING, CellDataset
from core.data.edits import LONGEST_NOTE, Decision, decide, edits_file, log, standing
from core.data.quality import CHECKS, flagged
from core.data.selection import profile
from core.errors import LeukoscopeError
from dashboard import resources, state
from dashboard.components.cells import picture, picture_with_details
from dashboard.components.decisions import decision_choices
from dashboard.components.notice import problems_shown

if TYPE_CHECKING:
    import pandas as pd

_EDGE = 300  # pixels of the picture
_NEIGHBOURS = 6


def details(dataset: CellDataset, cells: "pd.DataFrame") -> None:
    """Open the window for the cell whose details were asked for, if any."""
    path = state.details()
    if path is None:
        return
    if path not in set(cells["path"]):  # another data set has been opened since
        state.close_details()
        return
    _window(dataset, cells, path)


@st.dialog("Cell", width="large", on_dismiss=state.close_details)
def _window(dataset: CellDataset, cells: "pd.DataFrame", path: str) -> None:
    cell = cells[cells["path"] == path].iloc[0]
    left, right = st.columns([2, 3])
    with left:
        picture(dataset, cell, width=_EDGE)
    with right:
        _facts(cell)
        if "area" in cells:
            _flags(cells[cells["path"] == path])
        _review(dataset, cell)
    if "area" in cells:
        _similar(dataset, cells, path)
        _measures(cells, path)


def _facts(cell: "pd.Series") -> None:
    where = {"Subject": cell["subject"], "Fold": cell["fold"], "Split": cell["side"], "Part": cell["part"]}
    label = cell["label"] or "unlabelled"
    changed = f" (in the file: {cell['class_name']})" if cell["class_name"] not in ("", cell["label"]) else ""
    st.markdown(f"**{label}**{changed}  \n`{cell['path']}`")
    said = [f"{title}: **{value}**" for title, value in where.items() if value]
    st.markdown(" · ".join([*said, f"{cell['width']} x {cell['height']} pixels"]))


def _flags(cell: "pd.DataFrame") -> None:
    if cell["problem"].iloc[0]:
        st.error(cell["problem"].iloc[0], icon=":material/error:")
        return
    found = flagged(cell, state.thresholds(CHECKS)).iloc[0]
    sentences = [f"- **{check.title}.** {check.sentence}" for key, check in CHECKS.items() if found[key]]
    st.markdown("\n".join(sentences) if sentences else ":material/verified: No quality check flags this cell.")


def _review(dataset: CellDataset, cell: "pd.Series") -> None:
    """Keep, relabel or exclude the cell; only what may be trained on can be reviewed."""
    if not cell["label"] or cell["part"] not in (TRAINING, EXCLUDED) or not all(dataset.classes):
        return
    file = edits_file(settings(), dataset.root)
    with problems_shown():
        before = standing(log(file)).get(cell["sha256"])
    other = next(name for name in dataset.classes if name != cell["label"])
    choices = decision_choices(cell["label"], other, before)
    with st.form("review", border=False):
        if before is not None:
            said = " · ".join(filter(None, (f"{before.action} {before.label}".strip(), before.note)))
            st.caption(f"Decided on {before.decided[:10]}: {said}")
        chosen = st.segmented_control("Review", list(choices), key=f"review_{cell['path']}")
        note = st.text_input("Note", max_chars=LONGEST_NOTE, key=f"review_note_{cell['path']}", placeholder="Why?")
        if st.form_submit_button("Save the decision", icon=":material/rate_review:"):
            if chosen is None:
                st.error("Expected one of the choices above. Received: none.", icon=":material/error:")
                return
            action, label = choices[chosen]
            with problems_shown():
                decide(file, [Decision(cell["sha256"], cell["path"], action, label, note.strip())])
            st.rerun()


def _similar(dataset: CellDataset, cells: "pd.DataFrame", path: str) -> None:
    st.subheader("Most similar cells")
    try:
        neighbours = resources.similar(state.source(), cells, path, count=_NEIGHBOURS)
    except (LeukoscopeError, ValueError) as error:
        st.info(str(error), icon=":material/info:")
        return
    with st.container(horizontal=True):
        for other, _ in neighbours:
            picture_with_details(dataset, cells[cells["path"] == other].iloc[0], key="similar")


def _measures(cells: "pd.DataFrame", path: str) -> None:
    found = profile(cells, path)
    if found.empty:
        return
    st.subheader("Measures")
    st.dataframe(
        found,
        hide_index=True,
        column_config={
            "measure": "Measure",
            "value": st.column_config.NumberColumn("This cell", format="%.4g"),
            "median": st.column_config.NumberColumn("Median of its class", format="%.4g"),
            "percentile": st.column_config.ProgressColumn(
                "Cells of its class with smaller values", format="%.0f%%", min_value=0, max_value=100
            ),
        },
        alt="Table: the cell's measures beside those of its class",
    )
