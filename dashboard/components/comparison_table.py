"""All figures of all models, with intervals and for a share of positive cells that the user sets."""

import pandas as pd
import streamlit as st

from core.comparison import Comparison
from core.figures.comparison import interval_dots
from core.figures.results import FIGURE_TITLES
from core.results_table import ORDER, best_values, results_table
from dashboard.components.charts import chart
from dashboard.components.comparison_choices import at_prevalence, stated_prevalence, tested

_BEST = "font-weight: bold; background-color: #DFF2E4"
_CHANCE = {"roc_auc": 0.5, "balanced_accuracy": 0.5}
_POOLED, _SPREAD = "All cells, 95 % interval", "Mean ± SD over folds"


def figure_table(comparison: Comparison, *, key: str) -> None:
    """The table, a chart of one of its columns, and why models have no figures."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        over_folds = comparison.plan.splits > 1 and _over_folds(key)
        comparison = at_prevalence(comparison, key=key)
    _table(comparison, over_folds=over_folds)
    for row in comparison.rows:
        if row.problem:
            missing = "has no figures" if row.report is None else "is not complete"
            st.caption(f":material/error: **{row.model}** {missing}: {row.problem}")
    if tested(comparison):
        _dots(comparison, key=key)


def _over_folds(key: str) -> bool:
    chosen = st.segmented_control(
        "Figures",
        [_POOLED, _SPREAD],
        default=_POOLED,
        required=True,
        key=f"result_spread_{key}",
        persist_state="session",
    )
    return bool(chosen == _SPREAD)


def _table(comparison: Comparison, *, over_folds: bool) -> None:
    table = results_table(comparison, over_folds=over_folds)
    best = best_values(comparison).reset_index(drop=True)

    def marked(column: "pd.Series[str]") -> list[str]:
        return [_BEST if is_best else "" for is_best in best[column.name]]

    styled = table.style if over_folds else table.style.apply(marked, subset=list(best.columns))
    st.dataframe(
        styled,
        hide_index=True,
        column_config={
            "model": st.column_config.TextColumn("Model", pinned=True),
            "stamp": None if not any(table["stamp"]) else st.column_config.TextColumn("Note", width=100),
            **{name: st.column_config.TextColumn(FIGURE_TITLES[name]) for name in ORDER},
            "fit_seconds": st.column_config.TextColumn("Fit (s)"),
            "predict_seconds": st.column_config.TextColumn("Predict (s)"),
            "problem": None if not any(table["problem"]) else st.column_config.TextColumn("Remark"),
        },
        alt="Table: figures of each model on the test subjects",
    )
    st.caption(f"{_explained(comparison, over_folds=over_folds)} {stated_prevalence(comparison)}")


def _explained(comparison: Comparison, *, over_folds: bool) -> str:
    if over_folds:
        return "Mean ± standard deviation over the folds, each of which tested other persons."
    drawn = "persons" if comparison.split_by == "subject" else "cells"
    return (
        f"In brackets the 95 % interval: how far the figure depends on which {drawn} happened to be tested. The "
        "best value of each column is marked; whether it is better than others is under Pairs."
    )


def _dots(comparison: Comparison, *, key: str) -> None:
    figure = st.selectbox(
        "Figure",
        ORDER,
        format_func=FIGURE_TITLES.__getitem__,
        key=f"result_figure_{key}",
        persist_state="session",
        width=320,
    )
    known = comparison.intervals()
    found = known[known["figure"] == figure].set_index("model")
    shown = found.loc[[model for model in tested(comparison) if found["value"].notna()[model]]].reset_index()
    chart(
        interval_dots(shown, title=FIGURE_TITLES[figure], chance=_CHANCE.get(figure)),
        key=f"dots_{key}",
        alt=f"Dots: {FIGURE_TITLES[figure]} of each model with its 95 % interval",
    )
