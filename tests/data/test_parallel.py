"""One function over many items."""

import multiprocessing
import os
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import pytest

from core.data import parallel
from core.data.parallel import for_each, in_processes
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


def process_and_square(number: int) -> tuple[int, int]:
    return os.getpid(), number**2


def opencv_threads(_: int) -> int:
    return cv2.getNumThreads()


def fail_at_thirty(number: int) -> int:
    if number == 30:
        raise DataError(f"Expected another number. Received: {number}.")
    return number


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


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes from 40 items on, and 16 of them a batch."""
    monkeypatch.setattr(parallel, "_MANY", 40)
    monkeypatch.setattr(parallel, "_BATCH", 16)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("count", [0, 1, FEW, MANY])
def test_results_come_in_order_and_in_batches_with_their_progress(count: int) -> None:
    batches: list[Sequence[tuple[int, tuple[int, int]]]] = []
    reports: list[tuple[int, int, str]] = []
    in_processes(
        process_and_square,
        range(count),
        keep=batches.append,
        total=count + 10,
        text="Squaring",
        progress=lambda *report: reports.append(report),
    )
    assert [(item, square) for batch in batches for item, (_, square) in batch] == [(n, n**2) for n in range(count)]
    assert all(len(batch) == 16 for batch in batches[:-1])
    ends = [min(count, end) + 10 for end in range(0, count + 16, 16)]
    assert reports == [(done, count + 10, "Squaring") for done in ends]


@pytest.mark.usefixtures("small_batches")
def test_few_results_come_from_this_process_and_many_from_others() -> None:
    processes: list[int] = []
    for count in (FEW, MANY):
        in_processes(
            process_and_square,
            range(count),
            keep=lambda batch: processes.extend(process for _, (process, _) in batch),
            total=count,
            text="",
        )
    assert set(processes[:FEW]) == {os.getpid()}
    assert os.getpid() not in processes[FEW:]


def square_many(answers: "multiprocessing.Queue[list[tuple[int, int]]]") -> None:
    found: list[tuple[int, int]] = []
    count = parallel._MANY
    in_processes(
        process_and_square,
        range(count),
        keep=lambda batch: found.extend(result for _, result in batch),
        total=count,
        text="",
    )
    answers.put(found)


def test_a_process_that_may_have_no_children_does_many_itself() -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    worker = context.Process(target=square_many, args=(answers,), daemon=True)  # as a Dask worker
    worker.start()
    assert answers.get(timeout=60) == [(worker.pid, number**2) for number in range(parallel._MANY)]
    worker.join()


@pytest.mark.usefixtures("small_batches")
def test_each_process_lets_opencv_use_one_thread() -> None:
    threads: set[int] = set()
    in_processes(
        opencv_threads, range(MANY), keep=lambda batch: threads.update(n for _, n in batch), total=MANY, text=""
    )
    assert threads == {1}


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("count", [FEW, MANY])
def test_what_was_done_before_an_error_is_kept_and_no_process_is_left(count: int) -> None:
    kept: list[tuple[int, int]] = []
    with pytest.raises(DataError, match=r"Expected another number\. Received: 30\."):
        in_processes(fail_at_thirty, range(count), keep=kept.extend, total=count, text="")
    assert kept == [(number, number) for number in range(16)]
    assert multiprocessing.active_children() == []


@pytest.mark.usefixtures("small_batches")
def test_cancelling_keeps_the_batches_that_were_done_and_leaves_no_process() -> None:
    kept: list[tuple[int, int]] = []

    def cancel_at_32(done: int, total: int, text: str) -> None:
        if done == 32:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        in_processes(abs, range(10_000), keep=kept.extend, total=10_000, text="", progress=cancel_at_32)
    assert kept == [(number, number) for number in range(32)]
    assert multiprocessing.active_children() == []
