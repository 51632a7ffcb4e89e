"""Uploaded cells as cards: the answer, the picture, and where the score is sensitive."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.card import ModelCard
from core.classify import Prediction
from core.data.thumbnail import thumbnail
from core.data.upload import Cell
from core.gates.finding import stopped
from core.types import ByteArray
from dashboard import state
from dashboard.components.cells import one_page
from dashboard.components.map_choice import MapChoice, map_choice
from dashboard.components.map_pictures import SHARPER, map_notes, map_pictures
from dashboard.components.maps import CellMaps, ShownCell, cell_maps, map_bar
from dashboard.resources.maps import Stored
from dashboard.state import Batch

_WIDTH = 128  # pixels of a picture
_CARD_WIDTH = 306  # of a cell and its map; four stand side by side on a wide screen, one on a phone
_WIDE_CARD_WIDTH = 738  # of a cell and its maps by four methods


def cell_cards(cells: Sequence[Cell], predictions: Sequence[Prediction], classifier: Stored, batch: Batch) -> None:
    """Each cell that is a picture, in pages, with its class and score, beside its maps.

    Args:
        cells: Those that were answered.
        predictions: The answer to each.
        classifier: The model that gave them.
        batch: Where they are from.
    """
    places = [place for place, answer in enumerate(predictions) if _is_picture(answer)]
    if not places:
        return
    choice = map_choice(classifier)
    places = places[one_page(len(places), key="upload")]
    shown = _shown(batch, {place: (cells[place], predictions[place]) for place in places})
    maps = cell_maps(classifier, shown, choice)
    if maps:
        map_bar(choice)
    with st.container(horizontal=True):
        for place, cell in shown.items():
            answer, found = predictions[place], maps.get(place)
            wide = choice.side_by_side and found is not None
            with st.container(border=True, width=_WIDE_CARD_WIDTH if wide else _CARD_WIDTH):
                if answer.label is None:
                    _without_answer(answer, cell.image)
                else:
                    _said(answer, classifier.card)
                    _pictures(cell, classifier, found, choice, key=f"cell_{place}")
                st.button(
                    "Review",
                    key=f"review_{place}",
                    icon=":material/rate_review:",
                    type="tertiary",
                    on_click=state.review_place,
                    args=(batch.key, place, state.UPLOAD_VIEW),
                )


def _is_picture(answer: Prediction) -> bool:
    stop = stopped(answer.findings)
    return stop is None or stop.gate != "image"


def _shown(batch: Batch, page: Mapping[int, tuple[Cell, Prediction]]) -> dict[int, ShownCell]:
    """The cells on this page, by place; each decoded once as long as the page is shown."""
    kept, batch.shown = batch.shown, {}
    found = {}
    for place, (cell, answer) in page.items():
        key = (*cell.key, answer.label is not None)
        image = kept[key] if key in kept else cell.pixels()
        # what has no map is small enough for the screen, be it the photograph of a whole smear
        batch.shown[key] = image if answer.label else thumbnail(image, SHARPER * _WIDTH)
        found[place] = ShownCell(answer.file, batch.shown[key], answer.label, answer.shown)
    return found


def _pictures(cell: ShownCell, classifier: Stored, maps: CellMaps | None, choice: MapChoice, *, key: str) -> None:
    """A cell beside its maps; it stands alone where none are wanted."""
    with st.container(horizontal=True, gap="small"):
        with st.container(width=_WIDTH, gap=None):
            _picture(cell.image, f"Cell {cell.name}")
            st.caption("Cell")
        if maps is not None:
            map_pictures(classifier, maps, choice, width=_WIDTH, key=key)
    if maps is not None:
        map_notes(maps, choice)


def _said(answer: Prediction, card: ModelCard) -> None:
    positive = card.classes[1]
    colour = "orange" if answer.label == positive else "blue"
    st.markdown(f"#### :{colour}[{answer.label}]")
    if answer.calibrated is None:
        said, cut = f"Score for {positive}: **{answer.probability:.2f}**", card.threshold
    else:
        said, cut = f"Probability of {positive}: **{answer.calibrated:.2f}**", card.shown_threshold
    st.caption(f"{answer.file}  \n{said} (called {positive} from {cut:.2f})")


def _without_answer(answer: Prediction, image: ByteArray) -> None:
    st.markdown("#### No answer")
    stop = stopped(answer.findings)
    measured = "" if stop is None else " · ".join(f"{name}: {value:.3g}" for name, value in stop.numbers.items())
    st.caption(f"{answer.file}  \n{answer.error}  \n{measured}")
    _picture(image, f"{answer.file}, without an answer")


def _picture(image: ByteArray, alt: str) -> None:
    st.image(thumbnail(image, SHARPER * _WIDTH), width=_WIDTH, output_format="PNG", alt=alt)
