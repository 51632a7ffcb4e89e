"""Stored models, loaded."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from core import store
from core.classical_model import ClassicalModel
from core.config import settings
from core.store import Classifier

_MODELS = 3


@st.cache_resource(max_entries=_MODELS, show_spinner="Loading the model")
def _classifier(folder: Path, name: str, sha256: str) -> Classifier | ClassicalModel:  # noqa: ARG001  # the hash is part of the key
    return store.load(folder, name)


def classifier(name: str) -> Classifier | ClassicalModel:
    """A stored model with its card as it is now, loaded once as long as its hash stays the same."""
    folder = settings().models
    card = store.card(folder, name)
    return replace(_classifier(folder, name, card.model_sha256), card=card)  # its operating point may have been moved


def network(name: str) -> Classifier:
    """A stored network, loaded as `classifier` does.

    Raises:
        ModelError: If it is none.
    """
    found = classifier(name)
    return found if isinstance(found, Classifier) else store.network(settings().models, name)
