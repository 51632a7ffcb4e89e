"""Run one function over many items on all cores, with progress and a cancel that leaves no process behind."""

import ctypes
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

import cv2

from core.types import Progress, silent

Item = TypeVar("Item")
Result = TypeVar("Result")
_SMALL = 40  # items of tens of milliseconds; fewer are done before processes have started
_MANY = 500  # the same for items of a millisecond or two
_CHUNK = 16  # items that a process takes at once
_KEPT = {-3: 32 << 20, -1: 256 << 20}  # bytes by option of C's mallopt: M_MMAP_THRESHOLD and M_TRIM_THRESHOLD
_BATCH = 256  # items between two calls of `keep` and of the progress callback


def for_each(
    work: Callable[[Item], None],
    items: Sequence[Item],
    *,
    total: int | None = None,
    text: str = "",
    progress: Progress = silent,
) -> None:
    """Call `work` once with each item, in spawned processes where there are many.

    Args:
        work: A module-level function.
        items: Its arguments, one a call.
        total: Number that progress counts up to, where some items had been done before.
        text: What progress says.
        progress: Called before the first and after each few items; what it raises ends the work.
    """
    total = len(items) if total is None else total
    done = total - len(items)
    progress(done, total, text)
    with _results(work, items, processes=len(items) >= _SMALL) as results:
        while finished := len(list(islice(results, _CHUNK))):
            done += finished
            progress(done, total, text)


def in_processes(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    keep: Callable[[Sequence[tuple[Item, Result]]], None],
    total: int,
    text: str,
    progress: Progress = silent,
) -> None:
    """As `in_batches`, in spawned processes where there are many items: for work that holds Python's lock at times.

    A process that may have no children, as a Dask worker, uses its threads.

    Args:
        work: A module-level function; the module that holds it should import little.
        items: Its arguments, one a call.
        keep: Called in this thread with each batch of items and results, in order.
        total: Number that progress counts up to, where some items had been done before.
        text: What progress says.
        progress: Called before the first and after each batch; what it raises ends the work.
    """
    if len(items) < _MANY or multiprocessing.current_process().daemon:
        in_batches(work, items, keep=keep, total=total, text=text, progress=progress)
        return
    progress(total - len(items), total, text)
    with _results(work, items, processes=True) as results:
        for done, batch in _batches(items, total):
            keep(list(zip(batch, islice(results, len(batch)), strict=True)))
            progress(done, total, text)


def in_batches(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    keep: Callable[[Sequence[tuple[Item, Result]]], None],
    total: int,
    text: str,
    progress: Progress = silent,
) -> None:
    """Call `work` with each item, in threads, and hand the results on batch by batch, so that a cancel loses little.

    Args:
        work: A function that spends its time outside Python's lock: reading, hashing, OpenCV.
        items: Its arguments, one a call.
        keep: Called in this thread with each batch of items and results, in order.
        total: Number that progress counts up to, where some items had been done before.
        text: What progress says.
        progress: Called before the first and after each batch; what it raises ends the work.
    """
    progress(total - len(items), total, text)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for done, batch in _batches(items, total):
            keep(list(zip(batch, pool.map(work, batch), strict=True)))
            progress(done, total, text)


def _batches(items: Sequence[Item], total: int) -> Iterator[tuple[int, Sequence[Item]]]:
    """Each batch, with how many of `total` are done once it is."""
    for start in range(0, len(items), _BATCH):
        batch = items[start : start + _BATCH]
        yield total - len(items) + start + len(batch), batch


@contextmanager
def _results(work: Callable[[Item], Result], items: Sequence[Item], *, processes: bool) -> Iterator[Iterator[Result]]:
    """What `work` returns for each item, in order; no process is left when the context ends."""
    if not processes:
        yield map(work, items)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(os.cpu_count(), mp_context=context, initializer=_prepare_process)
    try:
        yield pool.map(work, items, chunksize=_CHUNK)
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare_process() -> None:
    """Let OpenCV use one thread, and let freed memory be used again."""
    cv2.setNumThreads(1)
    # otherwise each image's pages go back to the system, and getting new ones takes as long as decoding
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        for option, size in _KEPT.items():
            library.mallopt(option, size)
