"""Assessments and figures through JSON."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from core.assessment import Assessment
from core.calibrator import Calibrator
from core.packed import packed, packed_differences, packed_rows, unpacked, unpacked_differences, unpacked_rows
from core.standings import Inflation, Row

SCORES = np.array([0.1, 1 / 3, 1e-300, 0.9999999999999999])


def cells(score: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "path": ["b.bmp", "a.bmp", "c.bmp", "d.bmp"],
            "subject": ["1", "", "H1", "2"],
            "person": ["1", "", "H1", "1"],
            "positive": [True, False, False, True],
            "score": score,
        }
    )


def assessment(model: str, score: np.ndarray) -> Assessment:
    table = cells(score)
    return Assessment(
        model,
        "classical",
        2,
        random=True,
        stamps=("reduced",),
        threshold=1 / 3,
        calibrator=Calibrator("Platt", 2.0, -0.5),
        validation=table.iloc[:1].assign(probability=0.0),
        test=table.assign(probability=0.0),
        fit_seconds=None,
        settings={"C": 1.0, "gamma": "scale"},
    )


def through_json(assessments: list[Assessment]) -> tuple[Assessment, ...]:
    return unpacked(json.loads(json.dumps(packed(assessments), allow_nan=False)))


def test_scores_come_back_to_the_last_bit_with_their_cells() -> None:
    (found,) = through_json([assessment("SVC", SCORES)])
    assert found.test is not None
    pd.testing.assert_frame_equal(found.test.drop(columns="probability"), cells(SCORES))
    assert (found.model, found.fold, found.random, found.stamps) == ("SVC", 2, True, ("reduced",))
    assert (found.settings, found.fit_seconds) == ({"C": 1.0, "gamma": "scale"}, None)


def test_probabilities_follow_from_the_calibrator() -> None:
    (found,) = through_json([assessment("SVC", SCORES)])
    assert found.test is not None
    np.testing.assert_array_equal(found.test["probability"], Calibrator("Platt", 2.0, -0.5).probability(SCORES))


def test_cells_of_several_models_are_kept_once() -> None:
    one = packed([assessment("SVC", SCORES)])
    both = packed([assessment("SVC", SCORES), assessment("XGBClassifier", SCORES[::-1])])
    assert both["cells"] == one["cells"]
    assert both["sets"] == one["sets"]
    assert len(both["sets"]) == 2  # of the validation and of the test side
    assert len(both["assessments"]) == 2


def test_an_assessment_without_scores_stays_one() -> None:
    (found,) = through_json([Assessment("SVC", "classical", problem="It would not.")])
    assert (found.problem, found.validation, found.test) == ("It would not.", None, None)


def test_numbers_that_cannot_be_told_pass_as_null() -> None:
    row = Row("SVC", "classical", figures={"npv": math.nan, "ppv": 0.5}, intervals={"ppv": (0.1, 0.9), "npv": None})
    text = json.dumps(packed_rows([row]), allow_nan=False)
    (found,) = unpacked_rows([Row("SVC", "classical")], json.loads(text))
    assert found.figures == pytest.approx({"npv": math.nan, "ppv": 0.5}, nan_ok=True)
    assert found.intervals == {"ppv": (0.1, 0.9), "npv": None}
    text = json.dumps(packed_differences([Inflation("SVC", 0.8, 0.9, math.nan, None)]), allow_nan=False)
    assert math.isnan(unpacked_differences(json.loads(text))[0]["difference"])


def test_damaged_scores_are_refused() -> None:
    fields = packed([assessment("SVC", SCORES)])
    fields["sets"][0] = "AAAA"
    with pytest.raises(ValueError, match=r"^Expected packed numbers"):
        unpacked(fields)
