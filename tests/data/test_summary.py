"""Counts of a small set, all of them countable by hand."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from core.data.dataset import COLUMNS, FINAL_TEST, PRELIMINARY_TEST, TRAINING, CellDataset, Unreadable
from core.data.split import Split
from core.data.summary import side_counts, summary

ROWS = [
    # class, label, subject, part, fold, width, sha256
    ("ALL", "ALL", "1", TRAINING, "fold_0", 450, "a"),
    ("ALL", "ALL", "2", TRAINING, "fold_1", 450, "a"),
    ("ALL", "ALL", "2", TRAINING, "fold_1", 450, "b"),
    ("HEM", "HEM", "H1", TRAINING, "fold_0", 300, "c"),
    ("HEM", "HEM", "H9", PRELIMINARY_TEST, "", 450, "d"),
    ("", "", "", FINAL_TEST, "", 450, "e"),
]


@pytest.fixture
def cells() -> CellDataset:
    rows = [
        (f"{number}.bmp", name, label, subject, part, fold, width, 450, 66, sha256)
        for number, (name, label, subject, part, fold, width, sha256) in enumerate(ROWS)
    ]
    return CellDataset(
        root=Path("/cells"),
        table=pd.DataFrame(rows, columns=list(COLUMNS)),
        classes=("HEM", "ALL"),
        origin="C-NMC",
        unreadable=(Unreadable("bad.bmp", "Expected an image. Received: an empty file of 0 bytes."),),
        notes=("A note.",),
    )


def test_a_hashed_set_is_counted_in_full(cells: CellDataset) -> None:
    assert summary(cells) == {
        "root": "/cells",
        "origin": "C-NMC",
        "cells": 6,
        "labelled": 5,
        "classes": {"ALL": 3, "HEM": 2},
        "subjects": 4,
        "parts": {
            "final test": {"cells": 1, "classes": {}, "subjects": 0},
            "preliminary test": {"cells": 1, "classes": {"HEM": 1}, "subjects": 1},
            "training": {"cells": 4, "classes": {"ALL": 3, "HEM": 1}, "subjects": 3},
        },
        "folds": {
            "fold_0": {"cells": 2, "classes": {"ALL": 1, "HEM": 1}, "subjects": 2},
            "fold_1": {"cells": 2, "classes": {"ALL": 2}, "subjects": 1},
        },
        "image_sizes": {"450x450": 5, "300x450": 1},
        "unreadable": [{"file": "bad.bmp", "reason": "Expected an image. Received: an empty file of 0 bytes."}],
        "notes": ["A note."],
        "groups": [["1", "2"]],
        "persons": 3,
        "edits": {},
        "exact_duplicates": 1,
        "fingerprint": cells.fingerprint(),
    }


def test_without_hashes_nothing_is_said_of_persons_and_duplicates(cells: CellDataset) -> None:
    known = set(summary(replace(cells, table=cells.table.assign(sha256=""))))
    assert set(summary(cells)) - known == {"groups", "persons", "edits", "exact_duplicates", "fingerprint"}


def test_class_folders_are_counted_until_positive_classes_are_named(cells: CellDataset) -> None:
    table = cells.table.assign(label="", subject="", part=TRAINING, fold="")
    found = summary(replace(cells, table=table, classes=("", "")))
    assert found["classes"] == {"ALL": 3, "HEM": 2}
    assert (found["labelled"], found["subjects"], found["persons"]) == (0, 0, 0)
    assert (found["folds"], found["groups"], found["fingerprint"]) == ({}, [], None)


def test_a_summary_survives_json(cells: CellDataset) -> None:
    assert json.loads(json.dumps(summary(cells))) == summary(cells)


def test_the_drawn_set_is_summed_up(drawn: CellDataset) -> None:
    found = summary(drawn)
    assert (found["cells"], found["labelled"], found["subjects"], found["persons"]) == (72, 72, 12, 12)
    assert found["classes"] == {"ALL": 42, "HEM": 30}
    assert found["image_sizes"] == {"450x450": 72}
    assert (found["exact_duplicates"], found["groups"]) == (0, [])
    assert json.loads(json.dumps(found)) == found


def test_each_side_of_a_split_is_counted_in_the_order_of_the_sides(cells: CellDataset) -> None:
    counts = side_counts(cells, Split("subject", 0, {"H1": "train", "2": "train", "1": "left out"}))
    assert list(counts.columns) == ["cells", "ALL", "HEM", "subjects"]
    assert counts.to_dict("index") == {
        "train": {"cells": 3, "ALL": 2, "HEM": 1, "subjects": 2},
        "left out": {"cells": 1, "ALL": 1, "HEM": 0, "subjects": 1},
    }
    assert list(counts.index) == ["train", "left out"]


def test_a_split_by_content_counts_no_subjects(cells: CellDataset) -> None:
    unnamed = replace(cells, table=cells.table.assign(subject=""))
    counts = side_counts(unnamed, Split("cell", 0, {"a": "test", "b": "train", "c": "test"}))
    assert counts.to_dict("index") == {
        "train": {"cells": 1, "ALL": 1, "HEM": 0},
        "test": {"cells": 3, "ALL": 2, "HEM": 1},
    }


def test_cells_that_a_split_does_not_know_are_not_counted(cells: CellDataset) -> None:
    assert side_counts(cells, Split("subject", 0, {"1": "test"}))["cells"].to_dict() == {"test": 1}
