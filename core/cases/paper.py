"""`Paper`: sheets of A4 with LeukoScope's head and foot, and text in any script that their font knows."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import PureWindowsPath
from typing import Literal

from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.enums import MethodReturnValue, TextDirection
from fpdf.fonts import TTFFont

from core.colours import NEGATIVE, POSITIVE
from core.config import PROJECT_ROOT
from core.versions import program_version

MARGIN, TOP, BOTTOM = 12.0, 17.0, 284.0  # mm; what is on a page stands between top and bottom
WIDTH = 210 - 2 * MARGIN  # mm
GREY, LIGHT = "#595959", "#BFBFBF"
_FONTS = PROJECT_ROOT / "assets" / "fonts"
_FAMILY = "dejavu"
_LEADING = 0.43  # mm of line height a point
_UNKNOWN = "\ufffd"
_PAGES = "\u200b00"  # stands for the number of pages; no text that is printed has the mark in it

Align = Literal["L", "C", "R"]
Place = tuple[float, float]  # mm from the left and from the top


@dataclass(frozen=True)
class Style:
    """How a text is printed.

    Attributes:
        size: Of the font, in points.
        bold: Whether in bold.
        colour: As "#RRGGBB".
        align: To the left, the middle or the right.
    """

    size: float = 8.5
    bold: bool = False
    colour: str = "#000000"
    align: Align = "L"

    @property
    def leading(self) -> float:
        """Height of a line, in mm."""
        return self.size * _LEADING


_HEAD = Style(7.5, colour=GREY)


class Paper(FPDF):
    """A document whose texts and pictures are placed by the millimetre: nothing flows or breaks a page by itself."""

    def __init__(self, *, notice: str, foot: str) -> None:
        super().__init__(format="A4")
        self._notice, self._foot = notice, foot

    def header(self) -> None:
        """The program with its version, and the notice."""
        self.say(f"LeukoScope {program_version()}", (MARGIN, 7.5), WIDTH, style=_HEAD)
        self.say(self._notice, (MARGIN, 7.5), WIDTH, style=Style(7.5, bold=True, align="R"))
        self.rule((MARGIN, 12.5), WIDTH)

    def footer(self) -> None:
        """What the document is of, and the number of the page."""
        self.rule((MARGIN, 286), WIDTH)
        self.say(self._foot, (MARGIN, 287.5), WIDTH - 25, style=_HEAD, most=1)
        self.set_xy(MARGIN + WIDTH - 21, 287.5)
        self.cell(21, _HEAD.leading, f"Page {self.page_no()} of {_PAGES}")

    def rule(self, at: Place, width: float) -> None:
        """Draw a thin line to the right."""
        self.set_draw_color(LIGHT)
        self.set_line_width(0.2)
        self.line(*at, at[0] + width, at[1])

    def lines(self, text: str, width: float, *, style: Style, most: int | None = None) -> list[str]:
        """Break a text into lines.

        Args:
            text: Any; what the font has no sign for becomes a replacement character.
            width: In mm.
            style: How it will be printed.
            most: How many lines there may be, if not any number; an ellipsis ends what was cut.
        """
        self.set_font(_FAMILY, "B" if style.bold else "", style.size)
        if not (printable := self._printable(text)):
            return []
        broken = self.multi_cell(width, text=printable, align="L", dry_run=True, output=MethodReturnValue.LINES)
        found = [str(line) for line in broken] if isinstance(broken, list) else []
        if most is None or len(found) <= most:
            return found
        last = found[most - 1]
        while last and self.get_string_width(f"{last}\u2026") > width:
            last = last[:-1]
        return [*found[: most - 1], f"{last.rstrip()}\u2026"]

    def fitting(self, name: str, width: float, *, style: Style) -> str:
        """The name of a file; without its folders where it would need more than a line."""
        if len(self.lines(name, width, style=style)) < 2:
            return name
        return f"\u2026/{PureWindowsPath(name).name}"

    def say(self, text: str, at: Place, width: float, *, style: Style, most: int | None = None) -> float:
        """Print a text in lines of a width.

        Returns:
            Where the next line would stand, in mm from the top.
        """
        x, y = at
        self.set_text_color(style.colour)
        for line in self.lines(text, width, style=style, most=most):
            self.set_xy(x, y)
            self.cell(width, style.leading, _as_seen(line), align=style.align)
            y += style.leading
        return y

    def show(self, jpeg: bytes, at: Place, edge: float, *, alt: str) -> None:
        """Place a picture in the middle of a square.

        Args:
            jpeg: The picture.
            at: Its upper left corner.
            edge: Of the square, in mm.
            alt: What it shows, for who cannot see it.
        """
        self.image(BytesIO(jpeg), *at, edge, edge, keep_aspect_ratio=True, alt_text=_whole(alt))

    def _printable(self, text: str) -> str:
        """The text in one line, without marks that steer, and of characters that the present font has."""
        known = self.current_font.cmap if isinstance(self.current_font, TTFFont) else {}
        line = " ".join(unicodedata.normalize("NFC", _whole(text)).split())
        seen = (mark for mark in line if unicodedata.category(mark) not in ("Cc", "Cf"))
        return "".join(mark if ord(mark) in known else _UNKNOWN for mark in seen)


@contextmanager
def paper(*, title: str, author: str, notice: str, foot: str, made: datetime) -> Iterator[Paper]:
    """An empty document, to be written before the block ends: then its fonts are closed.

    Args:
        title: Of the document, for its reader's window.
        author: Who makes it.
        notice: What must stand on every page, at the head.
        foot: What it is of, at the foot of every page.
        made: When; the same content made at the same time is the same file.
    """
    empty = Paper(notice=notice, foot=foot)
    empty.add_font(_FAMILY, "", _FONTS / "DejaVuSansCondensed.ttf")
    empty.add_font(_FAMILY, "B", _FONTS / "DejaVuSansCondensed-Bold.ttf")
    empty.set_auto_page_break(auto=False)
    empty.c_margin = 0
    empty.alias_nb_pages(_PAGES)
    empty.set_title(_whole(title))
    empty.set_author(_whole(author))
    empty.set_subject(notice)
    empty.set_creator(f"LeukoScope {program_version()}")
    empty.set_lang("en")
    empty.set_creation_date(made)
    try:
        yield empty
    finally:
        for font in empty.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()


def class_colour(label: str | None, classes: tuple[str, str]) -> str:
    """The colour that a class is printed in; grey for none."""
    return dict(zip(classes, (NEGATIVE, POSITIVE), strict=True)).get(label or "", GREY)


def _whole(text: str) -> str:
    """The text with a replacement character for each half of a character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _as_seen(line: str) -> str:
    """The characters of a line as they stand on paper from left to right."""
    if not any(unicodedata.bidirectional(mark) in ("R", "AL") for mark in line):
        return line
    return BidiParagraph(text=line, base_direction=TextDirection.LTR).get_reordered_string()
