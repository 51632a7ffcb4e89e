"""Grids of cells."""

from typing import TYPE_CHECKING

import streamlit as st

from core.data.dataset import CellDataset
from core.errors import LeukoscopeError
from dashboard import resources

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = 8
_PER_PAGE = 24


def filtered(cells: "pd.DataFrame", columns: dict[str, str]) -> "pd.DataFrame":
    """Filters that combine, one for each column.

    Args:
        cells: Rows to choose from.
        columns: Column and what the user calls it.
    """
    for place, (column, title) in zip(st.columns(len(columns)), columns.items(), strict=True):
        options = sorted(set(cells[column]) - {""})
        chosen = place.multiselect(title, options, key=f"filter_{column}", placeholder="All", persist_state="session")
        if chosen:
            cells = cells[cells[column].isin(chosen)]
    return cells


def grid(dataset: CellDataset, cells: "pd.DataFrame") -> None:
    """Pictures of cells, paged."""
    if not len(cells):
        st.info("No cell matches these filters. Remove one to see cells again.", icon=":material/filter_alt_off:")
        return
    pages = -(-len(cells) // _PER_PAGE)
    page = st.pagination(pages, key=f"grid_page_{pages}") if pages > 1 else 1
    st.caption(f"{len(cells):,} cells")
    shown = cells.iloc[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    for start in range(0, len(shown), _COLUMNS):
        row = shown.iloc[start : start + _COLUMNS]
        for place, (_, cell) in zip(st.columns(_COLUMNS), row.iterrows(), strict=False):
            _cell(place, dataset, cell)


def _cell(place: "st.delta_generator.DeltaGenerator", dataset: CellDataset, cell: "pd.Series") -> None:
    file = dataset.file(cell["path"])
    who = f"subject {cell['subject']}" if cell["subject"] else file.parent.name
    caption = f"{cell['label'] or 'unlabelled'} · {who}"
    try:
        picture = resources.thumbnail(file, file.stat().st_mtime)
    except (LeukoscopeError, OSError) as error:
        place.error(f"{file.name}: {error}")
        return
    place.image(picture, caption=caption, width="stretch", alt=f"Cell {file.name}, {caption}")
