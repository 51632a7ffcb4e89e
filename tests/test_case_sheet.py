"""The sheet of a case counts the decisions that hold."""

import pytest

from core.case import Answer, Case, CaseCell
from core.case_sheet import sheet_cells, sheet_of
from core.review import Review, added, undone


def cell(label: str | None, score: float | None) -> CaseCell:
    return CaseCell("x", "a" * 64, Answer(label, score, None, 0.4, "leuko", "b" * 64))


CASE = Case("Bed 4", "ada", ("HEM", "ALL"), (cell("ALL", 0.9), cell("HEM", 0.1), cell(None, None)))


def test_each_cell_has_the_decision_that_holds_and_its_place() -> None:
    rows = added((), Review(1, "override", "ada", "ALL"), cells=3, classes=CASE.classes)
    rows = undone(added(rows, Review(0, "unsure", "eve"), cells=3, classes=CASE.classes), "eve")
    case = Case(CASE.title, CASE.who, CASE.classes, CASE.cells, rows)
    found = sheet_cells(case)
    assert [(each.place, each.label, each.score, each.threshold, each.decided) for each in found] == [
        (0, "ALL", 0.9, 0.4, ""),
        (1, "HEM", 0.1, 0.4, "override"),
        (2, None, None, 0.4, ""),
    ]
    sheet = sheet_of(case)
    assert (sheet.cells, sheet.called, sheet.counted, sheet.final, sheet.overridden) == (3, 1, 2, 2, 1)
    assert sheet.worst[0].place == 1


def test_a_case_without_cells_has_no_sheet() -> None:
    with pytest.raises(ValueError, match=r"^Expected cells of a patient"):
        sheet_of(Case("", "", ("HEM", "ALL"), ()))
