"""`FeatureTable`: the numbers of a data set's cells, from one parallel pass over their files, kept by content."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from core import store
from core.data.dataset import CellDataset
from core.data.parallel import in_processes
from core.embedding.network import network_vectors
from core.embedding.vectors import CellVectors
from core.errors import DataError
from core.features.blocks import VERSION, Block, described_file
from core.features.sets import FeatureSet
from core.types import ByteArray, FloatArray, Progress, silent

_MOST_BYTES = 2 * 10**9  # of numbers that are kept
_Numbers = dict[str, dict[str, FloatArray | ByteArray]]  # by content, by block


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """Numbers of cells, block by block.

    Attributes:
        row: Row of each cell that could be described, by its `path`.
        numbers: Those of each block, (contents, columns), by its name; "embedding" for those of a network.
        problems: Why a cell could not be described, by its `path`.
    """

    row: Mapping[str, int]
    numbers: Mapping[str, FloatArray | ByteArray]
    problems: Mapping[str, str] = field(default_factory=dict)

    def of(self, cells: pd.DataFrame, features: FeatureSet) -> FloatArray:
        """The numbers of some cells.

        Args:
            cells: Rows with `path`, each of which could be described.
            features: Which numbers, block after block.

        Returns:
            (cells, numbers), float32; NaN where the cell could not be found in its image.
        """
        rows = np.array([self.row[path] for path in cells["path"]], dtype=np.int64)
        parts = [self.numbers[name][rows] for name in names(features)]
        return np.concatenate(parts, axis=1, dtype=np.float32, casting="same_kind")

    def widths(self, features: FeatureSet) -> dict[str, int]:
        """Number of columns of each block of a set, in their order."""
        return {name: self.numbers[name].shape[1] for name in names(features)}

    def readable(self, dataset: CellDataset) -> CellDataset:
        """The data set without the cells that could not be described."""
        if not self.problems:
            return dataset
        return replace(dataset, table=dataset.table[~dataset.table["path"].isin(list(self.problems))])


def names(features: FeatureSet) -> tuple[str, ...]:
    """Names of the blocks of a set, in their order."""
    return (*(block.name for block in features.blocks), *(("embedding",) if features.network else ()))


def feature_table(
    dataset: CellDataset,
    sets: Sequence[FeatureSet],
    *,
    cache: Path,
    store_folder: Path | None = None,
    progress: Progress = silent,
) -> FeatureTable:
    """Describe the labelled cells; a content that was described before is not read again.

    Args:
        dataset: A hashed data set.
        sets: What is asked of each cell; all of it comes from one decoding of its file.
        cache: Folder for the numbers; what a cancelled pass has found is kept there.
        store_folder: The model store, where a set names a network.
        progress: Called as cells get described; may raise `Cancelled`.

    Raises:
        DataError: If the data set is not hashed, or none of its cells can be read.
        ModelError: If there is no such network.
        ValueError: If sets name several networks, or one without a store.
    """
    dataset.check_hashed()
    cells = dataset.labelled
    blocks = {block.name: block for each in sets for block in each.blocks}
    contents = cells.drop_duplicates("sha256").set_index("sha256")["path"]
    found: _Numbers = {}
    problems: dict[str, str] = {}
    if blocks:
        with closing(_database(cache)) as database:
            found = _kept_before(database, blocks, contents)
            problems = _described(database, dataset, contents, blocks=blocks, found=found, progress=progress)
    else:
        found = {digest: {} for digest in contents.index}
    networks = sorted({each.network for each in sets} - {""})
    vectors: dict[str, FloatArray | ByteArray] = {}
    if networks:
        seen = _vectors(dataset, networks, cache=cache, store_folder=store_folder, progress=progress)
        vectors["embedding"] = _embedded(seen, cells, found, problems)
    place = {digest: number for number, digest in enumerate(found)}
    described = {name: _stacked(block, found) for name, block in blocks.items()}
    if problems and not found:
        digest, reason = next(iter(problems.items()))
        raise DataError(f"Expected cells that can be read. Received: none; {contents[digest]}: {reason}")
    return FeatureTable(
        row={
            path: place[digest] for path, digest in zip(cells["path"], cells["sha256"], strict=True) if digest in place
        },
        numbers={**described, **vectors},
        problems={
            path: problems[digest]
            for path, digest in zip(cells["path"], cells["sha256"], strict=True)
            if digest in problems
        },
    )


def _stacked(block: Block, found: _Numbers) -> FloatArray | ByteArray:
    if not found:
        return np.empty((0, len(block.columns)), dtype=block.dtype)
    return np.stack([np.asarray(numbers[block.name]) for numbers in found.values()])


def _database(cache: Path) -> sqlite3.Connection:
    cache.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(cache / "features.sqlite", timeout=30)
    database.execute(
        "CREATE TABLE IF NOT EXISTS features (sha256 TEXT, block TEXT, version INT, numbers BLOB, "
        "PRIMARY KEY(sha256, block, version))"
    )
    return database


def _kept_before(database: sqlite3.Connection, blocks: Mapping[str, Block], contents: pd.Series) -> _Numbers:
    known = set(contents.index)
    found: _Numbers = {}
    for name, block in blocks.items():
        rows = database.execute("SELECT sha256, numbers FROM features WHERE block = ? AND version = ?", (name, VERSION))
        for digest, numbers in rows:
            if digest in known:
                found.setdefault(digest, {})[name] = np.frombuffer(numbers, dtype=block.dtype)
    return {digest: found[digest] for digest in contents.index if digest in found}


def _described(
    database: sqlite3.Connection,
    dataset: CellDataset,
    contents: pd.Series,
    *,
    blocks: Mapping[str, Block],
    found: _Numbers,
    progress: Progress,
) -> dict[str, str]:
    """Describe what is missing in `found` and fill it in; why a content could not be read, by content."""
    missing = [digest for digest in contents.index if len(found.get(digest, {})) < len(blocks)]
    wanted = [name for name in blocks if any(name not in found.get(digest, {}) for digest in missing)]
    files = {dataset.file(contents[digest]): digest for digest in missing}
    problems: dict[str, str] = {}

    def keep(batch: Sequence[tuple[Path, dict[str, FloatArray | ByteArray] | str]]) -> None:
        rows = []
        for file, numbers in batch:
            if isinstance(numbers, str):
                problems[files[file]] = numbers
                found.pop(files[file], None)
                continue
            found.setdefault(files[file], {}).update(numbers)
            rows += [(files[file], name, VERSION, values.tobytes()) for name, values in numbers.items()]
        with database:
            database.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?, ?)", rows)

    work = partial(described_file, names=tuple(wanted))
    in_processes(work, list(files), keep=keep, total=len(contents), text="Describing cells", progress=progress)
    if files:
        _bound(database)
    return problems


def _bound(database: sqlite3.Connection) -> None:
    """Forget what another version found, and what was found first beyond the limit."""
    with database:
        database.execute("DELETE FROM features WHERE version != ?", (VERSION,))
        database.execute(
            "DELETE FROM features WHERE rowid IN (SELECT rowid FROM (SELECT rowid, SUM(LENGTH(numbers)) "
            "OVER (ORDER BY rowid DESC) AS size FROM features) WHERE size > ?)",
            (_MOST_BYTES,),
        )


def _vectors(
    dataset: CellDataset, networks: Sequence[str], *, cache: Path, store_folder: Path | None, progress: Progress
) -> CellVectors:
    """What a network reads of each labelled cell."""
    if len(networks) > 1 or store_folder is None:
        raise ValueError(f"Expected one network, and the store that holds it. Received: {', '.join(networks)}.")
    folder, name = store_folder, networks[0]
    labelled = replace(dataset, table=dataset.labelled)
    card = store.card(folder, name)
    return network_vectors(labelled, card, lambda: store.network(folder, name), cache=cache, progress=progress)


def _embedded(seen: CellVectors, cells: pd.DataFrame, found: _Numbers, problems: dict[str, str]) -> FloatArray:
    """The vector of each content in `found`, (contents, dimensions); a content without one leaves `found`."""
    digest_of = dict(zip(cells["path"], cells["sha256"], strict=True))
    rows = {digest_of[path]: number for number, path in enumerate(seen.paths)}
    for digest in [digest for digest in found if digest not in rows]:
        del found[digest]
        problems[digest] = "Expected an image that the network can be shown. Received: one that cannot be read."
    return seen.numbers[np.array([rows[digest] for digest in found], dtype=np.int64)]
