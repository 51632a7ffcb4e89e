"""Figures of a data set show exactly what they are given."""

import numpy as np
import pandas as pd

from core.colours import NEUTRAL, POSITIVE
from core.drift import CHANNELS, drift
from core.effects import Effect
from core.figures import exploration as figures
from core.shortcuts import Shortcut

CLASSES = ("HEM", "ALL")


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
        "ALL": ([1, 0], POSITIVE),
        "unlabelled": ([1, 1], NEUTRAL),
    }


def test_each_subject_is_a_column_with_its_cells_in_the_row_of_its_side() -> None:
    cells = pd.DataFrame(
        {"subject": ["3", "1", "1", "2", "H1"], "side": ["test", "train", "train", "validation", "left out"]}
    )
    (heatmap,) = figures.subject_sides(cells).data
    assert list(heatmap.x) == ["1", "2", "3", "H1"]
    assert list(heatmap.y) == ["Train", "Validation", "Test", "Left out"]
    np.testing.assert_array_equal(heatmap.z, np.diag([2, 1, 1, 1]))


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


def test_effect_intervals_show_the_largest_on_top_in_the_colour_of_the_class_that_is_larger() -> None:
    found = [
        Effect("area", 0.9, 0.7, 1.2, (3, 4), "ALL"),
        Effect("roundness", -0.3, -0.6, 0.1, (3, 4), "HEM"),
    ]
    figure = figures.effect_intervals(found, classes=CLASSES, micrometres=0.1)
    dots = {trace.name: trace for trace in figure.data}
    larger = dots["Larger in ALL"]
    assert (list(larger.x), list(larger.y), larger.marker.color) == ([0.9], ["Area (µm²)"], POSITIVE)
    np.testing.assert_allclose(larger.error_x.array, [0.3])
    np.testing.assert_allclose(larger.error_x.arrayminus, [0.2])
    assert larger.customdata[0][0] == "large"
    assert list(dots["Larger in HEM"].x) == [-0.3]
    assert larger.marker.symbol != dots["Larger in HEM"].marker.symbol
    assert list(figure.layout.yaxis.categoryarray) == ["Roundness (1: a circle)", "Area (µm²)"]
    assert {line.x0 for line in figure.layout.shapes} == {-0.8, -0.5, -0.2, 0.0, 0.2, 0.5, 0.8}


def test_colour_drift_names_outliers_in_the_channels_they_are_out_in_and_leaves_out_who_is_not_judged() -> None:
    reds = {("1", "ALL"): 58, ("2", "ALL"): 59, ("3", "ALL"): 60, ("4", "ALL"): 61, ("H1", "HEM"): 62, ("X", "HEM"): 99}
    cells = [
        {"subject": name, "label": label, "red": float(red), "green": 60.0, "blue": 60.0}
        for (name, label), red in reds.items()
        for _ in range(5)
    ]
    cells.append({"subject": "few", "label": "HEM", "red": 60.0, "green": 60.0, "blue": 60.0})
    figure = figures.colour_drift(drift(pd.DataFrame(cells), CLASSES), classes=CLASSES)
    dots = {trace.name: trace for trace in figure.data}
    assert set(dots) == set(CLASSES)  # nobody is unlabelled
    assert len(dots["ALL"].x) == 4 * len(CHANNELS)
    assert len(dots["HEM"].x) == 2 * len(CHANNELS)
    assert [text for text in dots["HEM"].text if text] == ["X"]
    place = list(dots["HEM"].text).index("X")
    assert round(dots["HEM"].y[place]) == list(figure.layout.yaxis.ticktext).index("Mean red")
    assert dots["HEM"].x[place] == max(dots["HEM"].x)
    assert not any(dots["ALL"].text)
    assert dots["ALL"].marker.symbol != dots["HEM"].marker.symbol
