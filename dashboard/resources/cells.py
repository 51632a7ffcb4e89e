"""Data sets with their cells, measures, split and thumbnails."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.config import settings
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.edits import Decision, edited, edits_file, log
from core.data.hashing import hashed
from core.data.library import demo_folder, open_dataset
from core.data.measures import measured
from core.data.split import Split, split
from core.types import ByteArray, Progress, silent
from dashboard.resources import shelves
from dashboard.state import Source

if TYPE_CHECKING:
    import pandas as pd

_THUMBNAILS = 2000


def dataset(source: Source | None, *, hashes: bool, progress: Progress) -> CellDataset:
    """The data set of a source, indexed; if so wanted hashed, with its edits applied; the demo set for None."""
    place = settings()

    def index() -> CellDataset:
        if source is None:
            return open_dataset(demo_folder(place, progress=progress), place, progress=progress)
        return open_dataset(source.path, place, positive=source.positive, progress=progress)

    def hash_files() -> CellDataset:
        return hashed(dataset(source, hashes=False, progress=progress), cache=place.cache, progress=progress)

    if not hashes:
        return shelves.datasets().fetch((source, place, "indexed"), index)
    found = shelves.datasets().fetch((source, place, "hashed"), hash_files)
    decisions = log(edits_file(place, found.root))
    if not decisions:
        return found
    return shelves.datasets().fetch((source, place, state_of_edits(decisions)), lambda: edited(found, decisions))


def state_of_edits(decisions: tuple[Decision, ...]) -> str:
    """What tells one state of the log from another."""
    return f"{len(decisions)} edits until {decisions[-1].decided}" if decisions else "no edits"


def is_measured(source: Source | None) -> bool:
    """Whether the measures of a source are at hand."""
    return shelves.measures().holds((source, settings(), "measured"))


def measures(source: Source | None, *, progress: Progress) -> "pd.DataFrame":
    """The cells of a source, edits applied, with their quality, morphology and perceptual hash."""
    wanted = dataset(source, hashes=True, progress=progress)

    def read() -> "pd.DataFrame":
        return measured(wanted, cache=settings().cache, progress=progress)

    found = shelves.measures().fetch((source, settings(), "measured"), read)
    return found.assign(label=wanted.table["label"], part=wanted.table["part"])  # what edits change


def sides(source: Source | None) -> Split:
    """The split by subject that Train and Compare use with seed 0.

    Raises:
        SplitImpossible: If there are too few subjects.
    """
    wanted = dataset(source, hashes=True, progress=silent)
    step = state_of_edits(log(edits_file(settings(), wanted.root)))
    return shelves.splits().fetch((source, settings(), step), lambda: split(wanted))


@st.cache_data(max_entries=_THUMBNAILS, show_spinner=False)
def thumbnail(file: Path, changed: float, *, edge: int) -> ByteArray:  # noqa: ARG001  # the time is part of the key
    """A small picture of a cell, RGB, (edge, edge, 3)."""
    (picture,) = pixels.read([file], pixels.Preprocessing(edge))
    return np.asarray(picture, dtype=np.uint8)
