"""The one place that names session keys."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

UPLOAD_MODEL = "upload_model"  # key of the widget that chooses the model on Upload
EXPLORE_VIEW = "explore_view"  # key of the widget that chooses the view on Explore
TRAIN_PRESET = "train_preset"  # key of the widget that chooses the preset on Train
TRAIN = {  # keys of the widgets that a preset sets, by the hyperparameter
    "architecture": "train_architecture",
    "epochs": "train_epochs",
    "subjects_share": "train_share",
    "learning_rate": "train_rate",
    "batch_size": "train_batch",
    "image_size": "train_size",
    "optimizer": "train_optimizer",
    "augmentation": "train_augmentation",
    "dropout": "train_dropout",
    "patience": "train_patience",
    "class_weights": "train_weights",
}
_DETAILS = "details_of"
_SOURCE = "data_source"
_THRESHOLD = "threshold"
_PREDICTIONS = "predictions"
_COST = "training_cost"


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


def show_details(path: str) -> None:
    """Open the details of this cell at the next run."""
    st.session_state[_DETAILS] = path


def details() -> str | None:
    """The cell whose details are open."""
    return st.session_state.get(_DETAILS)


def close_details() -> None:
    """Show no details any more."""
    st.session_state.pop(_DETAILS, None)


def threshold_key(check: str) -> str:
    """Key of the widget that moves the threshold of a quality check."""
    return f"{_THRESHOLD}_{check}"


def thresholds(checks: Iterable[str]) -> dict[str, float]:
    """The thresholds of those quality checks that the user has seen."""
    found = {check: st.session_state.get(threshold_key(check)) for check in checks}
    return {check: value for check, value in found.items() if value is not None}


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


def training_choices() -> dict[str, Any]:
    """What the widgets of `TRAIN` stand at, by the hyperparameter; those that were never shown are missing."""
    return {name: st.session_state[key] for name, key in TRAIN.items() if key in st.session_state}


def choose_training(values: Mapping[str, Any], preset: str | None) -> None:
    """Set widgets of `TRAIN`, and show this preset as the chosen one, or none."""
    for name, value in values.items():
        st.session_state[TRAIN[name]] = value
    st.session_state[TRAIN_PRESET] = preset


def chosen_preset() -> str | None:
    """The preset that was clicked last, or None."""
    return st.session_state.get(TRAIN_PRESET)


def training_cost(key: tuple[Any, ...]) -> Any:  # noqa: ANN401  # whatever was kept
    """The measured cost of such a training, or None."""
    kept = st.session_state.get(_COST)
    return kept[1] if kept and kept[0] == key else None


def keep_training_cost(key: tuple[Any, ...], cost: Any) -> None:  # noqa: ANN401
    """Keep the latest measured cost so that the same choices are not measured again."""
    st.session_state[_COST] = (key, cost)
