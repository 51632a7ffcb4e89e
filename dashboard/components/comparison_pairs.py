"""Each two models against each other, each against the size of the cell alone, and what random splits add."""

import pandas as pd
import streamlit as st

from core.comparison import Comparison
from core.estimators import AREA_ONLY
from core.paired import Pair
from core.verdict import area, best

_ALL = "All models"


def pairs(comparison: Comparison, *, key: str) -> None:
    """What may be claimed of pairs of models, in sentences and in numbers."""
    _inflations(comparison)
    if not comparison.pairs:
        st.caption("There are no two models that were tested on the same cells.")
        return
    names = list(dict.fromkeys(name for pair in comparison.pairs for name in (pair.first, pair.second)))
    row = best(comparison)
    chosen = st.selectbox(
        "Pairs with",
        [_ALL, *names],
        index=1 + names.index(row.model) if row is not None and row.model in names else 0,
        key=f"result_pairs_{key}",
        persist_state="session",
        width=320,
    )
    shown = [pair for pair in comparison.pairs if chosen in {_ALL, pair.first, pair.second}]
    _claims(shown)
    _table(shown)
    with_area = [said for model in names if model != AREA_ONLY and (said := area(comparison, model))]
    if with_area:
        st.subheader("Against the size of the cell alone")
        st.markdown("\n".join(f"- {said}" for said in with_area))


def _inflations(comparison: Comparison) -> None:
    if comparison.inflations:
        st.subheader("What random splits add")
        st.markdown("\n".join(f"- {found.sentence}" for found in comparison.inflations))
        st.subheader("Pairs of models")


def _claims(shown: list[Pair]) -> None:
    claimed = [pair.sentence for pair in shown if pair.claimed]
    rest = len(shown) - len(claimed)
    if rest:
        which = f"the other {rest} of these {len(shown)} pairs" if claimed else "any of these pairs"
        claimed.append(f"No difference can be claimed for {which}.")
    st.markdown("\n".join(f"- {said}" for said in claimed))


def _table(shown: list[Pair]) -> None:
    st.dataframe(
        pd.DataFrame(
            {
                "first": [pair.first for pair in shown],
                "second": [pair.second for pair in shown],
                "difference": [_difference(pair) for pair in shown],
                "claim": [_claim(pair) for pair in shown],
                "p_value": [_p(pair.holm.get("p_value")) for pair in shown],
                "delong_p": [_p(pair.holm.get("delong_p")) for pair in shown],
                "mcnemar_p": [_p(pair.holm.get("mcnemar_p")) for pair in shown],
                "only_first_right": [pair.only_first_right for pair in shown],
                "only_second_right": [pair.only_second_right for pair in shown],
            }
        ),
        hide_index=True,
        column_config={
            "first": "First",
            "second": "Second",
            "difference": "First - second, ROC AUC",
            "claim": "May be claimed",
            "p_value": "p over persons",
            "delong_p": "p by DeLong",
            "mcnemar_p": "p by McNemar",
            "only_first_right": st.column_config.NumberColumn("Only first right", format="localized"),
            "only_second_right": st.column_config.NumberColumn("Only second right", format="localized"),
        },
        alt="Table: difference in ROC AUC, tests and cells that only one of the two calls right, for each pair",
    )
    st.caption(
        "The difference stands with its 95 % interval over persons. All p values are corrected for the number of pairs "
        "(Holm). A claim needs p over persons below 0.05: DeLong's test of the areas and McNemar's exact test of the "
        "calls take cells for independent, which those of one person are not, and so find differences too easily."
    )


def _difference(pair: Pair) -> str:
    if pair.interval is None:
        return f"{pair.difference:+.3f}"
    return f"{pair.difference:+.3f} ({pair.interval[0]:+.3f} to {pair.interval[1]:+.3f})"


def _claim(pair: Pair) -> str:
    if not pair.claimed:
        return "no difference can be claimed"
    return f"{pair.first if pair.difference > 0 else pair.second} is better"


def _p(value: float | None) -> str:
    if value is None:
        return "too few persons"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
