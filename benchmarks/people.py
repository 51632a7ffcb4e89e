"""The cells on which a way of preparing pixels is measured, drawn and real, and the person whom each is of."""

import os
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pandas as pd

from core.config import settings
from core.data import cnmc
from core.data.dataset import CellDataset
from core.data.demo import write_demo
from core.data.drawing import GENERATOR
from core.data.hashing import hashed
from core.data.index import index
from core.data.persons import persons

CELLS, SUBJECTS, DATA_SEED = 1500, 50, 5


class People(NamedTuple):
    """Labelled cells and, for each of them, its person."""

    dataset: CellDataset
    person: pd.Series

    @property
    def files(self) -> list[Path]:
        """The cells' files."""
        return [self.dataset.file(path) for path in self.dataset.labelled["path"]]

    def __str__(self) -> str:
        """How many there are."""
        return f"{len(self.person)} cells of {self.person.nunique()} persons"


def drawn() -> People:
    """1,500 drawn cells of 50 subjects."""
    place = settings()
    root = write_demo(place.data / f"bench-stain-{GENERATOR}", cells=CELLS, subjects=SUBJECTS, seed=DATA_SEED)
    dataset = hashed(index(root), cache=place.cache)
    return _people(dataset, persons(dataset.table))


def real() -> People | None:
    """The 40 real cells, where `LEUKOSCOPE_REAL_DATA` says where they are; persons as the whole data set tells them."""
    folder = os.environ.get("LEUKOSCOPE_REAL_DATA")
    if not folder:
        return None
    dataset = hashed(index(Path(folder) / "cnmc-sample"), cache=settings().cache)
    rows = pd.read_csv(Path(folder) / "cnmc-manifest.csv.gz", dtype=str)
    stems = rows["path"].map(lambda path: PurePosixPath(path).stem)
    stems = stems[stems.map(cnmc.is_cell_name)]
    everybody = rows.loc[stems.index].assign(subject=stems.map(lambda stem: cnmc.cell_name(stem).subject))
    return _people(dataset, persons(everybody))


def _people(dataset: CellDataset, person: dict[str, str]) -> People:
    return People(dataset, dataset.labelled["subject"].map(person).reset_index(drop=True))
