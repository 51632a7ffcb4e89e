"""Stored models, loaded."""

from pathlib import Path

import streamlit as st

from core import store
from core.config import settings
from core.store import Classifier

_MODELS = 3


@st.cache_resource(max_entries=_MODELS, show_spinner="Loading the model")
def _classifier(folder: Path, name: str, sha256: str) -> Classifier:  # noqa: ARG001  # the hash is part of the key
    return store.load(folder, name)


def classifier(name: str) -> Classifier:
    """A stored model, loaded once as long as its hash stays the same."""
    folder = settings().models
    return _classifier(folder, name, store.card(folder, name).model_sha256)
