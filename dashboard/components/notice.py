"""The research-use notice, a model's caveats, and errors: one way to say each."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.card import RESEARCH_NOTICE, ModelCard
from core.caveats import caveats as measured_caveats
from core.errors import LeukoscopeError


def research_notice() -> None:
    """Say above every page what LeukoScope is not."""
    st.caption(
        f":material/science: **{RESEARCH_NOTICE}** Everything is computed on this machine; nothing is sent anywhere."
    )


def caveats(card: ModelCard) -> None:
    """Say what a reader of this model's answers must know."""
    for sentence in card.caveats:
        st.warning(sentence, icon=":material/draw:" if card.drawn else ":material/warning:")


def measured_on(origin: str, split_by: str) -> None:
    """Say what must stand beside figures that were measured on such cells."""
    for stamp, sentence in measured_caveats(origin, split_by).items():
        st.warning(sentence, icon=":material/draw:" if stamp == "drawn cells" else ":material/group_off:")


@contextmanager
def problems_shown() -> Iterator[None]:
    """Show a refusal as one sentence and stop the page there."""
    try:
        yield
    except (LeukoscopeError, ValueError) as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
