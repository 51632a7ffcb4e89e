"""Files that are written to their end, or not at all."""

import os
from pathlib import Path

import pytest

from core.whole_file import PARTIAL, whole_file


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_written_is_there_at_the_end_and_not_before(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "file.csv"
    with whole_file(file) as stream:
        stream.write(b"first ")
        stream.write(b"second")
        assert not file.exists()
    assert file.read_bytes() == b"first second"
    assert names(file.parent) == ["file.csv"]


def test_another_file_of_that_name_is_replaced_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    with whole_file(file) as stream:
        stream.write(b"new")
        stream.flush()
        assert file.read_bytes() == b"old"
        (partial,) = (path for path in tmp_path.iterdir() if path != file)
        assert partial.name.endswith(PARTIAL)
        assert partial.read_bytes() == b"new"
    assert file.read_bytes() == b"new"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("stop", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("other")])
def test_whatever_stops_a_write_leaves_the_old_file_and_nothing_else(stop: BaseException, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")

    def write() -> None:
        with whole_file(file) as stream:
            stream.write(b"half of the ne")
            raise stop

    with pytest.raises(type(stop)):
        write()
    assert file.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_disk_that_is_full_at_the_very_end_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"), whole_file(file) as stream:
        stream.write(b"new")
    assert file.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_two_writers_do_not_mix_and_the_last_to_finish_holds(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with whole_file(file) as slow:
        slow.write(b"slow, ")
        with whole_file(file) as quick:
            quick.write(b"quick")
        assert file.read_bytes() == b"quick"
        slow.write(b"but last")
    assert file.read_bytes() == b"slow, but last"
    assert names(tmp_path) == ["file"]


def test_others_may_read_it_where_they_may_read_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    with whole_file(tmp_path / "file") as stream:
        stream.write(b"content")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"exist|directory"), whole_file(tmp_path / "file" / "below"):
        pass
    assert names(tmp_path) == ["file"]
