"""Additions: cells that reviewers decided about, kept in the workspace as further cells of a data set."""

import hashlib
import os
import threading
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from core.config import Settings
from core.data import csv_log
from core.data.dataset import ADDED, ADDED_FOLDER, COLUMNS, CellDataset, Unreadable
from core.errors import DataError

_LOG = "additions.csv"
_NUMBERS = ("width", "height", "bytes")
_HASHES = ("sha256", "file_sha256")
_LOST = "Expected the picture that was added after review. Received: a missing or changed file."
_UNUSED = {
    "foreign": "of another class",
    "twice": "part of the data set by now",
}
_writing = threading.Lock()  # two sessions may add at once


@dataclass(frozen=True)
class Addition:
    """One cell that was added to a data set.

    Attributes:
        sha256: Of its picture as it is kept, which also names the file.
        subject: Whose it is, as the user named it; upper case.
        label: The class that the reviewer decided for.
        width: In pixels.
        height: In pixels.
        bytes: Of its picture as it is kept.
        file_sha256: Of the file that was uploaded.
        called: The class that the model called, "" where it gave no answer.
        decision: "agree" or "override".
        reviewer: Who decided.
        reviewed: When, UTC, ISO 8601.
        model: Name of the model.
        model_sha256: Of its weights.
        case: Id of the case, "" where it was not kept.
        added: When it was added, UTC, ISO 8601; the cells of one step share it.
    """

    sha256: str
    subject: str
    label: str
    width: int
    height: int
    bytes: int
    file_sha256: str
    called: str
    decision: str
    reviewer: str
    reviewed: str
    model: str
    model_sha256: str
    case: str = ""
    added: str = ""

    @property
    def path(self) -> str:
        """Its `path` in the table of the data set."""
        return f"{ADDED_FOLDER}/{_file(self.sha256)}"


_FIELDS = tuple(field.name for field in fields(Addition))


def additions_folder(settings: Settings, root: Path) -> Path:
    """Where the cells that were added to the data set in a folder are kept."""
    return settings.home / "additions" / hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:12]


def log(folder: Path) -> tuple[Addition, ...]:
    """All cells that were added, the oldest first; none where there is no folder.

    Raises:
        DataError: If the log cannot be read or is none.
    """
    try:
        return _parsed((folder / _LOG).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, DataError) as error:
        raise DataError(
            f"Expected a log of additions that can be read. Received: {folder / _LOG}: {error} Mend or remove it."
        ) from error


def add(folder: Path, cells: Iterable[tuple[Addition, bytes]]) -> tuple[Addition, ...]:
    """Keep cells as one step, all or none of them.

    Args:
        folder: Of the data set's additions.
        cells: Each with its picture, one a content; written as they come.

    Returns:
        The cells with the time of the step.

    Raises:
        DataError: If the log that is there cannot be read, or something cannot be written.
    """
    now = datetime.now(UTC).isoformat()
    with _writing:
        before = log(folder)
        known = {addition.sha256 for addition in before}
        new: list[Addition] = []
        try:
            for addition, picture in cells:
                if addition.sha256 not in known:
                    known.add(addition.sha256)
                    new.append(replace(addition, added=now))
                    _write(folder / _file(addition.sha256), picture)
            if new:
                _write(folder / _LOG, _written((*before, *new)))
        except BaseException:
            for addition in new:
                with suppress(OSError):
                    (folder / _file(addition.sha256)).unlink(missing_ok=True)
            raise
        return tuple(new)


def remove(folder: Path, contents: Collection[str]) -> tuple[Addition, ...]:
    """Take cells out again and delete their pictures for good.

    Args:
        folder: Of the data set's additions.
        contents: `sha256` of each.

    Returns:
        Those that were there.

    Raises:
        DataError: If a picture cannot be deleted, or the log cannot be read or written.
    """
    with _writing:
        before = log(folder)
        gone = tuple(addition for addition in before if addition.sha256 in contents)
        try:
            for addition in gone:
                (folder / _file(addition.sha256)).unlink(missing_ok=True)
        except OSError as error:
            raise DataError(f"Expected pictures that can be deleted. Received: {error}.") from error
        if gone:
            _write(folder / _LOG, _written(addition for addition in before if addition.sha256 not in contents))
        return gone


def with_additions(dataset: CellDataset, additions: Sequence[Addition], folder: Path) -> CellDataset:
    """The data set with the cells that were added to it, as the part "added".

    Args:
        dataset: A hashed data set with named classes.
        additions: The log.
        folder: Where their pictures are.

    Returns:
        The same rows and those of the additions; `edits` counts them. Cells of another class, and those whose content
        the data set has by now, are left out; a note says so. A missing or changed picture counts as unreadable.
    """
    if not additions or not all(dataset.classes):
        return dataset
    found: dict[str, list[Addition]] = {use: [] for use in ("kept", "lost", *_UNUSED)}
    contents = frozenset(dataset.table["sha256"])
    for addition in additions:
        found[_use(addition, dataset.classes, contents, folder)].append(addition)
    kept, table = found["kept"], dataset.table
    if kept:
        rows = [
            (one.path, "", one.label, one.subject, ADDED, "", one.width, one.height, one.bytes, one.sha256)
            for one in kept
        ]
        new = pd.DataFrame(rows, columns=list(COLUMNS)).astype(table[list(COLUMNS)].dtypes)
        table = pd.concat([table, new], ignore_index=True)
    notes = [
        f"Cells added after review that were not used: {len(found[use]):,} {why}."
        for use, why in _UNUSED.items()
        if found[use]
    ]
    return replace(
        dataset,
        table=table,
        unreadable=(*dataset.unreadable, *(Unreadable(one.path, _LOST) for one in found["lost"])),
        notes=(*dataset.notes, *notes),
        edits={**dataset.edits, "added": len(kept), "added_subjects": len({one.subject for one in kept})},
        additions=folder,
    )


def _use(addition: Addition, classes: Collection[str], contents: Collection[str], folder: Path) -> str:
    if addition.label not in classes:
        return "foreign"
    if addition.sha256 in contents or addition.file_sha256 in contents:
        return "twice"
    return "kept" if _is_whole(folder / _file(addition.sha256), addition.sha256) else "lost"


def _is_whole(file: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest() == sha256
    except OSError:
        return False


def _file(sha256: str) -> str:
    return f"{sha256[:16]}.png"


def _written(additions: Iterable[Addition]) -> bytes:
    return csv_log.written((asdict(addition) for addition in additions), _FIELDS).encode()


def _parsed(text: str) -> tuple[Addition, ...]:
    return csv_log.parsed(text, _FIELDS, _addition, what="additions")


def _addition(row: dict[str, str], line: int) -> Addition:
    for name in _HASHES:
        csv_log.sha256_in(row, name, line)
    if not row["subject"] or not all(row[name].isdecimal() for name in _NUMBERS):
        raise DataError(f"Expected a subject and a size in pixels and bytes. Received: line {line}, without.")
    return Addition(**{**row, **{name: int(row[name]) for name in _NUMBERS}})  # type: ignore[arg-type]  # strings else


def _write(file: Path, content: bytes) -> None:
    csv_log.keep(file, content, what=f"the added cells in {file.parent}")
