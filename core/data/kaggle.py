"""Fetch C-NMC 2019 from Kaggle into one folder, through kagglehub in a process of its own that can be stopped.

kagglehub keeps a partial archive in its cache and goes on from there; its cache is therefore put inside the target
folder, and nothing is written elsewhere. `python -m core.data.kaggle` is that process; people use `core download`.
"""

import errno
import fcntl
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path

from core.config import PROJECT_ROOT
from core.errors import DownloadError
from core.types import Progress, silent

DATASET = "andrewmvd/leukemia-classification"
ROOT = "C-NMC_Leukemia"  # the one folder in the archive
UNPACKED_BYTES = 10_415_946_876  # sum of the sizes of the data set's 15,115 files
ARCHIVE_BYTES = 1_200_000_000  # estimate: real cells on black deflate to 11 % of their size
_MEGABYTE = 1_000_000
_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 120.0  # without one new byte
_AGAIN = "Start the download again: it goes on where it stopped."

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
            source = _watched(fetch or _through_kagglehub, cache, progress) / ROOT
            if not source.is_dir():
                raise DownloadError(f"Expected a folder {ROOT} in the download. Received: none in {source.parent}.")
            source.rename(root)  # in one step: a folder of this name is always complete
            shutil.rmtree(cache, ignore_errors=True)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DownloadError(_problem(error, cache)) from error
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
    needed = ARCHIVE_BYTES + UNPACKED_BYTES - sum(_sizes(cache))
    free = shutil.disk_usage(cache).free
    if free < needed:
        raise DownloadError(
            f"Expected {needed / 1e9:.1f} GB free in {cache.parent} for the archive and its files. "
            f"Received: {free / 1e9:.1f} GB. Free some space or choose a folder on a larger disk."
        )


def _sizes(cache: Path) -> tuple[int, int]:
    """Bytes of the archive so far, and of the files unpacked from it so far."""
    packed = unpacked = 0
    for folder, _, names in os.walk(cache):
        for name in names:
            with suppress(FileNotFoundError):
                size = (Path(folder) / name).stat().st_size
                packed, unpacked = (packed + size, unpacked) if name.endswith(".archive") else (packed, unpacked + size)
    return packed, unpacked


def _watched(fetch: Fetch, cache: Path, progress: Progress) -> Path:
    """Run `fetch` in a thread and report what lies in the cache, until it ends, stands still or is stopped."""
    stop = threading.Event()
    last, since = (-1, -1), time.monotonic()
    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(fetch, cache, stop)
        try:
            while not wait([running], timeout=_POLL_SECONDS).done:
                now = _sizes(cache)
                if now != last:
                    last, since = now, time.monotonic()
                elif time.monotonic() - since > _PATIENCE_SECONDS:
                    raise DownloadError(f"Expected data from Kaggle. Received: none for 2 minutes. {_AGAIN}")
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


def _through_kagglehub(cache: Path, stop: threading.Event) -> Path:
    """Run `_child` in a process: kagglehub can't be stopped, prints, and takes its cache from the environment."""
    quiet = {"KAGGLEHUB_CACHE": str(cache), "KAGGLEHUB_VERBOSITY": "error", "TQDM_DISABLE": "1"}
    with subprocess.Popen(  # noqa: S603  # this module, in this interpreter
        [sys.executable, "-m", "core.data.kaggle", str(os.getpid())],
        cwd=PROJECT_ROOT,
        env={**os.environ, **quiet},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while True:
            try:
                output, errors = process.communicate(timeout=_POLL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                if stop.is_set():
                    process.kill()
    if process.returncode != 0:
        last = (errors.strip().splitlines() or [f"exit code {process.returncode}"])[-1]
        raise DownloadError(f"Expected kagglehub to finish. Received: {last}. {_AGAIN}")
    answer = json.loads(output.splitlines()[-1])
    if "problem" in answer:
        raise DownloadError(answer["problem"])
    return Path(answer["path"])


def _child(parent: int) -> None:
    """Download and print where to, or why not, as the last line of standard output."""
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    import kagglehub
    from kagglehub import exceptions

    states = (exceptions.DataCorruptionError, exceptions.UnauthenticatedError, exceptions.CredentialError)
    try:
        answer = {"path": kagglehub.dataset_download(DATASET)}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, *states) as error:
        answer = {"problem": _problem(error, Path(os.environ["KAGGLEHUB_CACHE"]))}
    sys.stdout.write(f"\n{json.dumps(answer)}\n")


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _problem(error: Exception, cache: Path) -> str:
    """One sentence on what went wrong and what to do about it."""
    kind = type(error).__name__
    status = getattr(getattr(error, "response", None), "status_code", None)
    packed, _ = _sizes(cache)
    if status in {401, 403} or kind in {"UnauthenticatedError", "CredentialError"} or "credentials" in str(error):
        return (
            f"Expected permission to fetch {DATASET} from Kaggle. Received: {status or error}. Make a token in your "
            "Kaggle account's settings, save it as ~/.kaggle/access_token or set KAGGLE_API_TOKEN, and try again."
        )
    if status is not None:
        return f"Expected {DATASET} from Kaggle. Received: HTTP status {status}. Try again later."
    if kind == "DataCorruptionError" or isinstance(error, (ValueError, EOFError, zipfile.BadZipFile, zlib.error)):
        for archive in cache.rglob("*.archive"):
            archive.unlink()  # else every further try would find the same damage
        return "Expected a whole archive from Kaggle. Received: a damaged one, now removed. Start the download again."
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"Expected room for the download in {cache.parent}. Received: a full disk. Free some space. {_AGAIN}"
    if isinstance(error, OSError) and error.errno and not isinstance(error, ConnectionError | TimeoutError):
        return f"Expected a folder that can be written to. Received: {error.strerror} for {error.filename}."
    if packed:
        return f"Expected the whole archive. Received: the connection broke at {packed // _MEGABYTE:,} MB. {_AGAIN}"
    return (
        "Expected an internet connection to Kaggle. Received: none. Connect this machine, or copy the data set's "
        "folder here and open it as a folder."
    )


if __name__ == "__main__":
    _child(int(sys.argv[1]))
