"""What a user chooses in several views of a comparison: a model, several, and the share of positive cells."""

import streamlit as st

from core.comparison import Comparison
from core.disagreement import complete
from core.estimators import AREA_ONLY
from core.prevalence import prevalence_of_test, with_prevalence
from core.verdict import best

_WIDE = 320  # pixels
_FIRST = 3  # models that are drawn until the user chooses others


def tested(comparison: Comparison) -> list[str]:
    """Names of the models that have figures, best ROC AUC first."""
    names = {row.model for row in comparison.rows if row.report is not None}
    return [model for model in comparison.table()["model"] if model in names]


def chosen_model(comparison: Comparison, *, key: str) -> str:
    """Let the user choose one model; the best one until then. The choice holds for all views."""
    names, row = tested(comparison), best(comparison)
    return st.selectbox(
        "Model",
        names,
        index=names.index(row.model) if row is not None else 0,
        format_func=lambda name: comparison.row(name).title,
        key=f"result_model_{key}",
        persist_state="session",
        width=_WIDE,
    )


def chosen_models(comparison: Comparison, *, key: str) -> list[str]:
    """Let the user choose models to draw; the best ones and the cell's area until then."""
    names = tested(comparison)
    ranked = [row.model for row in complete(comparison.rows) if row.kind != "baseline"]
    first = [name for name in names if name in ranked][:_FIRST] + [AREA_ONLY] * (AREA_ONLY in names)
    return st.multiselect(
        "Models",
        names,
        default=first,
        format_func=lambda name: comparison.row(name).title,
        key=f"result_models_{key}",
        persist_state="session",
    )


def at_prevalence(comparison: Comparison, *, key: str) -> Comparison:
    """Let the user say how frequent positive cells are; the comparison with PPV and NPV for that."""
    positive, as_tested = comparison.classes[1], prevalence_of_test(comparison) or 0.5
    asked = comparison.plan.prevalence
    share = st.number_input(
        f"Share of {positive} cells where it is used, in %",
        0.1,
        99.9,
        None if asked is None else 100 * asked,
        step=1.0,
        format="%.1f",
        placeholder=f"{100 * as_tested:.1f}, as tested",
        help=f"PPV and NPV depend on how frequent {positive} cells are. Left empty, they hold for the test cells.",
        key=f"result_prevalence_{key}",
        persist_state="session",
        width=_WIDE,
    )
    return with_prevalence(comparison, None if share is None else share / 100)


def stated_prevalence(comparison: Comparison) -> str:
    """For which share of positive cells PPV and NPV hold, in a sentence."""
    asked, positive = comparison.plan.prevalence, comparison.classes[1]
    if asked is None:
        return f"PPV and NPV hold where {prevalence_of_test(comparison) or 0:.1%} of the cells are {positive}, as here."
    return f"PPV and NPV hold where {asked:.1%} of the cells are {positive}."
