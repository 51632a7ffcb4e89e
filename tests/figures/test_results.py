"""Figures of trainings and comparisons show exactly what they are given."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from core.challenge import Challenge
from core.evaluation import EvaluationReport
from core.figures import results as figures

CLASSES = ("HEM", "ALL")


def evaluation(scores: list[float]) -> EvaluationReport:
    """Two healthy, then two leukemic cells."""
    cells = pd.DataFrame({"path": list("abcd"), "subject": list("1234"), "positive": [False, False, True, True]})
    return EvaluationReport(cells.assign(score=scores), CLASSES, 0.5)


GOOD, POOR = evaluation([0.1, 0.2, 0.8, 0.9]), evaluation([0.1, 0.8, 0.2, 0.9])


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


RUNNING = [{"share": 0.25, "loss": 0.3, "auroc": 0.6}, {"share": 0.5, "loss": 0.2, "auroc": 0.7}]


def test_an_epoch_under_way_follows_the_last_one_in_dots() -> None:
    history = [{"loss": 0.9, "val_loss": 1.0}, {"loss": 0.4, "val_loss": 0.6}]
    figure = figures.training_curves(history, metric="loss", title="Loss", running=RUNNING)
    training, validation, under_way = figure.data
    assert (list(training.x), list(validation.x)) == ([1, 2], [1, 2])
    assert (list(under_way.x), list(under_way.y)) == ([2.25, 2.5], [0.3, 0.2])
    assert (under_way.name, under_way.showlegend, under_way.line.dash) == ("Training", False, "dot")
    assert under_way.line.color == training.line.color != validation.line.color
    low, high = figure.layout.xaxis.range
    assert low < 1
    assert high > 3  # room for the whole epoch, so that the axis rests while it runs


def test_the_first_epoch_is_drawn_from_its_beginning_and_named() -> None:
    figure = figures.training_curves([], metric="auroc", title="ROC AUC", running=RUNNING)
    (under_way,) = figure.data
    assert (list(under_way.x), list(under_way.y)) == ([0.25, 0.5], [0.6, 0.7])
    assert (under_way.name, under_way.showlegend) == ("Training", True)
    assert figure.layout.xaxis.range[0] < 0


def test_a_history_that_began_before_the_training_area_was_kept_is_drawn_from_where_it_is_known() -> None:
    history = [{"val_auroc": 0.5}, {"val_auroc": 0.6, "auroc": 0.8}]
    figure = figures.training_curves(history, metric="auroc", title="ROC AUC")
    assert [(line.name, list(line.x), list(line.y)) for line in figure.data] == [
        ("Training", [2], [0.8]),
        ("Validation", [1, 2], [0.5, 0.6]),
    ]
    figure = figures.training_curves(history[:1], metric="auroc", title="ROC AUC", running=RUNNING)
    assert [(line.name, list(line.x)) for line in figure.data] == [("Validation", [1]), ("Training", [1.25, 1.5])]
    assert figure.data[1].showlegend


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


def test_a_models_curve_carries_its_operating_point_and_stands_beside_that_of_the_champion() -> None:
    challenge = Challenge(
        champion="old", stamps=("reduced",), figures={"roc_auc": 0.5}, roc=((0.0, 0.0), (0.5, 0.25), (1.0, 1.0))
    )
    figure = figures.roc_against(POOR, "new", challenge)
    assert [line.name for line in figure.data] == ["Chance", "new (0.75)", "Operating point", "old (reduced) (0.50)"]
    point, champion = figure.data[2:]
    assert (list(point.x), list(point.y)) == ([0.5], [0.5])  # one of two healthy and one of two leukemic cells called
    assert (list(champion.x), list(champion.y)) == ([0.0, 0.5, 1.0], [0.0, 0.25, 1.0])
    assert champion.line.color != figure.data[1].line.color


@pytest.mark.parametrize("challenge", [None, Challenge(problem="There is none.")])
def test_without_a_champion_there_is_one_curve(challenge: Challenge | None) -> None:
    assert len(figures.roc_against(GOOD, "new", challenge).data) == 3


RELIABILITY = {"before": ((0.25, 0.0, 30), (0.75, 1.0, 31)), "after": ((0.125, 0.0, 30), (0.875, 1.0, 31))}


def test_a_reliability_diagram_shows_shares_by_probability_before_and_after() -> None:
    figure = figures.reliability_diagram(RELIABILITY, positive="ALL", calibrated=True)
    assert [(line.name, list(line.x), list(line.y)) for line in figure.data] == [
        ("As promised", [0, 1], [0, 1]),
        ("As scored", [0.25, 0.75], [0.0, 1.0]),
        ("Calibrated", [0.125, 0.875], [0.0, 1.0]),
    ]
    assert list(figure.data[1].customdata) == [30, 31]
    assert figure.layout.yaxis.title.text == "Share that is ALL"


def test_where_scores_were_not_changed_there_is_no_line_after_it() -> None:
    figure = figures.reliability_diagram(RELIABILITY, positive="ALL", calibrated=False)
    assert [line.name for line in figure.data] == ["As promised", "As scored"]


def test_more_models_than_colours_stay_told_apart() -> None:
    lines = figures.roc_curves({f"model {number}": GOOD for number in range(10)}).data[1:]
    assert len({(line.line.color, line.line.dash) for line in lines}) == 10


@pytest.mark.parametrize(
    "figure",
    [figures.roc_curves({}), figures.confusion_matrix([[0, 0], [0, 0]], CLASSES)],
)
def test_nothing_to_show_is_an_empty_figure_and_no_error(figure: go.Figure) -> None:
    assert isinstance(figure, go.Figure)
    assert figure.layout.height > 0
