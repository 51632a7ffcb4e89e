"""Where a training starts from: new weights, ImageNet's or those of a stored model, whole or its last layer only."""

from typing import Any

import streamlit as st

from core import store
from core.card import ModelCard
from core.config import settings
from core.data.dataset import CellDataset
from dashboard.components.data import current_dataset

_RANDOM, _IMAGENET = "Random weights", "ImageNet weights"  # no model can have these names: they have a space


def starting_point() -> tuple[ModelCard | None, dict[str, Any]]:
    """The stored model to start from, if any, and the hyperparameters that say where the weights come from."""
    left, right = st.columns(2)
    cards = _cards(current_dataset())
    start = left.selectbox(
        "Start from",
        [_RANDOM, _IMAGENET, *cards],
        format_func=lambda key: cards[key].title if key in cards else key,
        help="ImageNet weights exist for MobileNetV2 and EfficientNetB0 and are fetched once from the internet. From a "
        "model of yours training goes on with its network, image size and colours, whatever is chosen here; its "
        "subjects never become test subjects. A lower learning rate is usual then.",
        key="train_start",
        persist_state="session",
    )
    freeze = right.toggle(
        "Train only the last layer",
        help="Only from a model of yours or from ImageNet weights: what the network has learned to see stays, and what "
        "follows from that is learned anew. Quick, and needs few cells.",
        key="train_freeze",
        persist_state="session",
    )
    card = cards.get(start)
    return card, {"pretrained": start == _IMAGENET, "freeze": freeze and start != _RANDOM}


def _cards(dataset: CellDataset) -> dict[str, ModelCard]:
    """Cards of the stored models that tell these classes apart."""
    found = store.networks(settings().models)
    return {name: card for name, card in found.items() if card.classes == dataset.classes}
