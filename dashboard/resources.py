"""What all sessions share: the only place that caches, each cache with a bound."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar
from weakref import WeakValueDictionary

import numpy as np
import streamlit as st

from core import store
from core.config import Settings, settings
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.duplicates import near_duplicates
from core.data.edits import Decision, edited, edits_file, log
from core.data.hashing import hashed
from core.data.library import demo_folder, open_dataset
from core.data.measures import measured
from core.data.split import Split, split
from core.jobs import JobEngine
from core.shortcuts import Shortcut
from core.shortcuts import shortcuts as audit
from core.store import Classifier
from core.types import ByteArray, Progress, silent
from dashboard.state import Source

if TYPE_CHECKING:
    import pandas as pd

_DATASETS = 8  # an indexed and a hashed one count as two
_MODELS = 3
_THUMBNAILS = 2000
_THUMBNAIL_EDGE = 160  # pixels

_Key = tuple[Source | None, Settings, str]
Value = TypeVar("Value")


@st.cache_resource(max_entries=1, show_spinner=False)
def jobs() -> JobEngine:
    """The engine that runs trainings and comparisons; its cluster starts with the first job."""
    return JobEngine(settings())


class _Shelf(Generic[Value]):
    """What was read last of data sets; while one is being read, only those who want the same one wait.

    Streamlit's own caches cannot hold them: they would replay the progress bar.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, Value] = OrderedDict()
        self._reading: WeakValueDictionary[_Key, threading.Lock] = WeakValueDictionary()  # a lock lives while in use

    def holds(self, key: _Key) -> bool:
        with self._lock:
            return key in self._kept

    def fetch(self, key: _Key, read: Callable[[], Value]) -> Value:
        with self._lock:
            reading = self._reading.setdefault(key, threading.Lock())
        with reading:
            with self._lock:
                found = self._kept.get(key)
            found = read() if found is None else found
            with self._lock:
                self._kept[key] = found
                self._kept.move_to_end(key)
                while len(self._kept) > _DATASETS:
                    self._kept.popitem(last=False)
            return found

    def drop(self, source: Source | None) -> None:
        with self._lock:
            for key in [key for key in self._kept if key[0] == source]:
                del self._kept[key]


@st.cache_resource(max_entries=1, show_spinner=False)
def _shelf() -> _Shelf[CellDataset]:
    return _Shelf()


@st.cache_resource(max_entries=1, show_spinner=False)
def _measures() -> "_Shelf[pd.DataFrame]":
    return _Shelf()


@st.cache_resource(max_entries=1, show_spinner=False)
def _splits() -> _Shelf[Split]:
    return _Shelf()


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
        return _shelf().fetch((source, place, "indexed"), index)
    found = _shelf().fetch((source, place, "hashed"), hash_files)
    decisions = log(edits_file(place, found.root))
    if not decisions:
        return found
    return _shelf().fetch((source, place, _step(decisions)), lambda: edited(found, decisions))


def _step(decisions: tuple[Decision, ...]) -> str:
    """What tells one state of the log from another."""
    return f"{len(decisions)} edits until {decisions[-1].decided}" if decisions else "no edits"


def forget(source: Source | None) -> None:
    """Read a data set anew at the next call."""
    for shelf in (_shelf(), _measures(), _splits()):
        shelf.drop(source)


def is_measured(source: Source | None) -> bool:
    """Whether the measures of a source are at hand."""
    return _measures().holds((source, settings(), "measured"))


def measures(source: Source | None, *, progress: Progress) -> "pd.DataFrame":
    """The cells of a source, edits applied, with their quality, morphology and perceptual hash."""
    wanted = dataset(source, hashes=True, progress=progress)

    def read() -> "pd.DataFrame":
        return measured(wanted, cache=settings().cache, progress=progress)

    found = _measures().fetch((source, settings(), "measured"), read)
    return found.assign(label=wanted.table["label"], part=wanted.table["part"])  # what edits change


def sides(source: Source | None) -> Split:
    """The split by subject that Train and Compare use with seed 0.

    Raises:
        SplitImpossible: If there are too few subjects.
    """
    wanted = dataset(source, hashes=True, progress=silent)
    step = _step(log(edits_file(settings(), wanted.root)))
    return _splits().fetch((source, settings(), step), lambda: split(wanted))


@st.cache_resource(max_entries=_MODELS, show_spinner="Loading the model")
def _classifier(folder: Path, name: str, sha256: str) -> Classifier:  # noqa: ARG001  # the hash is part of the key
    return store.load(folder, name)


def classifier(name: str) -> Classifier:
    """A stored model, loaded once as long as its hash stays the same."""
    folder = settings().models
    return _classifier(folder, name, store.card(folder, name).model_sha256)


@st.cache_data(max_entries=_THUMBNAILS, show_spinner=False)
def thumbnail(file: Path, changed: float) -> ByteArray:  # noqa: ARG001  # the time is part of the key
    """A small picture of a cell, RGB."""
    (picture,) = pixels.read([file], pixels.Preprocessing(_THUMBNAIL_EDGE))
    return np.asarray(picture, dtype=np.uint8)


@st.cache_data(max_entries=_DATASETS, show_spinner="Looking for cells that look alike")
def near_pairs(cells: "pd.DataFrame") -> "pd.DataFrame":
    """Pairs of cells that look alike, compared once for each table."""
    return near_duplicates(cells)


@st.cache_data(max_entries=_DATASETS, show_spinner="Auditing shortcuts")
def shortcuts(cells: "pd.DataFrame", classes: tuple[str, str]) -> list[Shortcut]:
    """The shortcut audit of measured, labelled cells, computed once for each table."""
    return audit(cells, classes)
