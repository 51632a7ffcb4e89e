import numpy as np
import pandas as pd
import pytest

from core.drift import CHANNELS, drift, modified_z, side_by_side, verdict

CLASSES = ("HEM", "ALL")
RAMP = (-2.0, -1.0, 0.0, 1.0, 2.0)  # five cells around a subject's median


def subject(name: str, label: str, *, cells: int = 5, **colour: float) -> pd.DataFrame:
    """Cells of a subject whose medians are the colours given, 60 where none is."""
    around = np.resize(RAMP, cells)
    columns = {channel: colour.get(channel, 60.0) + around for channel in CHANNELS}
    return pd.DataFrame({"path": [f"{name}-{n}" for n in range(cells)], "subject": name, "label": label, **columns})


def cohort(label: str, prefix: str, *, count: int = 7, **colour: float) -> pd.DataFrame:
    """Subjects whose red lies one grey level apart, the middle one at 60."""
    red = colour.pop("red", 60.0)
    return pd.concat(
        [subject(f"{prefix}{n}", label, red=red + n - count // 2, **colour) for n in range(count)], ignore_index=True
    )


def row(found: pd.DataFrame, name: str) -> pd.Series:
    return found.set_index("subject").loc[name]


def test_the_score_is_the_distance_in_units_of_the_median_absolute_deviation() -> None:
    np.testing.assert_allclose(modified_z(np.array([-2.0, -1.0, 0.0, 1.0, 8.0])), 0.6745 * np.array([-2, -1, 0, 1, 8]))


def test_where_more_than_half_are_the_same_the_mean_absolute_deviation_takes_its_place() -> None:
    away = np.array([0.0, 0.0, 0.0, 0.0, 10.0])  # mean absolute deviation 2
    np.testing.assert_allclose(modified_z(away), away / (1.253314 * 2))


def test_where_no_value_differs_all_scores_are_0() -> None:
    np.testing.assert_array_equal(modified_z(np.zeros(3)), np.zeros(3))


def test_each_subject_has_a_row_with_its_medians_distances_and_scores() -> None:
    found = drift(cohort("ALL", "A"), CLASSES)  # red 57 to 63: median 60, median absolute deviation 2
    assert sorted(found["subject"]) == [f"A{n}" for n in range(7)]
    last = row(found, "A6")
    assert (last["red"], last["red_away"], last["cells"], last["classes"]) == (63.0, 3.0, 5, "ALL")
    assert last["red_z"] == pytest.approx(0.6745 * 3 / 2)
    assert last["farthest"] == last["red_z"]
    assert last["green_z"] == 0.0
    assert not found["outlier"].any()
    assert set(found["finding"]) == {""}


def test_a_subject_beyond_the_limit_is_an_outlier_with_channel_direction_and_distance() -> None:
    odd = subject("X", "ALL", red=90.0, blue=45.0)
    found = drift(pd.concat([cohort("ALL", "A"), odd], ignore_index=True), CLASSES)
    first = found.iloc[0]  # the middle of eight reds, 57 to 63 and 90, is 60.5
    assert first["subject"] == "X"
    assert first["finding"] == "redder by 29.5, less blue by 15.0 grey levels than the other subjects"
    assert (first["red_out"], first["blue_out"], first["green_out"]) == (True, True, False)
    assert found["outlier"].tolist() == [True] + [False] * 7
    assert verdict(found) == ("1 of 8 subjects stands out in colour: X. Its stain or camera may differ.")


@pytest.mark.parametrize(("shift", "word"), [(20.0, "brighter"), (-20.0, "darker")])
def test_all_three_colours_in_one_direction_are_brighter_or_darker(shift: float, word: str) -> None:
    colours = {"red": 60 + shift, "green": 60 + shift, "blue": 60 + shift}
    found = drift(pd.concat([cohort("ALL", "A", count=9), subject("X", "ALL", **colours)]), CLASSES)
    assert found.iloc[0]["finding"].startswith(f"{word} by ")
    assert "red" not in found.iloc[0]["finding"]


def test_a_subject_is_compared_within_its_class_where_each_has_five() -> None:
    found = drift(pd.concat([cohort("ALL", "A", red=60.0), cohort("HEM", "H", red=100.0)]), CLASSES)
    assert set(zip(found["label"], found["compared"], strict=True)) == {("ALL", "ALL"), ("HEM", "HEM")}
    assert row(found, "H3")["red_away"] == row(found, "A3")["red_away"] == 0.0
    assert not found["outlier"].any()
    odd = drift(
        pd.concat([cohort("ALL", "A", red=60.0), cohort("HEM", "H", red=100.0), subject("X", "HEM", red=60.0)]), CLASSES
    )
    assert odd[odd["outlier"]]["subject"].tolist() == ["X"]  # red as ALL, yet not as HEM
    assert odd.iloc[0]["finding"].endswith("grey levels than the other HEM subjects")


def test_the_scale_is_that_of_both_classes_together() -> None:
    still = pd.concat([subject(f"H{n}", "HEM", red=100.0) for n in range(7)])
    found = drift(pd.concat([cohort("ALL", "A", red=60.0), still]), CLASSES)
    # distances: seven of 0 in HEM; 0, twice 1, twice 2, twice 3 in ALL: their median is 0, their mean 12 / 14
    assert row(found, "A6")["red_z"] == pytest.approx(3 / (1.253314 * 12 / 14))
    assert row(found, "H0")["red_z"] == 0.0


def test_with_fewer_than_five_subjects_of_a_class_all_are_compared_with_each_other() -> None:
    found = drift(pd.concat([cohort("ALL", "A", count=7), cohort("HEM", "H", count=4, red=100.0)]), CLASSES)
    assert set(found["compared"]) == {"all subjects"}
    assert found[found["outlier"]]["subject"].str.startswith("H").all()
    assert found["outlier"].sum() == 4


def test_subjects_with_fewer_than_five_cells_are_listed_last_and_not_judged() -> None:
    few = subject("X", "ALL", cells=4, red=200.0)
    found = drift(pd.concat([few, cohort("ALL", "A")]), CLASSES)
    last = found.iloc[-1]
    assert (last["subject"], last["cells"], last["compared"], last["outlier"]) == ("X", 4, "", False)
    assert np.isnan(last["red_z"])
    assert row(found, "A3")["red_away"] == 0.0  # it does not count among the others either


def test_with_fewer_than_five_subjects_none_is_judged() -> None:
    found = drift(cohort("ALL", "A", count=4), CLASSES)
    assert set(found["compared"]) == {""}
    assert found["farthest"].isna().all()
    assert not found["outlier"].any()


def test_few_scattered_cells_do_not_make_an_outlier_by_chance() -> None:
    def wide(name: str, cells: int, red: float) -> pd.DataFrame:
        table = subject(name, "ALL", cells=cells, red=red)
        return table.assign(red=red + 10 * (table["red"] - red))

    others = [wide(f"A{n}", 200, 60.0 + 0.1 * n) for n in range(9)]
    few = drift(pd.concat([*others, wide("X", 5, 66.0)]), CLASSES)  # ten times the usual range, yet of five cells
    many = drift(pd.concat([*others, wide("X", 200, 66.0)]), CLASSES)
    assert row(few, "X")["red_z"] == row(many, "X")["red_z"] > 3.5
    assert (row(few, "X")["outlier"], row(many, "X")["outlier"]) == (False, True)


def test_a_subject_of_both_classes_is_judged_by_its_cells_of_the_more_frequent_one() -> None:
    both = pd.concat([subject("X", "ALL", cells=10, red=60.0), subject("X", "HEM", cells=5, red=160.0)])
    found = drift(pd.concat([cohort("ALL", "A"), cohort("HEM", "H", red=100.0), both]), CLASSES)
    mixed = row(found, "X")
    assert (mixed["label"], mixed["classes"], mixed["cells"], mixed["red"]) == ("ALL", "ALL, HEM", 15, 60.0)
    assert not mixed["outlier"]


def test_its_other_cells_do_not_help_a_subject_over_the_threshold() -> None:
    both = pd.concat([subject("X", "ALL", cells=4), subject("X", "HEM", cells=3)])
    found = drift(pd.concat([cohort("ALL", "A"), cohort("HEM", "H"), both]), CLASSES)
    assert (row(found, "X")["cells"], row(found, "X")["compared"]) == (7, "")


def test_a_subject_without_a_label_is_compared_with_all() -> None:
    unlabelled = subject("X", "", red=70.0)
    found = drift(pd.concat([cohort("ALL", "A", red=60.0), cohort("HEM", "H", red=80.0), unlabelled]), CLASSES)
    assert row(found, "X")["compared"] == "all subjects"
    assert row(found, "X")["red_away"] == 0.0  # seven lie below it and seven above
    assert row(found, "A0")["compared"] == "ALL"


def test_unnamed_classes_leave_one_comparison_of_all() -> None:
    found = drift(cohort("", "A"), ("", ""))
    assert set(found["compared"]) == {"all subjects"}
    assert set(found["classes"]) == {""}


def test_cells_without_subject_or_colour_are_left_out() -> None:
    table = cohort("ALL", "A")
    lost = table.head(2).assign(red=np.nan)
    anonymous = table.head(3).assign(subject="", red=255.0)
    pd.testing.assert_frame_equal(drift(pd.concat([table, lost, anonymous]), CLASSES), drift(table, CLASSES))


def test_no_subject_gives_no_row_but_all_columns() -> None:
    found = drift(cohort("ALL", "A").iloc[:0], CLASSES)
    assert list(found.columns) == list(drift(cohort("ALL", "A"), CLASSES).columns)
    assert len(found) == 0


def test_equal_colours_that_differ_by_rounding_are_no_drift() -> None:
    table = pd.concat([subject(f"A{n}", "ALL", red=0.1 + 0.2 if n % 2 else 0.3) for n in range(9)])
    assert (drift(table, CLASSES)["red_z"] == 0).all()


def test_the_verdict_says_so_where_none_differs() -> None:
    assert verdict(drift(cohort("ALL", "A"), CLASSES)) == (
        "None of the 7 subjects stands out in colour: stain and camera look alike."
    )


def test_typical_cells_of_a_subject_stand_beside_those_of_the_most_usual_subjects() -> None:
    table = pd.concat([cohort("ALL", "A", count=9), subject("X", "ALL", red=90.0)], ignore_index=True)
    own, usual = side_by_side(table, drift(table, CLASSES), "X", count=3)
    assert own["path"].tolist() == ["X-2", "X-1", "X-3"]  # at the median, then one grey level below and above
    assert len(usual) == 3
    assert set(usual["subject"]) <= {"A3", "A4", "A5", "A6"}
    assert usual["path"].str.endswith("-2").all()
