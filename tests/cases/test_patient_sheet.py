"""The patient sheet: counts, the interval against Wilson's formula, the cells to look at first."""

import math

import pytest

from core.cases.patient_sheet import DEPENDENT, FEW, SheetCell, patient_sheet
from core.cases.review import Decision, Review


def decided(decision: Decision, label: str = "") -> Review:
    return Review(0, decision, "ada", label)


CELLS = (
    SheetCell("a", "ALL", 0.9, 0.6),
    SheetCell("b", "ALL", 0.65, 0.6, decided("agree")),
    SheetCell("c", "ALL", 0.61, 0.6, decided("override", "HEM")),
    SheetCell("d", "HEM", 0.5, 0.6),
    SheetCell("e", "HEM", 0.1, 0.6, decided("unsure")),
    SheetCell("f", None),
    SheetCell("g", None, review=decided("override", "ALL")),
    SheetCell("h", None, review=decided("agree")),
)


def wilson(positive: int, counted: int) -> tuple[float, float]:
    z, share = 1.959963984540054, positive / counted
    middle = (share + z * z / (2 * counted)) / (1 + z * z / counted)
    half = z / (1 + z * z / counted) * math.sqrt(share * (1 - share) / counted + z * z / (4 * counted * counted))
    return middle - half, middle + half


def test_the_sheet_counts_what_the_model_called_and_what_reviewers_made_of_it() -> None:
    sheet = patient_sheet(CELLS, positive="ALL")
    assert (sheet.cells, sheet.called, sheet.answered) == (8, 3, 5)
    assert (sheet.reviewed, sheet.overridden, sheet.unsure) == (5, 2, 1)
    assert (sheet.counted, sheet.final, sheet.share, sheet.without_answer) == (5, 3, 0.6, 0.375)
    assert sheet.bounds == (0.375, 0.75)


@pytest.mark.parametrize(("positive", "counted"), [(0, 10), (3, 10), (10, 10), (80, 120), (1, 1)])
def test_the_interval_is_wilsons(positive: int, counted: int) -> None:
    cells = [SheetCell("", "ALL")] * positive + [SheetCell("", "HEM")] * (counted - positive)
    assert patient_sheet(cells, positive="ALL").interval == pytest.approx(wilson(positive, counted), abs=1e-12)


def test_the_cells_to_look_at_first_are_overridden_then_unsure_then_near_the_threshold() -> None:
    assert [cell.name for cell in patient_sheet(CELLS, positive="ALL").worst] == ["g", "c", "e", "d", "a"]
    assert [cell.name for cell in patient_sheet(CELLS, positive="ALL", worst=1).worst] == ["g"]


def test_the_sheet_says_all_of_it_in_sentences() -> None:
    assert patient_sheet(CELLS, positive="ALL").sentences() == (
        "8 cells. The model called 3 of them ALL and gave no answer for 3.",
        "Reviewed: 5 of 8 cells; agreed with 2, overrode 2, unsure about 1.",
        "ALL: 3 of 5 cells with an answer, 60 % (95 % interval 23 % to 88 %), reviewers' decisions included.",
        DEPENDENT,
        FEW,
        "3 cells (38 %) without an answer. Were none or all of them ALL, the share of all cells would be 38 % or 75 %.",
    )


def test_thirty_cells_with_an_answer_each_need_no_more_words() -> None:
    sheet = patient_sheet([SheetCell("", "HEM")] * 30, positive="ALL")
    assert sheet.sentences() == (
        "30 cells. The model called 0 of them ALL and gave no answer for 0.",
        "No cell has been reviewed.",
        "ALL: 0 of 30 cells with an answer, 0 % (95 % interval 0 % to 11 %), reviewers' decisions included.",
        DEPENDENT,
    )


def test_without_any_answer_there_is_no_share() -> None:
    sheet = patient_sheet([SheetCell("a", None)], positive="ALL")
    assert (sheet.share, sheet.interval, sheet.worst, sheet.bounds) == (None, None, (), (0, 1))
    assert sheet.sentences() == (
        "1 cell. The model called 0 of them ALL and gave no answer for 1.",
        "No cell has been reviewed.",
        "No cell has an answer, so there is no share.",
    )


def test_a_patient_without_cells_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Expected cells of a patient\. Received: none\.$"):
        patient_sheet([], positive="ALL")
