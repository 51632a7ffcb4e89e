"""Operating point: from which probability on a model calls a cell positive, with all figures live."""

import pandas as pd
import streamlit as st

from core import store
from core.comparison import Comparison
from core.config import settings
from core.cut import Cut, Side, as_compared, as_score, assessed, chosen, cut
from core.figures.results import FIGURE_TITLES
from core.operating_point import Choice, Rule
from core.results_table import with_interval
from dashboard import state
from dashboard.components.comparison_choices import at_prevalence, chosen_model, stated_prevalence
from dashboard.components.notice import problems_shown
from dashboard.components.numbers import numbers

_AS_COMPARED, _BY_HAND = "As compared", "By hand"
_SENSITIVITY, _SPECIFICITY, _BALANCED = "Sensitivity at least", "Specificity at least", "Best balance"
_RULES: dict[str, Rule] = {
    _SENSITIVITY: "sensitivity",
    _SPECIFICITY: "specificity",
    _BALANCED: "balanced",
    _BY_HAND: "by hand",
}
_HEADLINES = ("sensitivity", "specificity", "ppv", "npv")


def operating_point(comparison: Comparison, *, key: str) -> None:
    """Let the user move the operating point of a model or have it chosen, and take it to Upload."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        model = chosen_model(comparison, key=key)
        comparison = at_prevalence(comparison, key=key)
    rule = st.segmented_control(
        "Operating point",
        [_AS_COMPARED, *_RULES],
        default=_AS_COMPARED,
        required=True,
        key=f"result_rule_{key}",
        persist_state="session",
    )
    choice = None if rule == _AS_COMPARED else _choice(comparison, model, rule, key=key)
    thresholds = None if choice is None else chosen(comparison, model, choice)
    if thresholds == {}:
        st.info(
            f"{model} was trained on the validation subjects, so nothing can be chosen on them. Set it by hand.",
            icon=":material/info:",
        )
        return
    found = cut(comparison, model, thresholds)
    _result(comparison, found, by_hand=rule == _BY_HAND)
    source = choice.source if choice is not None else comparison.row(model).threshold_source
    st.caption(f"Operating point: the {source}. {stated_prevalence(comparison)}")
    if comparison.row(model).kind == "network" and comparison.plan.splits == 1:
        _use(comparison, model, None if choice is None else found.thresholds[0], source, key=key)


def _choice(comparison: Comparison, model: str, rule: str, *, key: str) -> Choice:
    if rule == _BALANCED:
        return Choice(_RULES[rule])
    if rule == _BY_HAND:
        compared = as_compared(comparison, model).values()
        share = st.slider(
            f"A cell is called {comparison.classes[1]} from a probability of",
            1,
            99,
            min(99, max(1, round(100 * sum(compared) / len(compared)))),
            format="%d %%",
            key=f"result_percent_{key}_{model}",
        )
        return Choice("by hand", threshold=share / 100)
    share = st.slider(rule, 50, 100, 95, format="%d %%", key=f"result_least_{key}", persist_state="session")
    return Choice(_RULES[rule], at_least=share / 100)


def _result(comparison: Comparison, found: Cut, *, by_hand: bool) -> None:
    positive = comparison.classes[1]
    numbers({FIGURE_TITLES[name]: _number(found.test.figures[name]) for name in _HEADLINES})
    st.caption(f"On the test subjects. A cell is called {positive} {said_threshold(found)}.")
    sides = {"Validation": found.validation, "Test": found.test}
    known = {name: side for name, side in sides.items() if side is not None}
    st.dataframe(
        pd.DataFrame({name: _column(side, comparison.classes) for name, side in known.items()})
        .rename_axis("figure")
        .reset_index(),
        hide_index=True,
        width="content",
        column_config={"figure": st.column_config.TextColumn("Figure with 95 % interval")},
        alt="Table: figures at this operating point on the validation and on the test subjects",
    )
    if found.validation is None:
        st.caption("There are no validation figures: the model was trained on these subjects.")
    if by_hand:
        st.caption(
            ":material/warning: If you move it until the test figures look good, they will look worse on new subjects. "
            "The other ways choose on the validation subjects alone."
        )


def said_threshold(found: Cut) -> str:
    """From which probability on a cell is called positive, to stand after 'is called ALL'."""
    low, high = min(found.thresholds.values()), max(found.thresholds.values())
    if low > 1:
        return "never"
    if len(found.thresholds) == 1 or high - low < 0.005:
        return f"from a probability of {low:.0%} on"
    return f"from a probability of {low:.0%} to {min(high, 1):.0%} on, by fold"


def _column(side: Side, classes: tuple[str, str]) -> dict[str, str]:
    (cleared, alarmed), (missed, hit) = side.matrix
    negative, positive = classes
    figures = {
        FIGURE_TITLES[name]: with_interval(value, side.intervals[name]) or "-" for name, value in side.figures.items()
    }
    return {
        **figures,
        f"{positive} found": f"{hit:,} of {hit + missed:,}",
        f"{negative} cleared": f"{cleared:,} of {cleared + alarmed:,}",
        "Subjects": f"{side.subjects}",
    }


def _number(value: float) -> str:
    return f"{value:.2f}" if value == value else "-"  # noqa: PLR0124  # NaN


def _use(comparison: Comparison, model: str, probability: float | None, source: str, *, key: str) -> None:
    """A button that makes this the operating point of the stored network, and opens Upload with it."""
    if not st.button("Use on Upload", key=f"use_point_{key}", icon=":material/upload_file:"):
        return
    with problems_shown():
        (found,) = assessed(comparison, model)
        score = found.threshold if probability is None else as_score(found, probability)
        store.set_operating_point(settings().models, model, threshold=score, source=source)
    state.choose_model(model)
    st.switch_page("app_pages/upload.py")
