"""Several stored models on the same cells: which ones to ask, and their answers, each once."""

from collections.abc import Callable, Sequence

import streamlit as st

from core import store
from core.agreement import agreement, refusal
from core.calls import ModelAnswers, call
from core.card import ModelCard
from core.config import settings
from core.data.upload import Cell
from core.errors import ModelError
from core.store import StoredModel
from dashboard import resources, state
from dashboard.components.agreement_results import model_table, results
from dashboard.components.answers import answer_key, answers
from dashboard.state import Batch


def several_models(batch: Batch, cells: Sequence[Cell], chosen: str) -> None:
    """Let the user choose models beside the one on the page, and show how far they agree.

    Args:
        batch: Where the answers are kept.
        cells: Of this batch.
        chosen: Name of the model on the page.
    """
    stored = {model.name: model for model in store.models(settings().models)}
    further = [name for name in stored if name != chosen]
    if not further:
        st.info(
            "Only one model is stored. To ask several, train another one on the Train page, or keep one of a "
            "comparison on the Compare page.",
            icon=":material/difference:",
        )
        return
    picked = st.multiselect(
        "Ask these models, too",
        further,
        format_func=lambda name: stored[name].title,
        placeholder="Choose one or more",
        key="agreement_models",
        persist_state="session",
    )
    if not picked:
        st.info("Choose at least one model to set beside the one above.", icon=":material/difference:")
        return
    _compared(batch, cells, [stored[name] for name in (chosen, *picked)])


def others(batch: Batch, cells: Sequence[Cell], chosen: str) -> Callable[[int], None]:
    """What shows in one line what the other models that were asked so far say of the cell at a place.

    Args:
        batch: Where the answers are kept.
        cells: Of this batch.
        chosen: Name of the model on the page.
    """
    first = store.card(settings().models, chosen)
    asked = [
        model.card
        for model in store.models(settings().models)
        if model.card is not None and model.name != chosen and not refusal(model.card, [first])
    ]

    def show(place: int) -> None:
        answers_of = {card.title: batch.answers.get(answer_key(card, cells[place])) for card in asked}
        said = [f"{title} {call(answer)}" for title, answer in answers_of.items() if answer is not None]
        if said:
            st.caption(f"Other models, with the probability or score for {first.classes[1]}: {', '.join(said)}.")

    return show


def _compared(batch: Batch, cells: Sequence[Cell], wanted: Sequence[StoredModel]) -> None:
    """Ask the models, the first of which is the one on the page, and show what they say."""
    left_out: dict[str, str] = {}
    cards: list[ModelCard] = []
    for model in wanted:
        problem = _asked(model, batch, cells, cards)
        if problem or model.card is None:
            left_out[model.title] = problem
        else:
            cards.append(model.card)
    looked_at = [cell for cell in cells if all(answer_key(card, cell) in batch.answers for card in cards)]
    if batch.stopped and len(looked_at) < sum(answer_key(cards[0], cell) in batch.answers for cell in cells):
        _stopped(len(looked_at), len(cells))
    if not looked_at:
        return
    models = [ModelAnswers(card, tuple(batch.answers[answer_key(card, cell)] for cell in looked_at)) for card in cards]
    if len(models) > 1:
        results(agreement(models), looked_at, left_out)
    else:
        model_table(models, left_out)


def _asked(model: StoredModel, batch: Batch, cells: Sequence[Cell], beside: Sequence[ModelCard]) -> str:
    """Let a model answer what it has not answered; why it cannot, or "". One that has answered all is not loaded."""
    if model.card is None:
        return model.problem
    if beside and (problem := refusal(model.card, beside)):
        return problem
    if batch.stopped or all(answer_key(model.card, cell) in batch.answers for cell in cells):
        st.empty()  # in place of the bar that `answers` shows
        return ""
    try:
        classifier = resources.classifier(model.name)
    except ModelError as error:
        return str(error)
    answers(classifier, batch, cells)
    return ""


def _stopped(looked_at: int, cells: int) -> None:
    """Say how far all the models came, and let them go on."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(
            f"Stopped: {looked_at:,} of {cells:,} cells were looked at by all these models.",
            icon=":material/stop_circle:",
        )
        st.button("Go on", key="agreement_resume", icon=":material/play_arrow:", on_click=state.resume_batch)
