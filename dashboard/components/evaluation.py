"""How a model did on its test subjects: calls, ROC curve, calibration, subjects, and the model before."""

import pandas as pd
import streamlit as st

from core import store
from core.card import ModelCard
from core.challenge import Challenge
from core.config import settings
from core.errors import ModelError
from core.evaluation import EvaluationReport
from core.figures import results as figures
from dashboard.components.charts import chart
from dashboard.components.subjects import subject_table

HEADLINES = ("roc_auc", "balanced_accuracy", "sensitivity", "specificity", "accuracy")
_CALLS, _ROC, _CALIBRATION, _SUBJECTS, _CHAMPION = "Calls", "ROC curve", "Calibration", "By subject", "Old and new"
_METHODS = {
    "none": "On validation subjects left out in turn, nothing came closer to the truth than the scores as they are.",
    "temperature": "The temperature was fitted on the validation subjects alone.",
    "Platt": (
        "Platt scaling was fitted on the validation subjects alone. It also moves the middle of the scores, and was "
        "chosen because it came closer to the truth than a temperature on validation subjects left out in turn."
    ),
}


def stored_report(name: str) -> EvaluationReport | None:
    """The test scores that were stored with a model; None where there are none, or no longer the same ones."""
    try:
        return store.reports(settings().models, name).get("test")
    except ModelError as error:
        st.warning(str(error), icon=":material/warning:")
        return None


def evaluation(card: ModelCard, report: EvaluationReport | None, *, key: str) -> None:
    """Let the user choose one of the views that apply.

    Args:
        card: Of the model.
        report: On its test subjects; without it only what the card holds is shown.
        key: Unique on the page.
    """
    applies = {
        _CALLS: True,
        _ROC: report is not None,
        _CALIBRATION: bool(card.calibration),
        _SUBJECTS: bool(card.by_subject),
        _CHAMPION: card.challenge is not None and not card.challenge.problem,
    }
    view = st.segmented_control(
        "Show",
        [name for name, there in applies.items() if there],
        default=_CALLS,
        required=True,
        key=f"outcome_view_{key}",
        label_visibility="collapsed",
    )
    if view == _CALLS:
        _calls(card, report, key=key)
    elif view == _ROC and report is not None:
        chart(
            figures.roc_against(report, card.title, card.challenge),
            key=f"roc_{key}",
            alt="ROC curve on the test subjects, with the operating point",
        )
    elif view == _CALIBRATION:
        _calibration(card, key=key)
    elif view == _SUBJECTS:
        _subjects(card)
    elif card.challenge is not None:
        _old_and_new(card, card.challenge)


def _calls(card: ModelCard, report: EvaluationReport | None, *, key: str) -> None:
    left, right = st.columns(2)
    with left:
        chart(
            figures.confusion_matrix(card.confusion_matrix, card.classes),
            key=f"confusion_{key}",
            alt="Confusion matrix on the test subjects",
        )
    if report is None:
        right.caption("No scores of single test cells are there, so it has no ROC curve and no report by class.")
        return
    table = report.classification_report().rename(columns=str.capitalize).round(3)
    right.dataframe(table, alt="Table: precision, recall and F1 by class")


def _calibration(card: ModelCard, *, key: str) -> None:
    """Whether the probabilities hold what they promise, before and after the calibration."""
    positive = card.classes[1]
    changed = card.calibrated and card.calibrator.method != "none"
    st.caption(card.meaning_of_scores)
    left, right = st.columns([3, 2])
    with left:
        chart(
            figures.reliability_diagram(card.reliability, positive=positive, calibrated=changed),
            key=f"reliability_{key}",
            alt=f"Reliability diagram on the test subjects: share of {positive} cells by the probability given",
        )
    rows = {
        f"{side.capitalize()}, {when}" if changed else side.capitalize(): card.calibration[side][when]
        for side in ("validation", "test")
        for when in ("before", "after")[: 1 + changed]
    }
    right.dataframe(
        pd.DataFrame(rows).T.rename_axis("cells").reset_index(),
        hide_index=True,
        column_config={
            "cells": st.column_config.TextColumn("Cells", width=120),
            "ece": st.column_config.NumberColumn("Error", format="%.3f", width=60),
            "brier": st.column_config.NumberColumn("Brier score", format="%.3f", width=70),
            "log_loss": st.column_config.NumberColumn("Log loss", format="%.3f", width=60),
        },
        alt="Table: calibration error, Brier score and log loss before and after the calibration",
    )
    right.caption(
        "The nearer the points are to the dotted line, the better: of cells given 0.8, eight of ten should be "
        f"{positive}. Each point stands for equally many cells, sorted by probability; the calibration error is their "
        "mean distance from the line. Of all three figures lower is better."
    )
    if card.calibrated:
        right.caption(f"{_METHODS[card.calibrator.method]} No cell moves across the operating point.")


def _subjects(card: ModelCard) -> None:
    """How well the cells of each test subject were called, the worst first."""
    negative, positive = card.classes
    table = pd.DataFrame(list(card.by_subject))
    subject_table(
        table, positive=positive, alt="Table: cells, accuracy and mean score of each test subject, the worst first"
    )
    st.caption(
        f"The worst first: how many of a subject's cells are {positive}, how many were called right, and their mean "
        f"score; near 0 it speaks for {negative}, near 1 for {positive}."
    )


def _old_and_new(card: ModelCard, challenge: Challenge) -> None:
    table = pd.DataFrame({"New": card.test, "Old": challenge.figures}).loc[list(HEADLINES)]
    st.dataframe(
        table.rename(index=figures.FIGURE_TITLES).round(3),
        alt="Table: figures of the new and of the old model on the same cells",
    )
    believe = "believe the interval."
    if challenge.interval is None:
        interval, believe = (
            "Fewer than three test subjects of a class allow no interval of the difference.",
            "be careful.",
        )
    elif challenge.subjects:
        interval = f"The 95 % interval of the difference resamples the {challenge.subjects} test subjects."
    else:
        interval = "The 95 % interval of the difference resamples the cells, since they name no subjects."
    moved = card.first_threshold is not None
    when = f"At the operating point of then, {card.first_threshold:.2f}, only" if moved else "Only"
    st.caption(
        f"New is {card.title}, old is {challenge.title}, both on the same test cells, whose subjects neither was "
        f"trained on. {interval} DeLong's test of the two areas: {_p(challenge.delong_p)}. {when} the new model is "
        f"right on {challenge.only_new_right:,} cells, only the old one on {challenge.only_champion_right:,}; "
        f"McNemar's exact test: {_p(challenge.mcnemar_p)}. Both tests take cells for independent, which those of one "
        f"subject are not: {believe}"
    )


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
