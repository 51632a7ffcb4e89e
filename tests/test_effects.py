import itertools

import numpy as np
import pandas as pd
import pytest

from core.data.morphology import MORPHOLOGY
from core.effects import Effect, effects, hedges_g, verdict

CLASSES = ("HEM", "ALL")


def cells(*, subjects: int = 6, each: int = 20, seed: int = 0, **shifts: float) -> pd.DataFrame:
    """Cells of as many subjects of each class; each measure is noise, shifted for ALL where a shift is given."""
    rng = np.random.default_rng(seed)
    rows = []
    for label, number in itertools.product(CLASSES, range(subjects)):
        for _ in range(each):
            row = {name: rng.normal(shifts.get(name, 0.0) * (label == "ALL")) for name in MORPHOLOGY}
            rows.append({"subject": f"{label}{number}", "label": label, **row})
    return pd.DataFrame(rows)


def area(table: pd.DataFrame, *, seed: int = 0) -> Effect:
    return next(effect for effect in effects(table, CLASSES, seed=seed) if effect.name == "area")


def test_g_is_the_difference_of_the_means_over_the_pooled_deviation_corrected_for_few_cells() -> None:
    table = cells(subjects=2, each=2)
    table["area"] = [1.0, 2.0, 3.0, 4.0, 3.0, 4.0, 5.0, 6.0]
    # means 2.5 and 4.5, both sums of squares 5, so the variance within is 10 / 6; 6 degrees of freedom
    assert area(table).g == pytest.approx((1 - 3 / 23) * 2 / (10 / 6) ** 0.5)


def test_neither_offset_nor_unit_changes_it() -> None:
    table = cells(area=1.0)
    moved = table.assign(area=1e7 + 0.01 * table["area"])
    assert area(moved).g == pytest.approx(area(table).g)
    assert (area(moved).low, area(moved).high) == pytest.approx((area(table).low, area(table).high))


def test_its_sign_tells_the_class_and_the_classes_swapped_turn_it_round() -> None:
    table = cells(area=1.0)
    swapped = next(effect for effect in effects(table, CLASSES[::-1]) if effect.name == "area")
    assert area(table).g > 0
    assert swapped.g == pytest.approx(-area(table).g)
    assert area(table).larger_in == swapped.larger_in == "ALL"
    assert area(table).subjects == (6, 6)


def test_the_largest_comes_first_whatever_its_sign() -> None:
    found = effects(cells(area=1.0, red=-2.0), CLASSES)
    assert [effect.name for effect in found[:2]] == ["red", "area"]
    assert len(found) == len(MORPHOLOGY)


def test_the_interval_counts_subjects_and_not_cells() -> None:
    rng = np.random.default_rng(1)
    table = cells(subjects=5, each=200)
    level = {subject: rng.normal() for subject in table["subject"].unique()}
    by_subject = table.assign(area=table["subject"].map(level) + 0.1 * table["area"])
    mixed = by_subject.assign(subject=by_subject["label"] + (np.arange(len(table)) % 5).astype(str))
    assert area(by_subject).high - area(by_subject).low > 4 * (area(mixed).high - area(mixed).low)


def test_with_two_alike_subjects_a_class_the_interval_is_the_value() -> None:
    table = cells(subjects=2, each=2)
    table["area"] = [1.0, 3.0] * 2 + [2.0, 6.0] * 2
    # every draw holds each value equally often: means 2 and 4, sums of squares 4 and 16, 6 degrees of freedom
    expected = pytest.approx((1 - 3 / 23) * 2 / (20 / 6) ** 0.5)
    assert (area(table).low, area(table).g, area(table).high) == (expected, expected, expected)


def test_the_same_seed_gives_the_same_interval() -> None:
    table = cells(area=1.0)
    assert area(table, seed=4) == area(table, seed=4)
    assert area(table, seed=4) != area(table, seed=5)


def test_a_subject_with_cells_of_both_classes_counts_once_in_each() -> None:
    table = cells(subjects=3)
    both = table.assign(subject=table["subject"].replace({"ALL0": "HEM0"}))
    assert area(both) == area(table.assign(subject=table["subject"].replace({"ALL0": "Z"})))
    assert area(both).subjects == (3, 3)


def test_cells_that_were_not_measured_or_name_no_subject_are_left_out() -> None:
    table = cells(area=1.0)
    table.loc[0, "area"] = np.nan
    table.loc[1, "subject"] = ""
    assert area(table) == area(table.drop(index=[0, 1]))


def test_a_subject_without_any_value_is_no_subject_of_that_measure() -> None:
    table = cells()
    table.loc[table["subject"] == "ALL5", "area"] = np.nan
    found = {effect.name: effect.subjects for effect in effects(table, CLASSES)}
    assert (found["area"], found["red"]) == ((6, 5), (6, 6))


@pytest.mark.parametrize("values", [{"HEM": 0.1, "ALL": 0.1}, {"HEM": 0.1, "ALL": 0.7}])
def test_a_measure_that_does_not_vary_within_the_classes_has_no_effect_size(values: dict[str, float]) -> None:
    table = cells()
    table["area"] = table["label"].map(values)
    names = [effect.name for effect in effects(table, CLASSES)]
    assert "area" not in names
    assert len(names) == len(MORPHOLOGY) - 1


def test_draws_in_which_nothing_varies_are_left_out_of_the_interval() -> None:
    table = cells(subjects=2, each=1)
    table["area"] = [1.0, 2.0, 4.0, 5.0]
    found = area(table)  # a quarter of the draws repeats one cell in each class, and half in one of them
    assert (found.low, found.high) == pytest.approx((4 / 7 * 3 / 0.5**0.5, 4 / 7 * 3.5 / 0.25**0.5))


def test_with_one_subject_of_a_class_or_none_nothing_can_be_said() -> None:
    table = cells(subjects=2)
    assert effects(table.assign(subject=""), CLASSES) == []
    assert effects(table[table["subject"] != "ALL1"], CLASSES) == []
    assert effects(table.iloc[:0], CLASSES) == []


@pytest.mark.parametrize(
    ("g", "size"),
    [(0.0, "negligible"), (-0.19, "negligible"), (0.2, "small"), (-0.5, "medium"), (0.79, "medium"), (-0.8, "large")],
)
def test_its_size_has_cohens_words(g: float, size: str) -> None:
    assert Effect("area", g, g - 1, g + 1, (2, 2), "ALL").size == size


def test_the_sentence_names_the_largest_difference_whose_interval_keeps_to_one_side() -> None:
    found = [
        Effect("roundness", -1.2, -2.5, 0.1, (2, 2), "HEM"),
        Effect("area", 0.91, 0.7, 1.1, (2, 2), "ALL"),
    ]
    assert verdict(found) == (
        "The classes differ most in area: it is larger in ALL by 0.91 standard deviations, a large difference."
    )
    assert verdict(found[:1]) == (
        "No measure differs between the classes by more than the subjects differ among themselves."
    )


def test_g_of_many_draws_at_once_is_that_of_each() -> None:
    rng = np.random.default_rng(0)
    groups = [rng.normal(size=(2, 9)) for _ in range(3)]
    sums = [np.stack([np.full(2, 9.0), group.sum(axis=1), (group**2).sum(axis=1)], axis=1) for group in groups]
    at_once = hedges_g(np.stack(sums[:2]), np.stack(sums[1:]))
    assert at_once.shape == (2, 2)
    assert at_once[1, 0] == hedges_g(sums[1][0], sums[2][0])
