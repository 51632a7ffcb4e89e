"""Quality, morphology and perceptual hash of every cell: one parallel pass over the pixels, kept by content."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.data import pixels
from core.data.morphology import MORPHOLOGY, morphology
from core.data.parallel import in_processes
from core.data.perceptual import perceptual_hash
from core.data.quality import QUALITY, quality
from core.data.segmentation import segment
from core.errors import UnreadableImage
from core.types import ByteArray, Progress, silent

if TYPE_CHECKING:  # the processes that measure start faster without pandas
    import pandas as pd

    from core.data.dataset import CellDataset

_VERSION = 2  # raised whenever the same pixels would give other values
_NUMBERS = (*QUALITY, *MORPHOLOGY)


def measure(image: ByteArray) -> dict[str, Any]:
    """Measure one image.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.

    Returns:
        The numbers of `QUALITY` and `MORPHOLOGY`, and `perceptual_hash` ("" where there is no cell).
    """
    found = segment(image)
    cell = found.crop(image)
    return {
        **quality(image, found),
        **morphology(cell, found.cell),
        "perceptual_hash": perceptual_hash(cell) if found.objects else "",
    }


def measured(dataset: "CellDataset", *, cache: Path, progress: Progress = silent) -> "pd.DataFrame":
    """Measure every cell; a content that was measured before is not read again.

    Args:
        dataset: A hashed data set.
        cache: Folder for the measures; what a cancelled pass has measured is kept there.
        progress: Called as cells get measured; may raise `Cancelled`.

    Returns:
        The rows of `dataset.table` with the measures as further columns, and `problem`: why a file has none, or "".

    Raises:
        DataError: If the data set is not hashed.
    """
    import pandas as pd

    dataset.check_hashed()
    contents = dataset.table.drop_duplicates("sha256").set_index("sha256")["path"]
    cache.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(cache / "measures.sqlite", timeout=30)) as database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS measures (sha256 TEXT, version INT, found TEXT, PRIMARY KEY(sha256, version))"
        )
        found = _all_measures(database, dataset, contents, progress)
    nothing = {**dict.fromkeys(_NUMBERS, float("nan")), "perceptual_hash": "", "problem": ""}
    rows = pd.DataFrame([{**nothing, **found[digest]} for digest in contents.index], index=contents.index)
    return dataset.table.join(rows, on="sha256")


def _all_measures(
    database: sqlite3.Connection, dataset: "CellDataset", contents: "pd.Series", progress: Progress
) -> dict[str, dict[str, Any]]:
    kept = database.execute("SELECT sha256, found FROM measures WHERE version = ?", (_VERSION,))
    found = {digest: json.loads(text) for digest, text in kept if digest in contents.index}
    missing = contents[~contents.index.isin(list(found))]
    files = {dataset.file(path): digest for digest, path in missing.items()}

    def keep(batch: Sequence[tuple[Path, dict[str, Any]]]) -> None:
        values = {files[file]: values for file, values in batch}
        sound = ((digest, _VERSION, json.dumps(row)) for digest, row in values.items() if "problem" not in row)
        with database:
            database.executemany("INSERT OR REPLACE INTO measures VALUES (?, ?, ?)", sound)
        found.update(values)

    in_processes(_of_file, list(files), keep=keep, total=len(contents), text="Measuring cells", progress=progress)
    return found


def _of_file(file: Path) -> dict[str, Any]:
    try:
        return measure(pixels.decode_file(file))
    except UnreadableImage as error:
        return {"problem": str(error)}
