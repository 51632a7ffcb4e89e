"""A report of a case as PDF: a summary on one page, then its cells."""

from typing import Literal, get_args

from core.card import RESEARCH_NOTICE
from core.cases.case import Case
from core.cases.report import CaseReport
from core.cases.report_pictures import Pictures
from core.cases.sheet import sheet_cells
from core.types import Progress, silent

Which = Literal["all", "doubtful", "none"]
WHICH: dict[Which, str] = {"all": "All", "doubtful": "Positive, overridden, unsure", "none": "None"}
"""Which cells a report shows behind its summary, in words for people."""


def places(case: Case, which: Which) -> tuple[int, ...]:
    """Places of the cells that a report shows, in order.

    Args:
        case: The case.
        which: "doubtful" are those that the model or a reviewer called positive, that a reviewer overrode or was
            unsure about.

    Raises:
        ValueError: If there is no such choice.
    """
    if which not in get_args(Which):
        raise ValueError(f"Expected one of {', '.join(get_args(Which))}. Received: {which}.")
    if which == "none":
        return ()
    positive = case.classes[1]
    return tuple(
        place
        for place, cell in enumerate(sheet_cells(case))
        if which == "all" or positive in (cell.label, cell.final) or cell.decided in ("override", "unsure")
    )


def as_pdf(report: CaseReport, pictures: Pictures, *, which: Which = "all", progress: Progress = silent) -> bytes:
    """Write the report; the same report is the same file, byte by byte.

    Args:
        report: The case, and what is known of its models.
        pictures: Of its cells.
        which: Which cells to show behind the summary.
        progress: Called as cells are drawn; may raise `Cancelled`.

    Raises:
        ValueError: If the case has no cells.
    """
    from core.cases.paper import paper
    from core.cases.pdf_cells import cell_pages
    from core.cases.pdf_summary import summary_page

    shown = places(report.case, which)
    hashes = ", ".join(dict.fromkeys(model.sha256[:12] for model in report.models))
    with paper(
        title=f"LeukoScope: {report.title}",
        author=report.who,
        notice=RESEARCH_NOTICE,
        foot=f"Model SHA-256 {hashes} \u00b7 {report.title}",
        made=report.made,
    ) as empty:
        summary_page(empty, report, pictures, shown=len(shown))
        cell_pages(empty, report, pictures, shown, progress=progress)
        return bytes(empty.output())
