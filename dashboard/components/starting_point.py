"""Where a training starts from: new weights, ImageNet's or those of a stored model, whole or its last layer only."""

from typing import Any

import streamlit as st

from core import store
from core.card import ModelCard
from core.config import settings
from core.data.dataset import CellDataset
from dashboard import state
from dashboard.components.data import current_dataset

_RANDOM, _IMAGENET = "Random weights", "ImageNet weights"  # no model can have these names: they have a space


def starting_point() -> tuple[ModelCard | None, dict[str, Any]]:
    """The stored model to start from, if any, and the hyperparameters that say where the weights come from."""
    left, right = st.columns(2)
    cards = starting_points(current_dataset())
    start = left.selectbox(
        "Start from",
        [_RANDOM, _IMAGENET, *cards],
        format_func=lambda key: cards[key].title if key in cards else key,
        help="ImageNet weights exist for MobileNetV2 and EfficientNetB0 and are fetched once from the internet. From a "
        "model of yours training goes on with its network, image size and colours, whatever is chosen here; its "
        "subjects never become test subjects. A lower learning rate is usual then.",
        key=state.TRAIN_START,
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


def start_line() -> None:
    """Say from which stored model a training goes on, if from any."""
    card = starting_points(current_dataset()).get(state.training_start() or "")
    if card is not None:
        st.info(
            f"Training goes on from **{card.title}**, and the new model is compared with it. To start anew, choose "
            "'Random weights' under Advanced.",
            icon=":material/start:",
        )


def starting_points(dataset: CellDataset) -> dict[str, ModelCard]:
    """Cards of the stored models that tell these classes apart."""
    found = store.networks(settings().models)
    return {name: card for name, card in found.items() if card.classes == dataset.classes}
