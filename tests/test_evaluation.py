"""Reports on eight cells whose figures can be counted by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from core.errors import DataError
from core.evaluation import EvaluationReport, from_csv, report, roc_auc, to_csv

CLASSES = ("HEM", "ALL")
SCORES = [0.1, 0.3, 0.6, 0.2, 0.4, 0.7, 0.8, 0.9]  # three healthy cells, then five leukemic ones


def eight_cells(threshold: float = 0.5) -> EvaluationReport:
    cells = pd.DataFrame(
        {
            "path": [f"{number}.bmp" for number in range(8)],
            "subject": ["H1", "H1", "H2", "1", "1", "2", "2", "3"],
            "label": ["HEM"] * 3 + ["ALL"] * 5,
            "width": 450,
        },
        index=range(100, 108),
    )
    return report(cells, np.array(SCORES), classes=CLASSES, threshold=threshold)


def test_the_confusion_matrix_has_truth_in_rows_and_the_negative_class_first() -> None:
    np.testing.assert_array_equal(eight_cells().confusion_matrix(), [[2, 1], [2, 3]])


def test_the_figures_are_those_counted_by_hand() -> None:
    assert eight_cells().figures() == pytest.approx(
        {
            "accuracy": 5 / 8,
            "balanced_accuracy": (2 / 3 + 3 / 5) / 2,
            "roc_auc": 12 / 15,  # the leukemic cell scores higher in 1 + 2 + 3 * 3 of 15 pairs
            "weighted_f1": (3 * 4 / 7 + 5 * 6 / 9) / 8,
            "sensitivity": 3 / 5,
            "specificity": 2 / 3,
        }
    )


def test_subjects_are_listed_with_their_figures_the_worst_first() -> None:
    table = eight_cells().by_subject()
    assert list(table.columns) == ["subject", "cells", "positives", "accuracy", "mean_score"]
    assert table["subject"].tolist() == ["1", "H2", "2", "H1", "3"]  # of equals the one with more cells
    assert table["cells"].tolist() == [2, 1, 2, 2, 1]
    assert table["positives"].tolist() == [2, 0, 2, 0, 1]
    assert table["accuracy"].tolist() == [0, 0, 1, 1, 1]
    assert table["mean_score"].tolist() == pytest.approx([0.3, 0.6, 0.75, 0.2, 0.9])


def test_a_card_gets_plain_numbers_of_each_subject() -> None:
    first = eight_cells(0.35).subjects()[0]
    assert first == {"subject": "H2", "cells": 1, "positives": 0, "accuracy": 0.0, "mean_score": 0.6}
    assert [type(value) for value in first.values()] == [str, int, int, float, float]


def test_cells_without_a_subject_are_in_no_row() -> None:
    found = eight_cells()
    nameless = EvaluationReport(found.cells.assign(subject=""), CLASSES, 0.5)
    assert nameless.subjects() == ()


def test_roc_auc_counts_pairs_of_scores_and_differs_from_that_of_hard_calls() -> None:
    found = eight_cells()
    pairs = [positive > negative for positive in SCORES[3:] for negative in SCORES[:3]]
    assert found.figures()["roc_auc"] == pytest.approx(sum(pairs) / len(pairs))
    assert roc_auc(found.truth, found.called.astype(float)) == pytest.approx((2 / 3 + 3 / 5) / 2)
    assert found.figures()["roc_auc"] != pytest.approx(found.figures()["balanced_accuracy"])


def test_roc_auc_does_not_depend_on_the_threshold() -> None:
    assert eight_cells(0.1).figures()["roc_auc"] == eight_cells(0.9).figures()["roc_auc"]


@pytest.mark.parametrize(("scores", "expected"), [([0.1, 0.9], 1.0), ([0.9, 0.1], 0.0), ([0.5, 0.5], 0.5)])
def test_roc_auc_of_two_cells(scores: list[float], expected: float) -> None:
    assert roc_auc(np.array([0, 1]), np.array(scores)) == expected


@pytest.mark.parametrize("label", [0, 1])
def test_roc_auc_of_one_class_alone_is_no_number(label: int) -> None:
    assert math.isnan(roc_auc(np.array([label, label]), np.array([0.2, 0.8])))


def test_a_score_at_the_threshold_is_called_positive() -> None:
    np.testing.assert_array_equal(eight_cells(0.6).called, [0, 0, 1, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(eight_cells(0.61).called, [0, 0, 0, 0, 0, 1, 1, 1])


def test_the_report_keeps_paths_subjects_truth_and_scores_only() -> None:
    cells = eight_cells().cells
    assert list(cells.columns) == ["path", "subject", "positive", "score"]
    assert list(cells.index) == list(range(8))
    assert cells.loc[2].to_dict() == {"path": "2.bmp", "subject": "H2", "positive": False, "score": 0.6}
    np.testing.assert_array_equal(eight_cells().truth, [0, 0, 0, 1, 1, 1, 1, 1])


def test_the_classification_report_has_a_row_a_class_and_two_averages() -> None:
    found = eight_cells().classification_report()
    assert list(found.index) == ["HEM", "ALL", "macro avg", "weighted avg"]
    assert list(found.columns) == ["precision", "recall", "F1", "cells"]
    assert found.loc["HEM"].tolist() == pytest.approx([2 / 4, 2 / 3, 4 / 7, 3])
    assert found.loc["ALL"].tolist() == pytest.approx([3 / 4, 3 / 5, 6 / 9, 5])
    assert found.loc["macro avg", "precision"] == pytest.approx((2 / 4 + 3 / 4) / 2)
    assert found.loc["weighted avg", "precision"] == pytest.approx((3 * 2 / 4 + 5 * 3 / 4) / 8)


def test_a_model_that_calls_nothing_positive_has_no_precision_rather_than_an_error() -> None:
    found = eight_cells(threshold=2.0)
    np.testing.assert_array_equal(found.confusion_matrix(), [[3, 0], [5, 0]])
    assert found.classification_report().loc["ALL", "precision"] == 0
    assert found.figures()["sensitivity"] == 0
    assert found.figures()["balanced_accuracy"] == 0.5


def test_the_roc_curve_runs_from_nothing_called_to_everything_called() -> None:
    cells = pd.DataFrame({"path": list("abcd"), "subject": list("1212"), "label": ["HEM", "ALL", "HEM", "ALL"]})
    found = report(cells, np.array([0.1, 0.4, 0.6, 0.8]), classes=CLASSES, threshold=0.5)
    false_positive_rate, true_positive_rate = found.roc_curve()
    assert list(false_positive_rate) == [0, 0, 0.5, 0.5, 1]
    assert list(true_positive_rate) == [0, 0.5, 0.5, 1, 1]


def test_a_cell_without_a_subject_stands_for_itself() -> None:
    cells = pd.DataFrame({"path": ["a.bmp", "b.bmp", "c.bmp"], "subject": ["1", "", ""], "label": "ALL"})
    found = report(cells, np.array([0.5, 0.5, 0.5]), classes=CLASSES, threshold=0.5)
    assert found.units.tolist() == ["1", "b.bmp", "c.bmp"]


def test_scores_are_written_so_that_people_can_read_them() -> None:
    lines = to_csv({"test": eight_cells()}).splitlines()
    assert lines[0] == "side,path,subject,label,score"
    assert lines[1] == "test,0.bmp,H1,HEM,0.1"
    assert lines[8] == "test,7.bmp,3,ALL,0.9"
    assert len(lines) == 9


def test_scores_are_read_back_as_they_were_written() -> None:
    rng = np.random.default_rng(0)
    cells = pd.DataFrame(
        {
            "path": ['a, "b".bmp', "line\nbreak.bmp", "NA", "plain.bmp", "=1+1.bmp"],
            "subject": ["", "NA", "007", "H1", "null"],
            "label": ["ALL", "HEM", "HEM", "ALL", "HEM"],
        }
    )
    written = {
        side: report(cells, rng.random(5).astype(np.float32), classes=CLASSES, threshold=0.25)
        for side in ("validation", "test")
    }
    found = from_csv(to_csv(written), classes=CLASSES, threshold=0.25)
    assert set(found) == {"validation", "test"}
    for side, read in found.items():
        pd.testing.assert_frame_equal(read.cells, written[side].cells)
        assert (read.classes, read.threshold) == (CLASSES, 0.25)


HEADER = "side,path,subject,label,score\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no table",
        "path,score\na.bmp,0.5\n",
        HEADER + "test,a.bmp,1,ALL,high\n",
        HEADER + "test,a.bmp,1,ALL,\n",
        HEADER + "test,a.bmp,1,ALL,nan\n",
        HEADER + "test,a.bmp,1,ALL,1.5\n",
        HEADER + "test,a.bmp,1,other,0.5\n",
        HEADER + "test,a.bmp,1,ALL,0.5,more\n",
    ],
)
def test_a_text_that_holds_no_scores_is_a_data_error(text: str) -> None:
    with pytest.raises(
        DataError, match=r"^Expected (a CSV file of scores|the columns side, path, subject, label, score)"
    ):
        from_csv(text, classes=CLASSES, threshold=0.5)
