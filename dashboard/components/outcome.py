"""What a finished training has come to: its figures, and what may be done with the model."""

import streamlit as st

from core import store
from core.card import ModelCard
from core.card_sentences import operating_point
from core.challenge import Challenge
from core.config import settings
from core.data.edits import applied
from core.evaluation import EvaluationReport
from core.figures.results import FIGURE_TITLES
from dashboard import state
from dashboard.components.evaluation import HEADLINES, evaluation
from dashboard.components.notice import caveats, problems_shown
from dashboard.components.numbers import numbers


def outcome(card: ModelCard, report: EvaluationReport | None, *, key: str) -> None:
    """Figures on the test subjects, one view of them at a time, and what may be done with the model."""
    caveats(card)
    st.subheader(f"On {card.cells['test']:,} cells of {len(card.subjects['test'])} test {card.split_by}s")
    st.caption(applied(card.edits))
    scores(card.test)
    st.caption(operating_point(card))
    if card.challenge is not None:
        challenge_sentence(card.challenge)
    evaluation(card, report, key=key)
    use(card, key=key)


def scores(figures_of_test: dict[str, float]) -> None:
    """The headline figures in a row."""
    numbers({FIGURE_TITLES[name]: f"{figures_of_test[name]:.2f}" for name in HEADLINES})


def challenge_sentence(challenge: Challenge) -> None:
    """Whether the new model may be called better or worse than the one before."""
    low, high = challenge.interval or (0.0, 0.0)
    if low > 0:
        st.success(challenge.sentence, icon=":material/trending_up:")
    elif high < 0:
        st.warning(challenge.sentence, icon=":material/trending_down:")
    else:
        st.info(challenge.sentence, icon=":material/compare_arrows:")


def use(card: ModelCard, *, key: str) -> None:
    """Buttons that take the model to Upload, for now or for good."""
    with st.container(horizontal=True):
        now = st.button("Use on Upload", key=f"use_{key}", icon=":material/upload_file:")
        for_good = st.button("Make default for Upload", key=f"default_{key}", icon=":material/star:")
    if for_good:
        with problems_shown():
            store.make_default(settings().models, card.name)
        state.choose_model(card.name)
    if store.default(settings().models) == card.name:
        st.caption(":material/star: The default: Upload opens with this model.")
    if now:
        state.choose_model(card.name)
        st.switch_page("app_pages/upload.py")
