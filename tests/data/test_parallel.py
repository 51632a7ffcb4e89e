"""One function over many items."""

import multiprocessing
import os
import time
from pathlib import Path

import pytest

from core.data.parallel import for_each
from core.errors import Cancelled, DataError

FEW, MANY = 39, 50  # below and above the number at which processes are started


def touch(file: Path) -> None:
    with file.open("a") as lines:
        lines.write(f"{os.getpid()}\n")


def fail_at_twenty(file: Path) -> None:
    if file.name == "20":
        raise DataError(f"Expected another name. Received: {file.name}.")
    touch(file)


def touch_once_cancelled(file: Path) -> None:
    """The first chunk at once, any other when the progress callback has cancelled."""
    while int(file.name) >= 16 and not (file.parent / "cancelled").exists():
        time.sleep(0.001)
    touch(file)


def files(folder: Path, count: int) -> list[Path]:
    return [folder / str(number) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, FEW, MANY])
def test_each_item_is_worked_on_once(tmp_path: Path, count: int) -> None:
    for_each(touch, files(tmp_path, count))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(str(number) for number in range(count))
    assert all(len(path.read_text().splitlines()) == 1 for path in tmp_path.iterdir())


def test_few_items_start_no_process_and_many_do(tmp_path: Path) -> None:
    (tmp_path / "few").mkdir()
    for_each(touch, files(tmp_path / "few", FEW))
    for_each(touch, files(tmp_path, MANY))
    assert {path.read_text() for path in files(tmp_path / "few", FEW)} == {f"{os.getpid()}\n"}
    assert f"{os.getpid()}\n" not in {path.read_text() for path in files(tmp_path, MANY)}


@pytest.mark.parametrize("count", [FEW, MANY])
def test_progress_rises_from_what_was_done_before_to_the_total(tmp_path: Path, count: int) -> None:
    reports: list[tuple[int, int, str]] = []
    items = files(tmp_path, count)
    for_each(touch, items, total=count + 10, text="Touching", progress=lambda *report: reports.append(report))
    done = [report[0] for report in reports]
    assert done[0] == 10
    assert done[-1] == count + 10
    assert done == sorted(done)
    assert {report[1:] for report in reports} == {(count + 10, "Touching")}


def test_with_nothing_left_to_do_progress_says_so_once() -> None:
    reports: list[tuple[int, int, str]] = []
    for_each(touch, [], total=5, text="Touching", progress=lambda *report: reports.append(report))
    assert reports == [(5, 5, "Touching")]


@pytest.mark.parametrize("count", [FEW, MANY])
def test_what_a_worker_raises_comes_out_and_leaves_no_process(tmp_path: Path, count: int) -> None:
    with pytest.raises(DataError, match=r"Expected another name\. Received: 20\."):
        for_each(fail_at_twenty, files(tmp_path, count))
    assert multiprocessing.active_children() == []


def test_cancelling_a_few_items_stops_after_their_first_chunk(tmp_path: Path) -> None:
    def cancel(done: int, total: int, text: str) -> None:
        if done:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        for_each(touch, files(tmp_path, FEW), progress=cancel)
    assert len(list(tmp_path.iterdir())) == 16


def test_cancelling_many_items_leaves_most_undone_and_no_process(tmp_path: Path) -> None:
    count = 16 * 100 * (os.cpu_count() or 1)

    def cancel(done: int, total: int, text: str) -> None:
        if done:
            (tmp_path / "cancelled").touch()
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        for_each(touch_once_cancelled, files(tmp_path, count), progress=cancel)
    assert multiprocessing.active_children() == []
    assert 16 <= len(list(tmp_path.iterdir())) < count
