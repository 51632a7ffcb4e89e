"""The comparisons that were made: choose one, take it away, set another beside it, forget it."""

import streamlit as st

from core.comparison import Comparison
from core.config import settings
from core.exports import EXPORTS, Cards, Export, cards
from core.figures.results import FIGURE_TITLES
from core.history import Entry
from dashboard import resources
from dashboard.components.notice import problems_shown

_EMPTY = "No comparison yet. All models above will be tested on the same subjects."


def chosen_comparison() -> tuple[str, Comparison] | None:
    """The comparison that the user has chosen, the newest one at first, with its id; None where there is none."""
    with problems_shown():
        found = {entry.id: entry for entry in resources.comparisons()}
    if not found:
        st.info(_EMPTY, icon=":material/info:")
        return None
    st.header("Results", divider="gray")
    newest = next(iter(found))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Comparison",
            list(found),
            format_func=lambda name: found[name].summary,
            key=f"comparison_since_{newest}",  # a new one shows itself
            persist_state="session",
        )
        _forget(found[chosen])
    with problems_shown():
        return chosen, resources.comparison(found[chosen])


def _forget(entry: Entry) -> None:
    with st.popover("Forget", icon=":material/delete:"):
        st.write("Its figures and scores are deleted and cannot be had back. Stored models stay.")
        if st.button("Forget this comparison", key=f"forget_{entry.id}", type="primary"):
            with problems_shown():
                resources.forget_comparison(entry.id)
            st.rerun()


def exports(comparison: Comparison, *, key: str) -> None:
    """A button for each file that it can be taken away as.

    Args:
        comparison: The comparison.
        key: Unique on the page.
    """
    st.subheader("Take away")
    stored = cards(comparison, settings().models)
    with st.container(horizontal=True):
        for suffix, export in EXPORTS.items():
            _download(export, comparison, stored, file=f"comparison-{key[:8]}{suffix}", key=f"export_{key}_{suffix}")


def _download(export: Export, comparison: Comparison, stored: Cards, *, file: str, key: str) -> None:
    st.download_button(
        export.title,
        lambda: export.write(comparison, stored),
        file_name=file,
        mime=export.mime,
        key=key,
        help=export.meaning,
        on_click="ignore",
        icon=":material/download:",
    )


def beside(comparison_id: str) -> None:
    """Choose a second run, and show what differs from this one and what may be said."""
    with problems_shown():
        found = {entry.id: entry for entry in resources.comparisons()}
    others = [name for name in found if name != comparison_id]
    if comparison_id not in found or not others:
        return
    st.subheader("Beside another run")
    other = st.selectbox(
        "Other run",
        others,
        index=None,
        format_func=lambda name: found[name].summary,
        placeholder="Choose a run",
        key=f"beside_{comparison_id}",
    )
    if other is not None:
        first, second = sorted((found[comparison_id], found[other]), key=lambda entry: entry.created)
        _both(first, second)


def _both(first: Entry, second: Entry) -> None:
    with problems_shown():
        both = resources.side_by_side(first, second)
    st.markdown(f"- First run: {first.summary}\n- Second run: {second.summary}")
    st.markdown("**What differs**")
    _listed(both.differences or ("Nothing that is on record.",))
    st.markdown("**What may be said**")
    _listed(both.sentences())
    figure = st.selectbox(
        "Figure of both runs",
        ["roc_auc", *(name for name in FIGURE_TITLES if name != "roc_auc")],
        format_func=FIGURE_TITLES.__getitem__,
        key=f"beside_figure_{first.id}_{second.id}",
    )
    number = st.column_config.NumberColumn
    st.dataframe(
        both.table(figure),
        hide_index=True,
        column_config={
            "model": st.column_config.TextColumn("Model", pinned=True),
            "first": number("First run", format="%.3f"),
            "second": number("Second run", format="%.3f"),
            "difference": number("Difference", format="%+.3f"),
            "low": number("95 % interval from", format="%+.3f"),
            "high": number("to", format="%+.3f"),
        },
        placeholder="",
        alt=f"Table: {FIGURE_TITLES[figure]} of each model in both runs",
    )


def _listed(sentences: tuple[str, ...]) -> None:
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))
