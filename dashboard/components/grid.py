"""All cells of a data set: filters that combine, an order, and the pictures."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from core.data.dataset import CellDataset
from core.data.quality import CHECKS
from core.data.selection import MEASURES, selected
from dashboard import state
from dashboard.components.cells import pictures

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = {"label": "Class", "subject": "Subject", "fold": "Fold", "side": "Split", "part": "Part"}
_MIXED = "Mixed"
_FIRST = ("Largest", "Smallest")
_WIDE = 230  # pixels


def grid(dataset: CellDataset, cells: "pd.DataFrame", scores: Mapping[str, str]) -> None:
    """Filters, order, and the cells that are left, paged.

    Args:
        dataset: Where the files are.
        cells: Its cells, with their measures where they have been taken.
        scores: Columns of `cells` that hold scores, and what users call them.
    """
    st.header("Cells", divider="gray")
    with st.container(border=True):
        titles = {**scores, **MEASURES}
        measured = {name: title for name, title in titles.items() if name in cells and cells[name].notna().any()}
        among, flags = _choices(cells, flagged=bool(measured))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            between = _range(cells, measured)
            order, ascending = _order(measured)
    chosen = selected(cells, among=among, flags=flags, thresholds=state.thresholds(CHECKS), between=between)
    if not len(chosen):
        st.info("No cell matches these filters. Remove one to see cells again.", icon=":material/filter_alt_off:")
        return
    st.caption(f"{len(chosen):,} of {len(cells):,} cells")
    if order == _MIXED:  # all classes and subjects on the first page, the same each time
        chosen = chosen.sample(frac=1, random_state=0)
    else:
        chosen = chosen.sort_values([order, "path"], ascending=[ascending, True])
    pictures(dataset, chosen, key=f"grid_{order}_{ascending}")


def _choices(cells: "pd.DataFrame", *, flagged: bool) -> tuple[dict[str, list[str]], list[str]]:
    """Values to keep by column, and checks one of which must flag a cell."""
    options = {column: sorted(set(cells[column]) - {""}) for column in _COLUMNS}
    with st.container(horizontal=True):
        among = {
            column: st.multiselect(
                title,
                options[column],
                key=f"filter_{column}",
                placeholder="All",
                persist_state="session",
                width=_WIDE,
            )
            for column, title in _COLUMNS.items()
            if len(options[column]) > 1
        }
        flags = (
            st.multiselect(
                "Flagged as",
                list(CHECKS),
                format_func=lambda check: CHECKS[check].title,
                key="filter_flags",
                placeholder="All",
                persist_state="session",
                width=_WIDE,
            )
            if flagged
            else []
        )
    return among, flags


def _range(cells: "pd.DataFrame", measured: Mapping[str, str]) -> dict[str, tuple[float, float]]:
    """The part of a measure's range that the user wants; nothing where all of it."""
    if not measured:
        return {}
    name = st.selectbox(
        "Range of",
        list(measured),
        index=None,
        format_func=measured.__getitem__,
        placeholder="No measure chosen",
        key="filter_measure",
        persist_state="session",
        width=_WIDE,
    )
    if name is None:
        return {}
    low, high = float(cells[name].min()), float(cells[name].max())
    if low == high:
        st.caption("All cells have the same value.")
        return {}
    found = st.slider(
        "From and to", low, high, (low, high), key=f"filter_range_{name}", persist_state="session", width=_WIDE
    )
    return {} if found == (low, high) else {name: found}


def _order(measured: Mapping[str, str]) -> tuple[str, bool]:
    """What to sort by, and whether small values come first."""
    order = st.selectbox(
        "Sort by",
        [_MIXED, *measured],
        format_func=lambda name: measured.get(name, name),
        key="grid_order",
        persist_state="session",
        width=_WIDE,
    )
    if order == _MIXED:
        return order, True
    direction = st.segmented_control(
        "First",
        _FIRST,
        default=_FIRST[0],
        required=True,
        key="grid_direction",
        persist_state="session",
    )
    return order, direction == _FIRST[1]
