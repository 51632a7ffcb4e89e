"""Persons behind subject ids."""

from collections import defaultdict
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pytest

from core.data.cnmc import cell_name
from core.data.persons import groups, persons, shared_cells


def cells(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["subject", "sha256"], dtype=object)


def reached(table: pd.DataFrame) -> list[list[str]]:
    """Groups found by walking from subject to subject; slow and obvious."""
    held, holders = defaultdict(set), defaultdict(set)
    for subject, sha256 in zip(table["subject"], table["sha256"], strict=True):
        held[subject].add(sha256)
        holders[sha256].add(subject)
    found, seen = [], set()
    for start in sorted(held):
        group, todo = set(), [start]
        while todo:
            subject = todo.pop()
            if subject not in group:
                group.add(subject)
                todo += [other for sha256 in held[subject] for other in holders[sha256]]
        if not group & seen and len(group) > 1:
            found.append(sorted(group))
        seen |= group
    return found


def test_subjects_that_share_a_cell_are_one_person() -> None:
    table = cells(("1", "a"), ("2", "a"), ("3", "b"))
    assert persons(table) == {"1": "1", "2": "1", "3": "3"}
    assert groups(table) == [["1", "2"]]


def test_a_group_is_transitive_though_its_ends_share_nothing() -> None:
    table = cells(("1", "a"), ("2", "a"), ("2", "b"), ("3", "b"), ("3", "c"), ("4", "c"), ("5", "d"))
    assert groups(table) == [["1", "2", "3", "4"]]
    assert set(persons(table).values()) == {"1", "5"}


def test_a_cell_held_twice_by_one_subject_joins_nobody() -> None:
    assert groups(cells(("1", "a"), ("1", "a"), ("2", "b"))) == []


def test_cells_without_a_subject_join_nobody() -> None:
    table = cells(("", "a"), ("1", "a"), ("2", "b"), ("", "b"))
    assert persons(table) == {"1": "1", "2": "2"}


@pytest.mark.parametrize("table", [cells(), cells(("", "a"), ("", "a"))])
def test_without_subjects_there_are_no_persons(table: pd.DataFrame) -> None:
    assert persons(table) == {}
    assert groups(table) == []
    assert shared_cells(table).empty


def test_shared_contents_are_counted_for_each_pair_most_first() -> None:
    table = cells(("2", "a"), ("1", "a"), ("1", "a"), ("2", "b"), ("3", "b"), ("3", "c"), ("2", "c"), ("3", "d"))
    assert shared_cells(table).to_dict("list") == {"subject": ["2", "1"], "other": ["3", "2"], "cells": [2, 1]}


@pytest.mark.parametrize("seed", range(5))
def test_random_sets_give_the_groups_that_a_walk_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = cells(*((f"{rng.integers(30)}", f"{rng.integers(60)}") for _ in range(60)))
    assert groups(table) == reached(table)


@pytest.mark.real_data
def test_the_manifest_of_the_real_set_holds_four_persons_with_several_ids(real_cells: Path) -> None:
    manifest = pd.read_csv(real_cells / "cnmc-manifest.csv.gz", dtype=str)
    paths = [PurePosixPath(path) for path in manifest["path"]]
    training = [path.suffix == ".bmp" and "training_data" in path.parts for path in paths]
    names = [cell_name(path.stem) for path, wanted in zip(paths, training, strict=True) if wanted]
    table = manifest[training].assign(subject=[name.subject for name in names])
    assert len(table) == 10_661
    assert len(persons(table)) == 73
    assert (
        groups(table) == reached(table) == [["20", "21"], ["51", "75", "78"], ["H10", "H3"], ["H2", "H4", "H5", "H6"]]
    )
    assert shared_cells(table).iloc[0].to_dict() == {"subject": "20", "other": "21", "cells": 71}
