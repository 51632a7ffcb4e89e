"""Unpacking zips that nobody should trust."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.data import archive
from core.data.archive import contents, unpack
from core.errors import Cancelled, DataError

NOISE = np.random.default_rng(0).integers(0, 256, 4000, dtype=np.uint8).tobytes()


def zipped(*members: tuple[str, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members:
            file.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_images_and_tables_are_unpacked_with_their_folders_and_nothing_else_is(tmp_path: Path) -> None:
    stream = zipped(
        ("set/all/a.bmp", b"a"), ("set/b.TIFF", b"b"), ("set/labels.csv", b"c"), ("run.sh", b"d"), ("DRAWN.json", b"{}")
    )
    folder = unpack(stream, tmp_path)
    assert files(folder) == {"set/all/a.bmp": b"a", "set/b.TIFF": b"b", "set/labels.csv": b"c", "DRAWN.json": b"{}"}
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_a_file_and_its_stream_give_the_same_folder(tmp_path: Path) -> None:
    stream = zipped(("a.bmp", b"a"))
    (tmp_path / "cells.zip").write_bytes(stream.getvalue())
    assert unpack(tmp_path / "cells.zip", tmp_path / "data") == unpack(stream, tmp_path / "data")


def test_the_same_archive_is_unpacked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = unpack(zipped(("a.bmp", b"a")), tmp_path)

    def write(*_: object) -> None:
        raise AssertionError("unpacks twice")

    monkeypatch.setattr(archive, "_write", write)
    assert unpack(zipped(("a.bmp", b"a")), tmp_path) == first


def test_another_content_goes_into_another_folder(tmp_path: Path) -> None:
    assert unpack(zipped(("a.bmp", b"a")), tmp_path) != unpack(zipped(("a.bmp", b"b")), tmp_path)


def test_what_macos_and_hidden_folders_add_is_ignored(tmp_path: Path) -> None:
    stream = zipped(
        ("a.bmp", b"a"), ("__MACOSX/._a.bmp", b"x"), ("__MACOSX/a.bmp", b"x"), ("._b.bmp", b"x"), (".git/c.bmp", b"x")
    )
    assert files(unpack(stream, tmp_path)) == {"a.bmp": b"a"}


def test_paths_written_with_backslashes_become_folders(tmp_path: Path) -> None:
    stream = zipped(("set\\all\\a.bmp", b"a"), ("__MACOSX\\._a.bmp", b"x"), ("set\\.hidden\\b.bmp", b"x"))
    assert files(unpack(stream, tmp_path)) == {"set/all/a.bmp": b"a"}


@pytest.mark.parametrize(
    "name",
    ["../a.bmp", "x/../../a.bmp", "/etc/a.bmp", "..\\a.bmp", "x\\..\\..\\a.bmp", "\\a.bmp", "C:\\a.bmp", "C:/a.bmp"],
)
def test_a_path_that_leads_outside_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="Expected paths inside the archive"):
        unpack(zipped(("good.bmp", b"a"), (name, b"b")), tmp_path / "data")
    assert files(tmp_path) == {}


@pytest.mark.parametrize("members", [(), (("readme.txt", b"a"),), (("labels.csv", b"a"),), ((".hidden.bmp", b"a"),)])
def test_an_archive_without_images_is_refused(tmp_path: Path, members: tuple[tuple[str, bytes], ...]) -> None:
    with pytest.raises(DataError, match=r"Expected a zip archive with images\. Received: one without any\."):
        unpack(zipped(*members), tmp_path)


def test_a_zip_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"200 times the packed size\. Received: 8,000,000 bytes"):
        unpack(zipped(("a.bmp", bytes(8_000_000))), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_cells_on_black_pack_well_and_are_no_bomb(tmp_path: Path) -> None:
    image = bytes(60_000) + NOISE + bytes(60_000)
    assert files(unpack(zipped(("a.bmp", image)), tmp_path)) == {"a.bmp": image}


def test_an_archive_larger_than_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_ARCHIVE", 7000)
    with pytest.raises(DataError, match="Received: 8,000 bytes"):
        unpack(zipped(("a.bmp", NOISE), ("b.bmp", NOISE)), tmp_path)


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(("a.bmp", b"a")).getvalue())
    data[6] |= 1  # the flag in the member's own header
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    with pytest.raises(DataError, match="encrypted"):
        unpack(io.BytesIO(bytes(data)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def damaged() -> dict[str, bytes]:
    whole = zipped(("a.bmp", NOISE)).getvalue()
    flipped, scrambled = (
        bytearray(zipped(("a.bmp", NOISE)).getvalue()),
        bytearray(zipped(("a.bmp", bytes(9000) + NOISE)).getvalue()),
    )
    flipped[500] ^= 255
    scrambled[40:60] = bytes(range(200, 220))
    return {
        "no zip": b"BM and so on",
        "empty": b"",
        "cut off": whole[: len(whole) // 2],
        "wrong checksum": bytes(flipped),
        "bad deflate": bytes(scrambled),
        "name in no encoding": zipped(("ü.bmp", b"a")).getvalue().replace("ü".encode(), b"\xff\xff"),
        "file and folder of one name": zipped(("a.bmp", b"a"), ("a.bmp/b.bmp", b"b")).getvalue(),
        "name too long": zipped((f"{'a' * 300}.bmp", b"a")).getvalue(),
    }


@pytest.mark.parametrize("data", damaged().values(), ids=damaged().keys())
def test_a_damaged_archive_is_refused_in_one_sentence_and_leaves_nothing(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(DataError, match="Expected a zip archive that can be unpacked"):
        unpack(io.BytesIO(data), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_cancelling_leaves_nothing_partial_and_a_second_try_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_REPORT_EVERY", 1)

    def cancel_at_two(done: int, total: int, text: str) -> None:
        assert files(tmp_path) or not done
        if done == 2:
            raise Cancelled("stop")

    stream = zipped(("a.bmp", b"a"), ("b.bmp", b"b"), ("c.bmp", b"c"))
    with pytest.raises(Cancelled):
        unpack(stream, tmp_path, progress=cancel_at_two)
    assert list(tmp_path.iterdir()) == []
    assert files(unpack(stream, tmp_path)) == {"a.bmp": b"a", "b.bmp": b"b", "c.bmp": b"c"}


def test_what_a_killed_program_left_is_dropped(tmp_path: Path) -> None:
    stream = zipped(("a.bmp", b"a"))
    folder = unpack(stream, tmp_path)
    folder.rename(folder.with_suffix(".partial"))
    (folder.with_suffix(".partial") / "stale.bmp").touch()
    assert files(unpack(stream, tmp_path)) == {"a.bmp": b"a"}
    assert list(tmp_path.iterdir()) == [folder]


def test_progress_counts_members(tmp_path: Path) -> None:
    reports: list[tuple[int, int, str]] = []
    unpack(zipped(("a.bmp", b"a"), ("b.bmp", b"b")), tmp_path, progress=lambda *report: reports.append(report))
    assert reports == [(0, 2, "Unpacking"), (2, 2, "Unpacking")]


def test_files_are_read_into_memory_in_the_archive_s_order_and_nothing_is_written(tmp_path: Path) -> None:
    stream = zipped(
        ("b/2.dcm", b"two"), ("a.bmp", b"one"), (".hidden.bmp", b"x"), ("__MACOSX/a.bmp", b"x"), ("notes", b"n")
    )
    found = contents(stream)
    assert [name for name, _ in found] == ["b/2.dcm", "a.bmp", "notes"]
    assert [read() for _, read in found] == [b"two", b"one", b"n"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../a.bmp", "/etc/a.bmp", "C:\\a.bmp", "."])
def test_nothing_is_read_of_an_archive_with_a_path_that_leads_outside(name: str) -> None:
    with pytest.raises(DataError, match="Expected paths inside the archive"):
        contents(zipped(("good.bmp", b"a"), (name, b"b")))


def test_a_zip_bomb_is_refused_before_a_file_of_it_is_read() -> None:
    with pytest.raises(DataError, match="times the packed size"):
        contents(zipped(("a.bmp", bytes(8_000_000))))


def test_a_damaged_file_is_refused_when_it_is_read_and_the_others_are_not() -> None:
    data = bytearray(zipped(("a.bmp", NOISE), ("b.bmp", b"b")).getvalue())
    data[500] ^= 255
    (_, first), (_, second) = contents(io.BytesIO(bytes(data)))
    with pytest.raises(DataError, match="Expected a file that can be unpacked"):
        first()
    assert second() == b"b"


def test_a_file_too_large_for_memory_is_refused_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_FILE", 3999)
    ((_, read),) = contents(zipped(("a.bmp", NOISE)))
    with pytest.raises(DataError, match=r"Expected a file of at most .* Received: 4,000 bytes\."):
        read()


@pytest.mark.parametrize(
    "data", [b"", b"no zip", zipped(("a.bmp", NOISE)).getvalue()[:-30], zipped(("", b"a")).getvalue()]
)
def test_what_is_no_zip_has_no_files(data: bytes) -> None:
    with pytest.raises(DataError, match="Expected a zip archive that can be unpacked"):
        contents(io.BytesIO(data))


def test_an_empty_zip_has_no_files() -> None:
    assert contents(zipped()) == []
