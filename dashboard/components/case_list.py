"""The kept cases: searched, opened, deleted."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from core.cases.case import Case, CaseEntry
from dashboard import resources, state
from dashboard.components.notice import problems_shown


def found_cases() -> list[CaseEntry]:
    """Let the user search; the cases that were found, newest first."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.text_input("Title", key="cases_title", placeholder="Part of it", width=260)
        reviewer = st.text_input("Reviewer", key="cases_reviewer", placeholder="Part of a name", width=200)
        label = st.text_input("With a cell called", key="cases_label", placeholder="ALL", width=160)
        days = st.date_input("Kept between (UTC)", [], key="cases_days", format="YYYY-MM-DD", width=260)
    first, last = (*days, None, None)[:2]
    with problems_shown():
        return resources.cases().search(title=title, reviewer=reviewer, label=label.strip(), since=first, until=last)


def listed(entries: Sequence[CaseEntry]) -> None:
    """Show the cases in a table, where a row opens its case."""
    st.caption("Click the box at the left of a row to open the case.")
    event = st.dataframe(
        {
            "title": [entry.title for entry in entries],
            "created": [entry.created for entry in entries],
            "cells": [entry.cells for entry in entries],
            "labels": [", ".join(entry.labels) for entry in entries],
            "reviewers": [", ".join(entry.reviewers) for entry in entries],
            "who": [entry.who for entry in entries],
        },
        hide_index=True,
        column_config={
            "title": st.column_config.TextColumn("Title", width="medium", pinned=True),
            "created": st.column_config.DatetimeColumn("Kept (UTC)", format="YYYY-MM-DD HH:mm", timezone="UTC"),
            "cells": st.column_config.NumberColumn("Cells", width="small"),
            "labels": st.column_config.TextColumn("Classes", width="small"),
            "reviewers": st.column_config.TextColumn("Reviewed by"),
            "who": st.column_config.TextColumn("Kept by"),
        },
        on_select="rerun",
        selection_mode="single-row",
        key="cases_table",
        alt="Table: the kept cases, newest first",
    )
    rows = event["selection"]["rows"]
    if rows:
        state.open_case(entries[rows[0]].id)
        st.rerun()


def back() -> None:
    """The way back to the list."""
    st.button("All cases", icon=":material/arrow_back:", on_click=state.open_case, args=(None,))


def header(case: Case, *, who: str) -> None:
    """Title of the case that is open, and the way to delete it."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header(case.title, anchor=False)
        _deletion(case, who=who)
    models = ", ".join(sorted({cell.answer.model for cell in case.cells}))
    st.caption(
        f"Kept {case.created:%Y-%m-%d %H:%M} UTC by {case.who}, {_age(case.created)}; {len(case.cells):,} cells, "
        f"answered by {models}."
    )


def _age(created: datetime) -> str:
    days = (datetime.now(UTC) - created).days
    return "today" if days == 0 else f"{days:,} day{'s' * (days != 1)} ago"


def _deletion(case: Case, *, who: str) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.write(
            "Pictures, answers, decisions and comments of this case are deleted and cannot be had back. The audit log "
            "keeps that it was deleted, without its title."
        )
        if st.button("Delete this case for good", key=f"delete_{case.id}", type="primary"):
            with problems_shown():
                resources.cases().delete(case.id, who=who)
            state.open_case(None)
            st.rerun()
