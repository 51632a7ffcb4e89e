"""`projection`: vectors on a plane by t-SNE, so that alike cells lie close; a finished one is kept."""

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from core.errors import DataError
from core.types import FloatArray, Progress, silent

FEWEST = 5  # cells; fewer have no neighbourhoods
_VERSION = 1  # raised whenever the same vectors would give another map
_DIMENSIONS = 50
_PERPLEXITY = 30
_ITERATIONS = (250, 500)  # with and without exaggeration
_REPORT_EVERY = 10  # iterations, each about 25 ms for 10,000 cells
_TEXT = "Drawing the map"


def projection(vectors: FloatArray, *, cache: Path, seed: int = 0, progress: Progress = silent) -> FloatArray:
    """Lay vectors out on a plane: the same vectors and seed give the same map.

    Args:
        vectors: One row a cell, (cells, numbers).
        cache: Folder where a finished map is kept; it is read from there the next time.
        seed: Seed of the small jitter that parts equal cells.
        progress: Called every few iterations; may raise `Cancelled`.

    Returns:
        (cells, 2), float32. Only who is near whom means something; axes, sizes and gaps do not.

    Raises:
        DataError: If there are fewer than 5 cells, or all are the same.

    Source:
        van der Maaten and Hinton 2008, https://jmlr.org/papers/v9/vandermaaten08a.html; initialised by the first two
        principal components as Kobak and Berens 2019, doi 10.1038/s41467-019-13056-x; computed by openTSNE, Poličar
        et al. 2024, doi 10.18637/jss.v109.i03.
    """
    if len(vectors) < FEWEST:
        raise DataError(f"Expected at least {FEWEST} cells to draw a map of. Received: {len(vectors)}.")
    if not np.ptp(vectors, axis=0).any():
        raise DataError(f"Expected cells that differ from each other. Received: {len(vectors)} with the same numbers.")
    kept = kept_projection(vectors, cache=cache, seed=seed)
    if kept is not None:
        return kept
    points = _tsne(vectors, seed, progress)
    with closing(_database(cache)) as database, database:
        database.execute("INSERT OR REPLACE INTO maps VALUES (?, ?)", (_key(vectors, seed), points.tobytes()))
    return points


def kept_projection(vectors: FloatArray, *, cache: Path, seed: int = 0) -> FloatArray | None:
    """The finished map of these vectors, (cells, 2), if it was drawn before; else None."""
    with closing(_database(cache)) as database:
        row = database.execute("SELECT points FROM maps WHERE key = ?", (_key(vectors, seed),)).fetchone()
    return None if row is None else np.frombuffer(row[0], dtype=np.float32).reshape(-1, 2)


def _tsne(vectors: FloatArray, seed: int, progress: Progress) -> FloatArray:
    from openTSNE import TSNE

    total = sum(_ITERATIONS)
    done = 0

    def report(*_: object) -> None:
        nonlocal done
        done += _REPORT_EVERY
        progress(done, total, _TEXT)

    progress(0, total, _TEXT)
    early, late = _ITERATIONS
    return np.asarray(
        TSNE(
            perplexity=min(_PERPLEXITY, (len(vectors) - 1) / 3),
            early_exaggeration_iter=early,
            n_iter=late,
            initialization="pca",
            neighbors="exact",  # the approximate search takes longer below some 20,000 cells
            n_jobs=os.cpu_count(),
            callbacks=[report],
            callbacks_every_iters=_REPORT_EVERY,
            random_state=seed,
        ).fit(_reduced(vectors)),
        dtype=np.float32,
    )


def _reduced(vectors: FloatArray) -> FloatArray:
    """The vectors, or their first 50 principal components where they have more numbers than that."""
    if vectors.shape[1] <= _DIMENSIONS:
        return np.asarray(vectors, dtype=np.float64)
    from sklearn.decomposition import PCA

    components = PCA(min(_DIMENSIONS, *vectors.shape), svd_solver="covariance_eigh")
    return np.asarray(components.fit_transform(vectors), dtype=np.float64)


def _database(cache: Path) -> sqlite3.Connection:
    cache.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(cache / "maps.sqlite", timeout=30)
    database.execute("CREATE TABLE IF NOT EXISTS maps (key TEXT PRIMARY KEY, points BLOB)")
    return database


def _key(vectors: FloatArray, seed: int) -> str:
    content = hashlib.sha256(f"{_VERSION} {seed} {vectors.shape} {vectors.dtype}".encode())
    content.update(np.ascontiguousarray(vectors).tobytes())
    return content.hexdigest()
