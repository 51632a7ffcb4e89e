"""C-NMC 2019's file names, folders and label table."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from core.data.dataset import FINAL_TEST, PRELIMINARY_TEST, TRAINING

POSITIVE, NEGATIVE = "ALL", "HEM"
LABEL_COLUMNS = ("Patient_ID", "new_names", "labels")

_NAME = re.compile(r"UID_(?P<subject>H?\d+)_(?P<image>\d+)_(?P<cell>\d+)_(?P<label>all|hem)", re.IGNORECASE)
_FOLD = re.compile(r"fold_\d+", re.IGNORECASE)


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
        return tuple(lines.readline().strip().split(",")) == LABEL_COLUMNS


def label_table(file: Path) -> pd.DataFrame:
    """Read the preliminary test set's labels.

    Returns:
        Table indexed by file name with the columns `subject` and `label`.
    """
    rows = pd.read_csv(file, dtype=str, encoding="utf-8-sig")
    names = [cell_name(PurePosixPath(patient).stem) for patient in rows["Patient_ID"]]
    labels = rows["labels"].map({"1": POSITIVE, "0": NEGATIVE}).fillna("")
    return pd.DataFrame(
        {"subject": [name.subject for name in names], "label": labels.to_numpy()}, index=rows["new_names"]
    )
