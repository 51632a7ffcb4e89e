"""The one place that names session keys."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

UPLOAD_MODEL = "upload_model"  # key of the widget that chooses the model on Upload
_SOURCE = "data_source"
_PREDICTIONS = "predictions"


@dataclass(frozen=True)
class Source:
    """Which data set this session looks at: a folder or zip, and the classes that count as positive there."""

    path: Path
    positive: tuple[str, ...] = ()


def source() -> Source | None:
    """The data set that the user has opened, or None for the demo set."""
    found = st.session_state.get(_SOURCE)
    return found if isinstance(found, Source) else None


def open_source(chosen: Source | None) -> None:
    """Remember the data set for all pages; None goes back to the demo set."""
    st.session_state[_SOURCE] = chosen


def choose_model(name: str) -> None:
    """Make this the model that Upload shows chosen."""
    st.session_state[UPLOAD_MODEL] = name


def predictions(key: tuple[Any, ...]) -> Any:  # noqa: ANN401  # whatever was kept
    """The answers that were kept for this model and these files, or None."""
    kept = st.session_state.get(_PREDICTIONS)
    return kept[1] if kept and kept[0] == key else None


def keep_predictions(key: tuple[Any, ...], answers: Any) -> None:  # noqa: ANN401
    """Keep the latest answers so that moving a slider classifies nothing again."""
    st.session_state[_PREDICTIONS] = (key, answers)
