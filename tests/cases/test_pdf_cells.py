"""Behind the summary each cell stands with its map or the reason why there is none, and with its review."""

from dataclasses import replace

import pytest

from core.cases.paper import BOTTOM, Paper
from core.cases.pdf import as_pdf
from core.cases.report import CaseReport
from core.cases.report_pictures import Pictures
from core.cases.review import Review
from core.errors import DataError
from core.types import ByteArray
from tests.cases.test_paper import lines
from tests.cases.test_pdf import PICTURES, image
from tests.cases.test_report import CASE, REPORT, TIME, reviewed, with_answer


def cells(monkeypatch: pytest.MonkeyPatch, report: CaseReport = REPORT, pictures: Pictures = PICTURES) -> list[str]:
    """Lines behind the first page."""
    said = lines(monkeypatch)
    as_pdf(report, pictures)
    return [text for page, _, text in said if page > 1]


def test_each_cell_has_its_class_its_numbers_its_decision_and_its_comment(monkeypatch: pytest.MonkeyPatch) -> None:
    words = cells(monkeypatch)
    assert "Cells 1 to 4 of 4" in words
    start = words.index("2. ALL (model: HEM)")
    assert words[start : start + 5] == [
        "2. ALL (model: HEM)",
        "b.bmp",
        "Probability of ALL 0.06. Score 0.12, ALL from 0.25.",
        "Overridden to ALL by Łucja",
        "Łucja: Nucleoli.",
    ]


def test_a_cell_without_an_answer_has_the_reason_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    words = cells(monkeypatch)
    assert words[words.index("The picture is blurred.") :][:4] == [
        "The picture is blurred.",
        "4. No answer",
        "d.bmp",
        "Not reviewed",
    ]


def test_pictures_have_words_for_who_cannot_see_them(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(Paper, "show", lambda self, jpeg, at, edge, *, alt: shown.append(alt))
    cells(monkeypatch)
    assert shown[-3:] == [
        "Cell 3. No class (model: HEM), c.bmp",
        "Cell 3. No class (model: HEM), c.bmp, with a map: where the score is sensitive",
        "Cell 4. No answer, d.bmp",
    ]


def test_what_has_no_picture_or_no_map_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(place: int) -> ByteArray:
        raise DataError("Expected a picture. Received: a damaged one.")

    assert cells(monkeypatch, pictures=Pictures(lambda place: None, lambda place: None)).count("No picture") == 4
    words = cells(monkeypatch, pictures=Pictures(damaged, lambda place: None))
    assert words.count("No map") == 3
    assert " ".join(words).count("Expected a picture.") == 4


def test_the_head_says_what_the_map_shows_and_how_many_cells_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    said = lines(monkeypatch)
    as_pdf(REPORT, Pictures(image, image, "Grad-CAM, for the class called"), which="doubtful")
    words = [text for _, _, text in said]
    assert "Cells 1 to 3 of 3 shown, 4 in all" in words
    assert (
        "Left: the cell. Right: a map (Grad-CAM, for the class called) or the reason why there is no answer." in words
    )
    assert "The pages that follow show 3 of 4 cells." in words


def test_where_several_models_answered_each_cell_names_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    report = replace(REPORT, case=with_answer(1, model="svc", model_sha256="ef" * 32))
    words = " ".join(cells(monkeypatch, report))
    assert words.count("Model cdcdcdcdcdcd, first.") == 3
    assert words.count("Model efefefefefef, svc.") == 1


def test_a_long_comment_is_cut_below_its_cell_and_told_in_full_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    comment = " ".join(f"word{number}" for number in range(200))
    rows = reviewed((0, "agree", "", comment), (1, "agree", "", "Short."))
    words = cells(monkeypatch, replace(REPORT, case=replace(CASE, reviews=rows)))
    full = words[words.index("Comments in full") :]
    assert full[1] == "1. ALL, a.bmp"
    assert f"Łucja: {comment}" in " ".join(full)
    assert "Short." not in " ".join(full)
    assert any(line.endswith("\u2026") for line in words)


def test_comments_that_fill_pages_stay_on_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = tuple(
        Review(number % 4, "comment", "ada", comment="word " * 399, time=TIME, number=number + 1)
        for number in range(24)
    )
    said = lines(monkeypatch)
    as_pdf(replace(REPORT, case=replace(CASE, reviews=rows)), PICTURES)
    assert max(page for page, _, _ in said) > 3
    assert max(y for page, y, text in said if text.startswith("word")) < BOTTOM
