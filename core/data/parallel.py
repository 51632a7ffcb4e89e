"""Run one function over many items on all cores, with progress and a cancel that leaves no process behind."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from typing import TypeVar

import cv2

from core.types import Progress, silent

Item = TypeVar("Item")
_SMALL = 40  # items; starting processes would cost more than it saves
_CHUNK = 16


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


def _run(work: Callable[[Item], None], chunk: Sequence[Item]) -> int:
    for item in chunk:
        work(item)
    return len(chunk)
