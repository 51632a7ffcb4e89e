"""The sheet of a case counts the decisions that hold."""

from dataclasses import replace

import pytest

from core.cases.case import Answer, Case, CaseCell
from core.cases.patient_sheet import SheetCell
from core.cases.review import Review, added, undone
from core.cases.sheet import called, comments, decision, measured, sheet_cells, sheet_of


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


def test_comments_are_those_that_were_not_taken_back_the_oldest_first() -> None:
    rows: tuple[Review, ...] = ()
    for review in (
        Review(0, "agree", "ada", comment="Clear."),
        Review(0, "comment", "eve", comment="I doubt it."),
        Review(1, "agree", "ada"),
        Review(2, "unsure", "eve", comment="Blurred."),
    ):
        rows = added(rows, review, cells=3, classes=CASE.classes)
    found = comments(Case(CASE.title, CASE.who, CASE.classes, CASE.cells, undone(rows, "eve")))
    assert {place: [each.comment for each in said] for place, said in found.items()} == {0: ["Clear.", "I doubt it."]}


@pytest.mark.parametrize(
    ("review", "words"),
    [
        (None, "Not reviewed"),
        (Review(0, "agree", "ada"), "Agreed by ada"),
        (Review(0, "override", "ada", "HEM"), "Overridden to HEM by ada"),
        (Review(0, "unsure", "ada"), "Unsure by ada"),
    ],
)
def test_a_decision_is_said_with_who_made_it(review: Review | None, words: str) -> None:
    assert decision(review) == words


@pytest.mark.parametrize(
    ("label", "review", "words"),
    [
        ("ALL", None, "ALL"),
        (None, None, "No answer"),
        (None, Review(0, "unsure", "ada"), "No answer"),
        ("ALL", Review(0, "agree", "ada"), "ALL"),
        ("ALL", Review(0, "override", "ada", "HEM"), "HEM (model: ALL)"),
        ("ALL", Review(0, "unsure", "ada"), "No class (model: ALL)"),
        (None, Review(0, "override", "ada", "HEM"), "HEM (model: no answer)"),
    ],
)
def test_the_class_that_counts_comes_before_the_models(label: str | None, review: Review | None, words: str) -> None:
    assert called(SheetCell("a", label, review=review)) == words


def test_the_numbers_of_an_answer_are_said_as_far_as_there_are_any() -> None:
    answer = Answer("ALL", 0.75, 0.5, 0.25, "leuko", "")
    assert measured(answer, "ALL") == "Probability of ALL 0.50. Score 0.75, ALL from 0.25."
    assert measured(replace(answer, calibrated=None), "ALL") == "Score 0.75, ALL from 0.25."
    assert measured(replace(answer, score=None), "ALL") == ""
