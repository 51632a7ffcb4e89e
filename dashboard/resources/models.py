"""Stored models, loaded."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from core import certainty, store
from core.certainty import Interval
from core.classical_model import ClassicalModel
from core.config import settings
from core.store import Classifier

_MODELS = 3
_INTERVALS = 100  # a few numbers each


@st.cache_resource(max_entries=_MODELS, show_spinner="Loading the model")
def _classifier(folder: Path, name: str, sha256: str, gates: str) -> Classifier | ClassicalModel:  # noqa: ARG001  # part of the key
    return store.load(folder, name)


def classifier(name: str) -> Classifier | ClassicalModel:
    """A stored model with its card as it is now, loaded once as long as its hash stays the same."""
    folder = settings().models
    card = store.card(folder, name)
    found = _classifier(folder, name, card.model_sha256, f"{card.gates_sha256} {card.gates}")
    return found if found.card == card else replace(found, card=card)  # its operating point may have been moved


def network(name: str) -> Classifier:
    """A stored network, loaded as `classifier` does.

    Raises:
        ModelError: If it is none.
    """
    found = classifier(name)
    return found if isinstance(found, Classifier) else store.network(settings().models, name)


@st.cache_data(max_entries=_INTERVALS, show_spinner=False)
def _intervals(folder: Path, name: str, scores: str, threshold: float) -> dict[str, Interval]:  # noqa: ARG001  # part of the key
    reports = store.reports(folder, name)
    return certainty.intervals(reports["test"]) if "test" in reports else {}


def intervals(name: str) -> dict[str, Interval]:
    """95 % intervals of a stored model's test sensitivity and specificity; {} where its scores were not stored."""
    folder = settings().models
    card = store.card(folder, name)
    return _intervals(folder, name, card.scores_sha256, card.threshold)
