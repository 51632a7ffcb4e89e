"""Duplicates of tables small enough to see, and of the real manifest, recounted in plain Python."""

import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pytest

from core.data import duplicates as module
from core.data.cnmc import cell_name
from core.data.duplicates import ACROSS, WITHIN, conflicting_labels, duplicate_counts, exact_duplicates, near_duplicates
from core.data.perceptual import NEAR

FIELDS = ("path", "sha256", "subject", "label", "fold")
ZERO = "0" * 64


def cells(*rows: tuple[str, ...], **columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(FIELDS), dtype=str).assign(**columns)


def crossed(pairs: pd.DataFrame) -> list[set[str]]:
    return [{name.removeprefix("across_") for name in ACROSS if pair[name]} for _, pair in pairs.iterrows()]


def shared(pairs: pd.DataFrame) -> list[set[str]]:
    return [{name.removeprefix("within_") for name in WITHIN if pair[name]} for _, pair in pairs.iterrows()]


def with_bits(number: int) -> str:
    return f"{(1 << number) - 1:064x}"


def test_each_further_file_of_a_content_is_paired_with_the_first_by_path() -> None:
    table = cells(
        ("d", "y", "1", "ALL", "f0"),
        ("c", "x", "1", "ALL", "f0"),
        ("a", "x", "1", "ALL", "f0"),
        ("b", "x", "1", "ALL", "f0"),
    )
    assert exact_duplicates(table)[["path", "other"]].to_numpy().tolist() == [["a", "b"], ["a", "c"]]


def test_a_pair_crosses_what_is_known_of_both_and_differs() -> None:
    table = cells(
        ("a", "x", "1", "ALL", "f0"),
        ("b", "x", "1", "ALL", "f0"),
        ("c", "x", "2", "ALL", "f1"),
        ("d", "x", "1", "HEM", ""),
        ("e", "x", "", "", "f0"),
        side=["train", "train", "test", "left out", ""],
    )
    pairs = exact_duplicates(table)
    assert crossed(pairs) == [set(), {"subjects", "folds", "sides"}, {"classes"}, set()]
    assert shared(pairs) == [{"subject", "class", "fold", "side"}, {"class"}, {"subject"}, {"fold"}]


def test_training_and_the_test_part_of_a_data_set_are_two_sides() -> None:
    rows = [(name, "x", "", "", "") for name in "abc"]
    parts = ["final test", "preliminary test", "training"]
    assert crossed(exact_duplicates(cells(*rows, part=parts))) == [{"sides"}, set()]
    assert crossed(exact_duplicates(cells(*rows, part=parts, side=["", "", "train"]))) == [{"sides"}, {"sides"}]


@pytest.mark.parametrize("table", [cells(), cells(("a", "", "1", "ALL", "f0"), ("b", "", "2", "HEM", "f1"))])
def test_without_known_contents_nothing_is_a_duplicate(table: pd.DataFrame) -> None:
    assert exact_duplicates(table).empty
    assert near_duplicates(table.assign(perceptual_hash=ZERO)).empty
    assert set(exact_duplicates(table).columns) == {"path", "other", *ACROSS, *WITHIN}
    assert duplicate_counts(table) == {
        "exact_duplicates": 0,
        "cross_fold_duplicates": 0,
        "cross_subject_groups": [],
        "near_duplicates": None,
        "conflicting_labels": 0,
    }


def test_hashes_within_the_threshold_are_near_the_nearest_first() -> None:
    table = cells(
        ("a", "x", "1", "ALL", "f0"),
        ("b", "y", "1", "ALL", "f0"),
        ("c", "z", "2", "HEM", "f0"),
        perceptual_hash=[ZERO, with_bits(NEAR), with_bits(NEAR + 1)],
    )
    pairs = near_duplicates(table)
    assert pairs[["path", "other", "distance"]].to_numpy().tolist() == [["b", "c", 1], ["a", "b", NEAR]]
    assert crossed(pairs) == [{"subjects", "classes"}, set()]
    assert near_duplicates(table, most=0).empty
    assert len(near_duplicates(table, most=NEAR + 1)) == 3


def test_identical_files_and_unknown_hashes_are_not_near() -> None:
    table = cells(
        ("a", "x", "1", "ALL", "f0"),
        ("b", "x", "2", "ALL", "f0"),
        ("c", "y", "3", "ALL", "f0"),
        ("d", "z", "4", "ALL", "f0"),
        perceptual_hash=[ZERO, ZERO, ZERO, ""],
    )
    assert near_duplicates(table)[["path", "other", "distance"]].to_numpy().tolist() == [["a", "c", 0]]


@pytest.mark.parametrize("digits", [2, 16, 20, 64])
def test_random_hashes_of_any_length_give_the_pairs_that_a_loop_finds(
    digits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BLOCK", 7)
    rng = np.random.default_rng(digits)
    hashes = ["".join(f"{rng.integers(16):x}" for _ in range(digits)) for _ in range(40)]
    table = cells(*((f"{row:02}", f"{row}", "1", "ALL", "f0") for row in range(40)), perceptual_hash=hashes)
    most = 2 * digits - digits // 4
    expected = sorted(
        (bits, f"{one:02}", f"{two:02}")
        for one, two in combinations(range(40), 2)
        if (bits := (int(hashes[one], 16) ^ int(hashes[two], 16)).bit_count()) <= most
    )
    pairs = near_duplicates(table, most=most)
    assert 0 < len(expected) < 780
    assert list(zip(pairs["distance"], pairs["path"], pairs["other"], strict=True)) == expected


def test_of_too_many_near_pairs_the_nearest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PAIRS", 2)
    rows = [(f"{row}", f"{row}", "1", "ALL", "f0") for row in range(5)]
    table = cells(*rows, perceptual_hash=[with_bits(bits) for bits in (0, 9, 17, 18, 20)])
    assert near_duplicates(table)["distance"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("hashes", "most", "reason"),
    [
        (["00", "0000"], NEAR, r"Expected perceptual hashes of one length\. Received: \[2, 4\] digits"),
        (["0g", "00"], NEAR, "Expected hexadecimal perceptual hashes. Received: "),
        (["00", "00"], -1, "Expected a number of bits from 0 up. Received: -1"),
    ],
)
def test_hashes_and_thresholds_that_cannot_be_compared_are_refused(hashes: list[str], most: int, reason: str) -> None:
    table = cells(("a", "x", "1", "ALL", "f0"), ("b", "y", "1", "ALL", "f0"), perceptual_hash=hashes)
    with pytest.raises(ValueError, match=reason):
        near_duplicates(table, most=most)


def test_a_content_under_both_labels_contradicts_itself() -> None:
    table = cells(
        ("b", "x", "1", "HEM", "f0"),
        ("a", "x", "1", "ALL", "f0"),
        ("c", "y", "1", "ALL", "f0"),
        ("d", "y", "1", "ALL", "f0"),
        ("e", "z", "1", "", "f0"),
        ("f", "z", "1", "ALL", "f0"),
        ("g", "", "1", "ALL", "f0"),
        ("h", "", "1", "HEM", "f0"),
    )
    assert conflicting_labels(table) == [["a", "b"]]


def test_counts_go_into_json_and_know_nothing_of_what_was_not_measured() -> None:
    table = cells(
        ("a", "x", "1", "ALL", "f0"),
        ("b", "x", "2", "HEM", "f0"),
        ("c", "x", "2", "HEM", "f1"),
        ("d", "y", "3", "HEM", "f1"),
    )
    counts = duplicate_counts(table)
    assert counts == {
        "exact_duplicates": 2,
        "cross_fold_duplicates": 1,
        "cross_subject_groups": [["1", "2"]],
        "near_duplicates": None,
        "conflicting_labels": 1,
    }
    hashes = [ZERO, ZERO, ZERO, with_bits(3)]
    measured = duplicate_counts(table.assign(perceptual_hash=hashes))
    assert measured == counts | {"near_duplicates": 1}
    assert duplicate_counts(table.assign(perceptual_hash=hashes), most=2)["near_duplicates"] == 0
    assert json.loads(json.dumps(measured)) == measured


@pytest.mark.real_data
def test_the_manifest_of_the_real_set_gives_what_loops_over_it_count(real_cells: Path) -> None:
    manifest = pd.read_csv(real_cells / "cnmc-manifest.csv.gz", dtype=str)
    training = manifest[manifest["path"].str.contains("/training_data/") & manifest["path"].str.endswith(".bmp")]
    held: dict[str, list[str]] = defaultdict(list)
    for path, sha256 in zip(training["path"], training["sha256"], strict=True):
        held[sha256].append(path)
    names = {path: cell_name(PurePosixPath(path).stem) for path in training["path"]}
    shared = [sorted(files) for files in held.values() if len(files) > 1]
    folds = [{path.split("/")[2] for path in files} for files in shared]
    subjects = [{names[path].subject for path in files} for files in shared]
    labels = [{names[path].label for path in files} for files in shared]

    table = training.assign(
        subject=[names[path].subject for path in training["path"]],
        label=[names[path].label for path in training["path"]],
        fold=[path.split("/")[2] for path in training["path"]],
    )
    pairs = exact_duplicates(table)
    assert pairs[["path", "other"]].to_numpy().tolist() == sorted([one, two] for one, *rest in shared for two in rest)
    assert pairs["across_subjects"].sum() == sum(len(found) > 1 for found in subjects) == 99
    assert pairs["across_folds"].sum() == sum(len(found) > 1 for found in folds) == 94
    assert pairs["across_classes"].sum() == sum(len(found) > 1 for found in labels) == 0
    assert not pairs["across_sides"].any()
    assert duplicate_counts(table) == {
        "exact_duplicates": sum(len(files) - 1 for files in shared),
        "cross_fold_duplicates": 94,
        "cross_subject_groups": [["20", "21"], ["51", "75", "78"], ["H10", "H3"], ["H2", "H4", "H5", "H6"]],
        "near_duplicates": None,
        "conflicting_labels": 0,
    }
    assert len(pairs) == 104
