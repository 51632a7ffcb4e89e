"""A cell's maps as pictures, each with how good it is and a file to take away."""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from core.classifier import Classifier
from core.data.thumbnail import thumbnail
from core.explain import METHODS, Method, layer_titles
from core.map_picture import MapCaption, captioned
from core.maps import laid_over
from core.types import ByteArray
from dashboard.components.map_choice import MapChoice
from dashboard.components.maps import CellMaps
from dashboard.resources.maps import Stored

SHARPER = 2  # pixels of a picture to one of the screen


def map_pictures(classifier: Stored, found: CellMaps, choice: MapChoice, *, width: int, key: str) -> None:
    """Show the maps of a cell beside each other.

    Args:
        classifier: The model whose maps they are.
        found: From `cell_maps`.
        choice: What was chosen.
        width: Of each picture, in pixels of the screen.
        key: Unique among the cells on the page.
    """
    for method in found.maps:
        title = METHODS[method] if choice.side_by_side else "Overlay"
        with st.container(width=width, gap=None):
            st.image(
                thumbnail(_laid(classifier, found, method, choice), SHARPER * width),
                width=width,
                output_format="PNG",
                alt=f"{title} of {found.cell.name}, called {found.cell.label}: "
                f"where the score for {found.explained} is sensitive",
            )
            st.caption(title)
            _download(classifier, found, method, choice, key=key)
            if choice.side_by_side and method in found.checks:
                check = found.checks[method]
                st.caption(f"Check: {check.label}", help=check.sentence)


def map_notes(found: CellMaps, choice: MapChoice) -> None:
    """Say below the maps of a cell what must be known of them."""
    if not choice.side_by_side:
        for method, relevance in found.maps.items():
            if not relevance.any():
                st.caption(f"No area of this image raises the score for {found.explained}, so the overlay is empty.")
            if method in found.checks:
                st.caption(found.checks[method].sentence)
    if found.agreement is not None:
        st.caption(found.agreement.sentence)


def _laid(classifier: Stored, found: CellMaps, method: Method, choice: MapChoice) -> ByteArray:
    return laid_over(
        classifier,
        found.cell.image,
        found.maps[method],
        opacity=choice.opacity or 0,
        colours=choice.colours,
        style=choice.style,
    )


def _download(classifier: Stored, found: CellMaps, method: Method, choice: MapChoice, *, key: str) -> None:
    st.download_button(
        "Save PNG",
        _captioned(classifier, found, method, choice),
        file_name=f"{found.cell.name.replace('/', '_')}-{method}.png",
        mime="image/png",
        key=f"map_png_{key}_{method}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help="The cell and this map with a caption that says how it was made.",
    )


def _captioned(classifier: Stored, found: CellMaps, method: Method, choice: MapChoice) -> Callable[[], bytes]:
    """What draws the map with its caption, when somebody wants it."""
    cell = found.cell

    def picture() -> bytes:
        caption = MapCaption(
            cell.name,
            cell.label or "",
            cell.probability,
            found.explained,
            classifier.card,
            datetime.now(UTC),
            method,
            _layer_title(classifier, choice),
            choice.opacity or 0,
            choice.colours,
            choice.style,
        )
        return captioned(cell.image, _laid(classifier, found, method, choice), caption)

    return picture


def _layer_title(classifier: Stored, choice: MapChoice) -> str:
    if not isinstance(classifier, Classifier):
        return ""
    return layer_titles(classifier)[choice.layer or classifier.card.explained_layer]
