"""What all sessions share: the only place that caches, each cache with a bound."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar
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
from core.effects import Effect
from core.effects import effects as effect_sizes
from core.embedding import network
from core.embedding.neighbours import nearest
from core.embedding.projection import kept_projection, projection
from core.embedding.vectors import CellVectors, morphology_vectors
from core.errors import DataError
from core.jobs import JobEngine
from core.shortcuts import Shortcut
from core.shortcuts import shortcuts as audit
from core.store import Classifier
from core.types import ByteArray, FloatArray, Progress, silent
from dashboard.state import Source

if TYPE_CHECKING:
    import pandas as pd

_DATASETS = 8  # an indexed and a hashed one count as two
_MODELS = 3
_THUMBNAILS = 2000

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
    for shelf in (_shelf(), _measures(), _splits(), _sheets()):
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
def thumbnail(file: Path, changed: float, *, edge: int) -> ByteArray:  # noqa: ARG001  # the time is part of the key
    """A small picture of a cell, RGB, (edge, edge, 3)."""
    (picture,) = pixels.read([file], pixels.Preprocessing(edge))
    return np.asarray(picture, dtype=np.uint8)


@st.cache_data(max_entries=_DATASETS, show_spinner="Looking for cells that look alike")
def near_pairs(cells: "pd.DataFrame") -> "pd.DataFrame":
    """Pairs of cells that look alike, compared once for each table."""
    return near_duplicates(cells)


@st.cache_data(max_entries=_DATASETS, show_spinner="Auditing shortcuts")
def shortcuts(cells: "pd.DataFrame", classes: tuple[str, str]) -> list[Shortcut]:
    """The shortcut audit of measured, labelled cells, computed once for each table."""
    return audit(cells, classes)


@st.cache_data(max_entries=_DATASETS, show_spinner="Comparing the classes")
def effects(cells: "pd.DataFrame", classes: tuple[str, str]) -> list[Effect]:
    """Effect sizes of measured, labelled cells, computed once for each table."""
    return effect_sizes(cells, classes)


BY_MORPHOLOGY = "cell morphology"  # no model can have this name: it has a space


@st.cache_resource(max_entries=1, show_spinner=False)
def _vectors() -> _Shelf[CellVectors]:
    return _Shelf()


def _compared(cells: "pd.DataFrame", by: str) -> str:
    """What tells one set of vectors from another: the cells, and the weights of the network that saw them."""
    content = hashlib.sha256("\n".join(cells["path"] + " " + cells["sha256"]).encode()).hexdigest()
    return f"{content} {by if by == BY_MORPHOLOGY else store.card(settings().models, by).model_sha256}"


def _decodable(source: Source | None, cells: "pd.DataFrame") -> CellDataset:
    return replace(dataset(source, hashes=True, progress=silent), table=cells[cells["problem"] == ""])


def unseen(source: Source | None, cells: "pd.DataFrame", by: str) -> int:
    """Number of measured cells that a stored network would have to look at before it can compare them."""
    place = settings()
    if by == BY_MORPHOLOGY or _vectors().holds((source, place, _compared(cells, by))):
        return 0
    return network.unseen(_decodable(source, cells), store.card(place.models, by), cache=place.cache)


def vectors(source: Source | None, cells: "pd.DataFrame", by: str, *, progress: Progress) -> CellVectors:
    """What measured cells are compared by.

    Args:
        source: Where they are from.
        cells: From `measures`.
        by: `BY_MORPHOLOGY`, or the name of a stored network, which looks at each cell that it has not seen yet.
        progress: Called as it does.
    """
    place = settings()

    def read() -> CellVectors:
        if by == BY_MORPHOLOGY:
            return morphology_vectors(cells)
        card = store.card(place.models, by)
        seen = _decodable(source, cells)
        return network.network_vectors(seen, card, lambda: classifier(by), cache=place.cache, progress=progress)

    return _vectors().fetch((source, place, _compared(cells, by)), read)


def network_scores(source: Source | None, cells: "pd.DataFrame") -> dict[str, "pd.Series"]:
    """Scores of the measured cells, by path, by the name of each stored network that has seen them all already."""
    place = settings()
    found = {}
    for model in store.models(place.models):
        if model.card is not None and _vectors().holds((source, place, _compared(cells, model.name))):
            seen = vectors(source, cells, model.name, progress=silent).rows(cells)
            found[model.name] = seen.set_index("path")["score"]
    return found


def kept_map(source: Source | None, cells: "pd.DataFrame", by: str) -> tuple[CellVectors, FloatArray] | None:
    """The vectors of measured cells and their places on the map, (cells, 2), if it was drawn before."""
    if unseen(source, cells, by):
        return None
    found = vectors(source, cells, by, progress=silent)
    points = kept_projection(found.numbers, cache=settings().cache)
    return None if points is None else (found, points)


def cell_map(
    source: Source | None, cells: "pd.DataFrame", by: str, *, progress: Progress
) -> tuple[CellVectors, FloatArray]:
    """The vectors of measured cells and their places on the map, (cells, 2), which is drawn if need be.

    Raises:
        DataError: If there are too few cells.
    """
    found = vectors(source, cells, by, progress=progress)
    return found, projection(found.numbers, cache=settings().cache, progress=progress)


def similar(
    source: Source | None,
    cells: "pd.DataFrame",
    path: str,
    *,
    by: str = BY_MORPHOLOGY,
    count: int = 8,
    progress: Progress = silent,
) -> list[tuple[str, float]]:
    """Paths of the measured cells most like one of them with their distances, the nearest first.

    Args:
        source: Where they are from.
        cells: From `measures`.
        path: The cell.
        by: As in `vectors`.
        count: Most cells to return.
        progress: Called while a network looks at cells that it has not seen yet.

    Raises:
        DataError: If the cell itself could not be compared.
    """
    found = vectors(source, cells, by, progress=progress)
    if path not in found.paths:
        raise DataError("Expected a cell that can be compared. Received: one without measures.")
    rows, distances = nearest(found.numbers, found.paths.index(path), count=count)
    return [(found.paths[row], float(distance)) for row, distance in zip(rows, distances, strict=True)]


@st.cache_resource(max_entries=1, show_spinner=False)
def _sheets() -> _Shelf[dict[str, Any]]:
    return _Shelf()


def data_sheet(source: Source | None, cells: "pd.DataFrame", *, progress: Progress) -> dict[str, Any]:
    """The data sheet of a measured source, written once for each state of its edits."""
    from core.datasheet import data_sheet as write

    wanted = dataset(source, hashes=True, progress=progress)
    decisions = log(edits_file(settings(), wanted.root))
    return _sheets().fetch(
        (source, settings(), _step(decisions)), lambda: write(wanted, cells, decisions, progress=progress)
    )


@st.cache_data(max_entries=_DATASETS, show_spinner="Judging cells by models that never saw their subject")
def _out_of_fold(cells: "pd.DataFrame", classes: tuple[str, str]) -> FloatArray:
    from core.suspects import out_of_fold as judge

    return judge(cells, classes)


def out_of_fold(cells: "pd.DataFrame", classes: tuple[str, str]) -> FloatArray:
    """Probability of the positive class by a model that never saw the subject, (cells,), once for each table.

    Raises:
        DataError: If there are too few persons of a class.
    """
    from core.data.morphology import MORPHOLOGY

    return _out_of_fold(cells[["path", "sha256", "subject", "label", "part", *MORPHOLOGY]], classes)


def suspects(cells: "pd.DataFrame", classes: tuple[str, str]) -> "tuple[pd.DataFrame, float]":
    """Measured cells whose label may be wrong, the worst first, and the AUROC of the model that says so.

    Raises:
        DataError: If there are too few persons of a class.
    """
    probability = out_of_fold(cells, classes)
    return _suspects(cells[["path", "sha256", "subject", "label"]], probability, classes)


@st.cache_data(max_entries=_DATASETS, show_spinner="Looking for label suspects")
def _suspects(cells: "pd.DataFrame", probability: FloatArray, classes: tuple[str, str]) -> "tuple[pd.DataFrame, float]":
    from core.evaluation import roc_auc
    from core.suspects import suspects as doubted

    judged = np.isfinite(probability)
    truth = np.asarray(cells["label"] == classes[1], dtype=np.int64)
    return doubted(cells, probability, classes), roc_auc(truth[judged], probability[judged])
