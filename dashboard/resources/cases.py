"""The kept cases, one store for all sessions, and the batch on Upload as a case that is not kept."""

from collections.abc import Sequence

import streamlit as st

from core.card import ModelCard
from core.cases.cases import Cases
from core.cases.open_case import DraftCase, KeptCase, OpenCase
from core.classify import Prediction
from core.config import Settings, settings
from core.data.upload import Cell
from core.errors import DataError
from dashboard.resources.audit import audit_log
from dashboard.state import Batch


@st.cache_resource(max_entries=1, show_spinner=False)
def _cases(of: Settings) -> Cases:
    return Cases(of)


def cases() -> Cases:
    """The kept cases.

    Raises:
        JobError: If the database does not answer.
    """
    return _cases(settings())


def kept_case(case_id: str) -> KeptCase:
    """A case that is kept, as it stands.

    Raises:
        DataError: If there is none of this id.
        JobError: If the database does not answer.
    """
    return KeptCase(cases(), cases().read(case_id))


def case_of_batch(batch: Batch, cells: Sequence[Cell], answers: Sequence[Prediction], card: ModelCard) -> OpenCase:
    """The cells of a batch that were answered: the case that they were kept as, else with the reviews of this session.

    A kept case holds the cells as they were then: others than those are not kept.

    Raises:
        JobError: If the database does not answer.
    """
    key = (card.model_sha256, card.threshold)
    draft = DraftCase(cells, answers, card, audit_log(), batch.reviews.setdefault(key, []))
    if key in batch.kept:
        try:
            kept = kept_case(batch.kept[key])
        except DataError:  # deleted meanwhile
            del batch.kept[key]
        else:
            if [cell.sha256 for cell in kept.case.cells] == [cell.upload.sha256 for cell in cells]:
                return kept
    return draft
