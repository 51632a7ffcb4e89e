"""The views of a case: its patient sheet, and the review of its cells one by one."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.cases.open_case import OpenCase
from dashboard import resources, state
from dashboard.components.add_to_data import add_to_data
from dashboard.components.case_exports import case_exports
from dashboard.components.maps import overlays
from dashboard.components.notice import problems_shown
from dashboard.components.review import review
from dashboard.components.sheet import sheet

SHEET = "Patient sheet"
CASE_VIEWS = (SHEET, state.REVIEW)


def chosen_view(key: str, views: Sequence[str]) -> str:
    """Let the user choose a view; only that one is computed.

    Args:
        key: Of the widget.
        views: Names of the views, the first one open at first.
    """
    return st.segmented_control(
        "View",
        views,
        default=views[0],
        required=True,
        key=key,
        label_visibility="collapsed",
        persist_state="session",
    )


def case_view(
    opened: OpenCase, view: str, *, key: str, widget: str, others: Callable[[int], None] | None = None
) -> None:
    """Show one of `CASE_VIEWS`.

    Args:
        opened: The case.
        view: Which.
        key: Tells this case from others.
        widget: Key of the widget that chooses the view.
        others: Shows what other models say of the cell at a place.
    """
    case = opened.case
    answered_by = case.cells[0].answer.model_sha256
    if view == state.REVIEW:
        with problems_shown():
            model = resources.classifier_of(answered_by)
        review(opened, model, key=key, others=others)
        return
    sheet(opened, key=key, view=widget)
    st.subheader("Take away")
    with problems_shown():
        card = resources.card_of(answered_by)
        intervals = {} if card is None else resources.intervals(card.name)
    pictures = overlays(opened, lambda: resources.classifier_of(answered_by))
    case_exports(case, opened.pixels, pictures, card=card, intervals=intervals, who=state.who())
    add_to_data(case, opened.pixels, who=state.who())
