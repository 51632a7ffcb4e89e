"""kagglehub in a process of its own: it can't be stopped, prints, and takes its cache from the environment.

It keeps a partial archive in its cache and goes on from there. `python -m core.data.kagglehub_process` is that process;
people use `python -m core download`.
"""

import errno
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

from core.config import PROJECT_ROOT
from core.errors import DownloadError

DATASET = "andrewmvd/leukemia-classification"
TRY_AGAIN = "Start the download again: it goes on where it stopped."
_POLL_SECONDS = 0.5


def fetch_with_kagglehub(cache: Path, stop: threading.Event) -> Path:
    """Download and unpack the data set.

    Args:
        cache: Folder for everything that kagglehub writes.
        stop: Ends the download within a second once it is set.

    Returns:
        The folder that the archive was unpacked into.

    Raises:
        DownloadError: If it failed or was stopped.
    """
    quiet = {"KAGGLEHUB_CACHE": str(cache), "KAGGLEHUB_VERBOSITY": "error", "TQDM_DISABLE": "1"}
    with subprocess.Popen(  # noqa: S603  # this module, in this interpreter
        [sys.executable, "-m", "core.data.kagglehub_process", str(os.getpid())],
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
        raise DownloadError(f"Expected kagglehub to finish. Received: {last}. {TRY_AGAIN}")
    answer = json.loads(output.splitlines()[-1])  # kagglehub may print before it
    if "problem" in answer:
        raise DownloadError(answer["problem"])
    return Path(answer["path"])


def failures() -> tuple[type[Exception], ...]:
    """What a download can raise; the errors of requests are `OSError`s."""
    from kagglehub import exceptions

    own = (exceptions.DataCorruptionError, exceptions.UnauthenticatedError, exceptions.CredentialError)
    return (*own, OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error)


def cached_bytes(cache: Path) -> tuple[int, int]:
    """Bytes of the archive so far, and of the files unpacked from it so far."""
    packed = unpacked = 0
    for folder, _, names in os.walk(cache):
        for name in names:
            with suppress(FileNotFoundError):
                size = (Path(folder) / name).stat().st_size
                packed, unpacked = (packed + size, unpacked) if name.endswith(".archive") else (packed, unpacked + size)
    return packed, unpacked


def problem(error: Exception, cache: Path) -> str:
    """One sentence on what went wrong and what to do about it; a damaged archive is removed from the cache.

    Args:
        error: What the download raised, one of `failures()`.
        cache: Folder that kagglehub wrote into.
    """
    kind = type(error).__name__
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in {401, 403} or kind in {"UnauthenticatedError", "CredentialError"} or "credentials" in str(error):
        return (
            f"Expected permission to fetch {DATASET} from Kaggle. Received: {status or error}. Make a token in your "
            "Kaggle account's settings, save it as ~/.kaggle/access_token or set KAGGLE_API_TOKEN, and try again."
        )
    if status is not None:
        return f"Expected {DATASET} from Kaggle. Received: HTTP status {status}. Try again later."
    if isinstance(error, OSError):
        return _broken_link(cache) if _of_the_network(error) else _disk_problem(error, cache)
    for archive in cache.rglob("*.archive"):
        archive.unlink()  # else every further try would find the same damage
    return "Expected a whole archive from Kaggle. Received: a damaged one, now removed. Start the download again."


def _of_the_network(error: OSError) -> bool:
    """Errors of requests carry no number; those of the disk do."""
    return error.errno is None or isinstance(error, ConnectionError | TimeoutError)


def _broken_link(cache: Path) -> str:
    packed, _ = cached_bytes(cache)
    if packed:
        return f"Expected the whole archive. Received: the connection broke at {packed // 10**6:,} MB. {TRY_AGAIN}"
    return (
        "Expected an internet connection to Kaggle. Received: none. Connect this machine, or copy the data set's "
        "folder here and open it as a folder."
    )


def _disk_problem(error: OSError, cache: Path) -> str:
    if error.errno == errno.ENOSPC:
        return f"Expected room for the download in {cache.parent}. Received: a full disk. Free some space. {TRY_AGAIN}"
    return f"Expected a folder that can be written to. Received: {error.strerror} for {error.filename}."


def _download(parent: int) -> None:
    """Download and print where to, or why not, as the last line of standard output."""
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    import kagglehub

    try:
        answer = {"path": kagglehub.dataset_download(DATASET)}
    except failures() as error:
        answer = {"problem": problem(error, Path(os.environ["KAGGLEHUB_CACHE"]))}
    sys.stdout.write(f"\n{json.dumps(answer)}\n")


def _end_with(parent: int) -> None:
    """End this process once the one that started it is gone, lest it downloads on unseen."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


if __name__ == "__main__":
    _download(int(sys.argv[1]))
