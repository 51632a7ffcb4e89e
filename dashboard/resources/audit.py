"""The audit log, one for all sessions."""

from collections.abc import Sequence

import streamlit as st

from core import answer_log
from core.audit import AuditLog
from core.card import ModelCard
from core.cases.case import Case
from core.classify import Prediction
from core.config import settings
from core.data.upload import Cell


@st.cache_resource(max_entries=1, show_spinner=False)
def _log(url: str) -> AuditLog:
    return AuditLog(url)


def audit_log() -> AuditLog:
    """The audit log.

    Raises:
        JobError: If the database does not answer.
    """
    return _log(settings().database)


def log_answers(cells: Sequence[Cell], answers: Sequence[Prediction], card: ModelCard, *, who: str = "local") -> None:
    """Write answers into the audit log, before anybody sees them.

    Raises:
        JobError: If the database does not answer.
    """
    audit_log().append(*answer_log.events(cells, answers, card, who=who))


def log_export(case: Case, kind: str, content: bytes, *, who: str) -> None:
    """Write into the audit log that a report is handed out, before it is.

    Raises:
        JobError: If the database does not answer.
    """
    audit_log().append(answer_log.export_event(case, kind, content, who=who))
