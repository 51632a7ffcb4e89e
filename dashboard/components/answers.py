"""Answers for uploaded cells: pictures, overlays and a table."""

from collections.abc import Sequence

import streamlit as st

from core.classify import Prediction, classify, results_table
from core.store import Classifier
from dashboard import resources, state
from dashboard.components.cells import one_page
from dashboard.components.numbers import numbers
from dashboard.components.progress import progress_bar

_CARD_WIDTH = 306  # pixels; four stand side by side on a wide screen, one on a phone
_PICTURE_WIDTH = 128  # pixels; the cell and its overlay side by side in a card


def answers(name: str, files: Sequence["st.runtime.uploaded_file_manager.UploadedFile"]) -> list[Prediction]:
    """Classify uploaded files with a stored model; the same files and model are answered once."""
    classifier = resources.classifier(name)
    key = (classifier.card.model_sha256, tuple(file.file_id for file in files))
    kept = state.predictions(key)
    if kept is None:
        with progress_bar("Classifying cells") as progress:
            kept = classify(classifier, [(file.name, file.getvalue()) for file in files], progress=progress)
        state.keep_predictions(key, kept)
    return list(kept)


def summary(predictions: Sequence[Prediction], classifier: Classifier) -> None:
    """How many cells were called what."""
    negative, positive = classifier.card.classes
    counts = {
        "Cells": len(predictions),
        f"Called {positive}": sum(answer.label == positive for answer in predictions),
        f"Called {negative}": sum(answer.label == negative for answer in predictions),
        "No answer": sum(answer.error is not None for answer in predictions),
    }
    numbers({name: f"{count:,}" for name, count in counts.items()})


def pictures(predictions: Sequence[Prediction], classifier: Classifier) -> None:
    """Each cell beside its overlay, with its class and score."""
    shown = [answer for answer in predictions if answer.image is not None]
    if not shown:
        return
    opacity = st.slider(
        "Overlay opacity (%)",
        0,
        100,
        60,
        help="How strongly the map covers the cell.",
        key="upload_opacity",
        persist_state="session",
    )
    st.caption(
        "Bright areas show where the score is sensitive (Grad-CAM). They do not say why, and a map can be wrong where "
        "the answer is right. Heat on the black surroundings means that the cell's size or outline counts."
    )
    on_page = one_page(len(shown), key="upload")
    with st.container(horizontal=True):
        for answer in shown[on_page]:
            with st.container(border=True, width=_CARD_WIDTH):
                _card(answer, classifier, opacity / 100)


def _card(answer: Prediction, classifier: Classifier, opacity: float) -> None:
    picture = answer.overlay(opacity=opacity)
    if answer.image is None or picture is None or answer.relevance is None or answer.probability is None:
        return
    positive = classifier.card.classes[1]
    colour = "orange" if answer.label == positive else "blue"
    st.markdown(f"#### :{colour}[{answer.label}]")
    if answer.calibrated is None:
        said, cut = f"Score for {positive}: **{answer.probability:.2f}**", classifier.card.threshold
    else:
        said, cut = f"Probability of {positive}: **{answer.calibrated:.2f}**", classifier.card.shown_threshold
    st.caption(f"{answer.file}  \n{said} (called {positive} from {cut:.2f})")
    with st.container(horizontal=True, wrap=False):
        st.image(answer.image, caption="Cell", width=_PICTURE_WIDTH, output_format="PNG", alt=f"Cell {answer.file}")
        st.image(
            picture,
            caption="Overlay",
            width=_PICTURE_WIDTH,
            output_format="PNG",
            alt=f"Grad-CAM overlay of {answer.file}, called {answer.label}",
        )
    if not answer.relevance.any():
        st.caption(f"No area of this image raises the score for {answer.label}, so the overlay is empty.")


def table(predictions: Sequence[Prediction], classifier: Classifier) -> None:
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
