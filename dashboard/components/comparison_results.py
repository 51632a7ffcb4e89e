"""The results of a comparison: what may be said first, then one view of the figures at a time."""

import streamlit as st

from core.comparison import Comparison
from core.data.dataset import CellDataset
from core.data.edits import applied
from core.figures.comparison import fit_times
from core.verdict import claims, headline
from dashboard.components.charts import chart
from dashboard.components.comparison_calls import calls
from dashboard.components.comparison_choices import chosen_model, tested
from dashboard.components.comparison_curves import curves
from dashboard.components.comparison_pairs import pairs
from dashboard.components.comparison_table import figure_table
from dashboard.components.disagreements import disagreements
from dashboard.components.notice import measured_on
from dashboard.components.operating_point import operating_point
from dashboard.components.subjects import subject_table

TABLE, PAIRS, CURVES, CALLS = "Table", "Pairs", "Curves", "Calls"
SUBJECTS, DISAGREEMENTS, TIME, OPERATING_POINT = "Subjects", "Disagreements", "Time", "Operating point"
VIEWS = (TABLE, PAIRS, CURVES, CALLS, SUBJECTS, DISAGREEMENTS, TIME, OPERATING_POINT)


def comparison_results(comparison: Comparison, dataset: CellDataset | None, *, key: str) -> None:
    """The verdict, and the view that the user has chosen; only that one is computed.

    Args:
        comparison: What was compared.
        dataset: Where the pictures of its cells are; None, or another data set, for none.
        key: Unique on the page.
    """
    measured_on(comparison.origin, comparison.split_by)
    _verdict(comparison)
    if not tested(comparison):
        figure_table(comparison, key=key)
        return
    view = st.segmented_control(
        "View of the results",
        VIEWS,
        default=TABLE,
        required=True,
        key=f"result_view_{key}",
        label_visibility="collapsed",
        persist_state="session",
    )
    if view == TABLE:
        figure_table(comparison, key=key)
    elif view == PAIRS:
        pairs(comparison, key=key)
    elif view == CURVES:
        curves(comparison, key=key)
    elif view == CALLS:
        calls(comparison, dataset, key=key)
    elif view == SUBJECTS:
        _subjects(comparison, key=key)
    elif view == DISAGREEMENTS:
        disagreements(comparison, dataset, key=key)
    elif view == TIME:
        _time(comparison, key=key)
    else:
        operating_point(comparison, key=key)


def _verdict(comparison: Comparison) -> None:
    said = headline(comparison)
    if said:
        st.info(f"**{said}**\n\n{' '.join(claims(comparison))}", icon=":material/leaderboard:")
    else:
        st.info("No model could be tested; the table says why.", icon=":material/info:")
    cells, subjects = comparison.cells, comparison.subjects
    if comparison.plan.splits == 1:
        how = (
            f"Fitted on {cells['fit']:,} cells of {subjects['fit']} subjects, set on {cells['validation']:,} cells of "
            f"{subjects['validation']} others, tested on {cells['test']:,} cells of {subjects['test']} others."
        )
    else:
        how = (
            f"Each of {subjects['test']} subjects was tested once ({cells['test']:,} cells), by models that were "
            f"fitted on others: {comparison.plan.splits} folds."
        )
    st.caption(f"{how} {applied(comparison.edits)}".strip())


def _subjects(comparison: Comparison, *, key: str) -> None:
    negative, positive = comparison.classes
    model = chosen_model(comparison, key=key)
    table = comparison.by_subject(model)
    if table.empty:
        st.caption("The cells name no subjects.")
        return
    subject_table(
        table,
        positive=positive,
        alt=f"Table: cells, accuracy and mean score of each test subject by {model}, the worst first",
    )
    st.caption(
        f"The worst first: how many of a subject's cells are {positive}, how many were called right, and their mean "
        f"score; the higher, the more it speaks for {positive}, the lower, for {negative}."
    )


def _time(comparison: Comparison, *, key: str) -> None:
    figures = comparison.intervals()
    areas = figures[figures["figure"] == "roc_auc"]
    table = comparison.table()[["model", "fit_seconds"]].merge(areas, on="model").dropna(subset=["fit_seconds"])
    order = [row.model for row in comparison.rows]
    if not table.empty:
        chart(
            fit_times(table, order=order),
            key=f"time_{key}",
            alt="Dots: ROC AUC of each model with its interval by the time that it took to fit",
        )
    elsewhere = [row.model for row in comparison.rows if row.report is not None and row.fit_seconds is None]
    said = "Time to fit is over all folds." if comparison.plan.splits > 1 else ""
    if elsewhere:
        said += f" Trained earlier, so without a time to fit: {', '.join(elsewhere)}."
    st.caption(f"Up and to the left is better. {said}".strip())
