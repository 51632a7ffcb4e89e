"""What a cross-validation or a learning curve has come to: figures, charts, tables and files."""

import streamlit as st

from core.cross_validation import CrossValidation
from core.figures import folds as figures
from core.figures.results import FIGURE_TITLES
from core.jobs import ENDED, Job
from core.learning_curve import LearningCurve
from core.recipe import Recipe
from dashboard.components.charts import chart
from dashboard.components.notice import measured_on
from dashboard.components.numbers import numbers
from dashboard.components.subjects import subject_table

_HEADLINES = ("roc_auc", "balanced_accuracy", "sensitivity", "specificity")
_FIGURES, _ROC, _BY_FOLD, _BY_SUBJECT = "Figures", "ROC curves", "By fold", "By subject"


def trial_results(job: Job) -> None:
    """What the trainings that have ended come to; nothing before the first."""
    read = CrossValidation.read if job.kind == "cross-validation" else LearningCurve.read
    try:
        found = read(job.result)
    except (KeyError, TypeError, ValueError):
        st.caption("Another version of LeukoScope made this; its results cannot be shown.")
        return
    for trial in found.failed:
        st.warning(f"{trial.title}: {trial.problem}", icon=":material/error:")
    if not found.tested:
        if job.state in ENDED and not job.problem:
            st.caption("Nothing was tested.")
        return
    _caveats(found.recipe, found.stamps)
    if isinstance(found, CrossValidation):
        _cross_validation(found, key=job.id)
    else:
        _learning_curve(found, key=job.id)
    if job.state in ENDED:
        _files(found, key=job.id, name=job.kind.replace(" ", "-"))


def _caveats(what: Recipe, stamps: tuple[str, ...]) -> None:
    measured_on(what.origin, what.split_by)
    if "reduced" in stamps:
        st.warning(
            f"Reduced data: trained on {what.config.subjects_share:.0%} of the training subjects.",
            icon=":material/warning:",
        )
    for stamp in stamps[len(what.stamps) :]:
        st.info(f"So far: {stamp}.", icon=":material/incomplete_circle:")


def _cross_validation(found: CrossValidation, *, key: str) -> None:
    table = found.table().set_index("figure")
    numbers({FIGURE_TITLES[name]: _with_spread(table["mean"][name], table["sd"][name]) for name in _HEADLINES})
    st.caption(found.sentence)
    view = st.segmented_control(
        "Show",
        [_FIGURES, _ROC, _BY_FOLD, _BY_SUBJECT],
        default=_FIGURES,
        required=True,
        key=f"folds_view_{key}",
        label_visibility="collapsed",
    )
    if view == _FIGURES:
        chart(
            figures.figures_by_fold(found),
            key=f"folds_{key}",
            alt="Dots: each figure in each fold, with mean and standard deviation. "
            + "; ".join(
                f"{FIGURE_TITLES[name]} {_with_spread(table['mean'][name], table['sd'][name])}" for name in _HEADLINES
            ),
        )
        _figure_table(found)
    elif view == _ROC:
        chart(figures.roc_by_fold(found), key=f"folds_roc_{key}", alt="ROC curves: each fold, and all folds pooled")
    elif view == _BY_FOLD:
        _fold_table(found)
    else:
        _subject_table(found)


def _with_spread(mean: float, sd: float) -> str:
    return f"{mean:.2f} ± {sd:.2f}" if sd == sd else f"{mean:.2f}"  # noqa: PLR0124  # NaN with one fold


def _figure_table(found: CrossValidation) -> None:
    table = found.table()
    st.dataframe(
        table.assign(figure=table["figure"].map(FIGURE_TITLES)),
        hide_index=True,
        column_config={
            "figure": st.column_config.TextColumn("Figure"),
            **{
                name: st.column_config.NumberColumn(title, format="%.3f")
                for name, title in (
                    ("mean", "Mean"),
                    ("sd", "SD"),
                    ("lowest", "Lowest"),
                    ("highest", "Highest"),
                    ("pooled", "Pooled"),
                )
            },
        },
        placeholder="",
        alt="Table: mean, standard deviation, lowest and highest of each figure over folds, and pooled",
    )
    st.caption(
        "Mean and standard deviation (SD) are over folds. Pooled takes the cells of all folds as one set: each cell is "
        "called at the operating point that its own fold's validation subjects chose, and scores are counted from "
        "there, since networks of different folds have scales of their own."
    )


def _fold_table(found: CrossValidation) -> None:
    table = found.by_fold()[["fold", "test_subjects", "test_cells", *_HEADLINES, "epochs", "problem"]]
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "fold": "Fold",
            "test_subjects": st.column_config.NumberColumn("Subjects", format="%d"),
            "test_cells": st.column_config.NumberColumn("Cells", format="%d"),
            **{name: st.column_config.NumberColumn(FIGURE_TITLES[name], format="%.2f") for name in _HEADLINES},
            "epochs": st.column_config.NumberColumn("Epochs", format="%d"),
            "problem": "Remark",
        },
        placeholder="",
        alt="Table: sizes and figures of each fold on its test subjects",
    )


def _subject_table(found: CrossValidation) -> None:
    negative, positive = found.recipe.classes
    table = found.by_subject()
    if table.empty:
        st.caption("The cells name no subjects.")
        return
    subject_table(
        table,
        positive=positive,
        alt="Table: cells, accuracy and mean score of each subject when it was tested, the worst first",
    )
    st.caption(
        f"The worst first: how many of a subject's cells were called right when it was tested, and their mean score; "
        f"near 0 it speaks for {negative}, near 1 for {positive}."
    )


def _learning_curve(found: LearningCurve, *, key: str) -> None:
    st.info(found.sentence, icon=":material/trending_up:")
    areas = "; ".join(f"{level.subjects:.0f} subjects {level.roc_auc:.2f}" for level in found.levels)
    chart(
        figures.learning_curve(found),
        key=f"curve_{key}",
        alt=f"Line chart: ROC AUC on the test subjects by number of training subjects: {areas}",
    )
    columns = {"subjects": "Training subjects", "cells": "Training cells"}
    decimals = {"roc_auc": "ROC AUC", "low": "95 % from", "high": "to", "sd": "SD"}
    st.dataframe(
        found.table()[[*columns, *decimals, "repetitions"]],
        hide_index=True,
        column_config={
            **{name: st.column_config.NumberColumn(title, format="%d") for name, title in columns.items()},
            **{name: st.column_config.NumberColumn(title, format="%.3f") for name, title in decimals.items()},
            "repetitions": "Trainings",
        },
        placeholder="",
        alt="Table: ROC AUC with its interval by number of training subjects",
    )
    st.caption(
        "The interval resamples the test subjects, which are the same at each point; SD is the spread over the "
        "trainings with one number of subjects, where there are several."
    )


def _files(found: CrossValidation | LearningCurve, *, key: str, name: str) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Download as CSV",
            found.export().to_csv(index=False),
            file_name=f"{name}.csv",
            mime="text/csv",
            icon=":material/download:",
            key=f"csv_{key}",
        )
        st.download_button(
            "Download as JSON",
            found.to_json(),
            file_name=f"{name}.json",
            mime="application/json",
            icon=":material/download:",
            key=f"json_{key}",
        )
