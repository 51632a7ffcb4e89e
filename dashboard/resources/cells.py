"""Data sets with their cells, measures, split and thumbnails."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.config import settings
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.hashing import hashed
from core.data.library import demo_folder, open_dataset, reviewed, state_of_additions, state_of_review
from core.data.measures import measured
from core.data.split import Split, split
from core.types import ByteArray, Progress, silent
from dashboard.resources import shelves
from dashboard.state import Source

if TYPE_CHECKING:
    import pandas as pd

_THUMBNAILS = 2000


def dataset(source: Source | None, *, hashes: bool, progress: Progress) -> CellDataset:
    """The data set of a source, indexed; if so wanted hashed, as reviewers left it; the demo set for None."""
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
    state = state_of_review(place, found.root)
    return shelves.datasets().fetch((source, place, state), lambda: reviewed(found, place)) if state else found


def is_measured(source: Source | None) -> bool:
    """Whether the measures of a source are at hand."""
    wanted = dataset(source, hashes=True, progress=silent)
    return shelves.measures().holds((source, settings(), f"measured {state_of_additions(settings(), wanted.root)}"))


def measures(source: Source | None, *, progress: Progress) -> "pd.DataFrame":
    """The cells of a source, as reviewers left them, with their quality, morphology and perceptual hash."""
    wanted = dataset(source, hashes=True, progress=progress)
    state = f"measured {state_of_additions(settings(), wanted.root)}"

    def read() -> "pd.DataFrame":
        return measured(wanted, cache=settings().cache, progress=progress)

    found = shelves.measures().fetch((source, settings(), state), read)
    return found.assign(label=wanted.table["label"], part=wanted.table["part"])  # what edits change


def sides(source: Source | None) -> Split:
    """The split by subject that Train and Compare use with seed 0.

    Raises:
        SplitImpossible: If there are too few subjects.
    """
    wanted = dataset(source, hashes=True, progress=silent)
    state = state_of_review(settings(), wanted.root)
    return shelves.splits().fetch((source, settings(), state), lambda: split(wanted))


@st.cache_data(max_entries=_THUMBNAILS, show_spinner=False)
def thumbnail(file: Path, changed: float, *, edge: int) -> ByteArray:  # noqa: ARG001  # the time is part of the key
    """A small picture of a cell, RGB, (edge, edge, 3)."""
    (picture,) = pixels.read([file], pixels.Preprocessing(edge))
    return np.asarray(picture, dtype=np.uint8)
