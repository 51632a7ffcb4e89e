"""Maps of where scores are sensitive: by which method, how strongly they cover the cell, and how good each is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.card import ModelCard
from core.classical_model import ClassicalModel
from core.classify import Prediction, checked, explained
from core.explain import METHODS, Method
from core.faithfulness import Faithfulness
from core.store import Classifier
from dashboard.components.progress import progress_bar
from dashboard.state import Batch

Stored = Classifier | ClassicalModel
_OF_A_NETWORK = (
    "Bright areas show where the score is sensitive ({method}). They do not say why, and a map can be wrong where the "
    "answer is right. Heat on the black surroundings means that the cell's size or outline counts."
)
_OF_A_PIPELINE = (
    "Bright areas show where the score is sensitive: it falls most when they are cut out of the cell. They do not "
    "say why, and a map can be wrong where the answer is right. Heat at the rim means that the cell's size or outline "
    "counts."
)
_MAKING, _CHECKING = "Mapping cells", "Checking maps"


@dataclass(frozen=True)
class MapChoice:
    """What the user wants to see of maps.

    Attributes:
        opacity: How strongly a map covers its cell, in [0, 1]; None for no maps.
        method: How they are made.
        checked: Whether each is to be held against random maps.
    """

    opacity: float | None
    method: Method = "grad-cam"
    checked: bool = False


def map_choice(card: ModelCard) -> MapChoice:
    """Ask for the method, the opacity and the check."""
    network = card.kind == "network"
    if not network and not st.toggle(
        "Show where the score is sensitive",
        help="Parts of each cell are cut out one after the other. This takes a few seconds for each cell on the page.",
        key="upload_mapped",
        persist_state="session",
    ):
        return MapChoice(None)
    method: Method = "grad-cam"
    check = False
    if network:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            method = st.segmented_control(
                "Map",
                list(METHODS),
                default="grad-cam",
                format_func=METHODS.__getitem__,
                required=True,
                help="Four ways to find where the score is sensitive. Where they disagree, trust none of them. The "
                "last two take longer.",
                key="upload_method",
                persist_state="session",
            )
            check = st.toggle(
                "Check the maps",
                help="Holds each map against random ones: does the score fall further when its bright areas are taken "
                "away, and rise higher when only they are shown? Takes about a second for each cell on the page.",
                key="upload_checked",
                persist_state="session",
            )
    percent = st.slider(
        "Overlay opacity (%)",
        0,
        100,
        60,
        help="How strongly the map covers the cell.",
        key="upload_opacity",
        persist_state="session",
    )
    st.caption(_OF_A_NETWORK.format(method=METHODS[method]) if network else _OF_A_PIPELINE)
    return MapChoice(percent / 100, method, check)


def with_maps(
    predictions: Sequence[Prediction], places: Sequence[int], classifier: Stored, batch: Batch, choice: MapChoice
) -> list[Prediction]:
    """The answers, those at some places with the map that was chosen; what is new is kept."""
    found = list(predictions)
    if choice.opacity is None:
        return found
    key = _keys(batch, choice)

    def make(answer: Prediction) -> Prediction:
        ready = answer.relevance is not None and choice.method == "grad-cam"
        return answer if ready else explained(classifier, answer, method=choice.method)

    called = [place for place in places if found[place].label is not None]
    made = _kept(batch.maps, [predictions[place] for place in called], key, make, text=_MAKING)
    for place, answer in zip(called, made, strict=True):
        found[place] = answer
    return found


def checks(
    predictions: Sequence[Prediction],
    mapped: Sequence[Prediction],
    places: Sequence[int],
    classifier: Stored,
    batch: Batch,
    choice: MapChoice,
) -> dict[int, Faithfulness]:
    """How good the maps at some places are, by place; {} where nobody asks, or the model is no network."""
    if not choice.checked or not isinstance(classifier, Classifier):
        return {}
    called = [place for place in places if mapped[place].relevance is not None]
    key = _keys(batch, choice)
    keys = {id(mapped[place]): key(predictions[place]) for place in called}
    found = _kept(
        batch.checks,
        [mapped[place] for place in called],
        lambda answer: keys[id(answer)],
        lambda answer: checked(classifier, answer),
        text=_CHECKING,
    )
    return {place: check for place, check in zip(called, found, strict=True) if check is not None}


def _keys(batch: Batch, choice: MapChoice) -> Callable[[Prediction], tuple[Any, ...]]:
    """Under which key what belongs to an answer of the batch is kept."""
    known = {id(answer): key for key, answer in batch.answers.items()}
    return lambda answer: (*known[id(answer)], choice.method)


def _kept(
    kept: dict[tuple[Any, ...], Any],
    answers: Sequence[Prediction],
    key: Callable[[Prediction], tuple[Any, ...]],
    make: Callable[[Prediction], Any],
    *,
    text: str,
) -> list[Any]:
    """What `make` gives for each answer, made once; also if the user turns the page in between."""
    missing = [answer for answer in answers if key(answer) not in kept]
    if missing:
        with progress_bar(text) as progress:
            for done, answer in enumerate(missing):
                progress(done, len(missing), text)
                kept[key(answer)] = make(answer)
    return [kept[key(answer)] for answer in answers]
