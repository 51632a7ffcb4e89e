"""The frozen table of cells: its classes, its truth, its fingerprint."""

import hashlib
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data.dataset import COLUMNS, FINAL_TEST, TRAINING, CellDataset
from core.errors import DataError


def row(path: str, class_name: str, label: str = "", **other: object) -> dict[str, object]:
    known: dict[str, object] = {"path": path, "class_name": class_name, "label": label, "subject": "", "part": TRAINING}
    return known | {"fold": "", "width": 2, "height": 2, "bytes": 66, "sha256": ""} | other


def dataset(*rows: dict[str, object], classes: tuple[str, str] = ("", "")) -> CellDataset:
    return CellDataset(Path("/cells"), pd.DataFrame(rows, columns=list(COLUMNS)), classes, "a folder")


FOUR = (row("a/1.png", "a"), row("b/1.png", "b"), row("c/1.png", "c"), row("1.png", ""))


def test_named_positive_classes_are_joined_and_the_others_are_the_rest() -> None:
    chosen = dataset(*FOUR, row("d/1.png", "d")).with_positive(["c", "b"])
    assert chosen.classes == (chosen.negative, chosen.positive) == ("rest", "b + c")
    assert list(chosen.table["label"]) == ["rest", "b + c", "b + c", "", "rest"]
    assert list(chosen.table["class_name"]) == ["a", "b", "c", "", "d"]


def test_a_single_class_that_is_left_keeps_its_name() -> None:
    assert dataset(*FOUR[:2]).with_positive(["b"]).classes == ("a", "b")


def test_naming_positive_classes_leaves_the_first_data_set_as_it_was() -> None:
    first = dataset(*FOUR)
    first.with_positive(["a"])
    assert first.classes == ("", "")
    assert set(first.table["label"]) == {""}
    with pytest.raises(FrozenInstanceError):
        first.classes = ("a", "b")


@pytest.mark.parametrize("positive", [[], ["x"], ["a", "x"], ["a", "b", "c"], [""]])
def test_positive_classes_that_are_none_or_leave_nothing_are_refused(positive: list[str]) -> None:
    with pytest.raises(DataError, match=r"one or more positive classes out of \['a', 'b', 'c'\]"):
        dataset(*FOUR).with_positive(positive)


def test_two_sides_of_one_name_are_refused() -> None:
    with pytest.raises(DataError, match="Received: rest twice"):
        dataset(*FOUR[:2], row("rest/1.png", "rest")).with_positive(["rest"])


def test_truth_is_one_for_the_positive_class() -> None:
    cells = dataset(row("1", "HEM", "HEM"), row("2", "ALL", "ALL"), classes=("HEM", "ALL"))
    np.testing.assert_array_equal(cells.truth(cells.table), [0, 1])


def test_only_training_cells_with_a_label_count_as_labelled() -> None:
    cells = dataset(row("1", "ALL", "ALL"), row("2", ""), row("3", "ALL", "ALL", part=FINAL_TEST))
    assert list(cells.labelled["path"]) == ["1"]


@pytest.mark.parametrize(
    ("rows", "has_subjects"),
    [
        ((row("1", "ALL", "ALL", subject="1"), row("2", "", "")), True),
        ((row("1", "ALL", "ALL", subject="1"), row("2", "ALL", "ALL")), False),
        ((row("1", "", subject="1"),), False),
        ((), False),
    ],
)
def test_subjects_are_there_only_if_each_labelled_cell_names_one(
    rows: tuple[dict[str, object], ...], has_subjects: bool
) -> None:
    assert dataset(*rows).has_subjects is has_subjects


@pytest.mark.parametrize(("origin", "drawn"), [("drawn, seed 0", True), ("C-NMC", False), ("redrawn", False)])
def test_drawn_cells_are_told_by_their_origin(origin: str, drawn: bool) -> None:
    assert CellDataset(Path("/"), pd.DataFrame(), ("", ""), origin).drawn is drawn


def test_a_path_is_relative_to_the_root() -> None:
    assert dataset().file("fold_0/all/1.bmp") == Path("/cells/fold_0/all/1.bmp")


def test_the_fingerprint_is_the_hash_of_the_sorted_lines() -> None:
    cells = dataset(row("1", "b", "b", sha256="ff", subject="2"), row("2", "a", "a", sha256="ee", subject="1"))
    assert cells.fingerprint() == hashlib.sha256(b"ee a 1\nff b 2").hexdigest()


def test_the_fingerprint_knows_neither_order_nor_paths_nor_unlabelled_cells() -> None:
    one, two = row("1", "b", "b", sha256="ff"), row("2", "a", "a", sha256="ee")
    moved = dataset({**two, "path": "9"}, row("3", "", sha256="dd"), one)
    assert moved.fingerprint() == dataset(one, two).fingerprint()


@pytest.mark.parametrize("change", [{"label": "a"}, {"sha256": "00"}, {"subject": "7"}])
def test_the_fingerprint_changes_with_label_content_and_subject(change: dict[str, object]) -> None:
    cell = row("1", "b", "b", sha256="ff")
    assert dataset(cell | change).fingerprint() != dataset(cell).fingerprint()


def test_without_labels_the_fingerprint_is_that_of_nothing() -> None:
    assert dataset(row("1", "a", sha256="ff")).fingerprint() == hashlib.sha256(b"").hexdigest()


def test_a_fingerprint_needs_hashes() -> None:
    with pytest.raises(DataError, match="Expected a hashed data set"):
        dataset(row("1", "a", "a")).fingerprint()
