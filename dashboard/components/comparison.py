"""The form and the result of a comparison."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core import store
from core.comparison import CLASSICAL, TIMES, Comparison
from core.config import settings
from core.data.dataset import CellDataset
from core.data.edits import applied
from core.features import DEFAULT, FEATURES
from core.figures import results as figures
from core.jobs import ENDED, Job
from core.metrics import FIGURES, PROBABILITY_FIGURES
from dashboard import resources
from dashboard.components.charts import chart
from dashboard.components.progress import cancel_button

_TITLES = {
    **figures.FIGURE_TITLES,
    "model": "Model",
    "stamp": "Note",
    "fit_seconds": "Fit (s)",
    "predict_seconds": "Predict (s)",
    "problem": "Remark",
}
_HIGHEST = tuple(name for name in FIGURES if name not in PROBABILITY_FIGURES)


def comparison_form(dataset: CellDataset) -> None:
    """Ask which models on which features, and queue the comparison."""
    with st.form("comparison"):
        names = [*CLASSICAL, *(model.name for model in store.models(settings().models))]
        chosen = st.multiselect("Models", names, default=names, key="compare_models")
        features = st.segmented_control(
            "What the classical models see",
            list(FEATURES),
            default=DEFAULT,
            format_func=lambda key: FEATURES[key].title,
            required=True,
            key="compare_features",
            persist_state="session",
        )
        submitted = st.form_submit_button("Compare", type="primary", icon=":material/play_arrow:")
    if submitted and not chosen:
        st.error("Expected at least one model. Received: none.", icon=":material/error:")
    elif submitted:
        resources.jobs().submit_comparison(dataset, models=chosen, features=features)


def latest() -> None:
    """The newest comparison; refreshes itself while it is under way."""
    found = resources.jobs().jobs("comparison")
    if not found:
        st.info("No comparison yet. All models above will be tested on the same subjects.", icon=":material/info:")
        return
    waiting = found[0].state not in ENDED

    @st.fragment(run_every=1.0 if waiting else None)
    def show() -> None:
        job = resources.jobs().jobs("comparison")[0]
        if waiting and job.state in ENDED:
            st.rerun()
        _job(job)

    show()


def _job(job: Job) -> None:
    if job.state not in ENDED:
        st.progress(job.done / job.total if job.total else 0.0, text=job.text or "Waiting for a free worker")
        cancel_button(job)
    elif job.problem:
        st.error(job.problem, icon=":material/error:")
    elif isinstance(job.outcome, Comparison):
        _result(job.outcome)
    elif job.state == "done" and "table" in job.result:
        _stored(job.result)
    else:
        st.info("The comparison was cancelled.", icon=":material/cancel:")


def _result(comparison: Comparison) -> None:
    _table(
        comparison.table(),
        origin=comparison.origin,
        split_by=comparison.split_by,
        sizes=(comparison.cells, comparison.subjects),
        edits=comparison.edits,
    )
    left, right = st.columns(2)
    with left:
        chart(figures.figure_bars(comparison), key="bars", alt="Bar chart: figures of each model")
    with right:
        chart(figures.roc_curves(comparison.reports()), key="roc", alt="ROC curves of all models")
    st.download_button(
        "Download as CSV",
        comparison.export().to_csv(index=False),
        file_name="comparison.csv",
        mime="text/csv",
        icon=":material/download:",
    )


def _stored(result: Mapping[str, Any]) -> None:
    """The table of a comparison that an earlier server has finished."""
    table = pd.DataFrame(result["table"])
    numbers = [*FIGURES, *TIMES]
    table[numbers] = table[numbers].astype(float)
    _table(
        table,
        origin=result["origin"],
        split_by=result["split_by"],
        sizes=(result["cells"], result["subjects"]),
        edits=result["edits"],
    )
    st.caption("This comparison was made before the server was started again; compare again to see the curves.")


def _table(
    table: pd.DataFrame,
    *,
    origin: str,
    split_by: str,
    sizes: tuple[Mapping[str, int], Mapping[str, int]],
    edits: Mapping[str, int],
) -> None:
    cells, subjects = sizes
    st.header("On the same test subjects", divider="gray")
    if origin.startswith("drawn"):
        st.warning("Measured on drawn cells, not on real ones.", icon=":material/draw:")
    if split_by == "cell":
        st.warning("Not split by subject: every figure may be too good.", icon=":material/group_off:")
    st.caption(
        f"Classical models were fitted on {cells['fit']:,} cells of {subjects['fit']} subjects; "
        f"all models are tested on {cells['test']:,} cells of {subjects['test']} other subjects. "
        f"{applied(edits)} The best value of each column is marked."
    )
    styled = (
        table.style.highlight_max(subset=list(_HIGHEST), props="font-weight: bold; background-color: #DFF2E4")
        .highlight_min(subset=[*PROBABILITY_FIGURES, *TIMES], props="font-weight: bold; background-color: #DFF2E4")
        .format("{:.3f}", subset=list(FIGURES), na_rep="")
        .format("{:.2f}", subset=list(TIMES), na_rep="")
    )
    st.dataframe(
        styled,
        hide_index=True,
        column_config=_TITLES,
        placeholder="",
        alt="Table: figures of each model on the test subjects",
    )
