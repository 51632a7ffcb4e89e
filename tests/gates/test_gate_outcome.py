"""What gates come to on labelled cells."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from core.gates.finding import Finding
from core.gates.gate_outcome import GateOutcome, outcome

PASSED = (Finding("image", True, ""), Finding("cell", True, ""))
BLURRED = (*PASSED, Finding("quality", False, ""))
UNCLEAR = (*PASSED, Finding("quality", True, ""), Finding("confidence", False, ""))


def test_stops_answers_and_errors_are_counted() -> None:
    """Ten cells: two stopped, one of the eight answers wrong."""
    findings = [BLURRED, UNCLEAR, *[PASSED] * 8]
    truth = np.array([0, 1, 0, 0, 0, 0, 1, 1, 1, 1])
    score = np.array([0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.4])
    found = outcome(findings, truth, score, np.array(list("aabbccddee")), threshold=0.5)
    assert (found.cells, found.subjects) == (10, 5)
    assert found.stopped == {"image": 0, "cell": 0, "quality": 1, "range": 0, "confidence": 1}
    assert (found.answered, found.wrong) == (0.8, 0.125)


def test_a_score_at_the_threshold_is_positive() -> None:
    found = outcome([PASSED], np.array([1]), np.array([0.5]), np.array(["a"]), threshold=0.5)
    assert found.wrong == 0


def test_there_are_intervals_over_subjects_where_there_are_enough() -> None:
    truth = np.repeat([0, 1], 50)
    findings = [BLURRED if number % 5 == 0 else PASSED for number in range(100)]
    found = outcome(findings, truth, truth * 1.0, np.repeat(np.arange(20), 5).astype(np.str_), threshold=0.5)
    assert found.answered_interval == (pytest.approx(0.8), pytest.approx(0.8))  # the same share of each subject
    assert found.wrong_interval == (0.0, 0.0)


def test_few_subjects_give_no_interval_and_no_answer_gives_no_share_of_errors() -> None:
    found = outcome([BLURRED, BLURRED], np.array([0, 1]), np.array([0.1, 0.9]), np.array(["a", "b"]), threshold=0.5)
    assert (found.answered, found.wrong, found.answered_interval, found.wrong_interval) == (0.0, None, None, None)


def test_an_outcome_is_read_as_it_was_written() -> None:
    written = GateOutcome(10, 5, {"cell": 1}, 0.9, (0.8, 1.0), None, None)
    assert GateOutcome.read(json.loads(json.dumps(asdict(written)))) == written


def test_no_cell_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected cells to count. Received: none."):
        outcome([], np.zeros(0, dtype=int), np.zeros(0), np.zeros(0, dtype=np.str_), threshold=0.5)
