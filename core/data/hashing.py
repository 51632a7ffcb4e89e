"""Content hashes of cells: one parallel pass over the files, kept so that nothing is read twice."""

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from core.data.dataset import CellDataset, Unreadable
from core.data.parallel import in_batches
from core.types import Progress, silent


def hashed(dataset: CellDataset, *, cache: Path, progress: Progress = silent) -> CellDataset:
    """Add the SHA-256 of each file; a file whose size and time are unchanged is not read again.

    Args:
        dataset: The index.
        cache: Folder for the hash cache; what a cancelled pass has read is kept there.
        progress: Called as files are hashed; may raise `Cancelled`.

    Returns:
        The same cells with `sha256` filled in; files that could not be read have moved to `unreadable`.
    """
    if dataset.hashed:
        return dataset
    cache.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(cache / "hashes.sqlite", timeout=30)) as database:
        database.execute("CREATE TABLE IF NOT EXISTS hashes (file TEXT PRIMARY KEY, stamp TEXT, sha256 TEXT)")
        found = _all_hashes(database, [dataset.file(path) for path in dataset.table["path"]], progress)
    digests = [found.get(str(dataset.file(path)), "") for path in dataset.table["path"]]
    table = dataset.table.assign(sha256=digests)
    lost = tuple(
        Unreadable(path, "Expected a readable file. Received: an error while it was read.")
        for path in table.loc[table["sha256"] == "", "path"]
    )
    kept = table[table["sha256"] != ""].reset_index(drop=True)
    return replace(dataset, table=kept, unreadable=(*dataset.unreadable, *lost))


def _all_hashes(database: sqlite3.Connection, files: list[Path], progress: Progress) -> dict[str, str]:
    known = {
        file: (stamp, digest) for file, stamp, digest in database.execute("SELECT file, stamp, sha256 FROM hashes")
    }
    stamps = {str(file): _stamp(file) for file in files}
    found = {file: known[file][1] for file, stamp in stamps.items() if stamp and known.get(file, ("", ""))[0] == stamp}
    missing = [file for file in files if str(file) not in found]

    def keep(batch: Sequence[tuple[Path, str]]) -> None:
        fresh = {str(file): digest for file, digest in batch if digest}
        with database:
            rows = ((file, stamps[file], digest) for file, digest in fresh.items())
            database.executemany("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?)", rows)
        found.update(fresh)

    in_batches(_digest, missing, keep=keep, total=len(files), text="Hashing files", progress=progress)
    return found


def _stamp(file: Path) -> str:
    try:
        status = file.stat()
    except OSError:
        return ""
    return f"{status.st_size} {status.st_mtime_ns}"


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
