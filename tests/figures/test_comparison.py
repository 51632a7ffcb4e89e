"""Figures of a comparison show its intervals and times, and give back which field was clicked."""

import pandas as pd
import pytest

from core.colours import PALETTE
from core.figures import comparison as figures

NAN = float("nan")
TABLE = pd.DataFrame(
    {
        "model": ["SVC", "net"],
        "value": [0.75, 0.5],
        "low": [0.5, NAN],
        "high": [0.875, NAN],
        "fit_seconds": [0.25, 100.0],
    }
)


def test_each_model_is_a_dot_with_its_interval() -> None:
    figure = figures.interval_dots(TABLE, title="ROC AUC", chance=0.5)
    (dots,) = figure.data
    assert (list(dots.x), list(dots.y)) == ([0.75, 0.5], ["SVC", "net"])
    assert list(dots.error_x.array) == [0.125, 0]
    assert list(dots.error_x.arrayminus) == [0.25, 0]
    assert figure.layout.shapes[0].x0 == 0.5
    assert figure.layout.xaxis.title.text == "ROC AUC with 95 % interval"


def test_without_a_chance_level_there_is_no_line() -> None:
    assert not figures.interval_dots(TABLE, title="Accuracy").layout.shapes


def test_time_runs_on_a_log_scale_and_a_model_keeps_its_colour() -> None:
    figure = figures.fit_times(TABLE, order=["area only", "SVC", "net"])
    assert [(dot.name, list(dot.x), list(dot.y)) for dot in figure.data] == [
        ("SVC", [0.25], [0.75]),
        ("net", [100.0], [0.5]),
    ]
    assert [dot.marker.color for dot in figure.data] == [PALETTE[1], PALETTE[2]]
    assert len({dot.marker.symbol for dot in figure.data}) == 2
    assert figure.layout.xaxis.type == "log"
    assert {0.5, 1, 2, 100} <= set(figure.layout.xaxis.tickvals)
    assert list(figure.data[0].error_y.array) == [pytest.approx(0.125)]


def test_a_field_of_the_matrix_gives_back_its_name() -> None:
    fields = ["HEM called HEM", "HEM called ALL", "ALL called HEM", "ALL called ALL"]
    heat, targets = figures.confusion_fields([[3, 1], [2, 4]], ("HEM", "ALL"), fields).data
    assert list(heat.z[0]) == [0.75, 0.25]
    places = dict(zip(targets.customdata, zip(targets.x, targets.y, strict=True), strict=True))
    assert places["HEM called ALL"] == ("called ALL", "is HEM")
    assert places["ALL called HEM"] == ("called HEM", "is ALL")
    assert targets.selected.marker.opacity == targets.unselected.marker.opacity == 0  # the numbers stay readable
