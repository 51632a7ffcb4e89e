"""A cell and its map as one PNG that explains itself: colour bar, caption, and the same as text in the file."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from core.card import RESEARCH_NOTICE, ModelCard
from core.config import PROJECT_ROOT
from core.explain import METHODS, Method
from core.overlay import COLOURS, OPACITY, STYLES, Colours, Style, colour_bar
from core.types import ByteArray

MEANING = "Shows where the score is sensitive, not why."
_FONTS = PROJECT_ROOT / "assets" / "fonts"
_PANEL = 440  # pixels; edge of the square in which each picture stands
_MARGIN = 24
_TEXT, _LINE = 17, 25  # size of the letters and distance of the lines, in pixels
_BAR = 14  # height of the colour bar
_PAPER, _INK, _GREY = "white", "black", "#595959"


@dataclass(frozen=True)
class MapCaption:
    """What must be known of a map.

    Attributes:
        name: Name of the cell's file, or a pseudonym.
        label: The class called.
        probability: Of the positive class, calibrated where the card is, else the score; None where it is not known.
        target: The class that the map explains.
        method: How it was made; of no concern to a scikit-learn model.
        layer: Title of the layer that it reads; "" for the model's own.
        card: Of the model.
        made: When.
        opacity: How strongly it covers the cell, in [0, 1].
        colours: Its colour map.
        style: Heat or lines.
    """

    name: str
    label: str
    probability: float | None
    target: str
    card: ModelCard
    made: datetime
    method: Method = "grad-cam"
    layer: str = ""
    opacity: float = OPACITY
    colours: Colours = "inferno"
    style: Style = "heat"

    def fields(self) -> dict[str, str]:
        """All of it in words, by a heading each."""
        card = self.card
        network = card.kind == "network"
        shown = "probability" if card.calibrated else "score"
        cut = card.shown_threshold if card.calibrated else card.threshold
        said = "" if self.probability is None else f", {shown} of {card.classes[1]} {self.probability:.2f}"
        return {
            "Cell": self.name,
            "Called": f"{self.label}{said} (called {card.classes[1]} from {cut:.2f})",
            "Map": f"{METHODS[self.method] if network else 'Occlusion'} for {self.target}",
            **({"Layer": self.layer or card.explained_layer} if network else {}),
            "Drawn as": f"{STYLES[self.style]} in {COLOURS[self.colours]}, opacity {100 * self.opacity:.0f} %",
            "Model": f"{card.title}, SHA-256 {card.model_sha256[:12]}",
            "Made": f"{self.made:%Y-%m-%d %H:%M}",
            "Meaning": MEANING,
            "Notice": " ".join((RESEARCH_NOTICE, *card.caveats)),
        }


def captioned(image: ByteArray, laid: ByteArray, caption: MapCaption) -> bytes:
    """Draw a cell beside the same cell with its map, the colour bar, and what must be known of it.

    Args:
        image: RGB pixels of the cell, (height, width, 3), 0 to 255.
        laid: The same with its map, as `core.maps.laid_over` gives it with the caption's opacity, colours and style.
        caption: What to write below.

    Returns:
        A PNG; the caption also stands in its text chunks.
    """
    fields = caption.fields()
    width = 2 * _PANEL + 3 * _MARGIN
    letters, bold = (_font(name) for name in ("DejaVuSansCondensed", "DejaVuSansCondensed-Bold"))
    lines = [
        (heading if not number else "", line)
        for heading, text in fields.items()
        for number, line in enumerate(_wrapped(text, letters, width - 2 * _MARGIN - _heading_width(fields, bold)))
    ]
    below = 2 * _MARGIN + _LINE + _PANEL  # of the pictures
    top = below + 2 * _LINE  # of the caption
    sheet = Image.new("RGB", (width, top + len(lines) * _LINE + _MARGIN), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for place, (title, picture) in enumerate((("Cell", image), ("Where the score is sensitive", laid))):
        left = _MARGIN + place * (_PANEL + _MARGIN)
        pen.text((left, _MARGIN), title, font=bold, fill=_INK)
        _paste(sheet, picture, left, _MARGIN + _LINE + 6)
    _bar(sheet, pen, letters, caption, (2 * _MARGIN + _PANEL, below))
    for number, (heading, line) in enumerate(lines):
        row = top + number * _LINE
        pen.text((_MARGIN, row), heading, font=bold, fill=_INK)
        pen.text((_MARGIN + _heading_width(fields, bold), row), line, font=letters, fill=_INK)
    stream = BytesIO()
    sheet.save(stream, "PNG", pnginfo=_chunks(fields, caption))
    return stream.getvalue()


def _font(name: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONTS / f"{name}.ttf", _TEXT)


def _heading_width(fields: dict[str, str], font: ImageFont.FreeTypeFont) -> int:
    return int(max(font.getlength(heading) for heading in fields)) + _MARGIN


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """A text in lines that are no wider; words, and where one alone is wider, its letters."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if font.getlength(joined) <= width:
            lines[-1] = joined
            continue
        lines += [""] if lines[-1] else []
        for letter in word:
            if font.getlength(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    return lines


def _paste(sheet: Image.Image, picture: ByteArray, left: int, top: int) -> None:
    """Put a picture into the middle of its square, as large as fits."""
    height, width = picture.shape[:2]
    factor = _PANEL / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    shown = Image.fromarray(np.ascontiguousarray(picture)).resize(size, Image.Resampling.LANCZOS)
    sheet.paste(shown, (left + (_PANEL - size[0]) // 2, top + (_PANEL - size[1]) // 2))


def _bar(
    sheet: Image.Image,
    pen: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont,
    caption: MapCaption,
    corner: tuple[int, int],
) -> None:
    """The colour bar between the words for its ends, under the second picture."""
    left, top = corner
    low, high = int(font.getlength("low")) + 10, int(font.getlength("high")) + 10
    bar = colour_bar(_PANEL - low - high, _BAR, opacity=caption.opacity, colours=caption.colours, style=caption.style)
    pen.text((left, top), "low", font=font, fill=_GREY)
    sheet.paste(Image.fromarray(bar), (left + low, top + 4))
    pen.text((left + _PANEL - high + 10, top), "high", font=font, fill=_GREY)


def _chunks(fields: dict[str, str], caption: MapCaption) -> PngInfo:
    found = PngInfo()
    for heading, text in {**fields, "Model SHA-256": caption.card.model_sha256, "Software": "LeukoScope"}.items():
        found.add_itxt(heading, text)
    return found
