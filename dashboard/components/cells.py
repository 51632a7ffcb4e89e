"""Pictures of cells, paged."""

from typing import TYPE_CHECKING

import streamlit as st

from core.data.dataset import CellDataset
from core.errors import LeukoscopeError
from dashboard import resources, state

if TYPE_CHECKING:
    import pandas as pd

PICTURE_WIDTH = 146  # pixels; eight stand side by side on a wide screen, two on a phone
_PER_PAGE = 24


def pictures(dataset: CellDataset, cells: "pd.DataFrame", *, key: str) -> None:
    """Pictures of cells in this order, paged, each with a button that opens its details."""
    shown = one_page(len(cells), key=key)
    with st.container(horizontal=True):
        for _, cell in cells.iloc[shown].iterrows():
            picture_with_details(dataset, cell, key=key)


def picture_with_details(dataset: CellDataset, cell: "pd.Series", *, key: str, named: bool = False) -> None:
    """A cell above a button that opens its details.

    Args:
        dataset: Where the file is.
        cell: One row of its table.
        key: Unique among the groups of pictures on the page.
        named: Whether the caption names the file.
    """
    path = cell["path"]
    with st.container(width=PICTURE_WIDTH, gap=None, horizontal_alignment="center"):
        picture(dataset, cell, named=named)
        st.button(
            "Details",
            key=f"details_{key}_{path}",
            type="tertiary",
            icon=":material/search:",
            on_click=state.show_details,
            args=(path,),
        )


def one_page(count: int, *, key: str, per_page: int = _PER_PAGE) -> slice:
    """Let the user turn pages where there is more than one; the places of those on the page shown."""
    pages = -(-count // per_page)
    page = st.pagination(pages, key=f"{key}_page_{pages}") if pages > 1 else 1
    return slice((page - 1) * per_page, page * per_page)


def picture(dataset: CellDataset, cell: "pd.Series", *, named: bool = False, width: int = PICTURE_WIDTH) -> None:
    """One cell above its class and subject; in its place the reason if it cannot be shown.

    Args:
        dataset: Where the file is.
        cell: One row of its table.
        named: Whether the caption names the file.
        width: Of the picture, in pixels of the screen.
    """
    file = dataset.file(cell["path"])
    who = f"subject {cell['subject']}" if cell["subject"] else file.parent.name
    caption = f"{cell['label'] or 'unlabelled'} · {who}"
    try:
        pixels = resources.thumbnail(file, file.stat().st_mtime, edge=width)
    except (LeukoscopeError, OSError) as error:
        st.error(f"{file.name}: {error}")
        return
    shown = f"{caption} · {file.name}" if named else caption
    st.image(pixels, caption=shown, width=width, alt=f"Cell {file.name}, {caption}")
