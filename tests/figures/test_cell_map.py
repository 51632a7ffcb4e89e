"""The map shows each cell once, in the colour of what was chosen, and knows its path."""

import numpy as np
import pandas as pd
import pytest

from core.colours import NEGATIVE, NEUTRAL, POSITIVE
from core.figures.cell_map import COLOURS, READABLE_LEGEND, cell_map

CLASSES = ("HEM", "ALL")


@pytest.fixture
def cells() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "path": ["a.bmp", "b.bmp", "c.bmp", "d.bmp"],
            "label": ["ALL", "HEM", "", "ALL"],
            "subject": ["10", "H1", "", "2"],
            "fold": ["fold_0", "fold_1", "", "fold_0"],
            "side": ["train", "test", "", "left out"],
            "score": [0.9, 0.05, 0.5, 0.4],
            "x": [1.0, 2.0, 3.0, 4.0],
            "y": [5.0, 6.0, 7.0, 8.0],
        }
    )


def test_classes_have_their_colours_and_unlabelled_cells_are_grey_below_them(cells: pd.DataFrame) -> None:
    figure = cell_map(cells, colour_by="label", classes=CLASSES)
    assert [(trace.name, trace.marker.color, list(trace.customdata)) for trace in figure.data] == [
        ("unlabelled", NEUTRAL, ["c.bmp"]),
        ("ALL", POSITIVE, ["a.bmp", "d.bmp"]),
        ("HEM", NEGATIVE, ["b.bmp"]),  # the rarer class lies on top
    ]
    assert list(figure.data[1].x) == [1.0, 4.0]
    assert list(figure.data[1].y) == [5.0, 8.0]
    assert figure.layout.showlegend


@pytest.mark.parametrize("colour_by", COLOURS)
def test_every_cell_is_one_point_that_a_loop_can_select(cells: pd.DataFrame, colour_by: str) -> None:
    figure = cell_map(cells, colour_by=colour_by, classes=CLASSES)
    assert {trace.type for trace in figure.data} == {"scattergl"}
    assert sorted(path for trace in figure.data for path in trace.customdata) == list(cells["path"])
    assert figure.layout.dragmode == "lasso"
    assert not figure.layout.xaxis.visible
    assert not figure.layout.yaxis.visible


def test_a_point_says_its_class_its_subject_and_its_file(cells: pd.DataFrame) -> None:
    figure = cell_map(cells, colour_by="label", classes=CLASSES)
    assert [list(trace.text) for trace in figure.data] == [
        ["unlabelled"],
        ["ALL · subject 10", "ALL · subject 2"],
        ["HEM · subject H1"],
    ]
    assert figure.data[0].hovertemplate == "<b>%{text}</b><br>%{customdata}<extra></extra>"


def test_scores_have_one_scale_from_class_to_class_and_sure_ones_lie_on_top(cells: pd.DataFrame) -> None:
    (points,) = cell_map(cells, colour_by="score", classes=CLASSES).data
    assert list(points.customdata) == ["c.bmp", "d.bmp", "a.bmp", "b.bmp"]
    assert list(points.marker.color) == [0.5, 0.4, 0.9, 0.05]
    assert (points.marker.cmin, points.marker.cmax) == (0, 1)
    assert [colour for _, colour in points.marker.colorscale][::2] == [NEGATIVE, POSITIVE]
    assert points.marker.colorbar.title.text == "Score for ALL"
    assert points.text[0] == "unlabelled · score 0.50"


def test_cells_outside_the_split_lie_below_those_of_its_sides(cells: pd.DataFrame) -> None:
    figure = cell_map(cells, colour_by="side", classes=CLASSES)
    assert [trace.name for trace in figure.data] == ["not in the split", "train", "test", "left out"]


def test_many_subjects_are_told_apart_by_colour_and_symbol_without_a_legend() -> None:
    subjects = [str(number) for number in range(73)]
    cells = pd.DataFrame({"path": subjects, "subject": subjects, "label": "ALL", "x": 0.0, "y": 0.0})
    figure = cell_map(cells, colour_by="subject", classes=CLASSES)
    assert [trace.name for trace in figure.data] == subjects  # 2 before 10
    assert len({(trace.marker.color, trace.marker.symbol) for trace in figure.data}) == 73
    assert NEUTRAL not in {trace.marker.color for trace in figure.data}
    assert not figure.layout.showlegend
    few = cell_map(cells.head(READABLE_LEGEND), colour_by="subject", classes=CLASSES)
    assert few.layout.showlegend


def test_more_points_are_smaller(cells: pd.DataFrame) -> None:
    many = pd.DataFrame(cells.loc[np.zeros(10_661, dtype=int)])
    sizes = [cell_map(rows, colour_by="label", classes=CLASSES).data[0].marker.size for rows in (cells, many)]
    assert sizes == [10, 4]
