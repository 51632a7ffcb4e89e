import itertools

import numpy as np
import pandas as pd
import pytest

from core.data.morphology import MORPHOLOGY
from core.evaluation import roc_auc
from core.shortcuts import KINDS, shortcuts, verdict

CLASSES = ("HEM", "ALL")


def cells(*, subjects: int = 6, each: int = 20, seed: int = 0, **shifts: float) -> pd.DataFrame:
    """Cells of as many subjects of each class; each property is noise, shifted for ALL where a shift is given."""
    rng = np.random.default_rng(seed)
    rows = []
    for label, number in itertools.product(CLASSES, range(subjects)):
        for cell in range(each):
            row = {name: rng.normal(shifts.get(name, 0.0) * (label == "ALL")) for name in MORPHOLOGY}
            rows.append({"path": f"{label}{number}-{cell}", "subject": f"{label}{number}", "label": label, **row})
    return pd.DataFrame(rows)


def test_every_property_belongs_to_one_kind() -> None:
    assert sorted(itertools.chain.from_iterable(KINDS.values())) == sorted(MORPHOLOGY)


def test_the_auroc_is_that_of_all_cells_in_the_better_direction() -> None:
    table = cells(area=1.0, roundness=-0.7)
    for shortcut in shortcuts(table, CLASSES):
        plain = roc_auc((table["label"] == "ALL").to_numpy(dtype=np.int64), table[shortcut.name].to_numpy())
        assert shortcut.auroc == pytest.approx(max(plain, 1 - plain))
        assert shortcut.larger_in == ("ALL" if plain >= 0.5 else "HEM")


def test_ties_count_half() -> None:
    table = cells(subjects=2, each=1)
    table["area"] = [1.0, 2.0, 2.0, 3.0]  # two of HEM, then two of ALL: 3.5 of 4 pairs are won
    assert next(found for found in shortcuts(table, CLASSES) if found.name == "area").auroc == 3.5 / 4


def test_the_strongest_property_comes_first_and_is_named_with_what_it_means() -> None:
    table = cells(area=2.0, red=-1.2)
    found = shortcuts(table, CLASSES)
    assert [shortcut.name for shortcut in found[:2]] == ["area", "red"]
    assert (found[0].larger_in, found[1].larger_in) == ("ALL", "HEM")
    sentences = verdict(found, CLASSES)
    assert sentences[0].startswith("By size: area alone tells ALL from HEM with AUROC 0.9")
    assert any(sentence.startswith("By colour: mean red alone") for sentence in sentences)


def test_the_interval_counts_subjects_and_not_cells() -> None:
    rng = np.random.default_rng(1)
    table = cells(subjects=5, each=200)
    level = {subject: rng.normal(0.4 * subject.startswith("ALL")) for subject in table["subject"].unique()}
    by_subject = table.assign(area=table["subject"].map(level) + 0.1 * table["area"])
    mixed = by_subject.assign(subject=by_subject["label"] + (np.arange(len(table)) % 5).astype(str))

    def width(rows: pd.DataFrame) -> float:
        area = next(found for found in shortcuts(rows, CLASSES) if found.name == "area")
        return area.high - area.low

    assert width(by_subject) > 4 * width(mixed)


def test_a_property_of_chance_is_no_shortcut() -> None:
    found = shortcuts(cells(subjects=20, each=5, seed=3), CLASSES)
    assert all(0.5 <= shortcut.auroc < 0.65 for shortcut in found)
    quiet = [shortcut for shortcut in found if shortcut.low <= 0.5]
    assert verdict(quiet, CLASSES) == ["No single property tells ALL from HEM apart by more than chance."]


def test_the_same_seed_gives_the_same_interval() -> None:
    table = cells(area=1.0)
    assert shortcuts(table, CLASSES, seed=4) == shortcuts(table, CLASSES, seed=4)
    assert shortcuts(table, CLASSES, seed=4) != shortcuts(table, CLASSES, seed=5)


def test_cells_that_were_not_measured_are_left_out() -> None:
    table = cells(area=1.0)
    table.loc[0, "area"] = np.nan
    kept = table.drop(index=0)
    assert next(found for found in shortcuts(table, CLASSES) if found.name == "area") == next(
        found for found in shortcuts(kept, CLASSES) if found.name == "area"
    )


def test_with_one_subject_of_a_class_or_none_nothing_can_be_said() -> None:
    table = cells(subjects=2)
    assert shortcuts(table.assign(subject=""), CLASSES) == []
    assert shortcuts(table[table["subject"] != "ALL1"], CLASSES) == []
