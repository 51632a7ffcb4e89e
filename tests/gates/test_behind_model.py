"""The gates that look at what a model saw."""

import numpy as np
import pytest

from core.gates.band import Band
from core.gates.behind_model import in_range, is_clear
from core.gates.training_range import TrainingRange

TRAINING = TrainingRange(np.zeros(2, np.float32), np.eye(2, dtype=np.float32), 5.0, 0.05, 100, 10)
BAND = Band(0.3, 0.7, 0.5, 0.1, 100, 0.8, 0.05)


def test_a_cell_at_the_limit_is_in_range() -> None:
    found = in_range(np.array([3.0, 4.0]), TRAINING)
    assert found.passed
    assert found.numbers == {"distance from the training cells": 5.0, "at most": 5.0}


def test_a_cell_beyond_the_limit_is_stopped_with_the_rate_of_false_alarms() -> None:
    found = in_range(np.array([3.0, 4.1]), TRAINING)
    assert not found.passed
    assert "farther from its training cells than 95% of new cells of their kind" in found.reason


def test_a_number_that_is_none_is_out_of_range() -> None:
    assert not in_range(np.array([np.nan, 0.0]), TRAINING).passed


@pytest.mark.parametrize(
    ("score", "clear"), [(0.0, True), (0.29, True), (0.3, False), (0.5, False), (0.69, False), (0.7, True), (1.0, True)]
)
def test_scores_inside_the_band_get_no_answer(score: float, clear: bool) -> None:
    found = is_clear(score, BAND)
    assert found.passed is clear
    assert found.numbers == {"score": score, "threshold": 0.5, "no answer from": 0.3, "no answer below": 0.7}


def test_a_side_without_answers_reaches_to_the_end_of_the_scale() -> None:
    closed = Band(None, None, 0.5, 0.1, 100, 0.0, None)
    assert not is_clear(0.0, closed).passed
    assert not is_clear(1.0, closed).passed
    assert is_clear(0.5, closed).numbers["no answer below"] == 1.0


def test_what_a_model_was_stored_without_is_said_and_stops_nothing() -> None:
    for found in (in_range(np.zeros(2), None), is_clear(0.5, None)):
        assert (found.passed, found.checked) == (True, False)
        assert found.reason.startswith("Not checked: this model has no record of its ")
