"""Text on paper: where it stands, where it is cut, and which characters it has."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from core.cases.paper import GREY, MARGIN, WIDTH, Paper, Style, class_colour, paper
from core.cases.report_pictures import printed

TIME = datetime(2026, 11, 26, 7, 30, tzinfo=UTC)
STYLE = Style(10)
Sheet = Callable[..., Paper]


def lines(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float, str]]:
    """Where the lines that are printed from now on will be noted: page, mm from the top, text."""
    said: list[tuple[int, float, str]] = []
    cell = Paper.cell

    def noted(self: Paper, width: float, height: float, text: str, **more: Any) -> bool:
        said.append((self.page_no(), self.get_y(), text))
        return cell(self, width, height, text, **more)

    monkeypatch.setattr(Paper, "cell", noted)
    return said


@pytest.fixture
def sheet() -> Iterator[Sheet]:
    """A document with a page: `sheet(title="Bed 4")`."""
    with ExitStack() as opened:

        def made(*, title: str = "T", author: str = "A", notice: str = "N", foot: str = "F") -> Paper:
            found = opened.enter_context(paper(title=title, author=author, notice=notice, foot=foot, made=TIME))
            found.add_page()
            return found

        yield made


def written(document: Paper) -> bytes:
    return bytes(document.output())


def test_a_long_text_is_broken_and_ends_in_an_ellipsis_where_it_is_cut(sheet: Sheet) -> None:
    document = sheet()
    text = "chromatin " * 40
    whole = document.lines(text, 60, style=STYLE)
    assert len(whole) > 3
    assert "".join(whole).replace(" ", "") == text.replace(" ", "")
    cut = document.lines(text, 60, style=STYLE, most=2)
    assert (len(cut), cut[0]) == (2, whole[0])
    assert cut[1].endswith("\u2026")
    document.set_font("dejavu", "", 10)
    assert all(document.get_string_width(line) <= 60 for line in (*whole, *cut))


def test_a_word_that_is_wider_than_the_line_is_broken_too(sheet: Sheet) -> None:
    lines = sheet().lines("x" * 200, 30, style=STYLE)
    assert "".join(lines) == "x" * 200
    assert len(lines) > 1


def test_each_line_is_printed_below_the_last(sheet: Sheet) -> None:
    document = sheet()
    count = len(document.lines("word " * 40, 50, style=STYLE))
    assert document.say("word " * 40, (MARGIN, 50), 50, style=STYLE) == pytest.approx(50 + count * 4.3)
    assert document.say("", (MARGIN, 50), 50, style=STYLE) == 50
    assert document.say("one", (MARGIN, 50), 50, style=Style(5)) == pytest.approx(50 + 2.15)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Łucja Ωμ Привет", "Łucja Ωμ Привет"),
        ("漢字", "\ufffd\ufffd"),
        ("a\tb\nc\x07", "a b c"),
        ("e\u0301", "é"),
        ("a\u200b\u202eb", "ab"),
        ("\ud83d", "\ufffd"),
        ("**bold** <b> --x--", "**bold** <b> --x--"),
        ("  ", ""),
    ],
)
def test_any_text_can_be_printed(text: str, shown: str, sheet: Sheet, caplog: pytest.LogCaptureFixture) -> None:
    document = sheet(title=text, author=text, foot=text)
    with caplog.at_level(logging.WARNING):
        assert document.lines(text, WIDTH, style=Style(bold=True)) == ([shown] if shown else [])
        document.say(text, (MARGIN, 50), WIDTH, style=STYLE)
        assert written(document).startswith(b"%PDF")
    assert not caplog.records


def test_a_line_from_right_to_left_is_turned_round(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    said = lines(monkeypatch)
    document = sheet()
    document.say("Unsure by \u05d0\u05d1\u05d2", (MARGIN, 50), WIDTH, style=STYLE)
    assert said[-1][2] == "Unsure by \u05d2\u05d1\u05d0"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("short/a.bmp", "short/a.bmp"),
        (f"{'long ' * 9}/deep/a.bmp, cell 2", "\u2026/a.bmp, cell 2"),
        (f"{'long ' * 9}\\a.bmp", "\u2026/a.bmp"),
    ],
)
def test_a_name_loses_its_folders_where_it_would_need_two_lines(name: str, shown: str, sheet: Sheet) -> None:
    assert sheet().fitting(name, 40, style=STYLE) == shown


def test_the_document_names_itself_and_is_the_same_file_each_time(sheet: Sheet) -> None:
    def document() -> bytes:
        found = sheet(title="Bed 4")
        found.say("text", (MARGIN, 50), WIDTH, style=STYLE)
        jpeg = printed(lambda place: np.zeros((9, 9, 3), np.uint8), 0)
        assert isinstance(jpeg, bytes)
        found.show(jpeg, (MARGIN, 60), 20, alt="Cell a.bmp")
        return written(found)

    content = document()
    assert content == document()
    assert b"/Title (Bed 4)" in content
    assert b"/Creator (LeukoScope " in content
    assert b"/Lang (en)" in content
    assert b"/Alt (Cell a.bmp)" in content
    assert b"D:20261126073000" in content
    assert len(re.findall(rb"/Type /Page\n", content)) == 1


def test_head_and_foot_are_on_every_page(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    said = lines(monkeypatch)
    document = sheet(notice="For research use only.", foot="Model 0828")
    document.add_page()
    written(document)
    for text in ("For research use only.", "Model 0828"):
        assert [page for page, _, line in said if line == text] == [1, 2]
    assert [line[:9] for _, _, line in said if line.startswith("Page ")] == ["Page 1 of", "Page 2 of"]


def test_a_class_has_its_colour_and_none_is_grey() -> None:
    classes = ("HEM", "ALL")
    assert [class_colour(label, classes) for label in ("HEM", "ALL", None)] == ["#0072B2", "#D55E00", GREY]
