"""Additions are kept beside a data set, whole or not at all, and join it as a part of their own."""

import os
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.config import Settings
from core.data.additions import Addition, add, additions_folder, log, remove, with_additions
from core.data.dataset import ADDED, CellDataset
from core.data.edits import Decision, edited
from core.data.pixels import decode_file
from core.errors import Cancelled, DataError
from core.types import ByteArray


def pixels(number: int) -> ByteArray:
    return np.full((4, 5, 3), (number, 10, 200), dtype=np.uint8)


def cell(number: int, *, subject: str = "P1", label: str = "ALL") -> tuple[Addition, bytes]:
    """A picture of 5 x 4 pixels, one colour a number."""
    picture = cv2.imencode(".png", pixels(number)[..., ::-1])[1].tobytes()
    return (
        Addition(
            sha256=sha256(picture).hexdigest(),
            subject=subject,
            label=label,
            width=5,
            height=4,
            bytes=len(picture),
            file_sha256=f"{number:064d}",
            called="HEM",
            decision="override",
            reviewer='Ada, "MD"',
            reviewed="2026-11-01T10:00:00+00:00",
            model="demo",
            model_sha256="cd" * 32,
            case="ab" * 16,
        ),
        picture,
    )


def test_each_folder_has_additions_of_its_own_in_the_workspace(tmp_path: Path) -> None:
    place = Settings(tmp_path, tmp_path / "models", None)
    one, other = additions_folder(place, tmp_path / "a"), additions_folder(place, tmp_path / "b")
    assert one != other
    assert one.parent == other.parent == tmp_path / "additions"
    assert one == additions_folder(place, tmp_path / "b" / ".." / "a")


def test_without_a_folder_nothing_was_added_and_nothing_is_taken_out(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    assert log(folder) == add(folder, []) == remove(folder, {"ab" * 32}) == ()
    assert not folder.exists()


def test_what_is_added_is_read_back_and_its_pixels_are_the_same(tmp_path: Path) -> None:
    one, two = cell(1), cell(2, subject="P2", label="HEM")
    found = add(tmp_path, [one, two])
    assert log(tmp_path) == found
    assert [replace(addition, added="") for addition in found] == [one[0], two[0]]
    assert len({addition.added for addition in found}) == 1
    np.testing.assert_array_equal(decode_file(tmp_path / f"{one[0].sha256[:16]}.png"), pixels(1))


def test_a_picture_is_added_once(tmp_path: Path) -> None:
    assert len(add(tmp_path, [cell(1), cell(1, subject="P2")])) == 1
    assert [one.file_sha256[-1] for one in add(tmp_path, [cell(1), cell(2)])] == ["2"]
    assert [one.subject for one in log(tmp_path)] == ["P1", "P1"]


def test_a_step_that_is_cut_off_leaves_what_was_there(tmp_path: Path) -> None:
    add(tmp_path, [cell(1)])
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def cells() -> Iterator[tuple[Addition, bytes]]:
        yield from (cell(1), cell(2))
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        add(tmp_path, cells())
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tmp_path, [cell(1)])
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match=r"^Expected room for the added cells in .* Received: No space left on device"):
        add(tmp_path, [cell(2)])
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_what_is_taken_out_is_deleted(tmp_path: Path) -> None:
    first, second = add(tmp_path, [cell(1), cell(2)])
    assert remove(tmp_path, {first.sha256, "ef" * 32}) == (first,)
    assert log(tmp_path) == (second,)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([f"{second.sha256[:16]}.png", "additions.csv"])
    assert remove(tmp_path, {first.sha256}) == ()


def test_a_picture_that_cannot_be_deleted_stays_on_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (only,) = add(tmp_path, [cell(1)])

    def refuse(file: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        with pytest.raises(DataError, match=r"^Expected pictures that can be deleted\."):
            remove(tmp_path, {only.sha256})
    assert log(tmp_path) == (only,)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace("subject", "person"), "Expected the columns sha256, subject,"),
        (lambda text: text.replace(",5,4,", ",5,wide,"), "Received: line 2, without."),
        (
            lambda text: text.replace("cd" * 32 + ",", ""),
            "Expected 15 values a row. Received: another number in line 2.",
        ),
        (
            lambda text: text.replace(f"{1:064d}", "1"),
            "Expected a SHA-256 of 64 hexadecimal digits. Received: line 2, 1.",
        ),
        (lambda text: text.replace("P1", ""), "Expected a subject"),
        (lambda text: text + '"', "Expected a CSV file of additions."),
    ],
    ids=["columns", "size", "values", "hash", "subject", "quotes"],
)
def test_a_damaged_log_is_refused_by_its_name(tmp_path: Path, change: object, reason: str) -> None:
    add(tmp_path, [cell(1)])
    file = tmp_path / "additions.csv"
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")  # type: ignore[operator]
    with pytest.raises(DataError, match=r"^Expected a log of additions that can be read") as refused:
        log(tmp_path)
    assert reason in str(refused.value)
    assert str(file) in str(refused.value)


def test_added_cells_join_the_labelled_ones(drawn: CellDataset, tmp_path: Path) -> None:
    kept = add(tmp_path, [cell(1), cell(2, subject="P2", label="HEM"), cell(3)])
    found = with_additions(drawn, log(tmp_path), tmp_path)
    new = found.table.iloc[len(drawn.table) :]
    assert found.table.iloc[: len(drawn.table)].equals(drawn.table)
    assert (found.table.dtypes == drawn.table.dtypes).all()
    assert list(new[["label", "subject", "part", "width", "height"]].itertuples(index=False, name=None)) == [
        ("ALL", "P1", ADDED, 5, 4),
        ("HEM", "P2", ADDED, 5, 4),
        ("ALL", "P1", ADDED, 5, 4),
    ]
    assert list(new["sha256"]) == [one.sha256 for one in kept]
    assert found.edits == {"added": 3, "added_subjects": 2}
    assert len(found.labelled) == len(drawn.labelled) + 3
    assert (found.hashed, found.has_subjects) == (True, True)
    assert found.fingerprint() != drawn.fingerprint()
    for number, path in enumerate(new["path"], start=1):
        np.testing.assert_array_equal(decode_file(found.file(path)), pixels(number))
    assert found.file(drawn.table["path"].iloc[0]) == drawn.file(drawn.table["path"].iloc[0])


def test_edits_leave_added_cells_alone_and_count_beside_them(drawn: CellDataset, tmp_path: Path) -> None:
    (only,) = add(tmp_path, [cell(1)])
    first = drawn.labelled.iloc[0]
    decisions = [Decision(only.sha256, only.path, "exclude"), Decision(first["sha256"], first["path"], "exclude")]
    found = edited(with_additions(drawn, log(tmp_path), tmp_path), decisions)
    assert found.edits == {"added": 1, "added_subjects": 1, "relabelled": 0, "excluded": 1}
    assert len(found.labelled) == len(drawn.labelled)


def test_without_additions_the_data_set_is_the_same_one(drawn: CellDataset, tmp_path: Path) -> None:
    assert with_additions(drawn, (), tmp_path) is drawn
    unnamed = replace(drawn, classes=("", ""))
    assert with_additions(unnamed, [cell(1)[0]], tmp_path) is unnamed


def test_what_cannot_be_used_is_said(drawn: CellDataset, tmp_path: Path) -> None:
    known = drawn.table["sha256"].iloc[0]
    foreign, (again, picture), lost, changed = cell(1, label="blast"), cell(2), cell(3), cell(4)
    add(tmp_path, [foreign, (replace(again, file_sha256=known), picture), lost, changed])
    (tmp_path / f"{lost[0].sha256[:16]}.png").unlink()
    (tmp_path / f"{changed[0].sha256[:16]}.png").write_bytes(picture)
    found = with_additions(drawn, log(tmp_path), tmp_path)
    assert found.table.equals(drawn.table)
    assert found.notes[len(drawn.notes) :] == (
        "Cells added after review that were not used: 1 of another class.",
        "Cells added after review that were not used: 1 part of the data set by now.",
    )
    assert [file.file for file in found.unreadable[len(drawn.unreadable) :]] == [lost[0].path, changed[0].path]
    assert found.edits == {"added": 0, "added_subjects": 0}
