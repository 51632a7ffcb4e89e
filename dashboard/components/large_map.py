"""One cell large beside the same cell with its maps."""

import streamlit as st

from core.data.thumbnail import thumbnail
from dashboard.components.map_choice import MapChoice
from dashboard.components.map_pictures import SHARPER, map_notes, map_pictures
from dashboard.components.maps import ShownCell, cell_maps, map_bar
from dashboard.resources.maps import Stored

_WIDTH = 350  # pixels of a picture; two stand side by side on a wide screen


def large_map(classifier: Stored, cell: ShownCell, choice: MapChoice, *, key: str) -> None:
    """Show a cell and, where it has a class, its maps beside it, with the bar, the check and the files.

    Args:
        classifier: The model that answered.
        cell: The cell.
        choice: From `map_choice`.
        key: Unique among the large maps on the page.
    """
    found = cell_maps(classifier, {0: cell}, choice).get(0)
    with st.container(horizontal=True):
        with st.container(width=_WIDTH, gap=None):
            st.image(
                thumbnail(cell.image, SHARPER * _WIDTH), width=_WIDTH, output_format="PNG", alt=f"Cell {cell.name}"
            )
            st.caption("Cell")
        if found is not None:
            map_pictures(classifier, found, choice, width=_WIDTH, key=key)
    if found is not None:
        map_bar(choice)
        map_notes(found, choice)
