"""Finished indexes, kept so that a folder in which nothing has changed is not read again."""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data.dataset import COLUMNS, CellDataset, Unreadable
from core.data.walk import Listing, Stamp
from core.whole_file import whole_file

_VERSION = 1  # raised whenever the same files would give another index
_DAMAGED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)  # JSON, or JSON of something else


def load(cache: Path, root: Path, found: Listing) -> CellDataset | None:
    """The index that was kept of a folder; None if there is none, something has changed since, or it is damaged."""
    try:
        with _file(cache, root).open("rb") as lines:
            kept = json.loads(lines.readline())
        return _dataset(kept, root) if _is_of(kept, root) and kept["digest"] == found.digest() else None
    except (OSError, *_DAMAGED):
        return None


def sizes(cache: Path, root: Path, found: Listing) -> dict[str, tuple[int, int]]:
    """(width, height) of the images that have not changed since an index was kept, by path."""
    try:
        with _file(cache, root).open("rb") as lines:
            kept, folders = map(json.loads, lines)
        if not _is_of(kept, root):
            return {}
        before = Listing({folder: _stamps(entries) for folder, entries in folders.items()}, {}).stamps()
        table = _dataset(kept, root).table
    except (OSError, *_DAMAGED):
        return {}
    now = found.stamps()
    columns = (table[name].tolist() for name in ("path", "width", "height"))
    return {
        path: (width, height)
        for path, width, height in zip(*columns, strict=True)
        if path in now and before.get(path) == now[path]
    }


def keep(cache: Path, dataset: CellDataset, found: Listing) -> None:
    """Keep an index. Its file appears whole or not at all; where none can be written, the next index is only slower."""
    index = {
        "version": _VERSION,
        "root": str(dataset.root.resolve()),
        "digest": found.digest(),
        "table": {name: _packed(dataset.table[name]) for name in COLUMNS},
        "classes": dataset.classes,
        "origin": dataset.origin,
        "unreadable": [(file.file, file.reason) for file in dataset.unreadable],
        "notes": dataset.notes,
    }
    with suppress(OSError), whole_file(_file(cache, dataset.root)) as stream:
        stream.write(f"{json.dumps(index)}\n{json.dumps(found.folders)}".encode("ascii"))


def _file(cache: Path, root: Path) -> Path:
    name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    return cache / "index" / f"{name}.json"


def _is_of(kept: Mapping[str, Any], root: Path) -> bool:
    return bool(kept["version"] == _VERSION and kept["root"] == str(root.resolve()))


def _stamps(entries: Mapping[str, Any]) -> dict[str, Stamp]:
    return {name: (mode, size, changed) for name, (mode, size, changed) in entries.items()}


def _dataset(kept: Mapping[str, Any], root: Path) -> CellDataset:
    negative, positive = kept["classes"]
    return CellDataset(
        root=root,
        table=pd.DataFrame({name: _unpacked(*kept["table"][name]) for name in COLUMNS}),
        classes=(str(negative), str(positive)),
        origin=str(kept["origin"]),
        unreadable=tuple(Unreadable(str(file), str(reason)) for file, reason in kept["unreadable"]),
        notes=tuple(map(str, kept["notes"])),
    )


def _packed(column: pd.Series) -> tuple[list[Any], list[int]]:
    """A column as values and how often each stands in a row: sorted by path, most columns repeat few values."""
    starts = np.flatnonzero((column != column.shift()).to_numpy())
    return column.iloc[starts].tolist(), np.diff(starts, append=len(column)).tolist()


def _unpacked(values: list[Any], times: list[int]) -> Any:  # noqa: ANN401  # pandas' arrays share no public type
    return pd.Series(values).array.repeat(times)
