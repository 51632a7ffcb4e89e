import multiprocessing
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.data import measures, parallel, pixels
from core.data.dataset import CellDataset
from core.data.measures import measure, measured
from core.data.morphology import MORPHOLOGY
from core.data.quality import QUALITY, flagged
from core.errors import Cancelled, DataError


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose pixels were decoded."""
    names: list[str] = []
    decode_file = pixels.decode_file

    def spy(file: Path) -> np.ndarray:
        names.append(file.name)
        return decode_file(file)

    monkeypatch.setattr(pixels, "decode_file", spy)
    return names


@pytest.fixture
def few(drawn: CellDataset) -> CellDataset:
    """The first five cells of the drawn set."""
    return replace(drawn, table=drawn.table.head(5))


def test_every_cell_has_a_row_with_all_measures(few: CellDataset, tmp_path: Path) -> None:
    table = measured(few, cache=tmp_path)
    assert table["path"].tolist() == few.table["path"].tolist()
    assert table[[*QUALITY, *MORPHOLOGY]].notna().all(axis=None)
    assert (table["perceptual_hash"] != "").all()
    assert (table["problem"] == "").all()


def test_the_row_of_a_file_holds_what_its_pixels_give(few: CellDataset, tmp_path: Path) -> None:
    row = measured(few, cache=tmp_path).iloc[3]
    expected = measure(pixels.decode_file(few.file(row["path"])))
    assert {name: row[name] for name in expected} == expected


def test_a_second_pass_decodes_nothing(few: CellDataset, tmp_path: Path, decoded: list[str]) -> None:
    first = measured(few, cache=tmp_path)
    assert len(decoded) == 5
    decoded.clear()
    second = measured(few, cache=tmp_path)
    assert decoded == []
    assert first.equals(second)


def test_identical_contents_are_measured_once(few: CellDataset, tmp_path: Path, decoded: list[str]) -> None:
    table = few.table.copy()
    table.loc[4, "sha256"] = table.loc[0, "sha256"]
    found = measured(replace(few, table=table), cache=tmp_path)
    assert len(decoded) == 4
    assert found["area"][4] == found["area"][0]


def test_a_file_that_cannot_be_decoded_is_a_row_with_its_reason_and_is_tried_again(
    few: CellDataset, tmp_path: Path, decoded: list[str]
) -> None:
    broken = replace(few, root=tmp_path / "gone")
    found = measured(broken, cache=tmp_path)
    assert found["problem"].str.startswith("Expected a readable file.").all()
    assert found["area"].isna().all()
    assert not flagged(found).any(axis=None)
    assert (measured(few, cache=tmp_path)["problem"] == "").all()


def test_cancelling_keeps_what_was_measured(
    few: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decoded: list[str]
) -> None:
    monkeypatch.setattr(parallel, "_BATCH", 1)

    def cancel_at_two(done: int, total: int, text: str) -> None:
        assert (total, text) == (5, "Measuring cells")
        if done == 2:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        measured(few, cache=tmp_path, progress=cancel_at_two)
    assert len(decoded) == 2
    measured(few, cache=tmp_path)
    assert len(decoded) == 5


def test_values_of_an_older_version_are_measured_anew(
    few: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decoded: list[str]
) -> None:
    measured(few, cache=tmp_path)
    monkeypatch.setattr(measures, "_VERSION", 99)
    measured(few, cache=tmp_path)
    assert len(decoded) == 10


def test_without_hashes_nothing_is_measured(few: CellDataset, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^Expected a hashed data set\."):
        measured(replace(few, table=few.table.assign(sha256="")), cache=tmp_path)


def test_an_empty_image_is_measured_without_an_error() -> None:
    found = measure(np.zeros((30, 30, 3), dtype=np.uint8))
    assert found["perceptual_hash"] == ""
    assert np.isnan(found["area"])


def test_many_cells_are_measured_in_processes_with_the_same_values(
    few: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decoded: list[str]
) -> None:
    expected = measured(few, cache=tmp_path / "threads")
    assert len(decoded) == 5
    monkeypatch.setattr(parallel, "_MANY", 1)
    found = measured(few, cache=tmp_path / "processes")
    assert len(decoded) == 5  # none in this process
    assert found.equals(expected)


def test_cancelling_processes_keeps_what_was_measured(
    few: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decoded: list[str]
) -> None:
    monkeypatch.setattr(parallel, "_BATCH", 2)

    def cancel_at_two(done: int, total: int, text: str) -> None:
        if done == 2:
            raise Cancelled("stop")

    monkeypatch.setattr(parallel, "_MANY", 1)
    with pytest.raises(Cancelled):
        measured(few, cache=tmp_path, progress=cancel_at_two)
    assert multiprocessing.active_children() == []
    monkeypatch.setattr(parallel, "_MANY", 1000)
    measured(few, cache=tmp_path)
    assert len(decoded) == 3


def test_a_process_that_measures_loads_no_large_library() -> None:
    code = "import sys, core.data.measures; print({'pandas', 'scipy', 'tensorflow', 'streamlit'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
