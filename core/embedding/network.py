"""`network_vectors`: what a trained network's last layer reads of each cell, kept by content and weights."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from core.card import ModelCard
from core.classifier import Classifier
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.parallel import in_batches
from core.embedding.vectors import CellVectors
from core.errors import UnreadableImage
from core.types import ByteArray, FloatArray, Progress, silent

_VERSION = 1  # raised whenever the same pixels and weights would give other vectors
_Seen = dict[str, tuple[FloatArray, float]]  # vector and score by content


def network_vectors(
    dataset: CellDataset,
    card: ModelCard,
    load: Callable[[], Classifier],
    *,
    cache: Path,
    progress: Progress = silent,
) -> CellVectors:
    """What a network's last layer reads, and the score it gives; a content that it has seen is not read again.

    Args:
        dataset: A hashed data set.
        card: The card of the network.
        load: Gives the network; called only where a cell has not been seen yet.
        cache: Folder for the vectors; what a cancelled pass has seen is kept there.
        progress: Called as cells are seen; may raise `Cancelled`.

    Returns:
        The vectors of all cells whose files can be decoded.

    Raises:
        DataError: If the data set is not hashed.
    """
    dataset.check_hashed()
    table = dataset.table
    files = {digest: dataset.file(path) for digest, path in zip(table["sha256"], table["path"], strict=True)}
    with closing(_database(cache)) as database:
        found = {
            digest: (np.frombuffer(vector, dtype=np.float32), float(score))
            for digest, vector, score in database.execute(
                "SELECT sha256, vector, score FROM vectors WHERE model = ? AND version = ?",
                (card.model_sha256, _VERSION),
            )
            if digest in files
        }
        if len(found) < len(files):
            progress(len(found), len(files), "Loading the network")
            _show(load(), files, found, database=database, progress=progress)
    known = table[table["sha256"].isin(found)]
    if not len(known):
        return CellVectors((), np.zeros((0, 0), dtype=np.float32), np.zeros(0))
    return CellVectors(
        paths=tuple(known["path"]),
        numbers=np.stack([found[digest][0] for digest in known["sha256"]]),
        scores=np.array([found[digest][1] for digest in known["sha256"]]),
    )


def unseen(dataset: CellDataset, card: ModelCard, *, cache: Path) -> int:
    """Number of cells, identical ones counted once, that `network_vectors` would have to show to the network."""
    with closing(_database(cache)) as database:
        kept = database.execute(
            "SELECT sha256 FROM vectors WHERE model = ? AND version = ?", (card.model_sha256, _VERSION)
        )
        return len(set(dataset.table["sha256"]) - {digest for (digest,) in kept})


def _database(cache: Path) -> sqlite3.Connection:
    cache.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(cache / "vectors.sqlite", timeout=30)
    database.execute(
        "CREATE TABLE IF NOT EXISTS vectors (model TEXT, version INT, sha256 TEXT, score REAL, vector BLOB, "
        "PRIMARY KEY(model, version, sha256))"
    )
    return database


def _show(
    classifier: Classifier, files: dict[str, Path], found: _Seen, *, database: sqlite3.Connection, progress: Progress
) -> None:
    """Show the network what is missing in `found`, batch by batch so that memory stays flat, and fill it in.

    What cannot be decoded, or gives no finite number, stays missing.
    """
    card = classifier.card

    def work(digest: str) -> ByteArray | None:
        try:
            return pixels.prepare(pixels.decode_file(files[digest]), card.preprocessing)
        except UnreadableImage:
            return None

    def keep(batch: Sequence[tuple[str, ByteArray | None]]) -> None:
        images = {digest: image for digest, image in batch if image is not None}
        if not images:
            return
        vectors, scores = classifier.seen(np.stack(list(images.values())))
        fresh = {
            digest: (np.asarray(vector, dtype=np.float32), float(score))
            for digest, vector, score in zip(images, vectors, scores, strict=True)
            if np.isfinite(vector).all()
        }
        rows = ((card.model_sha256, _VERSION, digest, score, v.tobytes()) for digest, (v, score) in fresh.items())
        with database:
            database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?, ?)", rows)
        found.update(fresh)

    missing = [digest for digest in files if digest not in found]
    in_batches(work, missing, keep=keep, total=len(files), text="Showing cells to the network", progress=progress)
