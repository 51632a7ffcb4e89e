"""What is kept of an answer is what the model said."""

import json

import numpy as np
import pytest

from core.cases.case import Answer, CaseCell, pseudonyms
from core.gates.finding import Finding

PASSED = Finding("cell", True, "One cell.", {"cells": 1.0})
STOPPED = Finding("quality", False, "It is empty.", {"contrast": 0.5}, checked=False)


@pytest.mark.parametrize(
    "answer",
    [
        Answer("ALL", 0.75, 0.8, 0.5, "leuko", "ab" * 32, None, (PASSED,)),
        Answer(None, None, None, 0.5, "leuko", "ab" * 32, STOPPED.reason, (PASSED, STOPPED)),
    ],
    ids=["called", "stopped"],
)
def test_an_answer_is_read_back_from_json_as_it_was(answer: Answer) -> None:
    assert Answer.from_fields(json.loads(json.dumps(answer.fields(), allow_nan=False))) == answer


def test_a_measure_that_is_no_number_stays_none() -> None:
    finding = Finding("quality", False, "It is empty.", {"contrast": float("nan")})
    answer = Answer(None, float("nan"), None, 0.5, "leuko", "", findings=(finding,))
    again = Answer.from_fields(json.loads(json.dumps(answer.fields(), allow_nan=False)))
    assert again.score is None
    assert np.isnan(again.findings[0].numbers["contrast"])


def test_the_gate_that_stopped_a_cell_is_the_first_that_did_not_pass() -> None:
    assert Answer(None, None, None, 0.5, "", "", findings=(PASSED, STOPPED)).stopped_by == "quality"
    assert Answer("ALL", 1.0, None, 0.5, "", "", findings=(PASSED,)).stopped_by == ""


@pytest.mark.parametrize(("count", "first"), [(0, []), (1, ["Cell 1"]), (9, ["Cell 1"]), (10, ["Cell 01"])])
def test_pseudonyms_are_numbers_of_one_width(count: int, first: list[str]) -> None:
    cell = CaseCell("name of a patient", "", Answer(None, None, None, 0.5, "", ""))
    names = pseudonyms([cell] * count)
    assert names[:1] == first
    assert (len(set(names)), len({len(name) for name in names})) == (count, min(count, 1))
