"""What all sessions share: the only place that caches, each cache with a bound."""

import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np
import streamlit as st

from core import store
from core.config import Settings, settings
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.hashing import hashed
from core.data.library import demo_folder, open_dataset
from core.jobs import JobEngine
from core.store import Classifier
from core.types import ByteArray, Progress
from dashboard.state import Source

_DATASETS = 4
_MODELS = 3
_THUMBNAILS = 2000
_THUMBNAIL_EDGE = 160  # pixels


@st.cache_resource(max_entries=1, show_spinner=False)
def jobs() -> JobEngine:
    """The engine that runs trainings and comparisons; its cluster starts with the first job."""
    return JobEngine(settings())


@st.cache_resource(max_entries=1, show_spinner=False)
def _datasets() -> "OrderedDict[tuple[Source | None, Settings, bool], CellDataset]":
    return OrderedDict()


@st.cache_resource(max_entries=1, show_spinner=False)
def _lock() -> threading.RLock:
    return threading.RLock()


def dataset(source: Source | None, *, hashes: bool, progress: Progress) -> CellDataset:
    """The data set of a source, indexed, and hashed if so wanted; the demo set for None."""
    place = settings()
    key = (source, place, hashes)
    kept = _datasets()
    with _lock():
        if key not in kept:
            if hashes:
                found = hashed(dataset(source, hashes=False, progress=progress), cache=place.cache, progress=progress)
            elif source is None:
                found = open_dataset(demo_folder(place, progress=progress), place, progress=progress)
            else:
                found = open_dataset(source.path, place, positive=source.positive, progress=progress)
            kept[key] = found
        kept.move_to_end(key)
        while len(kept) > 2 * _DATASETS:
            kept.popitem(last=False)
        return kept[key]


def forget(source: Source | None) -> None:
    """Read a data set anew at the next call."""
    with _lock():
        for key in [key for key in _datasets() if key[0] == source]:
            del _datasets()[key]


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
