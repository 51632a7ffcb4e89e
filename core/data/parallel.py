"""Run one function over many items on all cores, with progress and a cancel that leaves no process behind."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, ThreadPoolExecutor, wait
from typing import TypeVar

import cv2

from core.types import Progress, silent

Item = TypeVar("Item")
Result = TypeVar("Result")
_SMALL = 40  # items; starting processes would cost more than it saves
_CHUNK = 16
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
        progress: Called after each chunk; what it raises ends the work.
    """
    total = len(items) if total is None else total
    done = total - len(items)
    progress(done, total, text)
    chunks = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
    if len(items) < _SMALL:
        for chunk in chunks:
            _run(work, chunk)
            done += len(chunk)
            progress(done, total, text)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(os.cpu_count(), mp_context=context, initializer=cv2.setNumThreads, initargs=(1,))
    try:
        waiting = {pool.submit(_run, work, chunk) for chunk in chunks}
        while waiting:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            done += sum(future.result() for future in finished)
            progress(done, total, text)
    finally:
        pool.shutdown(cancel_futures=True)


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
    done = total - len(items)
    progress(done, total, text)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for start in range(0, len(items), _BATCH):
            batch = items[start : start + _BATCH]
            keep(list(zip(batch, pool.map(work, batch), strict=True)))
            done += len(batch)
            progress(done, total, text)


def _run(work: Callable[[Item], None], chunk: Sequence[Item]) -> int:
    for item in chunk:
        work(item)
    return len(chunk)
