"""Answers for uploaded cells: pictures, where the score is sensitive, and a table."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.card import ModelCard
from core.classify import Prediction, classify, results_table
from core.data.upload import Cell
from core.gates.finding import stopped
from core.types import ByteArray
from dashboard import resources
from dashboard.components.cells import one_page
from dashboard.components.maps import Stored, checks, map_choice, with_maps
from dashboard.components.numbers import numbers
from dashboard.components.progress import stoppable_bar
from dashboard.state import Batch

_CARD_WIDTH = 306  # pixels; four stand side by side on a wide screen, one on a phone
_PICTURE_WIDTH = 128  # pixels; the cell and its overlay side by side in a card
_AT_ONCE = 32  # cells between two times that answers are kept


def answers(classifier: Stored, batch: Batch, cells: Sequence[Cell]) -> list[Prediction]:
    """Classify cells with a stored model, each once; those that are answered so far, in order, where the user stops."""
    card, kept = classifier.card, batch.answers
    missing = [cell for cell in cells if _key(card, cell) not in kept]
    if not missing or batch.stopped:
        st.empty()  # in place of a bar that was left: it would fade away only at the end
    else:
        at_once = card.kind == "network"  # the others' maps take long, and are made as they are looked at
        with stoppable_bar("Classifying cells", key="upload_stop_classifying") as progress:
            for start in range(0, len(missing), _AT_ONCE):
                part = missing[start : start + _AT_ONCE]
                progress(len(cells) - len(missing) + start, len(cells), "Classifying cells")
                found = classify(classifier, [(cell.name, cell.pixels) for cell in part], explain=at_once)
                resources.log_answers(part, found, card)
                kept.update({_key(card, cell): answer for cell, answer in zip(part, found, strict=True)})
    return [kept[_key(card, cell)] for cell in cells if _key(card, cell) in kept]


def _key(card: ModelCard, cell: Cell) -> tuple[Any, ...]:
    return card.model_sha256, card.threshold, cell.key


def summary(predictions: Sequence[Prediction], classifier: Stored) -> None:
    """How many cells were called what."""
    negative, positive = classifier.card.classes
    counts = {
        "Cells": len(predictions),
        f"Called {positive}": sum(answer.label == positive for answer in predictions),
        f"Called {negative}": sum(answer.label == negative for answer in predictions),
        "No answer": sum(answer.error is not None for answer in predictions),
    }
    numbers({name: f"{count:,}" for name, count in counts.items()})


def pictures(predictions: Sequence[Prediction], classifier: Stored, batch: Batch) -> None:
    """Each cell with its class and score, beside its overlay."""
    if all(answer.image is None for answer in predictions):
        return
    card = classifier.card
    choice = map_choice(card)
    places = [place for place, answer in enumerate(predictions) if answer.image is not None]
    places = places[one_page(len(places), key="upload")]
    mapped = with_maps(predictions, places, classifier, batch, choice)
    quality = checks(predictions, mapped, places, classifier, batch, choice)
    with st.container(horizontal=True):
        for place in places:
            with st.container(border=True, width=_CARD_WIDTH):
                _card(mapped[place], card, choice.opacity)
                if place in quality:
                    st.caption(quality[place].sentence)


def _card(answer: Prediction, card: ModelCard, opacity: float | None) -> None:
    """One cell; without an opacity it stands alone."""
    if answer.image is None:
        return
    if answer.label is None or answer.probability is None:
        _without_answer(answer, answer.image)
        return
    positive = card.classes[1]
    colour = "orange" if answer.label == positive else "blue"
    st.markdown(f"#### :{colour}[{answer.label}]")
    if answer.calibrated is None:
        said, cut = f"Score for {positive}: **{answer.probability:.2f}**", card.threshold
    else:
        said, cut = f"Probability of {positive}: **{answer.calibrated:.2f}**", card.shown_threshold
    st.caption(f"{answer.file}  \n{said} (called {positive} from {cut:.2f})")
    with st.container(horizontal=True, wrap=False):
        st.image(answer.image, caption="Cell", width=_PICTURE_WIDTH, output_format="PNG", alt=f"Cell {answer.file}")
        picture = None if opacity is None else answer.overlay(opacity=opacity)
        if picture is not None:
            st.image(
                picture,
                caption="Overlay",
                width=_PICTURE_WIDTH,
                output_format="PNG",
                alt=f"Overlay of {answer.file}, called {answer.label}: where the score is sensitive",
            )
    if picture is not None and answer.relevance is not None and not answer.relevance.any():
        st.caption(f"No area of this image raises the score for {answer.label}, so the overlay is empty.")


def _without_answer(answer: Prediction, image: ByteArray) -> None:
    st.markdown("#### No answer")
    stop = stopped(answer.findings)
    measured = "" if stop is None else " · ".join(f"{name}: {value:.3g}" for name, value in stop.numbers.items())
    st.caption(f"{answer.file}  \n{answer.error}  \n{measured}")
    st.image(
        image, caption="Picture", width=_PICTURE_WIDTH, output_format="PNG", alt=f"{answer.file}, without an answer"
    )


def table(predictions: Sequence[Prediction], classifier: Stored) -> None:
    """All files in a table, the unreadable ones with their reason, and as CSV."""
    results = results_table(predictions, classifier)
    positive = classifier.card.classes[1]
    score, probability = f"score for {positive}", f"calibrated probability of {positive}"
    shown = [probability] if classifier.card.calibrated else []
    st.dataframe(
        results[["file", "class", *shown, score, "error"]],
        hide_index=True,
        column_config={
            "file": st.column_config.TextColumn("File", width="medium"),
            "class": st.column_config.TextColumn("Class", width="small"),
            score: st.column_config.NumberColumn(f"Score for {positive}", format="%.3f", width="small"),
            probability: st.column_config.NumberColumn(f"Probability of {positive}", format="%.3f", width="small"),
            "error": st.column_config.TextColumn("Why there is no answer", width="large"),
        },
        placeholder="",
        alt="Table: class and score of each file",
    )
    st.download_button(
        "Download as CSV",
        results.to_csv(index=False),
        file_name="cells.csv",
        mime="text/csv",
        icon=":material/download:",
    )
