"""Maps of the cells that are shown, each made once, and the bar that says what their colours mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from core.cases.open_case import OpenCase
from core.classifier import Classifier
from core.explain import Method
from core.faithfulness import Faithfulness
from core.map_agreement import MapAgreement
from core.maps import laid_over
from core.overlay import COLOURS, colour_bar
from core.types import ByteArray, FloatArray
from dashboard import resources
from dashboard.components.map_choice import MapChoice
from dashboard.components.progress import progress_bar
from dashboard.resources.maps import Stored

_BAR = (180, 12)  # pixels


@dataclass(frozen=True, eq=False)
class ShownCell:
    """A cell on the page.

    Attributes:
        name: Of its file.
        image: RGB pixels, (height, width, 3).
        label: The class called, or None; without one there is no map.
        probability: Of the positive class, as it is shown; None where it is not known.
    """

    name: str
    image: ByteArray
    label: str | None
    probability: float | None = None


@dataclass(frozen=True, eq=False)
class CellMaps:
    """The maps of one cell that are shown.

    Attributes:
        cell: The cell.
        explained: The class that they explain.
        maps: The map by each method.
        checks: How good each is; {} where nobody asks.
        agreement: How alike they are; None where there is one only.
    """

    cell: ShownCell
    explained: str
    maps: Mapping[Method, FloatArray]
    checks: Mapping[Method, Faithfulness]
    agreement: MapAgreement | None


def cell_maps(classifier: Stored, cells: Mapping[int, ShownCell], choice: MapChoice) -> dict[int, CellMaps]:
    """The maps that were chosen of cells that have a class, each made once; {} where none are wanted."""
    explained = {place: choice.target or cell.label for place, cell in cells.items() if cell.label is not None}
    if choice.opacity is None or not explained:
        return {}
    images, labels = [cells[place].image for place in explained], list(explained.values())
    checks: dict[Method, list[Faithfulness]] = {}
    agreements: list[MapAgreement] = []
    with progress_bar("Mapping cells") as progress:
        maps = {
            method: resources.maps_of(classifier, images, labels, method=method, layer=choice.layer, progress=progress)
            for method in choice.methods
        }
        if isinstance(classifier, Classifier) and choice.checked:
            checks = {
                method: resources.checks_of(
                    classifier, images, labels, method=method, layer=choice.layer, progress=progress
                )
                for method in choice.methods
            }
        if isinstance(classifier, Classifier) and choice.side_by_side:
            agreements = resources.agreements_of(
                classifier, images, labels, methods=choice.methods, layer=choice.layer, progress=progress
            )
    return {
        place: CellMaps(
            cells[place],
            label,
            {method: made[row] for method, made in maps.items()},
            {method: made[row] for method, made in checks.items()},
            agreements[row] if agreements else None,
        )
        for row, (place, label) in enumerate(explained.items())
    }


def map_bar(choice: MapChoice) -> None:
    """What the colours mean, once for all maps."""
    if choice.opacity is None:
        return
    bar = colour_bar(*_BAR, opacity=choice.opacity, colours=choice.colours, style=choice.style)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Low", width="content")
        st.image(
            bar,
            width=_BAR[0],
            output_format="PNG",
            alt=f"Colour bar, {COLOURS[choice.colours]}: from low sensitivity on the left to high on the right",
        )
        st.caption("high sensitivity", width="content")


def overlays(opened: OpenCase, stored: Callable[[], Stored | None]) -> Callable[[int], ByteArray | None]:
    """What lays the usual map over the cell at a place of a case; None where there is no class, picture or model.

    Args:
        opened: The case.
        stored: Loads what answered, when the first map is wanted; None where it is not stored any more.
    """
    cells = opened.case.cells

    def laid_at(place: int) -> ByteArray | None:
        label = cells[place].answer.label
        model = None if label is None else stored()
        image = None if model is None else opened.pixels(place)
        if label is None or model is None or image is None:
            return None
        (relevance,) = resources.maps_of(model, [image], [label])
        return laid_over(model, image, relevance)

    return laid_at
