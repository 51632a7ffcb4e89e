"""The split: no person on two sides, both classes on each."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pytest

from core.data.cnmc import cell_name
from core.data.dataset import ADDED, COLUMNS, EXCLUDED, FINAL_TEST, TRAINING, CellDataset
from core.data.persons import persons
from core.data.split import USED, Split, folds, smaller, split
from core.errors import DataError, SplitImpossible

SEEDS = range(6)


def dataset(rows: list[tuple[str, str, str]]) -> CellDataset:
    """Cells given as (subject, label, content)."""
    table = pd.DataFrame(rows, columns=["subject", "label", "sha256"], dtype="str")
    table = table.assign(class_name=table["label"], part=TRAINING, fold="", width=2, height=2, bytes=66)
    table["path"] = [f"{number}.bmp" for number in range(len(table))]
    return CellDataset(Path("/cells"), table[list(COLUMNS)], ("HEM", "ALL"), "C-NMC")


def plain(subjects: int = 10, cells: int = 4) -> CellDataset:
    """As many subjects of each class with as many cells each, all different."""
    return dataset(
        [
            (f"{prefix}{number}", label, f"{prefix}{number}-{cell}")
            for prefix, label in (("", "ALL"), ("H", "HEM"))
            for number in range(subjects)
            for cell in range(cells)
        ]
    )


def shuffled(seed: int) -> CellDataset:
    """A random set in which some subjects share contents with others of their class."""
    rng = np.random.default_rng(seed)
    rows = []
    for prefix, label in (("", "ALL"), ("H", "HEM")):
        for number in range(int(rng.integers(12, 25))):
            rows += [(f"{prefix}{number}", label, f"{prefix}{number}-{cell}") for cell in range(rng.integers(1, 12))]
            if rng.random() < 0.3:
                rows.append((f"{prefix}{number}", label, f"{prefix}shared-{rng.integers(4)}"))
    return dataset([rows[place] for place in rng.permutation(len(rows))])


def sides_of(found: Split, cells: CellDataset) -> pd.DataFrame:
    return cells.labelled.assign(
        side=found.of(cells.labelled), person=cells.labelled["subject"].map(persons(cells.table))
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_equal_persons_are_split_into_six_two_and_two_tenths_of_each_class(seed: int) -> None:
    cells = plain(subjects=10)
    found = split(cells, seed=seed)
    assert {side: len(found.units(side)) for side in USED} == {"train": 12, "validation": 4, "test": 4}
    for side, count in (("train", 24), ("validation", 8), ("test", 8)):
        assert found.cells(cells, side)["label"].value_counts().to_dict() == {"ALL": count, "HEM": count}


@pytest.mark.parametrize("seed", range(20))
def test_in_a_random_set_no_person_and_no_content_is_torn_and_each_side_has_both_classes(seed: int) -> None:
    cells = shuffled(seed)
    rows = sides_of(split(cells, seed=seed), cells)
    assert set(rows["side"]) == set(USED)
    assert rows.groupby("person")["side"].nunique().max() == 1
    assert rows.groupby("sha256")["side"].nunique().max() == 1
    assert (rows.groupby("side")["label"].nunique() == 2).all()


def test_subjects_that_share_a_cell_stand_on_one_side_whatever_the_seed() -> None:
    cells = dataset([*plain().table[["subject", "label", "sha256"]].itertuples(index=False), ("0", "ALL", "5-0")])
    for seed in SEEDS:
        sides = split(cells, seed=seed).sides
        assert sides["0"] == sides["5"]


def test_the_same_seed_gives_the_same_split() -> None:
    assert split(shuffled(3), seed=5) == split(shuffled(3), seed=5)


def test_the_split_does_not_depend_on_the_order_of_the_rows_within_subjects() -> None:
    cells = plain()
    moved = replace(
        cells, table=cells.table.groupby("subject", sort=False)[list(COLUMNS)].sample(frac=1, random_state=0)
    )
    assert split(moved, seed=1).sides == split(cells, seed=1).sides


def test_another_seed_gives_another_split() -> None:
    assert len({tuple(split(plain(), seed=seed).units("test")) for seed in SEEDS}) > 1


def test_five_seeds_test_on_five_sets_of_persons_though_each_person_has_another_number_of_cells() -> None:
    cells = dataset(
        [
            (f"{prefix}{person}", label, f"{prefix}{person}-{cell}")
            for prefix, label in (("", "ALL"), ("H", "HEM"))
            for person in range(10)
            for cell in range(10 + 3 * person)
        ]
    )
    tested = [unit for seed in range(5) for unit in split(cells, seed=seed).units("test")]
    assert sorted(tested) == sorted(set(cells.table["subject"]))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", [0.01, 0.5])
def test_a_share_leaves_the_test_side_alone_and_only_takes_from_the_others(seed: int, share: float) -> None:
    cells = plain(subjects=20)
    whole, part = split(cells, seed=seed), split(cells, seed=seed, share=share)
    assert part.reduced
    assert not whole.reduced
    assert part.units("test") == whole.units("test")
    assert set(part.units("train")) < set(whole.units("train"))
    assert set(part.units("validation")) < set(whole.units("validation"))
    assert {side for unit, side in part.sides.items() if whole.sides[unit] != side} == {"left out"}
    assert set(part.sides) == set(whole.sides)


def test_half_of_twelve_and_of_four_persons_a_class_is_six_and_two() -> None:
    found = split(plain(subjects=20), share=0.5)
    assert {side: len(found.units(side)) for side in USED} == {"train": 12, "validation": 4, "test": 8}


def test_the_smallest_share_keeps_one_person_of_each_class() -> None:
    cells = plain(subjects=20)
    found = split(cells, share=0.001)
    for side in ("train", "validation"):
        assert len(found.units(side)) == 2
        assert set(found.cells(cells, side)["label"]) == {"ALL", "HEM"}


@pytest.mark.parametrize("share", [0, -0.5, 1.01])
def test_a_share_out_of_range_is_a_wrong_argument(share: float) -> None:
    with pytest.raises(ValueError, match=rf"Expected a share of subjects in \(0, 1\]\. Received: {share}\."):
        split(plain(), share=share)


def test_three_persons_a_class_give_one_a_side() -> None:
    found = split(plain(subjects=3))
    assert {side: len(found.units(side)) for side in USED} == {"train": 2, "validation": 2, "test": 2}


@pytest.mark.parametrize(
    ("cells", "counts"),
    [
        (plain(subjects=2), "ALL: 2, HEM: 2"),
        (dataset([(str(n), "ALL", str(n)) for n in range(9)]), "ALL: 9"),
        (dataset([]), "no labelled cell"),
    ],
)
def test_too_few_persons_are_counted_in_the_sentence(cells: CellDataset, counts: str) -> None:
    with pytest.raises(SplitImpossible, match=rf"at least 3 persons each.* Received: {counts}\."):
        split(cells)


def test_ids_that_are_one_person_do_not_count_as_several() -> None:
    rows = [*plain(subjects=3).table[["subject", "label", "sha256"]].itertuples(index=False), ("0", "ALL", "1-0")]
    with pytest.raises(SplitImpossible, match="ALL: 2, HEM: 3"):
        split(dataset(rows))


def test_persons_that_all_hold_cells_of_one_class_only_in_one_place_cannot_be_split() -> None:
    rows = [(f"{number}", "ALL", f"a{number}") for number in range(9)] + [("0", "HEM", f"h{n}") for n in range(9)]
    with pytest.raises(SplitImpossible, match="ALL: 9, HEM: 1"):
        split(dataset(rows))


@pytest.mark.parametrize("seed", SEEDS)
def test_subjects_with_cells_of_both_classes_still_leave_both_on_each_side(seed: int) -> None:
    counts = {
        "0": (0, 9),
        "1": (25, 2),
        "2": (0, 15),
        "3": (16, 31),
        "4": (0, 10),
        "5": (35, 4),
        "6": (0, 27),
        "7": (23, 0),
    }
    rows = [
        (subject, label, f"{subject} {label} {number}")
        for subject, both in counts.items()
        for label, count in zip(("ALL", "HEM"), both, strict=True)
        for number in range(count)
    ]
    cells = dataset(rows)
    sides = sides_of(split(cells, seed=seed), cells).groupby("side")["label"].nunique()
    assert sides.to_dict() == {"train": 2, "validation": 2, "test": 2}


@pytest.mark.parametrize("seed", SEEDS)
def test_without_subjects_the_split_is_by_content_and_says_so(seed: int) -> None:
    rows = [("", "ALL" if n % 2 else "HEM", f"content {n // 4} {n % 2}") for n in range(80)]
    cells = dataset(rows)
    found = split(cells, seed=seed)
    assert found.by == "cell"
    assert set(found.sides) == set(cells.table["sha256"])
    assert sides_of(found, cells).groupby("sha256")["side"].nunique().max() == 1
    assert {side: len(found.cells(cells, side)) for side in USED} == {"train": 48, "validation": 16, "test": 16}


def test_only_labelled_training_cells_are_split() -> None:
    cells = plain()
    table = cells.table.copy()
    table.loc[table["subject"] == "0", "part"] = FINAL_TEST
    table.loc[table["subject"] == "1", "label"] = ""
    found = split(replace(cells, table=table))
    assert {"0", "1"} & set(found.sides) == set()
    assert set(found.of(table[table["subject"] == "0"])) == {""}


def test_units_that_a_split_does_not_know_have_no_side() -> None:
    cells = plain()
    assert set(Split("subject", 0, {"0": "train"}).of(cells.table)) == {"train", ""}
    assert set(Split("subject", 0, {}).of(cells.table)) == {""}


def test_files_that_have_not_been_hashed_cannot_be_split() -> None:
    cells = plain()
    with pytest.raises(DataError, match="Expected a hashed data set"):
        split(replace(cells, table=cells.table.assign(sha256="")))


def test_a_torn_person_is_refused_by_name() -> None:
    cells = dataset([("1", "ALL", "a"), ("2", "ALL", "a"), ("2", "ALL", "b"), ("3", "HEM", "c")])
    torn = Split("subject", 0, {"1": "train", "2": "test", "3": "validation"})
    with pytest.raises(DataError, match=r"each person on one side of the split\. Received: 1 on two, first \['1'\]"):
        torn.check(cells)


def test_a_person_torn_by_a_split_by_content_is_refused() -> None:
    cells = dataset([("1", "ALL", "a"), ("1", "ALL", "b")])
    with pytest.raises(DataError, match="each person on one side"):
        Split("cell", 0, {"a": "train", "b": "validation"}).check(cells)


def test_a_person_of_whom_a_part_is_left_out_is_not_torn() -> None:
    cells = dataset([("1", "ALL", "a"), ("2", "ALL", "a"), ("3", "HEM", "c")])
    Split("subject", 0, {"1": "train", "2": "left out", "3": "test"}).check(cells)
    with pytest.raises(DataError, match="each person on one side"):
        Split("subject", 0, {"1": "train", "2": "validation", "3": "test"}).check(cells)


def test_the_drawn_set_can_be_split(drawn: CellDataset) -> None:
    found = split(drawn)
    assert found.by == "subject"
    assert sum(len(found.units(side)) for side in USED) == 12


@pytest.mark.real_data
def test_on_the_real_manifest_no_person_stands_on_two_sides(real_cells: Path) -> None:
    manifest = pd.read_csv(real_cells / "cnmc-manifest.csv.gz", dtype=str)
    manifest = manifest[manifest["path"].str.contains("training_data") & manifest["path"].str.endswith(".bmp")]
    names = [cell_name(PurePosixPath(path).stem) for path in manifest["path"]]
    cells = dataset([(n.subject, n.label, s) for n, s in zip(names, manifest["sha256"], strict=True)])
    assert len({split(cells, seed=seed).units("test") for seed in range(3)}) == 3
    rows = sides_of(split(cells, seed=0), cells)
    assert rows.groupby("person")["side"].nunique().max() == 1
    assert rows.groupby("sha256")["side"].nunique().max() == 1
    assert (rows.groupby(["side", "label"])["subject"].nunique() >= 3).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_seen_persons_change_places_with_unseen_ones_of_their_class(seed: int) -> None:
    cells = plain(subjects=10)
    unseen = {"0", "1", "2", "H7", "H8", "H9"}
    seen = frozenset(set(cells.labelled["subject"]) - unseen)
    usual, found = split(cells, seed=seed), split(cells, seed=seed, never_test=seen)
    assert set(found.units("test")) <= unseen
    for side in USED:
        for prefix in ("H", ""):
            counts = [
                sum(unit.startswith("H") == (prefix == "H") for unit in each.units(side)) for each in (usual, found)
            ]
            assert counts[0] == counts[1]
    found.check(cells)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_person_who_was_seen_under_one_id_is_not_tested_on_under_another(seed: int) -> None:
    cells = shuffled(seed)
    people = persons(cells.table)
    seen = frozenset(sorted(set(cells.labelled["subject"]))[::2])
    found = split(cells, seed=seed, never_test=seen)
    assert not {people[subject] for subject in found.units("test")} & {people[subject] for subject in seen}
    found.check(cells)


def test_where_too_few_are_unseen_the_others_are_trained_on() -> None:
    cells = plain(subjects=10)
    unseen = {"3", "H4"}
    found = split(cells, seed=0, never_test=frozenset(set(cells.labelled["subject"]) - unseen))
    assert set(found.units("test")) == unseen
    assert len(found.units("train")) == 14
    assert len(found.units("validation")) == 4


def test_without_an_unseen_person_of_a_class_there_is_no_split() -> None:
    cells = plain(subjects=5)
    all_healthy = frozenset(f"H{number}" for number in range(5))
    with pytest.raises(SplitImpossible, match=r"has not seen before\. Received: none of HEM; train from scratch"):
        split(cells, never_test=all_healthy)


def test_subjects_that_the_data_set_does_not_know_change_nothing() -> None:
    cells = plain()
    assert split(cells, never_test=frozenset({"stranger"})).sides == split(cells).sides


def test_without_subjects_seen_contents_are_not_tested_on() -> None:
    cells = plain(subjects=4)
    nameless = replace(cells, table=cells.table.assign(subject=""))
    seen = frozenset(split(nameless).units("test")[:3])
    found = split(nameless, never_test=seen)
    assert found.by == "cell"
    assert not seen & set(found.units("test"))
    assert len(found.units("test")) == len(split(nameless).units("test"))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("count", [3, 5])
def test_over_all_folds_each_person_is_tested_once_and_validates_once(seed: int, count: int) -> None:
    cells = shuffled(seed)
    found = folds(cells, count=count, seed=seed)
    assert len(found) == count
    for side in ("test", "validation"):
        assert sorted(unit for fold in found for unit in fold.units(side)) == sorted(set(cells.table["subject"]))
    for fold in found:
        rows = sides_of(fold, cells)
        assert rows.groupby("person")["side"].nunique().max() == 1
        assert (rows.groupby("side")["label"].nunique() == 2).all()


def test_each_fold_validates_the_one_before_it() -> None:
    found = folds(plain(), count=5)
    for fold, following in zip(found, (*found[1:], found[0]), strict=True):
        assert fold.units("validation") == following.units("test")
    assert [len(fold.units(side)) for fold in found for side in USED] == [12, 4, 4] * 5


def test_the_same_seed_gives_the_same_folds_and_another_one_others() -> None:
    assert folds(plain(), seed=1) == folds(plain(), seed=1)
    assert folds(plain(), seed=1)[0].units("test") != folds(plain(), seed=2)[0].units("test")


def test_a_share_of_each_fold_leaves_its_test_side_alone() -> None:
    for whole, part in zip(folds(plain(20)), folds(plain(20), share=0.5), strict=True):
        assert part.reduced
        assert part.units("test") == whole.units("test")
        assert (len(part.units("train")), len(part.units("validation"))) == (12, 4)
        assert set(part.units("train")) < set(whole.units("train"))


def test_contents_are_dealt_out_where_no_subject_is_named() -> None:
    cells = dataset([("", label, f"{label}-{cell}") for label in ("ALL", "HEM") for cell in range(6)])
    found = folds(cells, count=3)
    assert {fold.by for fold in found} == {"cell"}
    assert sorted(unit for fold in found for unit in fold.units("test")) == sorted(cells.table["sha256"])


@pytest.mark.parametrize(
    ("count", "error", "sentence"),
    [
        (2, ValueError, "Expected at least 3 folds: one to test, one to validate, one to train. Received: 2."),
        (
            5,
            SplitImpossible,
            "Expected two classes with at least 5 persons each, one for each of 5 folds. Received: ALL: 4, HEM: 4.",
        ),
    ],
)
def test_folds_that_cannot_be_are_refused(count: int, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error) as refused:
        folds(plain(subjects=4), count=count)
    assert str(refused.value) == sentence


def test_folds_without_both_classes_in_each_are_refused() -> None:
    pair = [(str(person), label, f"{person}-{label}") for person in range(3) for label in ("ALL", "HEM")]
    few = [("9", "ALL", f"9-{cell}") for cell in range(30)]
    found = folds(dataset([*pair, *few]), count=3)
    assert all(set(fold.cells(dataset([*pair, *few]), "test")["label"]) == {"ALL", "HEM"} for fold in found)


@pytest.mark.parametrize("seed", SEEDS)
def test_smaller_shares_are_nested_and_tested_on_the_same_subjects(seed: int) -> None:
    cells = plain(subjects=20)
    whole = split(cells, seed=3)
    parts = [smaller(cells, whole, share=share, seed=seed) for share in (0.25, 0.5, 0.75, 1.0)]
    assert [len(part.units("train")) for part in parts] == [6, 12, 18, 24]
    assert {part.units("test") for part in parts} == {whole.units("test")}
    for less, more in pairwise(parts):
        assert set(less.units("train")) < set(more.units("train"))
        assert set(less.units("validation")) < set(more.units("validation"))
    assert parts[-1].sides == whole.sides
    assert [(part.seed, part.share, part.reduced) for part in parts[2:]] == [(3, 0.75, True), (3, 1.0, False)]


def test_another_seed_chooses_others_for_a_smaller_share() -> None:
    cells = plain(subjects=20)
    whole = split(cells)
    chosen = {smaller(cells, whole, share=0.5, seed=seed).units("train") for seed in SEEDS}
    assert len(chosen) > 1


def with_added(cells: CellDataset, rows: list[tuple[str, str, str]]) -> CellDataset:
    """A data set with cells that were added after review, given as (subject, label, content)."""
    new = dataset(rows).table.assign(part=ADDED)
    return replace(cells, table=pd.concat([cells.table, new], ignore_index=True))


ADDITIONS = [("P1", "ALL", "new-0"), ("P1", "ALL", "new-1"), ("P2", "HEM", "new-2")]


@pytest.mark.parametrize("share", [1.0, 0.5])
@pytest.mark.parametrize("seed", range(10))
def test_added_subjects_are_trained_on_and_nobody_else_changes_sides(seed: int, share: float) -> None:
    cells = shuffled(seed)
    before = split(cells, seed=seed, share=share)
    after = split(with_added(cells, ADDITIONS), seed=seed, share=share)
    assert after.sides == {**before.sides, "P1": "train", "P2": "train"}


@pytest.mark.parametrize("seed", SEEDS)
def test_added_subjects_never_take_the_place_of_test_subjects_that_a_model_has_seen(seed: int) -> None:
    cells = shuffled(seed)
    seen = frozenset((*split(cells, seed=seed).units("test")[:2], "P1"))
    before = split(cells, seed=seed, never_test=seen)
    after = split(with_added(cells, ADDITIONS), seed=seed, never_test=seen)
    assert after.sides == {**before.sides, "P1": "train", "P2": "train"}


def test_added_subjects_are_trained_on_in_each_fold_and_each_share() -> None:
    cells = shuffled(1)
    more = with_added(cells, ADDITIONS)
    for before, after in zip(folds(cells, seed=1), folds(more, seed=1), strict=True):
        assert after.sides == {**before.sides, "P1": "train", "P2": "train"}
    before, after = (smaller(each, split(each), share=0.3, seed=2) for each in (cells, more))
    assert after.sides == {**before.sides, "P1": "train", "P2": "train"}


def test_added_cells_of_a_known_subject_follow_it_into_training_and_are_left_out_else() -> None:
    cells = plain()
    for seed in SEEDS:
        before = split(cells, seed=seed)
        for side in USED:
            subject = before.units(side)[0]
            more = with_added(cells, [(subject, "ALL", "new-0")])
            after = split(more, seed=seed)
            assert after.sides == before.sides
            added = more.labelled[more.labelled["part"] == ADDED]
            assert list(after.of(added)) == ["train" if side == "train" else "left out"]
            for each in ("validation", "test"):
                assert after.cells(more, each).equals(before.cells(cells, each))


def test_a_subject_whose_own_cells_are_excluded_stays_the_person_that_it_was() -> None:
    cells = dataset([*plain().table[["subject", "label", "sha256"]].itertuples(index=False), ("X", "ALL", "5-0")])
    cells = replace(
        cells, table=cells.table.assign(part=cells.table["part"].where(cells.table["subject"] != "X", EXCLUDED))
    )
    more = with_added(cells, [("X", "ALL", "new-0")])
    for seed in SEEDS:
        after = split(more, seed=seed)
        assert after.sides["X"] == ("train" if after.sides["5"] == "train" else "left out")


def test_without_subject_ids_added_contents_are_trained_on() -> None:
    cells = dataset([("", label, f"{label}-{number}") for label in ("ALL", "HEM") for number in range(10)])
    before, after = (split(each) for each in (cells, with_added(cells, ADDITIONS)))
    assert after.by == "cell"
    assert after.sides == {**before.sides, **dict.fromkeys(("new-0", "new-1", "new-2"), "train")}
