"""Index a data set: walk a folder, read names and headers, decode nothing."""

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pandas as pd

from core.data import cnmc, demo, image_header, index_cache
from core.data.dataset import COLUMNS, PRELIMINARY_TEST, TRAINING, CellDataset, Unreadable
from core.data.walk import Listing, Walk, listing, walk
from core.errors import DataError, UnreadableImage
from core.types import Progress, silent

_REPORT_EVERY = 500  # files
_READING = "Reading file headers"
_Reader = Callable[[str, str], "_Name"]  # folder and name of a file


class _Name(NamedTuple):
    class_name: str
    label: str
    subject: str
    part: str
    fold: str


def index(
    root: Path, *, positive: Sequence[str] = (), cache: Path | None = None, progress: Progress = silent
) -> CellDataset:
    """Index the cells below a folder without reading pixels.

    C-NMC's layout is recognised by its file names; any other folder is read as one folder a class.

    Args:
        root: Folder to walk. Links to folders are not followed.
        positive: Classes that count as positive; not needed for C-NMC. Without it the cells of other layouts stay
            unlabelled until `CellDataset.with_positive` is called.
        cache: Folder in which the index is kept; a file whose size and time are unchanged is not opened again.
        progress: Called as headers are read.

    Raises:
        DataError: If the folder is missing, holds no image, or is neither C-NMC nor a set of class folders.
    """
    if not root.is_dir():
        raise DataError(f"Expected a folder. Received: {root}, which is {'a file' if root.exists() else 'missing'}.")
    found = listing(root)
    dataset = index_cache.load(cache, root, found) if cache is not None else None
    if dataset is not None:
        progress(len(dataset.table), len(dataset.table), _READING)
    elif cache is not None:
        dataset = _read(root, found, index_cache.sizes(cache, root, found), progress)
        index_cache.keep(cache, dataset, found)
    else:
        dataset = _read(root, found, {}, progress)
    return dataset if all(dataset.classes) or not positive else dataset.with_positive(positive)


def _read(root: Path, found: Listing, known: Mapping[str, tuple[int, int]], progress: Progress) -> CellDataset:
    files = walk(root, found)
    if not files.images:
        raise DataError(
            f"Expected a folder with BMP, PNG, JPEG or TIFF images. Received: {root} with "
            f"{files.others + len(files.unreadable)} other files."
        )
    is_cnmc = bool(files.label_tables) or any(cnmc.is_cell_name(path.rpartition("/")[2]) for path in files.images)
    labels, damaged = _labels(root, files.label_tables)
    read_name = _cnmc_reader(labels) if is_cnmc else _class_folder_reader(root, list(files.images))
    rows, unreadable = _rows(root, files.images, read_name, known, progress)
    if not rows:
        raise DataError(f"Expected at least one usable image below {root}. Received: none; {unreadable[0].reason}")
    table = pd.DataFrame(dict(zip(COLUMNS, zip(*rows, strict=True), strict=True)))
    return CellDataset(
        root=root,
        table=table,
        classes=(cnmc.NEGATIVE, cnmc.POSITIVE) if is_cnmc else ("", ""),
        origin=_origin(root, is_cnmc=is_cnmc),
        unreadable=tuple(sorted((*files.unreadable, *damaged, *unreadable), key=lambda file: file.file)),
        notes=_notes(files, labels, table),
    )


def _labels(root: Path, tables: Sequence[str]) -> tuple[dict[PurePosixPath, pd.DataFrame], list[Unreadable]]:
    """Label table of each folder that has one; a damaged one counts as unreadable and its images stay unlabelled."""
    labels: dict[PurePosixPath, pd.DataFrame] = {}
    damaged: list[Unreadable] = []
    for table in tables:
        try:
            labels[PurePosixPath(table).parent] = cnmc.label_table(root / table)
        except DataError as error:
            damaged.append(Unreadable(table, str(error)))
    return labels, damaged


def _rows(
    root: Path,
    images: Mapping[str, int],
    read_name: _Reader,
    known: Mapping[str, tuple[int, int]],
    progress: Progress,
) -> tuple[list[tuple[object, ...]], list[Unreadable]]:
    rows: list[tuple[object, ...]] = []
    unreadable: list[Unreadable] = []
    top = os.fspath(root)
    for done, (path, size) in enumerate(images.items()):
        if done % _REPORT_EVERY == 0:
            progress(done, len(images), _READING)
        folder, _, file = path.rpartition("/")
        try:
            name = read_name(folder, file)
            width, height = known.get(path) or image_header.size(f"{top}/{path}")
        except (ValueError, UnreadableImage) as error:
            unreadable.append(Unreadable(path, str(error)))
            continue
        rows.append((path, *name, width, height, size, ""))
    progress(len(images), len(images), _READING)
    return rows, unreadable


class _Place(NamedTuple):
    """What C-NMC's layout says of all files of one folder."""

    part: str
    fold: str
    label: str
    above: tuple[PurePosixPath, ...]


def _place(folder: str) -> _Place:
    file = PurePosixPath(folder, "cell")
    return _Place(cnmc.part(file), cnmc.fold(file), cnmc.folder_label(file), tuple(file.parents))


def _cnmc_reader(labels: dict[PurePosixPath, pd.DataFrame]) -> _Reader:
    listed = {
        (folder, str(name)): (str(subject), str(label))
        for folder, table in labels.items()
        for name, subject, label in zip(table.index, table["subject"], table["label"], strict=True)
    }

    place_of = functools.cache(_place)

    def read(folder: str, file: str) -> _Name:
        place, stem = place_of(folder), file.rpartition(".")[0]
        if not cnmc.is_cell_name(stem) and place.part != TRAINING:
            above = place.above if place.part == PRELIMINARY_TEST else ()  # the final test set has the same names
            subject, label = next((listed[up, file] for up in above if (up, file) in listed), ("", ""))
            return _Name(label, label, subject, place.part, "")
        cell = cnmc.cell_name(stem)
        if place.label and place.label != cell.label:
            raise ValueError(f"Expected the same class in folder and name. Received: {place.label} and {cell.label}.")
        return _Name(cell.label, cell.label, cell.subject, place.part, place.fold)

    return read


def _class_folder_reader(root: Path, images: Sequence[str]) -> _Reader:
    folders = [PurePosixPath(folder).parts for folder in {path.rpartition("/")[0] for path in images}]
    depth = 0
    while len(names := {parts[depth] for parts in folders if len(parts) > depth}) == 1:
        depth += 1
    if len(names) < 2:
        raise DataError(
            f"Expected C-NMC's file names (UID_<subject>_<image>_<cell>_<all|hem>.bmp) or two or more class folders. "
            f"Received: {root} with {len(images)} images in one folder."
        )

    def read(folder: str, _: str) -> _Name:
        parts = PurePosixPath(folder).parts
        if len(parts) <= depth:
            raise ValueError(
                f"Expected an image inside a class folder ({', '.join(sorted(names))}). Received: one beside them."
            )
        return _Name(parts[depth], "", "", TRAINING, "")

    return read


def _origin(root: Path, *, is_cnmc: bool) -> str:
    marker = demo.drawn_marker(root)
    if marker is not None:
        return "drawn from a manifest" if marker.get("seed") is None else f"drawn, seed {marker['seed']}"
    return "C-NMC" if is_cnmc else root.resolve().name


def _notes(files: Walk, labels: dict[PurePosixPath, pd.DataFrame], table: pd.DataFrame) -> tuple[str, ...]:
    notes: list[str] = []
    present = {path.rpartition("/")[2] for path in table.loc[table["part"] != TRAINING, "path"]}
    for folder, rows in labels.items():
        missing = len(set(rows.index) - present)
        if missing:
            notes.append(f"{missing:,} of {len(rows):,} cells named by the label table in {folder} have no image here.")
    if files.others:
        notes.append(f"{files.others:,} files that are no images were left out.")
    return tuple(notes)
