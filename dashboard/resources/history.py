"""Comparisons that were kept, read once for all sessions."""

import streamlit as st

from core.comparison import Comparison
from core.config import settings
from core.history import Entry, History
from core.side_by_side import SideBySide
from core.side_by_side import side_by_side as beside_each_other

_COMPARISONS = 6  # of up to some 20 MB each
_PAIRS = 6


@st.cache_resource(max_entries=1, show_spinner=False)
def _history(url: str) -> History:
    return History(url)


def comparisons() -> list[Entry]:
    """All comparisons that were kept, newest first, without their scores.

    Raises:
        JobError: If the database does not answer.
    """
    return _history(settings().database).all()


def comparison(entry: Entry) -> Comparison:
    """One of them with all its scores.

    Raises:
        DataError: If it is gone or damaged.
        JobError: If the database does not answer.
    """
    return _comparison(settings().database, entry.id, entry.sha256)


def side_by_side(first: Entry, second: Entry) -> SideBySide:
    """Two of them beside each other.

    Raises:
        As `comparison`.
    """
    return _side_by_side(settings().database, (first.id, first.sha256), (second.id, second.sha256))


def forget_comparison(comparison_id: str) -> None:
    """Take one out of the history.

    Raises:
        JobError: If the database does not answer.
    """
    _history(settings().database).remove(comparison_id)


@st.cache_resource(max_entries=_COMPARISONS, show_spinner="Reading the comparison")
def _comparison(url: str, comparison_id: str, sha256: str) -> Comparison:  # noqa: ARG001  # the hash is part of the key
    return _history(url).read(comparison_id)


@st.cache_resource(max_entries=_PAIRS, show_spinner="Comparing the two runs")
def _side_by_side(url: str, first: tuple[str, str], second: tuple[str, str]) -> SideBySide:
    return beside_each_other(_comparison(url, *first), _comparison(url, *second))
