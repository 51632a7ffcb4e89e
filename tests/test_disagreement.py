"""Cells on which models differ."""

import numpy as np
import pandas as pd

from core.disagreement import complete, disagreements
from core.standings import Judgement, Row

NAMES = ["a", "b", "c", "d"]


def row(model: str, calls: list[int], *, kind: str = "classical") -> Row:
    """Of four cells, the last two ill."""
    cells = pd.DataFrame(
        {
            "path": NAMES[: len(calls)],
            "subject": list("1234")[: len(calls)],
            "positive": [False, False, True, True][: len(calls)],
            "probability": np.array(calls) * 0.5 + 0.2,
            "called": np.array(calls) == 1,
        }
    )
    return Row(model, kind, Judgement(cells, ("HEM", "ALL"), 0.5))  # type: ignore[arg-type]  # a kind


ROWS = (
    row("one", [0, 1, 1, 0]),
    row("two", [0, 0, 1, 0]),
    row("three", [0, 1, 0, 0]),
    row("four", [0, 1, 1, 1]),
    row("area only", [1, 0, 0, 1], kind="baseline"),
    row("part", [1, 0]),
    Row("failed", "network", problem="It would not."),
)


def test_the_most_divided_cells_come_first_and_of_these_the_more_often_wrong() -> None:
    found = disagreements(ROWS)
    assert found["path"].tolist() == ["b", "d", "c"]
    assert found["wrong"].tolist() == [3, 3, 1]  # one of four differs each time
    assert found["positive"].tolist() == [False, True, True]
    assert list(found.columns) == ["path", "subject", "positive", "wrong", "one", "two", "three", "four"]
    assert found["four"].tolist() == [0.7, 0.7, 0.7]


def test_models_can_be_chosen_baselines_too() -> None:
    found = disagreements(ROWS, ["one", "area only"])
    assert found["path"].tolist() == ["a", "b", "c", "d"]
    assert list(found.columns[-2:]) == ["one", "area only"]


def test_one_model_disagrees_with_nobody() -> None:
    assert len(disagreements(ROWS, ["one"])) == 0
    assert len(disagreements(ROWS[-1:])) == 0


def test_a_model_that_was_not_tested_on_all_cells_is_not_complete() -> None:
    assert [row.model for row in complete(ROWS)] == ["one", "two", "three", "four", "area only"]
    assert complete(ROWS[-1:]) == ()
