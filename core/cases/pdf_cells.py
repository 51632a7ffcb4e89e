"""The pages of a case's PDF that show its cells, and the comments that are too long to stand below one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.cases.paper import BOTTOM, GREY, MARGIN, TOP, WIDTH, Paper, Place, Style, class_colour
from core.cases.report import CaseReport
from core.cases.report_pictures import Pictures, printed
from core.cases.sheet import called, comments, decision, measured, sheet_cells
from core.types import Progress

_COLUMNS, _ROWS = 3, 5
_GAP = 4.0  # mm between two columns
_HEAD = 11.0  # mm above the first cell
_CARD = (WIDTH - (_COLUMNS - 1) * _GAP) / _COLUMNS  # mm of a cell's width, with its map
_HEIGHT = (BOTTOM - TOP - _HEAD) / _ROWS  # mm
_EDGE = 26.5  # mm of a picture
_BESIDE = _EDGE + 1.5  # mm from the first picture's left to the second's
_HEADING, _CLASS, _BOLD = Style(10.5, bold=True), Style(8, bold=True), Style(bold=True)
_TEXT, _SMALL, _TINY = Style(), Style(7), Style(6.5, colour=GREY)
_COMMENT_LINES = 2  # of the comments below a cell


@dataclass(frozen=True)
class _Card:
    """What stands below and beside the picture of a cell.

    Attributes:
        place: Which cell of the case.
        title: Its number and the class that counts.
        colour: Of the class.
        name: Of its file.
        numbers: Probability, score and threshold.
        decision: The reviewer's.
        comment: All comments on it.
        reason: Why there is no answer; None where there is one.
    """

    place: int
    title: str
    colour: str
    name: str
    numbers: str
    decision: str
    comment: str
    reason: str | None


def cell_pages(
    paper: Paper, report: CaseReport, pictures: Pictures, shown: Sequence[int], *, progress: Progress
) -> None:
    """Add the pages; none where no cell is shown.

    Args:
        paper: The document.
        report: What to say.
        pictures: Of the cells.
        shown: Places of the cells to show.
        progress: Called as cells are drawn; may raise `Cancelled`.
    """
    of = f"{len(shown):,}"
    if len(shown) < len(report.case.cells):
        of += f" shown, {len(report.case.cells):,} in all"
    a_page, cut = _COLUMNS * _ROWS, []
    for number, card in enumerate(_cards(report, shown)):
        progress(number, len(shown), "Drawing cells")
        if number % a_page == 0:
            _begin(paper, f"Cells {number + 1:,} to {min(number + a_page, len(shown)):,} of {of}", pictures.meaning)
        row, column = divmod(number % a_page, _COLUMNS)
        at = (MARGIN + column * (_CARD + _GAP), TOP + _HEAD + row * _HEIGHT)
        _draw(paper, pictures, card, at)
        _write(paper, card, (at[0], at[1] + _EDGE + 0.8))
        if len(paper.lines(card.comment, _CARD, style=_SMALL)) > _COMMENT_LINES:
            cut.append(card)
    progress(len(shown), len(shown), "Drawing cells")
    _in_full(paper, cut)


def _cards(report: CaseReport, shown: Sequence[int]) -> Iterator[_Card]:
    case, counted, said = report.case, sheet_cells(report.case), comments(report.case)
    several = len(report.models) > 1
    for place in shown:
        answer, cell = case.cells[place].answer, counted[place]
        model = f"Model {answer.model_sha256[:12]}, {answer.model}." if several else ""
        yield _Card(
            place,
            f"{place + 1}. {called(cell)}",
            class_colour(cell.final, case.classes),
            cell.name,
            f"{measured(answer, case.classes[1])} {model}",
            decision(cell.review),
            " \u00b7 ".join(f"{review.reviewer}: {review.comment}" for review in said.get(place, ())),
            (answer.error or "") if answer.label is None else None,
        )


def _begin(paper: Paper, heading: str, meaning: str) -> None:
    paper.add_page()
    y = paper.say(heading, (MARGIN, TOP - 2), WIDTH, style=_HEADING)
    said = f"Left: the cell. Right: a map ({meaning}) or the reason why there is no answer."
    paper.say(said, (MARGIN, y), WIDTH, style=_TINY, most=2)


def _draw(paper: Paper, pictures: Pictures, card: _Card, at: Place) -> None:
    """The cell, and beside it where the score is sensitive, or why there is no answer."""
    beside, alt = (at[0] + _BESIDE, at[1]), f"Cell {card.title}, {card.name}"
    picture = printed(pictures.image, card.place)
    if isinstance(picture, bytes):
        paper.show(picture, at, _EDGE, alt=alt)
    else:
        paper.say(picture, at, _EDGE, style=_TINY, most=8)
    if card.reason is not None:
        paper.say(card.reason, beside, _CARD - _BESIDE, style=_SMALL, most=8)
    elif isinstance(overlay := printed(pictures.overlay, card.place), bytes):
        paper.show(overlay, beside, _EDGE, alt=f"{alt}, with a map: where the score is sensitive")
    else:
        paper.say("No map", beside, _EDGE, style=_TINY)


def _write(paper: Paper, card: _Card, at: Place) -> None:
    """Class, file, numbers, decision and comments, in a column."""
    x, y = at
    for text, style, most in (
        (card.title, replace(_CLASS, colour=card.colour), 1),
        (paper.fitting(card.name, _CARD, style=_TINY), _TINY, 1),
        (card.numbers, _SMALL, 2),
        (card.decision, _SMALL, 1),
        (card.comment, _SMALL, _COMMENT_LINES),
    ):
        y = paper.say(text, (x, y), _CARD, style=style, most=most)


def _in_full(paper: Paper, cut: Sequence[_Card]) -> None:
    """Comments that were cut below their cells, on pages of their own."""
    y = BOTTOM
    for card in cut:
        heading = paper.lines(f"{card.title}, {card.name}", WIDTH, style=_BOLD, most=1)
        for number, line in enumerate([*heading, *paper.lines(card.comment, WIDTH, style=_TEXT)]):
            room = _TEXT.leading if number else 2 * _TEXT.leading  # a heading is never the last line of a page
            if y + room > BOTTOM:
                paper.add_page()
                y = paper.say("Comments in full", (MARGIN, TOP - 2), WIDTH, style=_HEADING) + 2
            y = paper.say(line, (MARGIN, y), WIDTH, style=_TEXT if number else _BOLD)
        y += 3
