"""The widgets of the training form, one for each hyperparameter; where to start from is a component of its own."""

from datetime import datetime
from typing import Any

import streamlit as st

from core import networks
from core.data import window
from core.hyperparameters import AUGMENTATIONS, OPTIMIZERS
from dashboard import state

_RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
_BATCHES = (8, 16, 32, 64, 128)
_OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD with momentum"}
_AUGMENTATIONS = {"off": "Off", "turns": "Turned and mirrored", "turns and colour": "Turned, mirrored, colours varied"}


def basic() -> tuple[str, dict[str, Any]]:
    """The model's name, and the hyperparameters that everybody sees."""
    left, right = st.columns(2)
    name = left.text_input(
        "Name of the model",
        value=f"model-{datetime.now().astimezone():%m%d-%H%M%S}",
        key="train_name",
        persist_state="session",
    )
    architecture = right.selectbox(
        "Network",
        list(networks.NETWORKS),
        format_func=lambda key: f"{networks.NETWORKS[key].title}: {networks.NETWORKS[key].description}",
        key=state.TRAIN["architecture"],
        persist_state="session",
    )
    left, right = st.columns(2)  # so that the order is the same on a phone
    epochs = left.slider(
        "Epochs",
        1,
        100,
        help="Most passes over the training cells; stops earlier when nothing improves.",
        key=state.TRAIN["epochs"],
        persist_state="session",
    )
    share = right.slider(
        "Share of the training subjects (%)",
        10,
        100,
        step=5,
        help="Below 100 the run is faster and its results are marked 'reduced'. The test subjects stay complete.",
        key=state.TRAIN["subjects_share"],
        persist_state="session",
    )
    return name, {"architecture": architecture, "epochs": epochs, "subjects_share": share / 100}


def advanced() -> dict[str, Any]:
    """The hyperparameters that a clinician need not touch."""
    return {**_learning(), **_pixels()}


def _learning() -> dict[str, Any]:
    one, two = st.columns(2)
    return {
        "learning_rate": one.select_slider(
            "Learning rate",
            _RATES,
            format_func=lambda value: f"{value:g}",
            help="First step size; it falls to zero over the epochs.",
            key=state.TRAIN["learning_rate"],
            persist_state="session",
        ),
        "batch_size": two.select_slider(
            "Batch size",
            _BATCHES,
            help="Cells a step; more need more memory.",
            key=state.TRAIN["batch_size"],
            persist_state="session",
        ),
        "optimizer": one.selectbox(
            "Optimizer",
            OPTIMIZERS,
            format_func=_OPTIMIZERS.__getitem__,
            key=state.TRAIN["optimizer"],
            persist_state="session",
        ),
        "patience": two.slider(
            "Patience before it stops early",
            1,
            50,
            help="Training stops after so many passes without a better ROC AUC on the validation subjects, and the "
            "best epoch is kept.",
            key=state.TRAIN["patience"],
            persist_state="session",
        ),
        "dropout": one.slider(
            "Dropout",
            0.0,
            0.9,
            step=0.05,
            help="Share of the last layer's inputs that is left out at random in each step, against learning by heart.",
            key=state.TRAIN["dropout"],
            persist_state="session",
        ),
        "seed": int(
            two.number_input(
                "Seed",
                0,
                2**31 - 1,
                0,
                help="Decides the split, the first weights and the order of cells.",
                key="train_seed",
                persist_state="session",
            )
        ),
        "class_weights": one.toggle(
            "Weigh both classes alike",
            help="Cells of the rarer class count more, so that both classes have the same weight.",
            key=state.TRAIN["class_weights"],
            persist_state="session",
        ),
    }


def _pixels() -> dict[str, Any]:
    one, two = st.columns(2)
    return {
        "image_size": one.slider(
            "Image size in pixels", 48, 320, step=8, key=state.TRAIN["image_size"], persist_state="session"
        ),
        "augmentation": two.selectbox(
            "Augmentation",
            AUGMENTATIONS,
            format_func=_AUGMENTATIONS.__getitem__,
            help="Cells have no up: the network sees each of them differently turned in each epoch.",
            key=state.TRAIN["augmentation"],
            persist_state="session",
        ),
        "grayscale": one.radio(
            "Colour", ("Colour", "Grayscale"), horizontal=True, key="train_colour", persist_state="session"
        )
        == "Grayscale",
        "normalize_stain": two.toggle(
            "Normalize the stain",
            help="Gives every cell the same mean colour and the same contrast before the network sees it, so that "
            "a paler or bluer slide makes less of a difference. Differences in colour between cells are lost, too. "
            "The model then does the same to every cell that it classifies.",
            key="train_stain",
            persist_state="session",
        ),
        "crop": one.toggle(
            "Look at the cell, not at the whole image",
            help=f"The network sees a square of {window.EDGE} pixels around each cell and less of the black beside it. "
            "The square is the same for all cells, so that large cells still look large; what lies beyond it is "
            "cut off. On drawn cells it helped with images of 96 pixels, not with 200. The model then does the same to "
            "every cell that it classifies.",
            key="train_crop",
            persist_state="session",
        ),
    }
