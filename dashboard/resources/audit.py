"""The audit log, one for all sessions."""

from collections.abc import Sequence

import streamlit as st

from core import answer_log
from core.audit import AuditLog
from core.card import ModelCard
from core.classify import Prediction
from core.config import settings
from core.data.upload import Cell


@st.cache_resource(max_entries=1, show_spinner=False)
def _log(url: str) -> AuditLog:
    return AuditLog(url)


def log_answers(cells: Sequence[Cell], answers: Sequence[Prediction], card: ModelCard, *, who: str = "local") -> None:
    """Write answers into the audit log, before anybody sees them.

    Raises:
        JobError: If the database does not answer.
    """
    _log(settings().database).append(*answer_log.events(cells, answers, card, who=who))
