"""What a finished training has come to: its figures, and what may be done with the model."""

import pandas as pd
import streamlit as st

from core import store
from core.card import ModelCard
from core.challenge import Challenge
from core.config import settings
from core.data.edits import applied
from core.evaluation import EvaluationReport
from core.figures import results as figures
from dashboard import state
from dashboard.components.charts import chart
from dashboard.components.notice import caveats, problems_shown
from dashboard.components.numbers import numbers

_FIGURE_ORDER = ("roc_auc", "balanced_accuracy", "sensitivity", "specificity", "accuracy")
_FIGURE_NAMES = {**figures.FIGURE_TITLES, "sensitivity": "Sensitivity", "specificity": "Specificity"}
_CALLS, _ROC, _CALIBRATION, _SUBJECTS, _CHAMPION = "Calls", "ROC curve", "Calibration", "By subject", "Old and new"


def outcome(card: ModelCard, report: EvaluationReport, *, key: str) -> None:
    """Figures on the test subjects, one view of them at a time, and what may be done with the model."""
    caveats(card)
    st.subheader(f"On {card.cells['test']:,} cells of {len(card.subjects['test'])} test {card.split_by}s")
    st.caption(applied(card.edits))
    scores(card.test)
    st.caption(operating_point(card))
    if card.challenge is not None:
        challenge_sentence(card.challenge)
    applies = {
        _CALLS: True,
        _ROC: True,
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
    elif view == _ROC:
        chart(
            figures.roc_against(report, card.title, card.challenge),
            key=f"roc_{key}",
            alt="ROC curve on the test subjects, with the operating point",
        )
    elif view == _CALIBRATION:
        calibration(card, key=key)
    elif view == _SUBJECTS:
        subjects(card)
    elif card.challenge is not None:
        _old_and_new(card, card.challenge)
    use(card, key=key)


def scores(figures_of_test: dict[str, float]) -> None:
    """The headline figures in a row."""
    numbers({_FIGURE_NAMES[name]: f"{figures_of_test[name]:.2f}" for name in _FIGURE_ORDER})


def operating_point(card: ModelCard) -> str:
    """From which score on a cell is called positive, and how that was chosen."""
    shown = f", a calibrated probability of {card.shown_threshold:.2f}"
    return (
        f"A cell is called {card.classes[1]} from a score of {card.threshold:.2f}{shown if card.calibrated else ''}: "
        f"the {card.threshold_source}."
    )


def challenge_sentence(challenge: Challenge) -> None:
    """Whether the new model may be called better or worse than the one before."""
    low, high = challenge.interval or (0.0, 0.0)
    if low > 0:
        st.success(challenge.sentence, icon=":material/trending_up:")
    elif high < 0:
        st.warning(challenge.sentence, icon=":material/trending_down:")
    else:
        st.info(challenge.sentence, icon=":material/compare_arrows:")


def use(card: ModelCard, *, key: str) -> None:
    """Buttons that take the model to Upload, for now or for good."""
    with st.container(horizontal=True):
        now = st.button("Use on Upload", key=f"use_{key}", icon=":material/upload_file:")
        for_good = st.button("Make default for Upload", key=f"default_{key}", icon=":material/star:")
    if for_good:
        with problems_shown():
            store.make_default(settings().models, card.name)
        state.choose_model(card.name)
    if store.default(settings().models) == card.name:
        st.caption(":material/star: The default: Upload opens with this model.")
    if now:
        state.choose_model(card.name)
        st.switch_page("app_pages/upload.py")


def _calls(card: ModelCard, report: EvaluationReport, *, key: str) -> None:
    left, right = st.columns(2)
    with left:
        chart(
            figures.confusion_matrix(report.confusion_matrix().tolist(), card.classes),
            key=f"confusion_{key}",
            alt="Confusion matrix on the test subjects",
        )
    table = report.classification_report().rename(columns=str.capitalize).round(3)
    right.dataframe(table, alt="Table: precision, recall and F1 by class")


def calibration(card: ModelCard, *, key: str) -> None:
    """Whether the probabilities hold what they promise, before and after the temperature."""
    positive = card.classes[1]
    st.caption(card.meaning_of_scores)
    left, right = st.columns([3, 2])
    with left:
        chart(
            figures.reliability_diagram(card.reliability, positive=positive, calibrated=card.calibrated),
            key=f"reliability_{key}",
            alt=f"Reliability diagram on the test subjects: share of {positive} cells by the probability given",
        )
    names = {"ece": "Calibration error", "brier": "Brier score", "log_loss": "Log loss"}
    columns = {"Validation": ("validation", "before"), "Test": ("test", "before")}
    if card.calibrated:
        columns = {
            f"{name}, {when}": (side, when) for name, (side, _) in columns.items() for when in ("before", "after")
        }
    table = pd.DataFrame(
        {
            column: {name: card.calibration[side][when][figure] for figure, name in names.items()}
            for column, (side, when) in columns.items()
        }
    )
    right.dataframe(table.round(3), alt="Table: calibration figures before and after the temperature")
    right.caption(
        "The nearer the points are to the dotted line, the better: of cells given 0.8, eight of ten should be "
        f"{positive}. Each point stands for equally many cells, sorted by probability; the calibration error is their "
        "mean distance from the line. Of all three figures lower is better."
    )
    if card.calibrated:
        right.caption(
            "The temperature was fitted on the validation subjects alone and moves no cell across the operating point."
        )


def subjects(card: ModelCard) -> None:
    """How well the cells of each test subject were called, the worst first."""
    negative, positive = card.classes
    table = pd.DataFrame(list(card.by_subject))
    st.dataframe(
        table.assign(accuracy=100 * table["accuracy"]),
        hide_index=True,
        column_config={
            "subject": st.column_config.TextColumn("Subject", width=60),
            "cells": st.column_config.NumberColumn("Cells", width=50),
            "positives": st.column_config.NumberColumn(positive, width=45),
            "accuracy": st.column_config.ProgressColumn(
                "Right", format="%.0f %%", min_value=0, max_value=100, width=85
            ),
            "mean_score": st.column_config.NumberColumn("Score", format="%.2f", width=50),
        },
        alt="Table: cells, accuracy and mean score of each test subject, the worst first",
    )
    st.caption(
        f"The worst first: how many of a subject's cells are {positive}, how many were called right, and their mean "
        f"score; near 0 it speaks for {negative}, near 1 for {positive}."
    )


def _old_and_new(card: ModelCard, challenge: Challenge) -> None:
    table = pd.DataFrame({"New": card.test, "Old": challenge.figures}).loc[list(_FIGURE_ORDER)]
    st.dataframe(
        table.rename(index=_FIGURE_NAMES).round(3),
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
        interval = "The 95 % interval of the difference is DeLong's, since the cells name no subjects."
    st.caption(
        f"New is {card.title}, old is {challenge.title}, both on the same test cells, whose subjects neither was "
        f"trained on. {interval} DeLong's test of the two areas: {_p(challenge.delong_p)}. Only the new model is right "
        f"on {challenge.only_new_right:,} cells, only the old one on {challenge.only_champion_right:,}; McNemar's "
        f"exact test: {_p(challenge.mcnemar_p)}. Both tests take cells for independent, which those of one subject are "
        f"not: {believe}"
    )


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
