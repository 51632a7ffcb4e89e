"""The pixel cache: the pixels of `pixels.read`, kept, bounded, and made anew where damaged."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.data import pixel_cache, pixels
from core.data.dataset import CellDataset
from core.data.hashing import hashed
from core.data.index import index
from core.data.pixel_cache import CachedPixels, cached_pixels
from core.data.pixels import Preprocessing
from core.errors import Cancelled, DataError
from core.types import ByteArray

SMALL = Preprocessing(16)


def in_memory(dataset: CellDataset, preprocessing: Preprocessing) -> ByteArray:
    return pixels.read([dataset.file(path) for path in dataset.labelled["path"]], preprocessing)


def files(cache: Path) -> list[Path]:
    return sorted((cache / "pixels").iterdir())


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many files each call of `pixels.read` decoded."""
    calls: list[int] = []
    read = pixels.read

    def counted(chosen: Sequence[Path], preprocessing: Preprocessing) -> ByteArray:
        calls.append(len(chosen))
        return read(chosen, preprocessing)

    monkeypatch.setattr(pixels, "read", counted)
    return calls


@pytest.mark.parametrize(
    "preprocessing",
    [SMALL, Preprocessing(20, "grayscale"), Preprocessing(16, "rgb", "reinhard"), Preprocessing(16, window=200)],
    ids=["rgb", "grayscale", "reinhard", "window"],
)
def test_the_pixels_are_those_of_reading_each_file(
    preprocessing: Preprocessing, drawn: CellDataset, tmp_path: Path
) -> None:
    found = cached_pixels(drawn, drawn.labelled, preprocessing, cache=tmp_path)
    np.testing.assert_array_equal(found.read(), in_memory(drawn, preprocessing))
    assert len(found) == len(drawn.labelled)


def test_pixels_stay_on_disk_until_they_are_asked_for(drawn: CellDataset, tmp_path: Path) -> None:
    found = cached_pixels(drawn, drawn.labelled, SMALL, cache=tmp_path)
    assert isinstance(found.stored.base, np.memmap)
    assert not found.stored.flags.writeable
    np.testing.assert_array_equal(found[10:30].read(), in_memory(drawn, SMALL)[10:30])
    np.testing.assert_array_equal(found[10:30].image(4), in_memory(drawn, SMALL)[14])


def test_a_second_call_decodes_nothing_whatever_the_order(
    drawn: CellDataset, tmp_path: Path, decoded: list[int]
) -> None:
    cached_pixels(drawn, drawn.labelled, SMALL, cache=tmp_path)
    shuffled = drawn.labelled.sample(frac=1, random_state=0)
    seen: list[tuple[int, int]] = []
    again = cached_pixels(
        drawn, shuffled, SMALL, cache=tmp_path, progress=lambda done, total, _: seen.append((done, total))
    )
    assert decoded == [72]
    assert seen == [(72, 72)]
    places = [drawn.labelled.index.get_loc(row) for row in shuffled.index]
    np.testing.assert_array_equal(again.read(), in_memory(drawn, SMALL)[places])


def test_other_cells_or_other_pixels_have_a_file_of_their_own(
    drawn: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixel_cache, "_MOST_FILES", 9)
    cached_pixels(drawn, drawn.labelled, SMALL, cache=tmp_path)
    cached_pixels(drawn, drawn.labelled[:20], SMALL, cache=tmp_path)
    for other in ({"image_size": 17}, {"colour": "grayscale"}, {"stain": "reinhard"}, {"window": 200}):
        cached_pixels(drawn, drawn.labelled, replace(SMALL, **other), cache=tmp_path)
    assert len(files(tmp_path)) == 6


def test_equal_contents_are_stored_once(drawn: CellDataset, tmp_path: Path) -> None:
    twice = drawn.labelled.iloc[[0, 1, 0, 2, 1]]
    found = cached_pixels(drawn, twice, SMALL, cache=tmp_path)
    assert len(found.stored) == 3
    np.testing.assert_array_equal(found.read(), in_memory(drawn, SMALL)[[0, 1, 0, 2, 1]])


@pytest.mark.parametrize("damage", ["cut off", "empty", "no array", "another shape"])
def test_a_damaged_file_is_made_anew(damage: str, drawn: CellDataset, tmp_path: Path, decoded: list[int]) -> None:
    cached_pixels(drawn, drawn.labelled, SMALL, cache=tmp_path)
    (file,) = files(tmp_path)
    whole = file.read_bytes()
    if damage == "another shape":
        np.save(file, np.zeros((72, 8, 8, 3), dtype=np.uint8))
    else:
        file.write_bytes({"cut off": whole[:-1], "empty": b"", "no array": b"x" * len(whole)}[damage])
    again = cached_pixels(drawn, drawn.labelled, SMALL, cache=tmp_path)
    np.testing.assert_array_equal(again.read(), in_memory(drawn, SMALL))
    assert decoded[:2] == [72, 72]
    assert file.read_bytes() == whole


def test_a_cancel_leaves_nothing_behind(drawn: CellDataset, tmp_path: Path) -> None:
    def cancel(done: int, total: int, text: str) -> None:
        if done == total:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        cached_pixels(drawn, drawn.labelled, SMALL, cache=tmp_path, progress=cancel)
    assert files(tmp_path) == []


def test_progress_counts_the_contents_batch_by_batch(
    drawn: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixel_cache, "_BATCH", 30)
    seen: list[tuple[int, int]] = []
    found = cached_pixels(
        drawn, drawn.labelled, SMALL, cache=tmp_path, progress=lambda done, total, _: seen.append((done, total))
    )
    assert seen == [(0, 72), (30, 72), (60, 72), (72, 72)]
    np.testing.assert_array_equal(found.read(), in_memory(drawn, SMALL))


def test_a_file_that_cannot_be_decoded_is_named(drawn_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / drawn_folder.name
    shutil.copytree(drawn_folder, copy)
    dataset = hashed(index(copy), cache=tmp_path)
    broken = dataset.file(dataset.table["path"][0])
    broken.write_bytes(b"no picture")
    with pytest.raises(DataError, match=f"^{broken.name}: "):
        cached_pixels(dataset, dataset.labelled, SMALL, cache=tmp_path)
    assert files(tmp_path) == []


def test_cells_without_hashes_are_refused(drawn_folder: Path, tmp_path: Path) -> None:
    dataset = index(drawn_folder)
    with pytest.raises(DataError, match=r"^Expected a hashed data set"):
        cached_pixels(dataset, dataset.labelled, SMALL, cache=tmp_path)


def test_a_cache_that_cannot_be_written_is_named(drawn: CellDataset, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(DataError, match=r"^Expected room for the prepared pixels of 72 cells in .*file"):
        cached_pixels(drawn, drawn.labelled, SMALL, cache=blocked)


def used_in_turn(drawn: CellDataset, cache: Path, sizes: range) -> dict[int, Path]:
    """The file of each size, used in this order."""
    found: dict[int, Path] = {}
    for when, size in enumerate(sizes):
        before = set(files(cache)) if found else set()
        cached_pixels(drawn, drawn.labelled[:10], Preprocessing(size), cache=cache)
        (found[size],) = set(files(cache)) - before
        os.utime(found[size], (when, when))
    return found


def test_of_more_than_five_files_the_one_used_longest_ago_goes(drawn: CellDataset, tmp_path: Path) -> None:
    found = used_in_turn(drawn, tmp_path, range(16, 21))
    cached_pixels(drawn, drawn.labelled[:10], Preprocessing(16), cache=tmp_path)  # the oldest one, used again
    cached_pixels(drawn, drawn.labelled[:10], Preprocessing(30), cache=tmp_path)
    assert [size for size, file in found.items() if file.exists()] == [16, 18, 19, 20]
    assert len(files(tmp_path)) == 5


def test_beyond_the_limit_in_bytes_only_the_file_in_use_stays(
    drawn: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used_in_turn(drawn, tmp_path, range(16, 19))
    monkeypatch.setattr(pixel_cache, "_MOST_BYTES", 100)
    found = cached_pixels(drawn, drawn.labelled[:10], Preprocessing(20), cache=tmp_path)
    assert len(files(tmp_path)) == 1
    assert found.read().shape == (10, 20, 20, 3)


def test_a_file_that_another_training_still_reads_can_go(drawn: CellDataset, tmp_path: Path) -> None:
    found = cached_pixels(drawn, drawn.labelled, SMALL, cache=tmp_path)
    files(tmp_path)[0].unlink()
    np.testing.assert_array_equal(found.read(), in_memory(drawn, SMALL))


def mapped_kilobytes(file: Path) -> int:
    """How much of a mapped file counts as this process's memory."""
    lines = Path("/proc/self/smaps").read_text().splitlines()
    starts = [number for number, line in enumerate(lines) if line.endswith(str(file))]
    sizes = [next(line for line in lines[start:] if line.startswith("Rss:")) for start in starts]
    return sum(int(size.split()[1]) for size in sizes)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells what of a file is in memory")
def test_pages_that_were_read_can_be_given_back_and_read_again(drawn: CellDataset, tmp_path: Path) -> None:
    found = cached_pixels(drawn, drawn.labelled, Preprocessing(64), cache=tmp_path)
    (file,) = files(tmp_path)
    before = found.read()
    assert mapped_kilobytes(file) > 72 * 64 * 64 * 3 / 1024 / 2
    found[:5].let_go()
    assert mapped_kilobytes(file) == 0
    np.testing.assert_array_equal(found.read(), before)
    CachedPixels(before, np.arange(72)).let_go()  # nothing is mapped: nothing happens


def test_what_a_dead_process_left_goes_and_what_another_is_writing_stays(drawn: CellDataset, tmp_path: Path) -> None:
    folder = tmp_path / "pixels"
    folder.mkdir()
    dead, alive = folder / "dead.partial", folder / "alive.partial"
    for file in (dead, alive):
        file.write_bytes(b"some")
    os.utime(dead, (0, 0))
    cached_pixels(drawn, drawn.labelled[:5], SMALL, cache=tmp_path)
    assert not dead.exists()
    assert alive.exists()


def test_a_part_of_the_cells_is_a_view() -> None:
    stored = np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1)
    part = CachedPixels(stored, np.array([4, 0, 2, 2]))[1:3]
    assert part.read().ravel().tolist() == [0, 2]
    assert part.stored is stored
