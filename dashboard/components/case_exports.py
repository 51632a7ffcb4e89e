"""A case to take away: as PDF, CSV or JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import streamlit as st

from core.card import ModelCard
from core.cases.case import Case
from core.cases.files import as_csv, as_json
from core.cases.pdf import WHICH, Which, as_pdf, places
from core.cases.report import CaseReport
from core.cases.report_pictures import Pictures, Source
from core.certainty import Interval
from dashboard import resources
from dashboard.components.notice import problems_shown
from dashboard.components.progress import progress_bar

_MADE = "case_exports_made"
_MIME = {"pdf": "application/pdf", "csv": "text/csv", "json": "application/json"}


@dataclass(frozen=True)
class _Made:
    """A PDF that can be downloaded, and what it was made of."""

    report: CaseReport
    which: Which
    content: bytes


def case_exports(
    case: Case, image: Source, overlay: Source, *, card: ModelCard | None, intervals: Mapping[str, Interval], who: str
) -> None:
    """Buttons for the three files; the audit log learns of each that is downloaded.

    Args:
        case: The case, kept or not.
        image: RGB pixels of the cell at a place; None for a file that is no image.
        overlay: The same with a map laid over it; None where there is none.
        card: Of the model that answered; None where it is stored no more.
        intervals: 95 % intervals of its test sensitivity and specificity, as far as they are known.
        who: Who takes it away.
    """
    report = CaseReport(case, card, who, intervals)
    which: Which = st.segmented_control(
        "Cells in the PDF",
        tuple(WHICH),
        default="all",
        required=True,
        format_func=lambda choice: f"{WHICH[choice]} ({len(places(case, choice)):,})",
        key="case_exports_which",
        persist_state="session",
    )
    made = _made(report, which)
    with st.container(horizontal=True):
        wanted = made is None and st.button("Make the PDF", key="case_exports_make", icon=":material/picture_as_pdf:")
        if made is not None:
            _download("pdf", report, lambda _: made.content)
        _download("csv", report, lambda now: as_csv(now).encode("utf-8-sig"))  # Excel reads no other UTF-8
        _download("json", report, lambda now: as_json(now).encode())
    st.caption(
        "The PDF has a page to sign, then the cells. CSV has a row for each cell, JSON all of it. Each names the model "
        "with its hash and threshold. The audit log notes each download."
    )
    if wanted:
        with problems_shown(), progress_bar("Drawing cells") as progress:
            content = as_pdf(report, Pictures(image, overlay), which=which, progress=progress)
        st.session_state[_MADE] = _Made(report, which, content)
        st.rerun()


def _made(report: CaseReport, which: Which) -> _Made | None:
    """The PDF that was made last, if it is of this case as it stands."""
    made = st.session_state.get(_MADE)
    same = isinstance(made, _Made) and made.which == which and replace(made.report, made=report.made) == report
    return made if same else None


def _download(kind: str, report: CaseReport, content: Callable[[CaseReport], bytes]) -> None:
    def handed_out() -> bytes:
        file = content(replace(report, made=datetime.now(UTC)))
        resources.log_export(report.case, kind, file, who=report.who)  # first: what is not logged is not handed out
        return file

    st.download_button(
        f"Download as {kind.upper()}",
        handed_out,
        file_name=f"leukoscope-case.{kind}",
        mime=_MIME[kind],
        key=f"case_exports_{kind}",
        type="primary" if kind == "pdf" else "secondary",
        icon=":material/download:",
    )
