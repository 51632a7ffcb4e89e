"""Figures of curves show the bands that they are given, and a model in one colour everywhere."""

import numpy as np
import plotly.graph_objects as go

from core.colours import PALETTE
from core.curves import Band
from core.figures import curves as figures

AT = np.array([0.0, 0.5, 1.0])
BAND = Band(AT, np.array([0.2, 0.6, 1.0]), np.array([0.1, 0.5, 0.9]), np.array([0.3, 0.7, 1.0]))
BARE = Band(AT, np.array([0.0, 0.5, 1.0]))
ORDER = ["SVC", "net", "area only"]
LABELS = {"SVC": "SVC 0.93", "net": "net", "area only": "area only"}


def named(figure: go.Figure, name: str) -> go.Scatter:
    (found,) = [trace for trace in figure.data if trace.name == name]
    return found


def test_a_roc_curve_lies_in_its_band() -> None:
    figure = figures.roc_bands({"SVC": BAND}, order=ORDER, labels=LABELS)
    chance, shade, curve = figure.data
    assert (list(chance.x), list(chance.y)) == ([0, 1], [0, 1])
    assert list(shade.x) == [0, 0.5, 1, 1, 0.5, 0]
    assert list(shade.y) == [0.3, 0.7, 1, 0.9, 0.5, 0.1]
    assert shade.fillcolor == "rgba(0, 114, 178, 0.15)"
    assert (curve.name, list(curve.x), list(curve.y)) == ("SVC 0.93", [0, 0.5, 1], [0.2, 0.6, 1])
    assert shade.legendgroup == curve.legendgroup == "SVC"


def test_without_a_band_there_is_the_curve_alone() -> None:
    assert len(figures.roc_bands({"SVC": BARE}, order=ORDER, labels=LABELS).data) == 2


def test_a_model_keeps_its_colour_whichever_others_are_drawn() -> None:
    alone = figures.coverage_bands({"net": BARE}, order=ORDER, labels=LABELS)
    both = figures.coverage_bands({"SVC": BARE, "net": BARE}, order=ORDER, labels=LABELS)
    assert named(alone, "net").line.color == named(both, "net").line.color == PALETTE[1]


def test_more_models_than_colours_are_told_apart_by_dashes() -> None:
    many = [str(number) for number in range(len(PALETTE) + 1)]
    assert figures.line(many[0], many) == {"color": PALETTE[0], "dash": "solid"}
    assert figures.line(many[-1], many) == {"color": PALETTE[0], "dash": "dash"}


def test_precision_is_shown_above_that_of_calling_all_cells() -> None:
    figure = figures.precision_bands({"SVC": BARE}, order=ORDER, labels=LABELS, prevalence=0.25)
    assert list(named(figure, "Call all").y) == [0.25, 0.25]


def test_decision_curves_stand_against_calling_all_and_none() -> None:
    treat_all = Band(AT, np.array([0.5, 0.0, -1.0]))
    figure = figures.decision_curves({"SVC": BAND}, order=ORDER, labels=LABELS, treat_all=treat_all, positive="ALL")
    assert list(named(figure, "Call all ALL").y) == [0.5, 0, -1]
    assert list(named(figure, "Call none ALL").y) == [0, 0, 0]
    assert list(named(figure, "SVC 0.93").y) == [0.2, 0.6, 1]
    assert len(figure.data) == 3  # without the band
    assert list(figure.layout.yaxis.range) == [-0.25, 1.1]


def test_reliability_is_drawn_bin_by_bin() -> None:
    bins = {"net": [(0.2, 0.25, 4), (0.8, 0.75, 8)]}
    curve = named(figures.reliability_curves(bins, order=ORDER, labels=LABELS, positive="ALL"), "net")
    assert (list(curve.x), list(curve.y), list(curve.customdata)) == ([0.2, 0.8], [0.25, 0.75], [4, 8])
    assert curve.line.color == PALETTE[1]


def test_each_curve_has_room_for_its_line_of_the_legend() -> None:
    one = figures.roc_bands({"SVC": BAND}, order=ORDER, labels=LABELS)
    two = figures.roc_bands({"SVC": BAND, "net": BAND}, order=ORDER, labels=LABELS)
    assert two.layout.height - one.layout.height == 22
