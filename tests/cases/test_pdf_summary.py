"""The first page says what the cells come to, by which model, and leaves room to sign."""

from dataclasses import replace

import pytest

from core.card import RESEARCH_NOTICE
from core.cases.case import CaseCell
from core.cases.pdf import as_pdf
from core.cases.pdf_summary import SIGN
from core.cases.review import Review
from core.cases.sheet import sheet_of
from core.versions import library_versions, program_version
from tests.cases.test_paper import lines
from tests.cases.test_pdf import PICTURES
from tests.cases.test_report import CARD, CASE, REPORT, TIME, answer
from tests.test_card import card


def summary(monkeypatch: pytest.MonkeyPatch, **changes: object) -> list[tuple[float, str]]:
    """Lines of the first page, with where they stand."""
    said = lines(monkeypatch)
    as_pdf(replace(REPORT, **changes), PICTURES, which="none")  # type: ignore[arg-type]
    return [(y, text) for page, y, text in said if page == 1]


def test_it_says_whose_cells_and_whose_report_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [text for _, text in summary(monkeypatch)]
    assert "Bed 4" in words
    assert f"Case {'ab' * 16}, kept by Ada on 2026-11-26 07:30 UTC." in words
    assert "Report made by Łucja on 2026-11-26 07:30 UTC." in words
    assert words.count(RESEARCH_NOTICE) == 2
    assert "No cells follow this page." in words


def test_a_case_that_is_not_kept_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "This case is not kept in LeukoScope." in [
        text for _, text in summary(monkeypatch, case=replace(CASE, id=""))
    ]


def test_it_says_the_sheet_the_shares_and_the_cells_to_look_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [text for _, text in summary(monkeypatch)]
    assert [sentence for sentence in sheet_of(CASE).sentences() if sentence not in words] == []
    assert [text for text in words if text in ("ALL 2", "HEM 0", "no class 2")] == ["ALL 2", "HEM 0", "no class 2"]
    assert "2. ALL (model: HEM)" in words
    assert "Overridden to ALL by Łucja" in words


def test_it_says_all_of_the_model_and_the_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    words = " ".join(text for _, text in summary(monkeypatch))
    for sentence in (*REPORT.about_models().values(), f"LeukoScope {program_version()}", *library_versions().values()):
        assert sentence in words


def test_the_caveats_stand_beside_the_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    words = " ".join(text for _, text in summary(monkeypatch, card=replace(CARD, origin="drawn, seed 1")))
    assert "This model was trained on drawn cells, not on real ones" in words


def test_a_case_in_which_no_cell_has_an_answer_has_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    case = replace(CASE, cells=CASE.cells[3:], reviews=())
    words = [text for _, text in summary(monkeypatch, case=case)]
    assert "No cell has an answer, so there is no share." in words
    assert "Cells to look at first" not in words


def test_the_longest_texts_leave_room_to_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    long = "W" * 200
    cells = tuple(
        CaseCell(
            f"{long}/{long}.bmp",
            "",
            answer(label, 0.75, model="m" * 64, model_sha256="cd" * 32 if place == 1 else f"{place}" * 64),
        )
        for place, label in enumerate(("ALL", "ALL", "HEM", None, "ALL", "HEM"))
    )
    rows = tuple(
        Review(place, "override", long, "HEM", long * 10, TIME, number=place + 1) for place in range(len(cells))
    )
    case = replace(CASE, title=long, who=long, cells=cells, reviews=rows)
    model = card(
        name="m" * 64, origin=f"drawn, {long * 3}", split_by="cell", reduced=True, threshold_source=long, test=CARD.test
    )
    said = summary(monkeypatch, case=case, card=model, who=long)
    assert model.caveats
    above = [y for y, text in said if y < SIGN]
    assert max(above) + 4 < SIGN
    assert [text for y, text in said if y == SIGN] == ["Reviewed by", "Date", "Signature"]
