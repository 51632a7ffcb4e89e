"""The reviewed cells of a case as training cells: adding them to a data set, and going on to a training."""

import streamlit as st

from core.cases.case import Case
from core.cases.contributions import Contributions, Image
from core.cases.offer import LONGEST_SUBJECT, Offer, cautions, check, of_classes, offer, stay_out, subject_id
from core.config import settings
from core.data.dataset import CellDataset
from dashboard import resources, state
from dashboard.components.added_cells import added_cells
from dashboard.components.data import current_dataset, name_of
from dashboard.components.notice import problems_shown
from dashboard.components.progress import progress_bar
from dashboard.resources.audit import audit_log


def add_to_data(case: Case, image: Image, *, who: str) -> None:
    """Offer the cells that somebody decided about to the data set that this session looks at.

    Args:
        case: Its cells, answers and reviews.
        image: RGB pixels of the cell at a place, (height, width, 3), or None.
        who: Who adds them.
    """
    part = st.expander(
        "Add reviewed cells to a data set",
        icon=":material/library_add:",
        key=f"add_to_data_{case.id}",
        on_change="rerun",
    )
    if not part.open:
        return
    with part:
        dataset = current_dataset(hashes=True)
        st.markdown(
            f"Cells that you decided about can become training cells of **{name_of(dataset)}**. The files and the test "
            "subjects of that data set stay as they are. To use another data set, open it on Explore."
        )
        offered = offer(case)
        _add(case, image, dataset, offered, who=who)
        added_cells(dataset, case, who=who)


def _add(case: Case, image: Image, dataset: CellDataset, offered: Offer, *, who: str) -> None:
    left_out = stay_out(offered.left_out)
    if not offered.labels:
        st.info(f"No cell has a decision that gives it a class. {left_out}", icon=":material/rate_review:")
        return
    st.caption(f"Can be added: {of_classes(offered.labels.values())}. {left_out}")
    typed = st.text_input(
        "Subject id",
        max_chars=LONGEST_SUBJECT,
        key=f"add_subject_{case.id}",
        placeholder="Such as P17",
        help="Cells of one person need one id, so that they never stand on two sides of a split. Give no name: the id "
        "is stored with every model that is trained on these cells.",
        width=320,
    )
    notes = st.container()
    wanted = st.button("Add to the data set", type="primary", icon=":material/library_add:", key=f"add_{case.id}")
    if not (typed or wanted):
        return
    with problems_shown():
        subject = subject_id(typed)
        check(subject, case, dataset, resources.sides(state.source()), card=resources.card_of(_model(case)))
    for sentence in cautions(subject, offered, dataset):
        notes.warning(sentence, icon=":material/info:")
    if not wanted:
        return
    with problems_shown(), progress_bar("Comparing with the data set") as progress:
        held = Contributions(dataset, settings(), audit_log())
        found = held.add(case, image, subject, who=who, progress=progress)
    if found.cells:
        counts = of_classes(cell.label for cell in found.cells)
        st.success(f"Added as subject {subject}: {counts}. {stay_out(found.left_out)}", icon=":material/check:")
    else:
        st.info(f"Nothing was added. {stay_out(found.left_out)}", icon=":material/info:")


def _model(case: Case) -> str:
    """Hash of the model that answered."""
    return case.cells[0].answer.model_sha256
