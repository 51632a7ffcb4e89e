"""Answers for uploaded cells: given once, counted, and in a table."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import streamlit as st

from core.card import ModelCard
from core.classify import Prediction, classified, results_table
from core.data.upload import Cell
from core.spreadsheet import to_csv
from dashboard import resources
from dashboard.components.numbers import numbers
from dashboard.components.progress import stoppable_bar
from dashboard.resources.maps import Stored
from dashboard.state import Batch


def answers(classifier: Stored, batch: Batch, cells: Sequence[Cell]) -> list[Prediction]:
    """Classify cells with a stored model, each once; those that are answered so far, in order, where the user stops."""
    card, kept = classifier.card, batch.answers
    missing = [cell for cell in cells if answer_key(card, cell) not in kept]
    if not missing or batch.stopped:
        st.empty()  # in place of a bar that was left: it would fade away only at the end
    else:
        before, text = len(cells) - len(missing), f"Classifying cells with {card.name}"
        files = [(cell.name, cell.pixels) for cell in missing]
        with (
            stoppable_bar(text, key=f"upload_stop_{card.name}") as progress,
            closing(classified(classifier, files, explain=False)) as batches,
        ):
            done = 0
            progress(before, len(cells), text)
            for found in batches:
                part = missing[done : done + len(found)]
                resources.log_answers(part, found, card)
                kept.update({answer_key(card, cell): answer for cell, answer in zip(part, found, strict=True)})
                done += len(found)
                progress(before + done, len(cells), text)
    return [kept[answer_key(card, cell)] for cell in answered_of(cells, classifier, batch)]


def answered_of(cells: Sequence[Cell], classifier: Stored, batch: Batch) -> list[Cell]:
    """Those of some cells that were answered so far, in order."""
    return [cell for cell in cells if answer_key(classifier.card, cell) in batch.answers]


def answer_key(card: ModelCard, cell: Cell) -> tuple[Any, ...]:
    """Under which key `Batch.answers` keeps what a model says of a cell."""
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


def table(cells: Sequence[Cell], predictions: Sequence[Prediction], classifier: Stored) -> None:
    """All cells in a table, those without an answer with the reason; the CSV says what was done to each picture."""
    results = results_table(predictions, classifier, [cell.upload.notes for cell in cells])
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
        lambda: to_csv(results),
        file_name="cells.csv",
        mime="text/csv",
        icon=":material/download:",
    )
