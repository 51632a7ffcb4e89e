"""Curves of chosen models: ROC, precision and recall, calibration, decisions, coverage."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from core.calibration import reliability
from core.comparison import Comparison
from core.curves import POINTS, Band
from core.evaluation import EvaluationReport
from core.figures import curves as figures
from core.results_table import with_interval
from dashboard import resources
from dashboard.components.charts import chart
from dashboard.components.comparison_choices import chosen_models

ROC, PRECISION, CALIBRATION = "ROC", "Precision and recall", "Calibration"
DECISION, COVERAGE = "Decision curve", "Coverage"
_MEANING = {
    ROC: "How many {positive} cells are found at each share of false alarms.",
    PRECISION: "How many of the cells called {positive} are {positive}, by how many of them are found. The dotted line "
    "is what calling every cell {positive} would come to.",
    CALIBRATION: "Of cells given 80 %, eight of ten should be {positive}: the nearer to the dotted line, the better. "
    "Each point stands for equally many cells. The calibration error is their mean distance from the line; of it and "
    "of the Brier score lower is better.",
    DECISION: "Is it worth acting on the model? Net benefit is the share of cells that are rightly called {positive}, "
    "less the false alarms; the lower the probability from which one would act, the less a false alarm weighs. A model "
    "helps where its line is above both grey ones.",
    COVERAGE: "How often the answer is right if only the surest part of the cells is answered and the rest is left to "
    "the microscope. All the way to the right every cell is answered.",
}
_BANDED = " The shade is the 95 % interval at each point, over persons."


def curves(comparison: Comparison, *, key: str) -> None:
    """Let the user choose a kind of curve and models to draw."""
    kind = st.segmented_control(
        "Curve",
        list(_MEANING),
        default=ROC,
        required=True,
        key=f"result_curve_{key}",
        label_visibility="collapsed",
        persist_state="session",
    )
    models = chosen_models(comparison, key=key)
    reports = {name: report for name in models if (report := comparison.row(name).report) is not None}
    if not reports:
        st.info("Choose a model to see its curve.", icon=":material/show_chart:")
        return
    banded = kind in {ROC, PRECISION, COVERAGE}
    st.caption(_MEANING[kind].format(positive=comparison.classes[1]) + (_BANDED if banded else ""))
    if kind == ROC:
        _roc(comparison, reports, key=key)
    elif kind == PRECISION:
        _precision(comparison, reports, key=key)
    elif kind == CALIBRATION:
        _calibration(comparison, reports, key=key)
    elif kind == DECISION:
        _decision(comparison, reports, key=key)
    else:
        _coverage(comparison, reports, key=key)


Reports = Mapping[str, EvaluationReport]


def _bands(curve: str, comparison: Comparison, reports: Reports, *, start: float, end: float) -> dict[str, Band]:
    at = np.linspace(start, end, POINTS)
    return {name: resources.band(curve, report, seed=comparison.seed, at=at) for name, report in reports.items()}


def _order(comparison: Comparison) -> list[str]:
    return [row.model for row in comparison.rows]


def _labels(comparison: Comparison, figure: str = "") -> dict[str, str]:
    """What the legend says of each model: its title, and one of its figures."""
    return {
        row.model: f"{row.title} {with_interval(row.figures[figure], row.intervals.get(figure))}"
        if figure in row.figures
        else row.title
        for row in comparison.rows
    }


def _roc(comparison: Comparison, reports: Reports, *, key: str) -> None:
    chart(
        figures.roc_bands(
            _bands("sensitivity", comparison, reports, start=0, end=1),
            order=_order(comparison),
            labels=_labels(comparison, "roc_auc"),
        ),
        key=f"roc_{key}",
        alt=f"ROC curves with 95 % bands: {', '.join(reports)}",
    )


def _precision(comparison: Comparison, reports: Reports, *, key: str) -> None:
    chart(
        figures.precision_bands(
            _bands("precision", comparison, reports, start=0.01, end=1),
            order=_order(comparison),
            labels=_labels(comparison, "pr_auc"),
            prevalence=float(next(iter(reports.values())).truth.mean()),
        ),
        key=f"precision_{key}",
        alt=f"Precision-recall curves with 95 % bands: {', '.join(reports)}",
    )


def _calibration(comparison: Comparison, reports: Reports, *, key: str) -> None:
    bins = {
        name: reliability(report.truth, report.cells["probability"].to_numpy(dtype=np.float64))
        for name, report in reports.items()
    }
    left, right = st.columns([3, 2])
    with left:
        chart(
            figures.reliability_curves(
                bins, order=_order(comparison), labels=_labels(comparison), positive=comparison.classes[1]
            ),
            key=f"reliability_{key}",
            alt=f"Reliability diagram: share of {comparison.classes[1]} cells by the probability given",
        )
    rows = {
        name: [with_interval(row.figures[each], row.intervals.get(each), decimals=3) for each in ("ece", "brier")]
        for name in reports
        if (row := comparison.row(name)).figures
    }
    right.dataframe(
        pd.DataFrame.from_dict(rows, orient="index", columns=["error", "brier"]).rename_axis("model").reset_index(),
        hide_index=True,
        column_config={"model": "Model", "error": "Calibration error", "brier": "Brier score"},
        alt="Table: calibration error and Brier score with 95 % intervals",
    )


def _decision(comparison: Comparison, reports: Reports, *, key: str) -> None:
    found = _bands("net_benefit", comparison, reports, start=0.01, end=0.99)
    first = next(iter(reports.values()))
    treat_all = resources.band("treat_all", first, seed=comparison.seed, at=np.linspace(0.01, 0.99, POINTS))
    chart(
        figures.decision_curves(
            found,
            order=_order(comparison),
            labels=_labels(comparison),
            treat_all=treat_all,
            positive=comparison.classes[1],
        ),
        key=f"decision_{key}",
        alt=f"Decision curves: net benefit by threshold of {', '.join(reports)}, of calling all cells and of none",
    )


def _coverage(comparison: Comparison, reports: Reports, *, key: str) -> None:
    chart(
        figures.coverage_bands(
            _bands("accuracy", comparison, reports, start=0.05, end=1),
            order=_order(comparison),
            labels=_labels(comparison, "accuracy"),
        ),
        key=f"coverage_{key}",
        alt=f"Accuracy by the share of cells that is answered, with 95 % bands: {', '.join(reports)}",
    )
