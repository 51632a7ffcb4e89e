"""Figures show exactly what they are given."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from core import figures
from core.comparison import Comparison, Row
from core.evaluation import EvaluationReport
from core.shortcuts import Shortcut

CLASSES = ("HEM", "ALL")


def evaluation(scores: list[float]) -> EvaluationReport:
    """Two healthy, then two leukemic cells."""
    cells = pd.DataFrame({"path": list("abcd"), "subject": list("1234"), "positive": [False, False, True, True]})
    return EvaluationReport(cells.assign(score=scores), CLASSES, 0.5)


GOOD, POOR = evaluation([0.1, 0.2, 0.8, 0.9]), evaluation([0.1, 0.8, 0.2, 0.9])


def comparison(*rows: Row) -> Comparison:
    return Comparison(rows, "pixels", "C-NMC", "ab", "subject", 0, {"fit": 8, "test": 4}, {"fit": 4, "test": 4})


def test_cells_are_counted_by_column_and_class_the_most_frequent_first() -> None:
    cells = pd.DataFrame({"subject": ["1", "2", "2", "H1"], "label": ["ALL", "ALL", "ALL", "HEM"]})
    figure = figures.counts(cells, by="subject", classes=CLASSES, title="Subject")
    assert [(bar.name, list(bar.x), list(bar.y)) for bar in figure.data] == [
        ("HEM", ["2", "1", "H1"], [0, 0, 1]),
        ("ALL", ["2", "1", "H1"], [2, 1, 0]),
    ]
    assert figure.layout.barmode == "stack"
    assert figure.layout.xaxis.type == "category"  # subjects 1 and 2 are names, not numbers
    assert figure.layout.xaxis.title.text == "Subject"


def test_cells_without_a_label_are_counted_in_grey() -> None:
    cells = pd.DataFrame({"fold": ["fold_0", "fold_0", "fold_1"], "label": ["ALL", "", ""]})
    figure = figures.counts(cells, by="fold", classes=CLASSES)
    assert {bar.name: (list(bar.y), bar.marker.color) for bar in figure.data} == {
        "ALL": ([1, 0], figures.POSITIVE),
        "unlabelled": ([1, 1], figures.NEUTRAL),
    }


def test_each_subject_is_a_column_with_its_cells_in_the_row_of_its_side() -> None:
    cells = pd.DataFrame(
        {"subject": ["3", "1", "1", "2", "H1"], "side": ["test", "train", "train", "validation", "left out"]}
    )
    (heatmap,) = figures.subject_sides(cells).data
    assert list(heatmap.x) == ["1", "2", "3", "H1"]
    assert list(heatmap.y) == ["Train", "Validation", "Test", "Left out"]
    np.testing.assert_array_equal(heatmap.z, np.diag([2, 1, 1, 1]))


def test_a_training_is_drawn_as_one_line_a_side() -> None:
    history = [{"loss": 0.9, "val_loss": 1.0, "val_auroc": 0.5}, {"loss": 0.4, "val_loss": 0.6, "val_auroc": 0.75}]
    figure = figures.training_curves(history, metric="loss", title="Loss")
    assert [(line.name, list(line.x), list(line.y)) for line in figure.data] == [
        ("Training", [1, 2], [0.9, 0.4]),
        ("Validation", [1, 2], [1.0, 0.6]),
    ]
    assert figure.layout.yaxis.title.text == "Loss"


def test_a_metric_that_is_known_for_validation_only_is_one_line() -> None:
    figure = figures.training_curves([{"val_auroc": 0.5}], metric="auroc", title="AUROC")
    assert [(line.name, list(line.y)) for line in figure.data] == [("Validation", [0.5])]


def test_before_the_first_epoch_there_are_axes_without_a_line() -> None:
    figure = figures.training_curves([], metric="loss", title="Loss")
    assert not figure.data
    assert figure.layout.xaxis.title.text == "Epoch"


def test_a_confusion_matrix_shows_counts_and_shares_of_each_row() -> None:
    (heatmap,) = figures.confusion_matrix([[3, 1], [500, 1500]], CLASSES).data
    np.testing.assert_array_equal(heatmap.text, [["3<br>75%", "1<br>25%"], ["500<br>25%", "1,500<br>75%"]])
    np.testing.assert_array_equal(heatmap.z, [[0.75, 0.25], [0.25, 0.75]])
    assert list(heatmap.x) == ["called HEM", "called ALL"]
    assert list(heatmap.y) == ["is HEM", "is ALL"]


def test_a_class_without_cells_has_shares_of_zero() -> None:
    (heatmap,) = figures.confusion_matrix([[0, 0], [0, 2]], CLASSES).data
    np.testing.assert_array_equal(heatmap.z, [[0, 0], [0, 1]])


def test_roc_curves_carry_their_area_and_the_line_of_chance_comes_first() -> None:
    figure = figures.roc_curves({"first": GOOD, "second (reduced)": POOR})
    assert [line.name for line in figure.data] == ["Chance", "first (1.00)", "second (reduced) (0.75)"]
    assert list(figure.data[0].x) == list(figure.data[0].y) == [0, 1]
    for line, report in zip(figure.data[1:], (GOOD, POOR), strict=True):
        np.testing.assert_array_equal((line.x, line.y), report.roc_curve())


def test_more_models_than_colours_stay_told_apart() -> None:
    lines = figures.roc_curves({f"model {number}": GOOD for number in range(10)}).data[1:]
    assert len({(line.line.color, line.line.dash) for line in lines}) == 10


def test_bars_show_four_figures_of_each_model_the_best_area_first() -> None:
    rows = (
        Row("poor", "classical", POOR),
        Row("broken", "classical", problem="It failed."),
        Row("good", "network", GOOD, stamps=("drawn cells",)),
    )
    figure = figures.figure_bars(comparison(*rows))
    assert {bar.name: list(bar.x) for bar in figure.data} == {
        "Accuracy": [1.0, 0.5],
        "Balanced accuracy": [1.0, 0.5],
        "ROC AUC": [1.0, 0.75],
        "Weighted F1": [1.0, 0.5],
    }
    assert list(figure.data[0].y) == ["good (drawn cells)", "poor"]


@pytest.mark.parametrize(
    "figure",
    [figures.roc_curves({}), figures.figure_bars(comparison()), figures.confusion_matrix([[0, 0], [0, 0]], CLASSES)],
)
def test_nothing_to_show_is_an_empty_figure_and_no_error(figure: go.Figure) -> None:
    assert isinstance(figure, go.Figure)
    assert figure.layout.height > 0


def test_shortcut_intervals_show_the_strongest_on_top_with_its_interval() -> None:
    found = [
        Shortcut("area", "size", 0.8, 0.7, 0.85, "ALL"),
        Shortcut("red", "colour", 0.6, 0.45, 0.7, "HEM"),
    ]
    figure = figures.shortcut_intervals(found)
    dots = {trace.name: trace for trace in figure.data}
    assert list(dots["Size"].x) == [0.8]
    assert list(dots["Size"].y) == ["Area (px²)"]
    np.testing.assert_allclose(dots["Size"].error_x.array, [0.05])
    np.testing.assert_allclose(dots["Size"].error_x.arrayminus, [0.1])
    assert list(dots["Colour"].y) == ["Mean red"]
    assert figure.layout.yaxis.categoryarray[-1] == "Area (px²)"


def test_distributions_hold_the_values_of_each_class() -> None:
    cells = pd.DataFrame({"label": ["HEM", "ALL", "ALL", "HEM"], "area": [1.0, 5.0, 6.0, np.nan]})
    figure = figures.distributions(cells, column="area", classes=CLASSES, title="Area")
    assert {trace.name: list(trace.x) for trace in figure.data} == {"HEM": [1.0], "ALL": [5.0, 6.0]}


def test_subject_boxes_hold_quartiles_in_the_order_of_the_medians() -> None:
    cells = pd.DataFrame(
        {
            "subject": ["7"] * 5 + ["H1"] * 5 + [""],
            "label": ["ALL"] * 5 + ["HEM"] * 5 + ["ALL"],
            "area": [10.0, 20.0, 30.0, 40.0, 50.0, 1.0, 2.0, 3.0, 4.0, 5.0, 99.0],
        }
    )
    figure = figures.subject_boxes(cells, column="area", classes=CLASSES, title="Area")
    boxes = {trace.name: trace for trace in figure.data}
    assert (list(boxes["ALL"].x), list(boxes["ALL"].q1), list(boxes["ALL"].median)) == (["7"], [20.0], [30.0])
    assert (list(boxes["HEM"].x), list(boxes["HEM"].q3)) == (["H1"], [4.0])
    assert list(figure.layout.xaxis.categoryarray) == ["H1", "7"]
