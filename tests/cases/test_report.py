"""A report says of each model that answered all that is known of it, and no more."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.card import RESEARCH_NOTICE, ModelCard
from core.cases.case import Answer, Case, CaseCell
from core.cases.report import AnsweringModel, CaseReport
from core.cases.review import Decision, Review, added
from core.gates.finding import Finding
from tests.test_card import card as card_of

TIME = datetime(2026, 11, 26, 7, 30, tzinfo=UTC)
CARD = card_of(test={"roc_auc": 0.5, "sensitivity": 0.75, "specificity": 0.5})  # its hash is "cd" * 32
BLURRED = Finding("quality", False, "The picture is blurred.", {"sharpness": 0.125})
ONE = Finding("cell", True, "One cell.", {"cells": 1.0})


def answer(label: str | None, score: float | None, **changes: Any) -> Answer:
    calibrated = None if score is None else score / 2
    return replace(Answer(label, score, calibrated, 0.25, "first", "cd" * 32, findings=(ONE,)), **changes)


def reviewed(*decisions: tuple[int, Decision, str, str], cells: int = 4) -> tuple[Review, ...]:
    """The rows of these reviews: place, decision, class, comment."""
    rows: tuple[Review, ...] = ()
    for place, decision, label, comment in decisions:
        review = Review(place, decision, "Łucja", label, comment, TIME)
        rows = added(rows, review, cells=cells, classes=("HEM", "ALL"))
    return rows


CASE = Case(
    "Bed 4",
    "Ada",
    ("HEM", "ALL"),
    (
        CaseCell("a.bmp", "a" * 64, answer("ALL", 0.75)),
        CaseCell("b.bmp", "b" * 64, answer("HEM", 0.125)),
        CaseCell("c.bmp", "c" * 64, answer("HEM", 0.125)),
        CaseCell("d.bmp", "d" * 64, answer(None, None, error=BLURRED.reason, findings=(ONE, BLURRED))),
    ),
    reviewed((0, "agree", "", ""), (1, "override", "ALL", "Nucleoli."), (2, "unsure", "", "")),
    id="ab" * 16,
    created=TIME,
)
REPORT = CaseReport(CASE, CARD, "Łucja", {"sensitivity": (0.5, 1.0), "specificity": None}, TIME)


def with_answer(place: int, **changes: Any) -> Case:
    """The case with another answer for one cell."""
    cells = list(CASE.cells)
    cells[place] = replace(cells[place], answer=replace(cells[place].answer, **changes))
    return replace(CASE, cells=tuple(cells))


def test_one_model_is_told_with_its_training_cells_and_its_figures() -> None:
    assert REPORT.models == (AnsweringModel("first", "cd" * 32, 0.25, 4),)
    assert REPORT.about_models() == {
        "Model": "first. LeukoNet, a network. Made on 2026-11-24.",
        "Trained on": "Split by subject: trained on 6 cells of 2 subjects, tuned on 2 of 2, tested on 2 of 2. "
        "Source: C-NMC.",
        "Operating point": "A cell is called ALL from a score of 0.25: the highest balanced accuracy on the validation "
        "subjects. On the test subjects it finds 75% (50 to 100%) of the ALL cells (sensitivity) and 50% of the HEM "
        "cells (specificity; 95 % intervals over subjects).",
        "Scores": "Scores are not calibrated probabilities of disease.",
        "SHA-256": "cd" * 32,
    }


@pytest.mark.parametrize("card", [None, replace(CARD, model_sha256="ef" * 32)], ids=["gone", "replaced"])
def test_a_model_without_its_card_is_told_by_what_the_answers_hold(card: ModelCard | None) -> None:
    report = replace(REPORT, card=card)
    assert report.fitting is None
    assert report.about_models() == {
        "Model": "first. No card of this model is stored here, so its training cells and its figures cannot be told.",
        "Operating point": "A cell was called ALL from a score of 0.25.",
        "SHA-256": "cd" * 32,
    }
    assert report.note == RESEARCH_NOTICE


def test_figures_at_another_operating_point_are_not_told() -> None:
    report = replace(REPORT, card=replace(CARD, threshold=0.5))
    assert report.about_models()["Operating point"] == (
        "A cell was called ALL from a score of 0.25. It was moved to 0.50 since; how well the model did at the old one "
        "is not known here."
    )


def test_several_models_are_all_told_the_one_with_the_card_first() -> None:
    case = with_answer(1, model="svc", model_sha256="ef" * 32, threshold=0.5)
    case = replace(case, cells=(*case.cells[:2], replace(case.cells[1], name="e"), *case.cells[2:3]))
    report = replace(REPORT, case=replace(case, reviews=()))
    assert [(model.name, model.cells) for model in report.models] == [("first", 2), ("svc", 2)]
    assert report.about_models()["Other models"] == "svc, SHA-256 efefefefefef: 2 cells, ALL from 0.50."
    other = replace(report, card=replace(CARD, model_sha256="ef" * 32))
    assert [model.name for model in other.models] == ["svc", "first"]


def test_answers_before_and_after_the_operating_point_was_moved_are_two_models() -> None:
    report = replace(REPORT, case=with_answer(0, threshold=0.5), card=replace(CARD, threshold=0.5))
    assert [(model.threshold, model.cells) for model in report.models] == [(0.5, 1), (0.25, 3)]
    assert "Other models" in report.about_models()


def test_the_notice_has_the_models_caveats_and_the_note_what_scores_mean() -> None:
    report = replace(REPORT, card=replace(CARD, origin="drawn, seed 1"))
    first, caveat = report.notice
    assert first == RESEARCH_NOTICE
    assert caveat.startswith("This model was trained on drawn cells")
    assert report.note == f"{first} {caveat} Scores are not calibrated probabilities of disease."


def test_a_case_without_a_title_is_called_by_what_it_is() -> None:
    assert replace(REPORT, case=replace(CASE, title="")).title == "Cells that were uploaded"
    assert REPORT.title == "Bed 4"
