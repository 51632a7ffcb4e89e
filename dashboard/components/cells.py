"""Grids of cells."""

from typing import TYPE_CHECKING

import streamlit as st

from core.data.dataset import CellDataset
from core.errors import LeukoscopeError
from dashboard import resources

if TYPE_CHECKING:
    import pandas as pd

_PICTURE_WIDTH = 146  # pixels; eight stand side by side on a wide screen, two on a phone
_PER_PAGE = 24


def filtered(cells: "pd.DataFrame", columns: dict[str, str]) -> "pd.DataFrame":
    """Filters that combine, one for each column.

    Args:
        cells: Rows to choose from.
        columns: Column and what the user calls it.
    """
    options = {column: sorted(set(cells[column]) - {""}) for column in columns}
    for place, (column, title) in zip(st.columns(len(columns)), columns.items(), strict=True):
        chosen = place.multiselect(
            title, options[column], key=f"filter_{column}", placeholder="All", persist_state="session"
        )
        if chosen:
            cells = cells[cells[column].isin(chosen)]
    return cells


def grid(dataset: CellDataset, cells: "pd.DataFrame") -> None:
    """A mixed sample of cells, paged."""
    if not len(cells):
        st.info("No cell matches these filters. Remove one to see cells again.", icon=":material/filter_alt_off:")
        return
    st.caption(f"{len(cells):,} cells")
    mixed = cells.sample(frac=1, random_state=0)  # all classes and subjects on the first page, the same each time
    pictures(dataset, mixed, key="grid")


def pictures(dataset: CellDataset, cells: "pd.DataFrame", *, key: str) -> None:
    """Pictures of cells in this order, paged."""
    shown = one_page(len(cells), key=key)
    with st.container(horizontal=True):
        for _, cell in cells.iloc[shown].iterrows():
            picture(dataset, cell)


def one_page(count: int, *, key: str, per_page: int = _PER_PAGE) -> slice:
    """Let the user turn pages where there is more than one; the places of those on the page shown."""
    pages = -(-count // per_page)
    page = st.pagination(pages, key=f"{key}_page_{pages}") if pages > 1 else 1
    return slice((page - 1) * per_page, page * per_page)


def picture(dataset: CellDataset, cell: "pd.Series", *, named: bool = False) -> None:
    """One cell above its class and subject; in its place the reason if it cannot be shown.

    Args:
        dataset: Where the file is.
        cell: One row of its table.
        named: Whether the caption names the file.
    """
    file = dataset.file(cell["path"])
    who = f"subject {cell['subject']}" if cell["subject"] else file.parent.name
    caption = f"{cell['label'] or 'unlabelled'} · {who}"
    try:
        pixels = resources.thumbnail(file, file.stat().st_mtime)
    except (LeukoscopeError, OSError) as error:
        st.error(f"{file.name}: {error}")
        return
    shown = f"{caption} · {file.name}" if named else caption
    st.image(pixels, caption=shown, width=_PICTURE_WIDTH, alt=f"Cell {file.name}, {caption}")
