"""The bar of a patient sheet."""

from core.cases.patient_sheet import SheetCell, patient_sheet
from core.figures.sheet import shares


def test_the_bar_has_a_part_for_each_class_and_one_for_no_class() -> None:
    cells = [SheetCell("a", "ALL", 0.9)] * 3 + [SheetCell("b", "HEM", 0.1)] * 2 + [SheetCell("c", None)]
    figure = shares(patient_sheet(cells, positive="ALL"), negative="HEM")
    assert [(part.name, list(part.x)) for part in figure.data] == [
        ("ALL: 3", [3]),
        ("HEM: 2", [2]),
        ("No class: 1", [1]),
    ]
    assert list(figure.layout.xaxis.range) == [0, 6]
