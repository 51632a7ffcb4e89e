"""The strips of a cell among training cells."""

import numpy as np

from core.colours import NEGATIVE, POSITIVE
from core.figures.standing import standing_strips
from core.strips import Strip

STRIPS = (
    Strip("Size", 0.5, np.array([0.0, 0.25]), np.array([0.5, 1.0]), "Larger than all."),
    Strip("Roundness", -0.04, np.array([0.75]), np.array([0.875]), "Less round than all."),
)


def test_each_measure_has_both_classes_on_its_two_sides_and_the_cell() -> None:
    *violins, cell = standing_strips(STRIPS, classes=("HEM", "ALL")).data
    assert [(strip.side, strip.y0, strip.x.tolist(), strip.line.color) for strip in violins] == [
        ("positive", 2, [0.0, 0.25], NEGATIVE),
        ("positive", 1, [0.75], NEGATIVE),
        ("negative", 2, [0.5, 1.0], POSITIVE),
        ("negative", 1, [0.875], POSITIVE),
    ]
    assert (list(cell.x), list(cell.y), list(cell.text)) == (
        [0.5, -0.04],
        [2, 1],
        ["Larger than all.", "Less round than all."],
    )


def test_the_legend_names_each_class_once_with_its_side() -> None:
    shown = [
        trace.name for trace in standing_strips(STRIPS, classes=("HEM", "ALL")).data if trace.showlegend is not False
    ]
    assert shown == ["HEM, above the line", "ALL, below the line", "This cell"]


def test_rows_carry_the_titles_from_the_top_and_all_cells_lie_in_the_picture() -> None:
    layout = standing_strips(STRIPS, classes=("HEM", "ALL")).layout
    assert dict(zip(layout.yaxis.tickvals, layout.yaxis.ticktext, strict=True)) == {2: "Size", 1: "Roundness"}
    low, high = layout.xaxis.range
    assert low < -0.04 < 1.04 < high
