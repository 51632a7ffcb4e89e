"""What the user wants to see of maps: by which method, for which class, and how they look."""

from dataclasses import dataclass

import streamlit as st

from core.classifier import Classifier
from core.explain import METHODS, Method, layer_titles
from core.overlay import COLOURS, STYLES, Colours, Style
from dashboard.resources.maps import Stored

_CALLED = "the class called"
_OF_A_NETWORK = (
    "Bright areas show where the score is sensitive ({method}). They do not say why, and a map can be wrong where the "
    "answer is right. Heat on the black surroundings means that the cell's size or outline counts."
)
_OF_A_PIPELINE = (
    "Bright areas show where the score is sensitive: it falls most when they are cut out of the cell. They do not "
    "say why, and a map can be wrong where the answer is right. Heat at the rim means that the cell's size or outline "
    "counts."
)


@dataclass(frozen=True)
class MapChoice:
    """What the user wants to see of maps.

    Attributes:
        opacity: How strongly a map covers its cell, in [0, 1]; None for no maps.
        method: How they are made.
        checked: Whether each is to be held against random maps.
        target: The class to explain; None for the one that each cell is called.
        layer: The layer of the network to read; None for the one in its card.
        colours: Colour map.
        style: Heat or lines.
        side_by_side: Whether each cell is shown with its maps by all methods.
    """

    opacity: float | None
    method: Method = "grad-cam"
    checked: bool = False
    target: str | None = None
    layer: str | None = None
    colours: Colours = "inferno"
    style: Style = "heat"
    side_by_side: bool = False

    @property
    def methods(self) -> tuple[Method, ...]:
        """Those whose maps are shown."""
        return tuple(METHODS) if self.side_by_side else (self.method,)


def map_choice(classifier: Stored) -> MapChoice:
    """Ask how to map, the rarely wanted choices in a drawer; all of them outlast the page."""
    if not isinstance(classifier, Classifier):
        return _of_a_pipeline(classifier)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        beside = _side_by_side()
        method = "grad-cam" if beside else _method()
        check = st.toggle(
            "Check the maps",
            help="Holds each map against random ones: does the score fall further when its bright areas are taken "
            "away, and rise higher when only they are shown? Takes about a second for each map on the page.",
            key="map_checked",
            persist_state="session",
        )
        with st.popover("More choices", icon=":material/tune:"):
            target, layer = _target(classifier), _layer(classifier)
            opacity, colours, style = _look()
    shown = "four methods" if beside else METHODS[method]
    st.caption(_OF_A_NETWORK.format(method=shown) + _explained(target))
    return MapChoice(opacity, method, check, target, layer, colours, style, beside)


def _of_a_pipeline(classifier: Stored) -> MapChoice:
    if not st.toggle(
        "Show where the score is sensitive",
        help="Parts of each cell are cut out one after the other. This takes a few seconds for each cell on the page.",
        key="map_shown",
        persist_state="session",
    ):
        return MapChoice(None)
    with st.popover("More choices", icon=":material/tune:"):
        target = _target(classifier)
        opacity, colours, style = _look()
    st.caption(_OF_A_PIPELINE + _explained(target))
    return MapChoice(opacity, target=target, colours=colours, style=style)


def _side_by_side() -> bool:
    return st.toggle(
        "Side by side",
        help="Shows each cell with its maps by all four methods, and how far they agree. Takes a few seconds for each "
        "cell on the page.",
        key="map_side_by_side",
        persist_state="session",
    )


def _method() -> Method:
    return st.segmented_control(
        "Map",
        list(METHODS),
        default="grad-cam",
        format_func=METHODS.__getitem__,
        required=True,
        help="Four ways to find where the score is sensitive. Where they disagree, trust none of them. The last two "
        "take longer.",
        key="map_method",
        persist_state="session",
    )


def _target(classifier: Stored) -> str | None:
    negative, positive = classifier.card.classes
    chosen = st.segmented_control(
        "Sensitive for",
        [_CALLED, positive, negative],
        default=_CALLED,
        required=True,
        help="Bright areas raise the score for this class.",
        key="map_target",
        persist_state="session",
    )
    return chosen if chosen in classifier.card.classes else None


def _layer(classifier: Classifier) -> str | None:
    titles, default = layer_titles(classifier), classifier.card.explained_layer
    chosen = st.selectbox(
        "Layer of the network",
        sorted(titles, key=lambda name: name != default),  # the model's own first
        format_func=lambda name: f"{titles[name]} (as usual)" if name == default else titles[name],
        help="The first layers see fine detail and mean little for the answer; the last ones decide it. SmoothGrad "
        "reads none.",
        key=f"map_layer_{classifier.card.model_sha256[:12]}",
        persist_state="session",
    )
    return None if chosen == default else chosen


def _look() -> tuple[float, Colours, Style]:
    """Opacity, colour map and style."""
    percent = st.slider(
        "Overlay opacity (%)",
        0,
        100,
        60,
        help="How strongly the map covers the cell.",
        key="map_opacity",
        persist_state="session",
    )
    colours = st.segmented_control(
        "Colours",
        list(COLOURS),
        default="inferno",
        format_func=COLOURS.__getitem__,
        required=True,
        help="All of them rise evenly and can be read by the colour-blind.",
        key="map_colours",
        persist_state="session",
    )
    style = st.segmented_control(
        "Drawn as",
        list(STYLES),
        default="heat",
        format_func=STYLES.__getitem__,
        required=True,
        help="Lines leave the cell's texture free to be seen.",
        key="map_style",
        persist_state="session",
    )
    return percent / 100, colours, style


def _explained(target: str | None) -> str:
    return "" if target is None else f" All maps are for {target}, whatever the cell is called."
