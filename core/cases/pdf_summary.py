"""The first page of a case's PDF: what the cells come to, by which model, and room to sign."""

from dataclasses import replace

from core.cases.paper import GREY, LIGHT, MARGIN, TOP, WIDTH, Align, Paper, Style, class_colour
from core.cases.patient_sheet import PatientSheet
from core.cases.report import CaseReport
from core.cases.report_pictures import Pictures, printed
from core.cases.sheet import called, decision, measured, sheet_of
from core.colours import NEGATIVE, POSITIVE
from core.versions import library_versions, program_version

_TITLE, _HEADING, _TEXT = Style(17, bold=True), Style(11, bold=True), Style(9)
_SMALL, _BOLD, _TINY = Style(8), Style(8, bold=True), Style(7, colour=GREY)
_LABEL = 30.0  # mm of what a row is called
SIGN = 268.0  # mm from the top: the line to sign on
_ALIGNED: dict[float, Align] = {0.0: "L", 0.5: "C", 1.0: "R"}
_THUMB = 30.0  # mm of a picture's edge


def summary_page(paper: Paper, report: CaseReport, pictures: Pictures, *, shown: int) -> float:
    """Add the page.

    Args:
        paper: The document.
        report: What to say.
        pictures: Of the cells.
        shown: How many cells the pages behind it show.

    Returns:
        Where the text above the signature ends, in mm from the top.
    """
    paper.add_page()
    sheet = sheet_of(report.case)
    y = _title(paper, report)
    y = _notice(paper, report, y)
    y = _heading(paper, "Patient sheet", y)
    for sentence in sheet.sentences():
        y = paper.say(sentence, (MARGIN, y), WIDTH, style=_TEXT, most=2) + 0.6
    y = _shares(paper, sheet, report.case.classes, y + 1.5)
    y = _first(paper, report, sheet, pictures, y)
    end = _models(paper, report, y)
    _sign(paper, shown, sheet.cells)
    return end


def _title(paper: Paper, report: CaseReport) -> float:
    case = report.case
    kept = (
        f"Case {case.id}, kept by {case.who} on {case.created:%Y-%m-%d %H:%M} UTC."
        if case.id
        else "This case is not kept in LeukoScope."
    )
    y = paper.say(report.title, (MARGIN, TOP), WIDTH, style=_TITLE, most=1)
    made = f"Report made by {report.who} on {report.made:%Y-%m-%d %H:%M} UTC."
    for said in (kept, made):
        y = paper.say(said, (MARGIN, y + 0.3), WIDTH, style=Style(colour=GREY), most=2)
    return y + 2.5


def _notice(paper: Paper, report: CaseReport, y: float) -> float:
    """The notice and the caveats in a frame."""
    inside, width = MARGIN + 3, WIDTH - 6
    first, *caveats = report.notice
    end = paper.say(first, (inside, y + 2), width, style=Style(10, bold=True))
    for caveat in caveats:
        end = paper.say(caveat, (inside, end + 0.5), width, style=Style(), most=2)
    paper.set_draw_color(POSITIVE)
    paper.set_line_width(0.5)
    paper.rect(MARGIN, y, WIDTH, end + 2 - y)
    return end + 5


def _heading(paper: Paper, text: str, y: float) -> float:
    return paper.say(text, (MARGIN, y), WIDTH, style=_HEADING) + 1


def _shares(paper: Paper, sheet: PatientSheet, classes: tuple[str, str], y: float) -> float:
    """A bar of all cells by their class, and the share of positive cells with its interval."""
    left, width = MARGIN + _LABEL, WIDTH - _LABEL
    negative, positive = classes
    parts = (
        (f"{positive} {sheet.final:,}", sheet.final, POSITIVE),
        (f"{negative} {sheet.counted - sheet.final:,}", sheet.counted - sheet.final, NEGATIVE),
        (f"no class {sheet.cells - sheet.counted:,}", sheet.cells - sheet.counted, LIGHT),
    )
    paper.say("All cells", (MARGIN, y + 0.7), _LABEL, style=_SMALL)
    x, key = left, left
    for text, cells, colour in parts:
        paper.set_fill_color(colour)
        paper.rect(x, y, width * cells / sheet.cells, 4.5, style="F")
        paper.rect(key, y + 6.2, 2.4, 2.4, style="F")
        paper.say(text, (key + 3.4, y + 5.7), 36, style=_SMALL, most=1)
        x, key = x + width * cells / sheet.cells, key + 42
    y += 11
    paper.say(f"Share {positive} of those with a class", (MARGIN, y - 0.8), _LABEL - 4, style=_SMALL, most=2)
    paper.rule((left, y + 2), width)
    for share in (0.0, 0.5, 1.0):
        at = left + width * share - 10 * share
        paper.say(f"{100 * share:.0f} %", (at, y + 3.6), 10, style=replace(_TINY, align=_ALIGNED[share]))
    if sheet.share is not None and sheet.interval is not None:
        low, high = sheet.interval
        paper.set_draw_color(POSITIVE)
        paper.set_line_width(0.7)
        paper.line(left + width * low, y + 2, left + width * high, y + 2)
        paper.set_fill_color(POSITIVE)
        paper.circle(left + width * sheet.share, y + 2, 1.3, style="F")
    return y + 9


def _first(paper: Paper, report: CaseReport, sheet: PatientSheet, pictures: Pictures, y: float) -> float:
    """The cells to look at first, side by side."""
    if not sheet.worst:
        return y
    width, ends = WIDTH / max(5, len(sheet.worst)), []
    y = _heading(paper, "Cells to look at first", y)
    for column, cell in enumerate(sheet.worst):
        x, inside = MARGIN + column * width, width - 2
        picture = printed(pictures.image, cell.place)
        if isinstance(picture, bytes):
            paper.show(picture, (x, y), _THUMB, alt=f"Cell {cell.name}: {called(cell)}")
        else:
            paper.say(picture, (x, y), inside, style=_TINY, most=4)
        numbers = measured(report.case.cells[cell.place].answer, sheet.positive)
        title = replace(_BOLD, colour=class_colour(cell.final, report.case.classes))
        end = paper.say(f"{cell.place + 1}. {called(cell)}", (x, y + _THUMB + 0.7), inside, style=title, most=2)
        name = paper.fitting(cell.name, inside, style=_TINY)
        for text, most in ((name, 1), (numbers, 2), (decision(cell.review), 2)):
            end = paper.say(text, (x, end), inside, style=_TINY, most=most)
        ends.append(end)
    return max(ends) + 2


def _models(paper: Paper, report: CaseReport, y: float) -> float:
    """What is known of the models, a row each, and the versions of the libraries."""
    versions = {"LeukoScope": program_version(), **library_versions()}
    y = _heading(paper, "Model", y)
    rows = {
        **report.about_models(),
        "Versions": " \u00b7 ".join(f"{name} {version}" for name, version in versions.items()),
    }
    for label, text in rows.items():
        paper.say(label, (MARGIN, y), _LABEL, style=_BOLD)
        y = paper.say(text, (MARGIN + _LABEL, y), WIDTH - _LABEL, style=_SMALL, most=4) + 0.7
    return y


def _sign(paper: Paper, shown: int, cells: int) -> None:
    """Lines to sign on, and what follows."""
    x = MARGIN
    for label, width, line in (("Reviewed by", 18, 54), ("Date", 9, 28), ("Signature", 16, 53)):
        paper.say(label, (x, SIGN), width, style=_SMALL)
        paper.rule((x + width, SIGN + 3.6), line)
        x += width + line + 4
    follow = f"The pages that follow show {shown:,} of {cells:,} cells." if shown else "No cells follow this page."
    paper.say(follow, (MARGIN, SIGN + 9), WIDTH, style=_TINY)
