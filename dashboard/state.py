"""The one place that names session keys."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

UPLOAD_MODEL = "upload_model"  # key of the widget that chooses the model on Upload
UPLOAD_VIEW = "upload_view"  # key of the widget that chooses what is shown of a batch on Upload
CASE_VIEW = "case_view"  # key of the widget that chooses what is shown of a kept case
REVIEWER = "reviewer"  # key of the widget for the reviewer's name
EXPLORE_VIEW = "explore_view"  # key of the widget that chooses the view on Explore
TRAIN_START = "train_start"  # key of the widget that chooses what a training on Train starts from
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
_COST = "training_cost"
_BATCH = "upload_batch"
_REVIEWED = "reviewed"
_CASE = "open_case"
REVIEW = "Review"  # name of the view in which a cell is reviewed


@dataclass(frozen=True)
class Source:
    """Which data set this session looks at: a folder or zip, and the classes that count as positive there."""

    path: Path
    positive: tuple[str, ...] = ()


@dataclass
class Batch:
    """The files that were dropped on Upload, and how far they have come.

    Attributes:
        files: What tells them from others.
        listed: The pictures in them (`core.data.upload.Upload`), or None as long as they were not counted.
        read: Those of them that were read so far, in order.
        chosen: Places of the cells that the user chose in a picture of a smear, by the picture's place.
        answers: What was answered so far (`core.classify.Prediction`), by model and cell.
        shown: Pixels of the cells on the page that is shown, by the key of the cell; of no others.
        reviews: What reviewers decided about the answers of a model, by its hash and threshold: rows of
            `core.cases.open_case`.
        kept: Id of the case that these were kept as, likewise.
        stopped: Whether the user asked to stop.
    """

    files: tuple[str, ...]
    listed: list[Any] | None = None
    read: list[Any] = field(default_factory=list)
    chosen: dict[int, list[int]] = field(default_factory=dict)
    answers: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    shown: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    reviews: dict[tuple[str, float], list[Any]] = field(default_factory=dict)
    kept: dict[tuple[str, float], str] = field(default_factory=dict)
    stopped: bool = False

    @property
    def key(self) -> str:
        """Tells its case from others in this session."""
        return f"upload_{hash(self.files)}"


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


def batch(files: tuple[str, ...]) -> Batch:
    """How far the files that were dropped last have come; others than before begin anew."""
    kept = st.session_state.get(_BATCH)
    if not isinstance(kept, Batch) or kept.files != files:
        kept = Batch(files)
        st.session_state[_BATCH] = kept
    return kept


def reviewed_place(case: str) -> int:
    """Place of the cell of a case, by whatever tells it from others, that is under review."""
    place = st.session_state.get(_REVIEWED, {}).get(case, 0)
    return place if isinstance(place, int) else 0


def review_place(case: str, place: int, view: str = "") -> None:
    """Review this cell of a case next, in the widget of this key that chooses the view, where one is named."""
    st.session_state[_REVIEWED] = {**st.session_state.get(_REVIEWED, {}), case: place}
    if view:
        st.session_state[view] = REVIEW


def who() -> str:
    """The reviewer's name as it was typed last; "local" where it was not."""
    return str(st.session_state.get(REVIEWER) or "").strip() or "local"


def open_case(case_id: str | None) -> None:
    """Look at this kept case on Cases; None looks at the list."""
    st.session_state[_CASE] = case_id


def opened_case() -> str | None:
    """Id of the kept case that is looked at."""
    return st.session_state.get(_CASE)


def stop_batch() -> None:
    """Read and classify no further, until the user goes on."""
    st.session_state[_BATCH].stopped = True


def resume_batch() -> None:
    """Read and classify what is left."""
    st.session_state[_BATCH].stopped = False


def training_choices() -> dict[str, Any]:
    """What the widgets of `TRAIN` stand at, by the hyperparameter; those that were never shown are missing."""
    return {name: st.session_state[key] for name, key in TRAIN.items() if key in st.session_state}


def choose_training(values: Mapping[str, Any], preset: str | None) -> None:
    """Set widgets of `TRAIN`, and show this preset as the chosen one, or none."""
    for name, value in values.items():
        st.session_state[TRAIN[name]] = value
    st.session_state[TRAIN_PRESET] = preset


def start_training_from(name: str) -> None:
    """Make this the model that Train shows chosen to start from."""
    st.session_state[TRAIN_START] = name


def training_start() -> str | None:
    """What the widget that `start_training_from` sets stands at."""
    return st.session_state.get(TRAIN_START)


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
