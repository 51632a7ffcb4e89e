"""`CellDataset`: one frozen table, a row a cell, that every other part of core reads."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import DataError
from core.types import IntArray

COLUMNS = ("path", "class_name", "label", "subject", "part", "fold", "width", "height", "bytes", "sha256")
TRAINING = "training"
PRELIMINARY_TEST = "preliminary test"
FINAL_TEST = "final test"
EXCLUDED = "excluded"
ADDED = "added"
ADDED_FOLDER = "added after review"  # how the paths of added cells begin, which lie in the workspace


@dataclass(frozen=True)
class Unreadable:
    """A file that an index could not use, and why."""

    file: str
    reason: str


@dataclass(frozen=True, eq=False)
class CellDataset:
    """The cells of one folder; pixels are read lazily from `root / path`.

    Attributes:
        root: Folder that `path` is relative to.
        table: One row a cell with the columns `COLUMNS`: `path` (POSIX, relative), `class_name` (as found), `label`
            (one of `classes`, or "" where unknown), `subject` (upper case, "" where unknown), `part` (training,
            preliminary test, final test, excluded by a reviewer, or added after review), `fold`, `width` and `height`
            in pixels, `bytes` and `sha256` ("" until hashed).
        classes: (negative, positive); two empty strings until the user has named the positive classes.
        origin: Whose subjects these are: "C-NMC", "drawn, seed 0", or a folder's name. Equal subject ids mean one
            person only within one origin.
        unreadable: Files that could not be used.
        notes: Findings about the data set as a whole, one sentence each.
        edits: Cells that reviewers changed: "relabelled" and "excluded", where any decision was applied; "added" and
            "added_subjects", where there are additions.
        additions: Folder of the cells that were added after review, or None.
    """

    root: Path
    table: pd.DataFrame
    classes: tuple[str, str]
    origin: str
    unreadable: tuple[Unreadable, ...] = ()
    notes: tuple[str, ...] = ()
    edits: Mapping[str, int] = field(default_factory=dict)
    additions: Path | None = None

    @property
    def negative(self) -> str:
        """Name of the class that counts as 0."""
        return self.classes[0]

    @property
    def positive(self) -> str:
        """Name of the class that counts as 1."""
        return self.classes[1]

    @property
    def drawn(self) -> bool:
        """Whether the cells come from LeukoScope's own generator."""
        return self.origin.startswith("drawn")

    @property
    def labelled(self) -> pd.DataFrame:
        """Rows that carry a label and may be trained on: the training part, which is split, and what was added."""
        return self.table[(self.table["label"] != "") & self.table["part"].isin((TRAINING, ADDED))]

    @property
    def candidates(self) -> pd.DataFrame:
        """The labelled rows and those that reviewers excluded: these tell which subjects are one person."""
        return self.table[(self.table["label"] != "") & self.table["part"].isin((TRAINING, ADDED, EXCLUDED))]

    @property
    def has_subjects(self) -> bool:
        """Whether every labelled cell names its subject, so that a split by subject is possible."""
        return len(self.labelled) > 0 and bool((self.labelled["subject"] != "").all())

    @property
    def hashed(self) -> bool:
        """Whether every cell carries its content hash."""
        return bool((self.table["sha256"] != "").all())

    def check_hashed(self) -> None:
        """Refuse a data set whose files have not been hashed.

        Raises:
            DataError: If a cell carries no content hash.
        """
        if not self.hashed:
            raise DataError("Expected a hashed data set. Received: one whose files have not been hashed yet.")

    def file(self, path: str) -> Path:
        """Absolute path of the cell whose `path` column is given."""
        folder, _, name = path.partition("/")
        return self.root / path if self.additions is None or folder != ADDED_FOLDER else self.additions / name

    def truth(self, cells: pd.DataFrame) -> IntArray:
        """1 for a positive cell, 0 for a negative one, (cells,)."""
        return np.asarray(cells["label"] == self.positive, dtype=np.int64)

    def with_positive(self, positive: Sequence[str]) -> "CellDataset":
        """Name the class folders that count as positive; all others become the negative class.

        Raises:
            DataError: If a name is no class of this data set, nothing is left for the other side, or both sides would
                have one name.
        """
        found = sorted(set(self.table["class_name"]) - {""})
        chosen = sorted(set(positive))
        rest = [name for name in found if name not in chosen]
        if not chosen or not set(chosen) <= set(found) or not rest:
            raise DataError(
                f"Expected one or more positive classes out of {found}, with at least one class left over. "
                f"Received: {chosen}."
            )
        classes = ("rest" if len(rest) > 1 else rest[0], " + ".join(chosen))
        if classes[0] == classes[1]:
            raise DataError(
                f"Expected two classes with different names. Received: {classes[0]} twice; rename a folder."
            )
        is_positive = self.table["class_name"].isin(chosen)
        label = pd.Series(classes[0], index=self.table.index).where(~is_positive, classes[1])
        label = label.where(self.table["class_name"] != "", "")
        return replace(self, table=self.table.assign(label=label), classes=classes)

    def fingerprint(self) -> str:
        """SHA-256 over the sorted content hashes, labels and subjects of the labelled cells.

        Raises:
            DataError: If the cells have not been hashed.
        """
        if not self.hashed:
            raise DataError(
                "Expected a hashed data set. Received: one without content hashes; call hashing.hashed first."
            )
        cells = self.labelled
        rows = sorted(cells["sha256"] + " " + cells["label"] + " " + cells["subject"])
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()
