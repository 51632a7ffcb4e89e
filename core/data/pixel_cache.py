"""Prepared pixels of a data set's cells in one memory-mapped file, decoded once and kept for the next training."""

import hashlib
import json
import mmap
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.data import pixels
from core.data.dataset import CellDataset
from core.data.pixels import Preprocessing
from core.errors import DataError
from core.types import ByteArray, IntArray, Progress, silent
from core.whole_file import PARTIAL, whole_file

_VERSION = 2  # raised whenever the same files would give other pixels
_BATCH = 256  # cells decoded between two writes: 31 MB at 200 px
_MOST_FILES = 5
_MOST_BYTES = 20 * 10**9
_ABANDONED = 3600  # seconds since its last write after which a partial file belongs to a process that died


@dataclass(frozen=True, eq=False)
class CachedPixels:
    """Pixels of some cells, in the order of these cells; read from disk when they are asked for.

    Attributes:
        stored: Pixels of each distinct content, (contents, image_size, image_size, channels), 0 to 255.
        rows: Row of `stored` for each cell, (cells,).
    """

    stored: ByteArray
    rows: IntArray

    def __len__(self) -> int:
        """Number of cells."""
        return len(self.rows)

    def __getitem__(self, cells: slice) -> "CachedPixels":
        """The same for some of the cells; nothing is read."""
        return CachedPixels(self.stored, self.rows[cells])

    def image(self, cell: int) -> ByteArray:
        """Pixels of one cell, (image_size, image_size, channels): a view, not to be written to."""
        return np.asarray(self.stored[self.rows[cell]])

    def read(self) -> ByteArray:
        """Pixels of all these cells in memory, (cells, image_size, image_size, channels)."""
        return np.asarray(self.stored[self.rows])

    def let_go(self) -> None:
        """Give back the pages that were read: they stay in the system's cache, but count no longer as this process's.

        A Dask worker is ended by what it holds, and an epoch would otherwise leave all pixels with it.
        """
        mapped = getattr(self.stored.base, "base", None)
        if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            mapped.madvise(mmap.MADV_DONTNEED)


def cached_pixels(
    dataset: CellDataset,
    cells: pd.DataFrame,
    preprocessing: Preprocessing,
    *,
    cache: Path,
    progress: Progress = silent,
) -> CachedPixels:
    """Prepare cells as `pixels.read` does, or take what an earlier call has left of the same contents.

    The file is named by the contents, the preprocessing and a version, appears whole or not at all, and is made anew
    where it is damaged or cut off. Of the others, those that were used last stay: five files of 20 GB together.

    Args:
        dataset: A hashed data set.
        cells: Rows of its table.
        preprocessing: How pixels are made ready.
        cache: Folder of everything that can be computed again.
        progress: Called before the first and after each few hundred contents; what it raises ends the work.

    Raises:
        DataError: If the cells are not hashed, a file cannot be read, or the cache cannot be written; it says which.
    """
    if (cells["sha256"] == "").any():
        raise DataError("Expected a hashed data set. Received: one whose files have not been hashed yet.")
    contents = cells.drop_duplicates("sha256").sort_values("sha256")
    shape = (len(contents), *preprocessing.shape)
    file = _file(cache, contents["sha256"], preprocessing)
    stored = _opened(file, shape)
    if stored is None:
        _write(file, [dataset.file(path) for path in contents["path"]], preprocessing, progress)
        stored = _opened(file, shape)
    else:
        progress(len(contents), len(contents), "Reading cells")
    if stored is None:
        raise DataError(f"Expected a cache of {shape[0]} cells in {file.parent}. Received: a file that cannot be read.")
    _bound(file)
    return CachedPixels(stored, np.searchsorted(contents["sha256"].to_numpy(str), cells["sha256"].to_numpy(str)))


def _file(cache: Path, contents: pd.Series, preprocessing: Preprocessing) -> Path:
    key = json.dumps([_VERSION, asdict(preprocessing), contents.tolist()])
    return cache / "pixels" / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.npy"


def _opened(file: Path, shape: tuple[int, ...]) -> ByteArray | None:
    try:
        found = np.load(file, mmap_mode="r", allow_pickle=False)
        if found.shape != shape or found.dtype != np.uint8:
            return None
        os.utime(file)  # the time of its last use
    except (OSError, ValueError, EOFError):
        return None
    return np.asarray(found)


def _write(file: Path, files: Sequence[Path], preprocessing: Preprocessing, progress: Progress) -> None:
    """Write batch by batch, so that memory holds one batch; what stops on the way leaves nothing behind."""
    try:
        with whole_file(file) as stream:
            header = {"descr": "|u1", "fortran_order": False, "shape": (len(files), *preprocessing.shape)}
            np.lib.format.write_array_header_1_0(stream, header)
            progress(0, len(files), "Reading cells")
            for start in range(0, len(files), _BATCH):
                batch = pixels.read(files[start : start + _BATCH], preprocessing)
                stream.write(batch.data)
                progress(start + len(batch), len(files), "Reading cells")
    except OSError as error:
        raise DataError(
            f"Expected room for the prepared pixels of {len(files)} cells in {file.parent}. "
            f"Received: {error.strerror or error}."
        ) from error


def _bound(used: Path) -> None:
    """Delete what was used longest ago beyond the limits, never `used`; a process that still reads a file keeps it."""
    kept, size = 0, 0
    for _, bytes_, file in sorted(_others(used), reverse=True):
        kept, size = kept + 1, size + bytes_
        if kept >= _MOST_FILES or size + used.stat().st_size > _MOST_BYTES:
            with suppress(OSError):
                file.unlink()
    for partial in used.parent.glob(f"*{PARTIAL}"):
        with suppress(OSError):
            if time.time() - partial.stat().st_mtime > _ABANDONED:
                partial.unlink()


def _others(used: Path) -> list[tuple[float, int, Path]]:
    found = []
    for file in used.parent.glob("*.npy"):
        with suppress(OSError):
            if file != used:
                found.append((file.stat().st_mtime, file.stat().st_size, file))
    return found
