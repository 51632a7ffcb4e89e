"""The reporting sheet: each item is answered from the records or left to the authors, and the page stands alone."""

import json
import re
from dataclasses import replace

import pytest

from core.card import RESEARCH_NOTICE
from core.caveats import DRAWN
from core.checklist import FILLED, IN_PART, OPEN, reporting_sheet, to_html, to_json
from core.compare import combine
from core.comparison import Comparison
from core.printed import notes, table
from core.protocol import Plan
from core.reported import facts
from tests.test_assessment import DATASET
from tests.test_comparison import assessments


@pytest.fixture(scope="module")
def folds() -> Comparison:
    plan = Plan(("RidgeClassifier",), protocol="folds", folds=4)
    return combine(DATASET, plan, assessments(plan))


def items(comparison: Comparison, guideline: int) -> dict[str, dict[str, str]]:
    return {item["number"]: item for item in reporting_sheet(comparison)["guidelines"][guideline]["items"]}


def test_an_item_is_filled_filled_in_part_or_open(folds: Comparison) -> None:
    claim, known = items(folds, 0), facts(folds, {})
    assert (claim["20"]["status"], claim["20"]["answer"], claim["20"]["open"]) == (FILLED, known["level"], "")
    assert (claim["7"]["status"], claim["7"]["answer"]) == (IN_PART, known["source"])
    assert claim["7"]["open"] == "Where, when and from whom the cells were taken."
    assert (claim["44"]["status"], claim["44"]["answer"], claim["44"]["open"]) == (OPEN, "", "")


def test_what_only_authors_know_is_open(folds: Comparison) -> None:
    claim, tripod = items(folds, 0), items(folds, 1)
    assert {claim[number]["status"] for number in ("2", "4", "5", "11", "13", "15", "16", "18", "34", "42")} == {OPEN}
    assert {tripod[number]["status"] for number in ("3c", "5b", "6c", "8c", "14", "17", "18a", "19", "25", "27c")} == {
        OPEN
    }


def test_the_counts_are_those_of_the_items(folds: Comparison) -> None:
    for guideline, total in zip(reporting_sheet(folds)["guidelines"], (44, 52), strict=True):
        statuses = [item["status"] for item in guideline["items"]]
        assert guideline["counts"] == {status: statuses.count(status) for status in (FILLED, IN_PART, OPEN)}
        assert sum(guideline["counts"].values()) == total


def test_an_item_without_a_record_is_left_to_the_authors_as_a_whole() -> None:
    nothing = items(combine(DATASET, Plan(("RidgeClassifier",)), []), 0)
    assert {nothing[number]["status"] for number in ("30", "37", "38", "39")} == {OPEN}


def test_the_sheet_is_json_with_figures_sentences_and_notes(folds: Comparison) -> None:
    sheet = json.loads(to_json(reporting_sheet(folds)))
    assert sheet["notice"] == RESEARCH_NOTICE
    assert sheet["figures"] == table(folds).to_dict(orient="records")
    assert (sheet["sentences"], sheet["notes"]) == (list(folds.sentences()), list(notes(folds)))


def test_the_page_has_every_item_and_needs_nothing_else(folds: Comparison) -> None:
    html = to_html(reporting_sheet(folds))
    assert html.count("<td>12c</td>") == 1
    assert html.count("<strong>Open: to be stated by the authors.</strong>") == sum(
        guideline["counts"][OPEN] for guideline in reporting_sheet(folds)["guidelines"]
    )
    assert re.findall(r"(?:src|href)=", html) == []
    assert DATASET.fingerprint() in html
    assert DRAWN not in html


def test_drawn_cells_are_said_at_the_top(folds: Comparison) -> None:
    html = to_html(reporting_sheet(replace(folds, origin="drawn, seed 0")))
    assert DRAWN in html.partition("<h2>")[0]


def test_names_cannot_carry_markup_into_the_page(folds: Comparison) -> None:
    html = to_html(reporting_sheet(replace(folds, origin="<script>alert(1)</script>")))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
