"""The PDF of a case: which cells it shows, and that it is the same file each time."""

import re
from dataclasses import replace

import numpy as np
import pytest

from core.cases.case import CaseCell
from core.cases.pdf import Which, as_pdf, places
from core.cases.report_pictures import Pictures
from core.errors import Cancelled
from core.types import ByteArray
from tests.cases.test_paper import lines
from tests.cases.test_report import CASE, REPORT, answer

HEALTHY = CaseCell("e.bmp", "e" * 64, answer("HEM", 0.125))
CASE_OF_FIVE = replace(CASE, cells=(*CASE.cells, HEALTHY))


def image(place: int) -> ByteArray:
    return np.full((12, 12, 3), 10 * place, np.uint8)


PICTURES = Pictures(image, image)


def pages(content: bytes) -> int:
    return len(re.findall(rb"/Type /Page\n", content))


@pytest.mark.parametrize(("which", "shown"), [("all", (0, 1, 2, 3, 4)), ("doubtful", (0, 1, 2)), ("none", ())])
def test_the_cells_behind_the_summary_are_chosen(which: Which, shown: tuple[int, ...]) -> None:
    assert places(CASE_OF_FIVE, which) == shown


def test_a_choice_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Expected one of all, doubtful, none\. Received: some\.$"):
        places(CASE, "some")  # type: ignore[arg-type]


@pytest.mark.parametrize(("cells", "which", "count"), [(4, "all", 2), (4, "none", 1), (15, "all", 2), (16, "all", 3)])
def test_there_is_one_page_and_then_fifteen_cells_a_page(cells: int, which: Which, count: int) -> None:
    case = replace(CASE, cells=(HEALTHY,) * cells, reviews=())
    assert pages(as_pdf(replace(REPORT, case=case), PICTURES, which=which)) == count


def test_the_same_report_is_the_same_file() -> None:
    assert as_pdf(REPORT, PICTURES) == as_pdf(REPORT, PICTURES)
    assert as_pdf(REPORT, PICTURES) != as_pdf(replace(REPORT, who="Eve"), PICTURES)


def test_every_page_names_the_notice_and_the_models_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    said = lines(monkeypatch)
    assert b"/Author (Eve)" in as_pdf(replace(REPORT, who="Eve"), PICTURES)
    for text in (REPORT.notice[0], "Model SHA-256 cdcdcdcdcdcd \u00b7 Bed 4"):
        assert {page for page, _, line in said if line == text} == {1, 2}


def test_progress_counts_the_cells_and_can_stop_it() -> None:
    seen: list[tuple[int, int]] = []
    as_pdf(REPORT, PICTURES, which="doubtful", progress=lambda done, total, text: seen.append((done, total)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]

    def stop(done: int, total: int, text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        as_pdf(REPORT, PICTURES, progress=stop)


def test_a_case_without_cells_has_no_report() -> None:
    with pytest.raises(ValueError, match="Expected cells of a patient"):
        as_pdf(replace(REPORT, case=replace(CASE, cells=(), reviews=())), PICTURES)
