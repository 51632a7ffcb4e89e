"""Fetch C-NMC 2019 from Kaggle into one folder, with progress, and so that a second try goes on where one stopped."""

import fcntl
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from core.data.kagglehub_process import DATASET, TRY_AGAIN, cached_bytes, failures, fetch_with_kagglehub, problem
from core.errors import DownloadError
from core.types import Progress, silent

ROOT = "C-NMC_Leukemia"  # the one folder in the archive
UNPACKED_BYTES = 10_415_946_876  # sum of the sizes of the data set's 15,115 files
ARCHIVE_BYTES = 1_200_000_000  # estimate: real cells on black deflate to 11 % of their size
_MEGABYTE = 1_000_000
_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 120.0  # without one new byte

Fetch = Callable[[Path, threading.Event], Path]
"""Download into the given cache folder, stop soon after the event is set, return the folder that holds `ROOT`."""


def download(out: Path, *, progress: Progress = silent, fetch: Fetch | None = None) -> Path:
    """Fetch and unpack C-NMC 2019; a complete download is used again, a partial one is continued.

    Args:
        out: Folder to download into.
        progress: Called about twice a second with megabytes; what it raises stops the download and is raised here.
        fetch: What downloads; kagglehub by default.

    Returns:
        The data set's folder, `out / ROOT`.

    Raises:
        DownloadError: Without internet, permission or disk space, when the download is cut off or stands still, or
            when another process downloads into the same folder.
    """
    root = out / ROOT
    if root.is_dir():
        return root
    cache = out / ".kagglehub"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache):
            _drop_half_unpacked(cache)
            _check_space(cache)
            source = _watched(fetch or fetch_with_kagglehub, cache, progress) / ROOT
            if not source.is_dir():
                raise DownloadError(f"Expected a folder {ROOT} in the download. Received: none in {source.parent}.")
            progress(UNPACKED_BYTES // _MEGABYTE, UNPACKED_BYTES // _MEGABYTE, "Unpacking, MB")
            source.rename(root)  # in one step: a folder of this name is always complete
            shutil.rmtree(cache, ignore_errors=True)
    except failures() as error:
        raise DownloadError(problem(error, cache)) from error
    return root


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Keep a second process from appending to the same archive; the lock ends with its process."""
    with (cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DownloadError(
                f"Expected to be the only download into {cache.parent}. Received: another one is running; wait for it."
            ) from error
        yield


def _drop_half_unpacked(cache: Path) -> None:
    folder = cache / "datasets" / DATASET
    if not any(folder.glob("*.complete")):
        shutil.rmtree(folder / "versions", ignore_errors=True)


def _check_space(cache: Path) -> None:
    needed = ARCHIVE_BYTES + UNPACKED_BYTES - sum(cached_bytes(cache))
    free = shutil.disk_usage(cache).free
    if free < needed:
        raise DownloadError(
            f"Expected {needed / 1e9:.1f} GB free in {cache.parent} for the archive and its files. "
            f"Received: {free / 1e9:.1f} GB. Free some space or choose a folder on a larger disk."
        )


def _watched(fetch: Fetch, cache: Path, progress: Progress) -> Path:
    """Run `fetch` in a thread and report what lies in the cache, until it ends, stands still or is stopped."""
    stop = threading.Event()
    last, since = (-1, -1), time.monotonic()
    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(fetch, cache, stop)
        try:
            while not wait([running], timeout=_POLL_SECONDS).done:
                now = cached_bytes(cache)
                if now != last:
                    last, since = now, time.monotonic()
                elif time.monotonic() - since > _PATIENCE_SECONDS:
                    raise DownloadError(f"Expected data from Kaggle. Received: none for 2 minutes. {TRY_AGAIN}")
                _report(now, progress)
        finally:
            stop.set()
        return running.result()


def _report(sizes: tuple[int, int], progress: Progress) -> None:
    packed, unpacked = sizes
    if unpacked:
        done, total, text = unpacked, UNPACKED_BYTES, "Unpacking, MB"
    else:
        done, total, text = packed, ARCHIVE_BYTES, "Downloading, MB"
    progress(done // _MEGABYTE, max(done, total) // _MEGABYTE, text)
