"""Review of one cell after the other: the cell large, what the model said, and what the reviewer decides."""

from collections.abc import Callable

import streamlit as st

from core.cases.case import Answer, Case
from core.cases.open_case import OpenCase
from core.cases.review import DECISIONS, LONGEST_COMMENT, LONGEST_NAME, Decision, Review, next_open, standing
from core.types import ByteArray
from dashboard import state
from dashboard.components.context import context
from dashboard.components.large_map import large_map
from dashboard.components.map_choice import map_choice
from dashboard.components.maps import ShownCell
from dashboard.components.notice import problems_shown
from dashboard.resources.maps import Stored

_EDGE = 350  # pixels of a picture without a map
_DECIDED = {"agree": ":material/check_circle:", "override": ":material/swap_horiz:", "unsure": ":material/help:"}


def review(
    opened: OpenCase,
    model: Stored | None,
    *,
    key: str,
    others: Callable[[int], None] | None = None,
) -> None:
    """Show the cell under review and let a named reviewer decide about it.

    Args:
        opened: The case.
        model: What answered, for maps and context; None where it is not stored any more.
        key: Tells this case from others.
        others: Shows what other models say of the cell at a place.
    """
    case = opened.case
    place = min(state.reviewed_place(key), len(case.cells) - 1)
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        reviewer = _reviewer()
    with right:
        _steps(case, place, key)
    cell = case.cells[place]
    with problems_shown():
        image = opened.pixels(place)
    left, right = st.columns([3, 2])
    with left:
        _picture(image, cell.name, cell.answer, model, key=key)
    with right:
        st.markdown(f"**{cell.name}**")
        _answer(cell.answer, model, positive=case.classes[1])
        if others is not None:
            others(place)
        _decide(opened, case, place, reviewer, key)
        _decided(opened, case, place, reviewer, key)
    if image is not None and model is not None:
        beside = st.expander(
            "Beside the training cells", icon=":material/compare:", key=f"beside_{key}", on_change="rerun"
        )
        if beside.open:
            with beside:
                context(model, cell.name, image, cell.answer.label)


def _reviewer() -> str:
    return st.text_input(
        "Reviewer",
        max_chars=LONGEST_NAME,
        key=state.REVIEWER,
        persist_state="session",
        placeholder="Your name",
        help="Stands beside each decision, on the sheet and in the audit log.",
    ).strip()


def _steps(case: Case, place: int, key: str) -> None:
    """Which cell this is, how many are open, and the way to the others."""
    cells, done = len(case.cells), len(standing(case.reviews))
    following = next_open(case.reviews, cells, after=place)
    st.progress(done / cells, text=f"Cell {place + 1} of {cells:,} · {done:,} reviewed, {cells - done:,} open")
    with st.container(horizontal=True):
        for text, to, shortcut, icon in (
            ("Previous", place - 1, "Left", ":material/chevron_left:"),
            ("Next", place + 1, "Right", ":material/chevron_right:"),
            ("Next open", -1 if following is None else following, "N", ":material/keyboard_double_arrow_right:"),
        ):
            st.button(
                text,
                key=f"step_{text}_{key}",
                shortcut=shortcut,
                icon=icon,
                disabled=not 0 <= to < cells or to == place,
                on_click=state.review_place,
                args=(key, to),
            )


def _picture(image: ByteArray | None, name: str, answer: Answer, model: Stored | None, *, key: str) -> None:
    if image is None:
        st.info("There is no picture: the file could not be read as an image.", icon=":material/hide_image:")
        return
    if model is None or answer.label is None:
        st.image(image, caption="Cell", width=_EDGE, output_format="PNG", alt=f"Cell {name}")
        if model is None:
            st.caption("The model that answered is not stored any more, so there is no map.")
        return
    above = st.container()
    choice = map_choice(model)
    with above:
        large_map(model, ShownCell(name, image, answer.label, answer.shown), choice, key=key)


def _answer(answer: Answer, model: Stored | None, *, positive: str) -> None:
    """What the model says, or why it says nothing."""
    if answer.label is None:
        st.markdown("#### No answer")
        st.caption(answer.error or "")
        return
    colour = "orange" if answer.label == positive else "blue"
    st.markdown(f"#### The model says :{colour}[{answer.label}]")
    if answer.calibrated is None or model is None:
        st.caption(f"Score for {positive}: **{answer.score:.2f}** (called {positive} from {answer.threshold:.2f})")
    else:
        cut = model.card.shown_threshold
        st.caption(f"Probability of {positive}: **{answer.calibrated:.2f}** (called {positive} from {cut:.2f})")


def _decide(opened: OpenCase, case: Case, place: int, reviewer: str, key: str) -> None:
    """The buttons; each has a key of the keyboard."""
    answer = case.cells[place].answer
    comment = st.text_area(
        "Comment",
        max_chars=LONGEST_COMMENT,
        key=f"comment_{key}_{place}_{len(case.reviews)}",  # an empty one after each decision
        placeholder="Why? (not needed)",
        height=68,
    ).strip()
    agree = "Agree" if answer.label else "Agree: no class"
    choices: list[tuple[str, Decision, str, str]] = [(agree, "agree", "", "A")]
    for number, label in enumerate(case.classes, start=1):
        if label != answer.label:
            choices.append((f"It is {label}", "override", label, str(number)))
    choices.append(("Unsure", "unsure", "", "U"))
    if comment:
        choices.append(("Comment only", "comment", "", "M"))
    with st.container(horizontal=True):
        for text, decision, label, shortcut in choices:
            if st.button(
                text,
                key=f"decide_{key}_{decision}_{label}",
                shortcut=shortcut,
                type="primary" if decision == "agree" else "secondary",
            ):
                _add(opened, Review(place, decision, reviewer, label, comment), key)
    st.caption("The key on a button works as long as you are not typing.")


def _add(opened: OpenCase, review: Review, key: str) -> None:
    if not review.reviewer:
        st.error("Expected your name above before you decide. Received: none.", icon=":material/error:")
        return
    with problems_shown():
        opened.review(review)
    case = opened.case
    following = next_open(case.reviews, len(case.cells), after=review.place)
    if review.decision != "comment" and following is not None:
        state.review_place(key, following)
    st.rerun()


def _decided(opened: OpenCase, case: Case, place: int, reviewer: str, key: str) -> None:
    """What was decided about this cell so far, and the way back."""
    if st.button(
        "Undo my last",
        key=f"undo_{key}",
        shortcut="Z",
        icon=":material/undo:",
        disabled=not any(review.reviewer == reviewer for review in case.reviews),
        help="Takes back what you did last in this case, and shows that cell.",
    ):
        with problems_shown():
            opened.undo(reviewer)
        state.review_place(key, opened.case.reviews[-1].place)
        st.rerun()
    rows = [review for review in case.reviews if review.place == place]
    holding = standing(case.reviews).get(place)
    for row in reversed(rows):
        icon = _DECIDED.get(row.decision, ":material/comment:")
        what = f"{DECISIONS[row.decision]}{f': {row.label}' if row.label else ''}"
        said = f"{icon} {what} · {row.reviewer} · {row.time:%Y-%m-%d %H:%M} UTC"
        text = f"{said}  \n{row.comment}" if row.comment else said
        (st.markdown if row is holding else st.caption)(text)
