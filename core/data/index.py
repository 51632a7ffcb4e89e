"""Index a data set: walk a folder, read names and headers, decode nothing."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pandas as pd

from core.data import cnmc, demo, image_header
from core.data.dataset import COLUMNS, PRELIMINARY_TEST, TRAINING, CellDataset, Unreadable
from core.errors import DataError, UnreadableImage
from core.types import Progress, silent

_REPORT_EVERY = 500  # files


class _Found(NamedTuple):
    path: PurePosixPath
    bytes: int


@dataclass(frozen=True)
class _Walk:
    images: tuple[_Found, ...]
    label_tables: tuple[PurePosixPath, ...]
    others: int
    unreadable: tuple[Unreadable, ...]


class _Name(NamedTuple):
    class_name: str
    label: str
    subject: str
    part: str
    fold: str


def index(root: Path, *, positive: Sequence[str] = (), progress: Progress = silent) -> CellDataset:
    """Index the cells below a folder without reading pixels.

    C-NMC's layout is recognised by its file names; any other folder is read as one folder a class.

    Args:
        root: Folder to walk. Links to folders are not followed.
        positive: Classes that count as positive; not needed for C-NMC. Without it the cells of other layouts stay
            unlabelled until `CellDataset.with_positive` is called.
        progress: Called as headers are read.

    Raises:
        DataError: If the folder is missing, holds no image, or is neither C-NMC nor a set of class folders.
    """
    if not root.is_dir():
        raise DataError(f"Expected a folder. Received: {root}, which is {'a file' if root.exists() else 'missing'}.")
    walk = _walk(root)
    if not walk.images:
        raise DataError(
            f"Expected a folder with BMP, PNG, JPEG or TIFF images. Received: {root} with "
            f"{walk.others + len(walk.unreadable)} other files."
        )
    is_cnmc = bool(walk.label_tables) or any(cnmc.is_cell_name(found.path.stem) for found in walk.images)
    labels, damaged = _labels(root, walk.label_tables)
    read_name = _cnmc_reader(labels) if is_cnmc else _class_folder_reader(root, walk.images)
    rows, unreadable = _rows(root, walk.images, read_name, progress)
    if not rows:
        raise DataError(f"Expected at least one usable image below {root}. Received: none; {unreadable[0].reason}")
    table = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values("path", ignore_index=True)
    dataset = CellDataset(
        root=root,
        table=table,
        classes=(cnmc.NEGATIVE, cnmc.POSITIVE) if is_cnmc else ("", ""),
        origin=_origin(root, is_cnmc=is_cnmc),
        unreadable=tuple(sorted((*walk.unreadable, *damaged, *unreadable), key=lambda file: file.file)),
        notes=_notes(walk, labels, table),
    )
    return dataset if is_cnmc or not positive else dataset.with_positive(positive)


def _walk(root: Path) -> _Walk:
    images: list[_Found] = []
    tables: list[PurePosixPath] = []
    unreadable: list[Unreadable] = []
    others = 0
    for entry, path in _entries(root, PurePosixPath(), unreadable):
        suffix = path.suffix.lower()
        try:
            if suffix in image_header.SUFFIXES:
                images.append(_Found(path, entry.stat().st_size))
            elif suffix == ".csv" and cnmc.is_label_table(root / path):
                tables.append(path)
            else:
                others += 1
        except OSError as error:
            unreadable.append(Unreadable(str(path), f"Expected a readable file. Received: {error.strerror}."))
    return _Walk(tuple(images), tuple(tables), others, tuple(unreadable))


def _entries(
    folder: Path, below: PurePosixPath, unreadable: list[Unreadable]
) -> Iterator[tuple["os.DirEntry[str]", PurePosixPath]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        unreadable.append(Unreadable(str(below), f"Expected a readable folder. Received: {error.strerror}."))
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in (demo.MARKER, "__MACOSX"):
            continue
        text = os.fsencode(entry.name).decode("utf-8", "replace")
        path = below / text
        if text != entry.name:
            reason = "Expected a name in UTF-8. Received: one in another encoding; rename it."
            unreadable.append(Unreadable(str(path), reason))
        elif entry.is_dir(follow_symlinks=False):
            yield from _entries(folder / entry.name, path, unreadable)
        elif _is_file(entry):
            yield entry, path
        elif entry.is_symlink():
            reason = "Expected a file or folder. Received: a link to a folder or to nothing; links are not followed."
            unreadable.append(Unreadable(str(path), reason))


def _is_file(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads back to itself, or where nobody may look
        return False


def _labels(root: Path, tables: Sequence[PurePosixPath]) -> tuple[dict[PurePosixPath, pd.DataFrame], list[Unreadable]]:
    """Label table of each folder that has one; a damaged one counts as unreadable and its images stay unlabelled."""
    labels: dict[PurePosixPath, pd.DataFrame] = {}
    damaged: list[Unreadable] = []
    for table in tables:
        try:
            labels[table.parent] = cnmc.label_table(root / table)
        except DataError as error:
            damaged.append(Unreadable(str(table), str(error)))
    return labels, damaged


def _rows(
    root: Path, images: Sequence[_Found], read_name: Callable[[PurePosixPath], _Name], progress: Progress
) -> tuple[list[tuple[object, ...]], list[Unreadable]]:
    rows: list[tuple[object, ...]] = []
    unreadable: list[Unreadable] = []
    for done, (path, size) in enumerate(images):
        if done % _REPORT_EVERY == 0:
            progress(done, len(images), "Reading file headers")
        try:
            name = read_name(path)
            width, height = image_header.size(root / path)
        except (ValueError, UnreadableImage) as error:
            unreadable.append(Unreadable(str(path), str(error)))
            continue
        rows.append((str(path), *name, width, height, size, ""))
    progress(len(images), len(images), "Reading file headers")
    return rows, unreadable


def _cnmc_reader(labels: dict[PurePosixPath, pd.DataFrame]) -> Callable[[PurePosixPath], _Name]:
    listed = {
        (folder, str(name)): (str(subject), str(label))
        for folder, table in labels.items()
        for name, subject, label in zip(table.index, table["subject"], table["label"], strict=True)
    }

    def read(path: PurePosixPath) -> _Name:
        part = cnmc.part(path)
        if not cnmc.is_cell_name(path.stem) and part != TRAINING:
            places = path.parents if part == PRELIMINARY_TEST else ()  # the final test set's names are numbers as well
            subject, label = next(
                (listed[folder, path.name] for folder in places if (folder, path.name) in listed), ("", "")
            )
            return _Name(label, label, subject, part, "")
        cell = cnmc.cell_name(path.stem)
        folder = cnmc.folder_label(path)
        if folder and folder != cell.label:
            raise ValueError(f"Expected the same class in folder and name. Received: {folder} and {cell.label}.")
        return _Name(cell.label, cell.label, cell.subject, part, cnmc.fold(path))

    return read


def _class_folder_reader(root: Path, images: Sequence[_Found]) -> Callable[[PurePosixPath], _Name]:
    depth = 0
    while len(names := {found.path.parts[depth] for found in images if len(found.path.parts) > depth + 1}) == 1:
        depth += 1
    if len(names) < 2:
        raise DataError(
            f"Expected C-NMC's file names (UID_<subject>_<image>_<cell>_<all|hem>.bmp) or two or more class folders. "
            f"Received: {root} with {len(images)} images in one folder."
        )

    def read(path: PurePosixPath) -> _Name:
        if len(path.parts) <= depth + 1:
            raise ValueError(
                f"Expected an image inside a class folder ({', '.join(sorted(names))}). Received: one beside them."
            )
        return _Name(path.parts[depth], "", "", TRAINING, "")

    return read


def _origin(root: Path, *, is_cnmc: bool) -> str:
    marker = demo.drawn_marker(root)
    if marker is not None:
        return "drawn from a manifest" if marker.get("seed") is None else f"drawn, seed {marker['seed']}"
    return "C-NMC" if is_cnmc else root.resolve().name


def _notes(walk: _Walk, labels: dict[PurePosixPath, pd.DataFrame], table: pd.DataFrame) -> tuple[str, ...]:
    notes: list[str] = []
    present = {PurePosixPath(path).name for path in table.loc[table["part"] != TRAINING, "path"]}
    for folder, rows in labels.items():
        missing = len(set(rows.index) - present)
        if missing:
            notes.append(f"{missing:,} of {len(rows):,} cells named by the label table in {folder} have no image here.")
    if walk.others:
        notes.append(f"{walk.others:,} files that are no images were left out.")
    return tuple(notes)
