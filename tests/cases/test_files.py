"""A case as CSV and as JSON holds what the case holds."""

import io
import json
import math
from dataclasses import replace

import pandas as pd

from core.cases.files import FORMAT, as_csv, as_json
from core.cases.review import Review, undone
from core.versions import LIBRARIES, program_version
from tests.cases.test_report import CARD, CASE, REPORT, reviewed, with_answer


def table(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), keep_default_na=False)


def test_each_cell_is_a_row_with_its_answer_its_gates_and_its_review() -> None:
    rows = table(as_csv(REPORT)).to_dict("records")
    assert len(rows) == 4
    assert rows[1] == {
        "file": "b.bmp",
        "file SHA-256": "b" * 64,
        "class by the model": "HEM",
        "score for ALL": "0.125",
        "calibrated probability of ALL": "0.0625",
        "threshold": 0.25,
        "stopped by": "",
        "reason": "",
        "measured": "cell: cells 1",
        "review": "Overridden",
        "final class": "ALL",
        "reviewer": "Łucja",
        "reviewed (UTC)": "2026-11-26T07:30:00+00:00",
        "comments": "Łucja: Nucleoli.",
        "model": "first",
        "model SHA-256": "cd" * 32,
        "case": "Bed 4",
        "exported by": "Łucja",
        "exported (UTC)": "2026-11-26T07:30:00+00:00",
        "LeukoScope": program_version(),
        "note": REPORT.note,
    }
    assert [row["final class"] for row in rows] == ["ALL", "ALL", "", ""]


def test_a_cell_without_an_answer_has_the_gate_that_stopped_it_and_its_numbers() -> None:
    row = table(as_csv(REPORT)).to_dict("records")[3]
    assert (row["class by the model"], row["score for ALL"], row["review"]) == ("", "", "")
    assert (row["stopped by"], row["reason"]) == ("Good enough to judge", "The picture is blurred.")
    assert row["measured"] == "cell: cells 1; quality: sharpness 0.125"


def test_names_and_comments_are_no_formulas_in_a_spreadsheet() -> None:
    cells = (replace(CASE.cells[0], name="=1+1"), replace(CASE.cells[1], name="\t-x"))
    evil = (Review(0, "agree", "@who", comment="=2\nand more", time=CASE.created, number=1),)
    report = replace(REPORT, case=replace(CASE, title="+49", cells=cells, reviews=evil))
    rows = table(as_csv(report)).to_dict("records")
    assert [row["file"] for row in rows] == ["'=1+1", "'\t-x"]
    assert (rows[0]["reviewer"], rows[0]["comments"], rows[0]["case"]) == ("'@who", "'@who: =2\nand more", "'+49")


def test_numbers_below_zero_stay_numbers() -> None:
    report = replace(REPORT, case=with_answer(0, score=-1.5, calibrated=None))
    assert as_csv(report).splitlines()[1].split(",")[3:6] == ["-1.5", "", "0.25"]


def test_json_holds_the_whole_case() -> None:
    found = json.loads(as_json(REPORT))
    assert (found["format"], found["notice"], found["by"]) == (FORMAT, list(REPORT.notice), "Łucja")
    assert found["case"] == {
        "id": "ab" * 16,
        "title": "Bed 4",
        "by": "Ada",
        "kept": "2026-11-26T07:30:00+00:00",
        "classes": {"negative": "HEM", "positive": "ALL"},
    }
    assert set(found["versions"]) == {"leukoscope", "python", *LIBRARIES}
    assert found["models"] == [{"name": "first", "sha256": "cd" * 32, "threshold": 0.25, "cells": 4}]
    assert found["about_models"] == REPORT.about_models()
    assert found["card"]["test"] == {"roc_auc": 0.5, "sensitivity": 0.75, "specificity": 0.5}
    assert found["card"]["subjects"] == {"train": 2, "validation": 2, "test": 2}
    assert found["card"]["intervals"] == {"sensitivity": [0.5, 1.0], "specificity": None}
    cell = found["cells"][3]
    assert (cell["name"], cell["label"], cell["stopped_by"], cell["final"]) == ("d.bmp", None, "quality", None)
    assert cell["findings"][1]["numbers"] == {"sharpness": 0.125}
    assert [(each["review"], each["final"]) for each in found["cells"]] == [
        (1, "ALL"),
        (2, "ALL"),
        (3, None),
        (None, None),
    ]


def test_json_holds_the_numbers_and_the_words_of_the_sheet() -> None:
    sheet = json.loads(as_json(REPORT))["sheet"]
    assert (sheet["cells"], sheet["called"], sheet["counted"], sheet["final"], sheet["share"]) == (4, 1, 2, 2, 1.0)
    assert (sheet["without_answer"], sheet["bounds"]) == (0.5, [0.5, 1.0])
    assert sheet["first_to_look_at"] == [1, 2]
    assert sheet["in_words"][0] == "4 cells. The model called 1 of them ALL and gave no answer for 1."


def test_json_holds_reviews_that_were_taken_back_too() -> None:
    rows = undone(reviewed((0, "override", "HEM", "No.")), "Łucja")
    found = json.loads(as_json(replace(REPORT, case=replace(CASE, reviews=rows))))
    assert [(row["decision"], row["label"], row["withdraws"]) for row in found["reviews"]] == [
        ("override", "HEM", None),
        ("withdraw", "", 1),
    ]
    assert found["cells"][0]["final"] == "ALL"
    assert found["reviews"][0]["time"] == "2026-11-26T07:30:00+00:00"


def test_what_is_no_number_is_null() -> None:
    case = with_answer(0, score=math.nan, calibrated=math.nan)
    found = json.loads(as_json(replace(REPORT, case=case, card=replace(CARD, test={**CARD.test, "roc_auc": math.nan}))))
    assert (found["cells"][0]["score"], found["cells"][0]["calibrated"]) == (None, None)
    assert found["card"]["test"]["roc_auc"] is None


def test_a_case_that_is_not_kept_and_a_model_that_is_gone_are_null() -> None:
    found = json.loads(as_json(replace(REPORT, case=replace(CASE, id=""), card=None)))
    assert (found["case"]["id"], found["case"]["kept"], found["card"]) == (None, None, None)
