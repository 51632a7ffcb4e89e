"""Stored models, loaded, and what they know of their training cells."""

import hashlib
from dataclasses import replace
from pathlib import Path

import streamlit as st

from core import certainty, store
from core.card import ModelCard
from core.certainty import Interval
from core.classical_model import ClassicalModel
from core.classifier import Classifier
from core.config import settings
from core.context import Context
from core.context import context as in_context
from core.reference import Reference
from core.types import ByteArray

_MODELS = 3
_INTERVALS = 100  # a few numbers each
_CONTEXTS = 500  # some 5 KB each


@st.cache_resource(max_entries=_MODELS, show_spinner="Loading the model")
def _classifier(folder: Path, name: str, sha256: str, gates: str) -> Classifier | ClassicalModel:  # noqa: ARG001  # part of the key
    return store.load(folder, name)


def classifier(name: str) -> Classifier | ClassicalModel:
    """A stored model with its card as it is now, loaded once as long as its hash stays the same."""
    folder = settings().models
    card = store.card(folder, name)
    found = _classifier(folder, name, card.model_sha256, f"{card.gates_sha256} {card.gates}")
    return found if found.card == card else replace(found, card=card)  # its operating point may have been moved


def classifier_of(sha256: str) -> Classifier | ClassicalModel | None:
    """The stored model of this hash, whatever it is called now; None where there is none any more."""
    card = card_of(sha256)
    return None if card is None else classifier(card.name)


def card_of(sha256: str) -> ModelCard | None:
    """Card of the stored model of this hash; None where there is none any more."""
    cards = (model.card for model in store.models(settings().models))
    return next((card for card in cards if card is not None and card.model_sha256 == sha256), None)


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


@st.cache_resource(max_entries=_MODELS, show_spinner=False)
def _reference(folder: Path, name: str, sha256: str) -> Reference | None:  # noqa: ARG001  # part of the key
    return store.reference(folder, name)


def reference(name: str) -> Reference | None:
    """Training cells that are kept with a stored model, read once; None where it was stored without.

    Raises:
        ModelError: If they are damaged or not those of the model's card.
    """
    folder = settings().models
    return _reference(folder, name, store.card(folder, name).reference_sha256)


@st.cache_data(max_entries=_CONTEXTS, show_spinner="Looking for cells like this one")
def _context(
    _model: Classifier | ClassicalModel,
    _kept: Reference,
    _image: ByteArray,
    hashes: tuple[str, str, str],  # noqa: ARG001  # the key
) -> Context:
    return in_context(_model, _kept, _image)


def context(model: Classifier | ClassicalModel, kept: Reference, image: ByteArray) -> Context:
    """A cell among the training cells of a stored model, looked up once for the same pixels.

    Args:
        model: From `classifier`.
        kept: Its training cells, from `reference`.
        image: RGB pixels of a whole image, (height, width, 3), 0 to 255.

    Raises:
        DataError, ValueError: As `core.context.context`.
    """
    content = hashlib.sha256(f"{image.shape}".encode() + image.tobytes()).hexdigest()
    card = model.card
    return _context(model, kept, image, (card.model_sha256, card.reference_sha256, content))
