"""Duplicates of a data set, side by side, and what they cross."""

from typing import TYPE_CHECKING

import streamlit as st

from core.data.duplicates import ACROSS, MOST_PAIRS, WITHIN, conflicting_labels, exact_duplicates
from dashboard import resources
from dashboard.components.cells import one_page, picture_with_details
from dashboard.components.numbers import numbers

if TYPE_CHECKING:
    import pandas as pd

    from core.data.dataset import CellDataset

_PER_PAGE = 6
_COMPARED = ("path", "sha256", "subject", "label", "fold", "part", "side", "perceptual_hash")
_ACROSS = dict(zip(("Across subjects", "Across classes", "Across folds", "Across splits"), ACROSS, strict=True))
_WITHIN = dict(
    zip(("Within one subject", "Within one class", "Within one fold", "Within one split"), WITHIN, strict=True)
)
_FILTERS = {**_ACROSS, **_WITHIN}
_CROSSED = dict(zip(ACROSS, ("two subjects", "two classes", "two folds", "two sides of the split"), strict=True))


def duplicates(dataset: "CellDataset", cells: "pd.DataFrame") -> None:
    """Numbers, filters, and pairs of cells side by side.

    Args:
        dataset: Where the files are.
        cells: Its table, hashed, with `side` where there is a split. Pairs that look alike are shown if it has
            `perceptual_hash`.
    """
    st.header("Duplicates", divider="gray")
    kinds = {"Identical": exact_duplicates(cells)}
    if "perceptual_hash" in cells.columns:
        compared = [column for column in _COMPARED if column in cells.columns]
        kinds["Look alike"] = resources.near_pairs(cells[compared])
    if all(pairs.empty for pairs in kinds.values()):
        alike = " and no two cells look like copies of each other" if "Look alike" in kinds else ""
        st.success(f"No two files are identical{alike}.", icon=":material/verified:")
        return
    _counts(cells, kinds)
    pairs, chosen = _chosen(kinds)
    if pairs.empty:
        st.info("No pair matches these filters. Choose All to see pairs again.", icon=":material/filter_alt_off:")
        return
    on_page = one_page(len(pairs), key=f"duplicates_{chosen}", per_page=_PER_PAGE)
    rows = cells.set_index("path", drop=False)
    with st.container(horizontal=True):
        for _, pair in pairs.iloc[on_page].iterrows():
            _side_by_side(dataset, rows, pair)


def _counts(cells: "pd.DataFrame", kinds: "dict[str, pd.DataFrame]") -> None:
    """How many pairs there are, how many of them cross what, and what that means."""
    crossing = {title: sum(int(pairs[name].sum()) for pairs in kinds.values()) for title, name in _ACROSS.items()}
    found = {f"{kind} pairs": len(pairs) for kind, pairs in kinds.items()}
    found |= crossing | {"Contradicting labels": len(conflicting_labels(cells))}
    numbers({name: f"{count:,}" for name, count in found.items()})
    if len(kinds.get("Look alike", ())) == MOST_PAIRS:
        st.caption(f"Only the {MOST_PAIRS:,} pairs that are most alike are counted and shown.")
    joined = "Identical files, and all cells of subjects that share one, stand on one side of every split."
    apart = " Cells that only look alike may stand on two: then a test score is too good."
    st.caption(joined + apart if "Look alike" in kinds else joined)


def _chosen(kinds: "dict[str, pd.DataFrame]") -> "tuple[pd.DataFrame, str]":
    """The pairs to show and a name for the choice."""
    kinds = {kind: pairs for kind, pairs in kinds.items() if len(pairs)}
    kind = next(iter(kinds))
    if len(kinds) > 1:
        kind = st.segmented_control(
            "Pairs", list(kinds), default=kind, required=True, key="duplicates_kind", persist_state="session"
        )
    crossing = st.selectbox("Show", ("All", *_FILTERS), key="duplicates_across", persist_state="session", width=300)
    pairs = kinds[kind]
    return (pairs if crossing == "All" else pairs[pairs[_FILTERS[crossing]]]), f"{kind}_{crossing}"


def _side_by_side(dataset: "CellDataset", rows: "pd.DataFrame", pair: "pd.Series") -> None:
    bits = pair.get("distance")
    alike = "Identical" if bits is None else "1 bit differs" if bits == 1 else f"{bits} bits differ"
    crossed = [words for name, words in _CROSSED.items() if pair[name]]
    with st.container(border=True, width="content"):
        st.markdown(" · ".join([f"**{alike}**", *crossed]))
        with st.container(horizontal=True):
            for path in (pair["path"], pair["other"]):
                picture_with_details(dataset, rows.loc[path], key=f"{pair['path']}_{pair['other']}", named=True)
