"""Content hashes and the cache that keeps them."""

import hashlib
import os
from pathlib import Path

import pandas as pd
import pytest

from core.data import hashing, parallel
from core.data.dataset import COLUMNS, TRAINING, CellDataset, Unreadable
from core.data.hashing import hashed
from core.errors import Cancelled

CONTENTS = {"a.bmp": b"one", "b.bmp": b"two", "c.bmp": b"one"}


@pytest.fixture
def cells(tmp_path: Path) -> CellDataset:
    root = tmp_path / "cells"
    root.mkdir()
    for name, data in CONTENTS.items():
        (root / name).write_bytes(data)
    rows = [(name, "", "", "", TRAINING, "", 1, 1, 3, "") for name in CONTENTS]
    return CellDataset(root, pd.DataFrame(rows, columns=list(COLUMNS)), ("", ""), "cells")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are read from now on."""
    names: list[str] = []
    digest = hashing._digest

    def spy(file: Path) -> str:
        names.append(file.name)
        return digest(file)

    monkeypatch.setattr(hashing, "_digest", spy)
    return names


def test_each_cell_gets_the_sha256_of_its_bytes(cells: CellDataset, tmp_path: Path) -> None:
    table = hashed(cells, cache=tmp_path).table
    assert dict(zip(table["path"], table["sha256"], strict=True)) == {
        name: hashlib.sha256(data).hexdigest() for name, data in CONTENTS.items()
    }


def test_the_index_that_was_given_stays_without_hashes(cells: CellDataset, tmp_path: Path) -> None:
    assert hashed(cells, cache=tmp_path).hashed
    assert not cells.hashed


def test_an_unchanged_file_is_not_read_again(cells: CellDataset, tmp_path: Path, read: list[str]) -> None:
    first = hashed(cells, cache=tmp_path / "new" / "cache")
    assert sorted(read) == ["a.bmp", "b.bmp", "c.bmp"]
    second = hashed(cells, cache=tmp_path / "new" / "cache")
    assert sorted(read) == ["a.bmp", "b.bmp", "c.bmp"]
    pd.testing.assert_frame_equal(second.table, first.table)


def test_a_hashed_data_set_is_handed_back_as_it_is(cells: CellDataset, tmp_path: Path, read: list[str]) -> None:
    first = hashed(cells, cache=tmp_path)
    read.clear()
    assert hashed(first, cache=tmp_path / "elsewhere") is first
    assert read == []
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_of_another_time_is_read_again_though_its_size_is_the_same(
    cells: CellDataset, tmp_path: Path, read: list[str]
) -> None:
    hashed(cells, cache=tmp_path)
    read.clear()
    file = cells.root / "b.bmp"
    file.write_bytes(b"TWO")
    os.utime(file, ns=(0, 12345))
    table = hashed(cells, cache=tmp_path).table
    assert read == ["b.bmp"]
    assert table["sha256"][1] == hashlib.sha256(b"TWO").hexdigest()


def test_a_file_of_another_size_is_read_again_though_its_time_is_the_same(
    cells: CellDataset, tmp_path: Path, read: list[str]
) -> None:
    file = cells.root / "b.bmp"
    os.utime(file, ns=(0, 12345))
    hashed(cells, cache=tmp_path)
    read.clear()
    file.write_bytes(b"longer")
    os.utime(file, ns=(0, 12345))
    hashed(cells, cache=tmp_path)
    assert read == ["b.bmp"]


def test_a_file_that_cannot_be_read_moves_to_the_unreadable_ones(cells: CellDataset, tmp_path: Path) -> None:
    (cells.root / "b.bmp").unlink()
    found = hashed(cells, cache=tmp_path)
    assert list(found.table["path"]) == ["a.bmp", "c.bmp"]
    assert list(found.table.index) == [0, 1]
    assert found.unreadable == (Unreadable("b.bmp", "Expected a readable file. Received: an error while it was read."),)


def test_a_file_that_came_back_is_read(cells: CellDataset, tmp_path: Path) -> None:
    (cells.root / "b.bmp").unlink()
    hashed(cells, cache=tmp_path)
    (cells.root / "b.bmp").write_bytes(b"two")
    assert len(hashed(cells, cache=tmp_path).table) == 3


def test_progress_starts_with_what_is_known_and_ends_at_all(cells: CellDataset, tmp_path: Path) -> None:
    reports: list[tuple[int, int, str]] = []
    hashed(cells, cache=tmp_path, progress=lambda *report: reports.append(report))
    hashed(cells, cache=tmp_path, progress=lambda *report: reports.append(report))
    assert reports == [(done, 3, "Hashing files") for done in (0, 3, 3)]


def test_cancelling_keeps_what_was_read(
    cells: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: list[str]
) -> None:
    monkeypatch.setattr(parallel, "_BATCH", 1)

    def cancel_at_two(done: int, total: int, text: str) -> None:
        if done == 2:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        hashed(cells, cache=tmp_path, progress=cancel_at_two)
    assert read == ["a.bmp", "b.bmp"]
    hashed(cells, cache=tmp_path)
    assert read == ["a.bmp", "b.bmp", "c.bmp"]


@pytest.mark.real_data
def test_the_real_cells_have_the_hashes_of_the_manifest(real_cells: Path, tmp_path: Path) -> None:
    from core.data.index import index

    manifest = pd.read_csv(real_cells / "cnmc-manifest.csv.gz", dtype=str).set_index("path")["sha256"]
    table = hashed(index(real_cells / "cnmc-sample" / "C-NMC_Leukemia"), cache=tmp_path).table
    expected = manifest.loc["C-NMC_Leukemia/" + table["path"]]
    assert list(table["sha256"]) == list(expected)
