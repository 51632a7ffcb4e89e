"""C-NMC 2019's file names, folders and label table."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from core.data.dataset import FINAL_TEST, PRELIMINARY_TEST, TRAINING
from core.errors import DataError

POSITIVE, NEGATIVE = "ALL", "HEM"
LABEL_COLUMNS = ("Patient_ID", "new_names", "labels")

_NAME = re.compile(r"UID_(?P<subject>H?\d+)_(?P<image>\d+)_(?P<cell>\d+)_(?P<label>all|hem)", re.IGNORECASE)
_FOLD = re.compile(r"fold_\d+", re.IGNORECASE)
_LISTED = {"1": POSITIVE, "0": NEGATIVE}


@dataclass(frozen=True)
class CellName:
    """What a C-NMC file name says."""

    subject: str
    image: int
    cell: int
    label: str


def cell_name(stem: str) -> CellName:
    """Parse `UID_<subject>_<image>_<cell>_<all|hem>`; subjects are upper-cased since one is written `h3`.

    Raises:
        ValueError: If the name has another form.
    """
    match = _NAME.fullmatch(stem)
    if match is None:
        raise ValueError(f"Expected a name like UID_H12_3_1_hem. Received: {stem}.")
    return CellName(
        match["subject"].upper(),
        int(match["image"]),
        int(match["cell"]),
        POSITIVE if match["label"].lower() == "all" else NEGATIVE,
    )


def is_cell_name(stem: str) -> bool:
    """Whether the name starts as C-NMC's names do, even if the rest cannot be parsed."""
    return stem.upper().startswith("UID_")


def part(path: PurePosixPath) -> str:
    """Which part of C-NMC a file belongs to, told by its folders."""
    folders = "/".join(path.parts[:-1]).lower()
    if "testing_data" in folders or "test_final" in folders:
        return FINAL_TEST
    if "validation_data" in folders or "test_prelim" in folders:
        return PRELIMINARY_TEST
    return TRAINING


def fold(path: PurePosixPath) -> str:
    """Name of the `fold_<n>` folder above a file, or ""."""
    return next((folder.lower() for folder in path.parts[:-1] if _FOLD.fullmatch(folder)), "")


def folder_label(path: PurePosixPath) -> str:
    """Label that the folder directly above a file stands for, or ""."""
    return {"all": POSITIVE, "hem": NEGATIVE}.get(path.parent.name.lower(), "")


def is_label_table(file: Path) -> bool:
    """Whether a CSV file has the columns of the preliminary test set's labels."""
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        return tuple(lines.readline(200).strip().split(",")) == LABEL_COLUMNS


def label_table(file: Path) -> pd.DataFrame:
    """Read the preliminary test set's labels.

    Returns:
        Table indexed by file name with the columns `subject` and `label`.

    Raises:
        DataError: If the file cannot be read, has other columns, or a row of another form; the sentence names it.
    """
    try:
        rows = pd.read_csv(file, dtype=str, encoding="utf-8-sig").fillna("")
    except (OSError, ValueError) as error:
        raise DataError(f"Expected a label table that can be read. Received: {file.name} ({error}).") from error
    if tuple(rows.columns) != LABEL_COLUMNS:
        raise DataError(f"Expected the columns {', '.join(LABEL_COLUMNS)}. Received: {', '.join(rows.columns)}.")
    names = []
    for line, row in enumerate(rows.itertuples(index=False, name=None), start=2):
        try:
            names.append(_listed_name(*row))
        except ValueError as error:
            raise DataError(f"{file.name}, line {line}: {error}") from error
    return pd.DataFrame(
        {"subject": [name.subject for name in names], "label": [name.label for name in names]}, index=rows["new_names"]
    )


def _listed_name(patient: str, new_name: str, label: str) -> CellName:
    name = cell_name(PurePosixPath(patient).stem)
    if not new_name:
        raise ValueError(f"Expected the file name of {patient}. Received: none.")
    if _LISTED.get(label) != name.label:
        raise ValueError(f"Expected the label 1 (ALL) or 0 (HEM) that {patient} states. Received: {label or 'none'}.")
    return name
