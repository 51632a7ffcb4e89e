"""What was read last of the data sets, for all sessions."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakValueDictionary

import streamlit as st

from core.config import Settings
from core.data.dataset import CellDataset
from core.data.split import Split
from core.embedding.vectors import CellVectors
from dashboard.state import Source

if TYPE_CHECKING:
    import pandas as pd

DATASETS = 8  # an indexed and a hashed one count as two

Key = tuple[Source | None, Settings, str]
Value = TypeVar("Value")


class Shelf(Generic[Value]):
    """What was read last of data sets; while one is being read, only those who want the same one wait.

    Streamlit's own caches cannot hold them: they would replay the progress bar.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._reading: WeakValueDictionary[Key, threading.Lock] = WeakValueDictionary()  # a lock lives while in use

    def holds(self, key: Key) -> bool:
        """Whether it has been read."""
        with self._lock:
            return key in self._kept

    def fetch(self, key: Key, read: Callable[[], Value]) -> Value:
        """What was read before, or what `read` returns now."""
        with self._lock:
            reading = self._reading.setdefault(key, threading.Lock())
        with reading:
            with self._lock:
                found = self._kept.get(key)
            found = read() if found is None else found
            with self._lock:
                self._kept[key] = found
                self._kept.move_to_end(key)
                while len(self._kept) > DATASETS:
                    self._kept.popitem(last=False)
            return found

    def drop(self, source: Source | None) -> None:
        """Take down all that was read of a source."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == source]:
                del self._kept[key]


@st.cache_resource(max_entries=1, show_spinner=False)
def datasets() -> Shelf[CellDataset]:
    """Indexed, hashed and edited data sets."""
    return Shelf()


@st.cache_resource(max_entries=1, show_spinner=False)
def measures() -> "Shelf[pd.DataFrame]":
    """Measured cells."""
    return Shelf()


@st.cache_resource(max_entries=1, show_spinner=False)
def splits() -> Shelf[Split]:
    """Splits by subject."""
    return Shelf()


@st.cache_resource(max_entries=1, show_spinner=False)
def sheets() -> Shelf[dict[str, Any]]:
    """Data sheets."""
    return Shelf()


@st.cache_resource(max_entries=1, show_spinner=False)
def vectors() -> Shelf[CellVectors]:
    """What cells are compared by; its keys name the content of the cells, so that nothing of it grows old."""
    return Shelf()


def forget(source: Source | None) -> None:
    """Read a data set anew at the next call."""
    for shelf in (datasets(), measures(), splits(), sheets()):
        shelf.drop(source)
