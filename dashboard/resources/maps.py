"""Maps that were made last, for all sessions, by the hash of the picture: the picture itself is not kept."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core import maps
from core.classical_model import ClassicalModel
from core.classifier import Classifier
from core.explain import Method
from core.faithfulness import Faithfulness
from core.map_agreement import MapAgreement
from core.types import ByteArray, FloatArray, Progress, silent

BYTES = 64 << 20  # of maps that are kept
_SMALL = 1000  # bytes that anything but a map is taken for
_AT_ONCE: dict[Method, int] = {"grad-cam": 8, "grad-cam++": 8, "score-cam": 1, "smoothgrad": 8}  # between two reports
_MAPPING, _CHECKING, _COMPARING = "Mapping cells", "Checking maps", "Comparing maps"

Key = tuple[Any, ...]
Stored = Classifier | ClassicalModel


class Kept:
    """What was made last; the oldest goes where there is no room."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[Key, Any] = OrderedDict()
        self._bytes = 0

    def read(self, key: Key) -> Any:  # noqa: ANN401  # whatever was kept
        """What is kept under a key, or None."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def keep(self, key: Key, value: Any) -> None:  # noqa: ANN401
        """Keep something, and forget what was not read for longest."""
        with self._lock:
            if key not in self._found:
                self._bytes += _size(value)
            self._found[key] = value
            while self._bytes > BYTES:
                self._bytes -= _size(self._found.popitem(last=False)[1])


def _size(value: Any) -> int:  # noqa: ANN401
    return int(getattr(value, "nbytes", _SMALL))


@st.cache_resource(max_entries=1, show_spinner=False)
def _kept() -> Kept:
    return Kept()


def maps_of(
    classifier: Stored,
    images: Sequence[ByteArray],
    labels: Sequence[str],
    *,
    method: Method = "grad-cam",
    layer: str | None = None,
    progress: Progress = silent,
) -> list[FloatArray]:
    """As `core.maps.mapped`, each made once.

    Args:
        classifier: A stored model.
        images: RGB pixels of whole images, (height, width, 3), 0 to 255.
        labels: The class to explain of each.
        method: How to map.
        layer: The layer to read; None for the card's.
        progress: Called as maps are made, and not where all are kept.
    """
    network = isinstance(classifier, Classifier)
    keys = [_map_key(classifier, image, label, method, layer) for image, label in zip(images, labels, strict=True)]

    def make(rows: Sequence[int]) -> list[FloatArray]:
        return maps.mapped(
            classifier, [images[row] for row in rows], [labels[row] for row in rows], method=method, layer=layer
        )

    return _fetch(keys, make, at_once=_AT_ONCE[method] if network else 1, text=_MAPPING, progress=progress)


def checks_of(
    classifier: Classifier,
    images: Sequence[ByteArray],
    labels: Sequence[str],
    *,
    method: Method = "grad-cam",
    layer: str | None = None,
    progress: Progress = silent,
) -> list[Faithfulness]:
    """As `core.maps.checked` of the maps of `maps_of`, each made once; arguments as there."""
    keys = [
        ("check", *_map_key(classifier, image, label, method, layer))
        for image, label in zip(images, labels, strict=True)
    ]

    def make(rows: Sequence[int]) -> list[Faithfulness]:
        (row,) = rows
        (relevance,) = maps_of(classifier, [images[row]], [labels[row]], method=method, layer=layer)
        return [maps.checked(classifier, images[row], relevance, labels[row])]

    return _fetch(keys, make, at_once=1, text=_CHECKING, progress=progress)


def agreements_of(
    classifier: Classifier,
    images: Sequence[ByteArray],
    labels: Sequence[str],
    *,
    methods: Sequence[Method],
    layer: str | None = None,
    progress: Progress = silent,
) -> list[MapAgreement]:
    """As `core.maps.agreement` of the maps of `maps_of` by several methods, each made once; arguments as there."""
    keys = [
        ("agreement", *methods, *_map_key(classifier, image, label, "grad-cam", layer))
        for image, label in zip(images, labels, strict=True)
    ]

    def make(rows: Sequence[int]) -> list[MapAgreement]:
        (row,) = rows
        made = [maps_of(classifier, [images[row]], [labels[row]], method=method, layer=layer)[0] for method in methods]
        return [maps.agreement(classifier, images[row], made)]

    return _fetch(keys, make, at_once=1, text=_COMPARING, progress=progress)


def _map_key(classifier: Stored, image: ByteArray, label: str, method: Method, layer: str | None) -> Key:
    shown = f"{image.shape} {hashlib.sha256(image.tobytes()).hexdigest()}"
    how = (method, layer) if isinstance(classifier, Classifier) else ()
    return classifier.card.model_sha256, shown, label, *how


def _fetch(
    keys: Sequence[Key],
    make: Callable[[Sequence[int]], Sequence[Any]],
    *,
    at_once: int,
    text: str,
    progress: Progress,
) -> list[Any]:
    """What is kept under each key, and what `make` gives for the rows of the others, a few at a time."""
    kept = _kept()
    found = {key: value for key in keys if (value := kept.read(key)) is not None}
    missing = {key: row for row, key in enumerate(keys) if key not in found}
    for start in range(0, len(missing), at_once):
        progress(start, len(missing), text)
        part = list(missing)[start : start + at_once]
        for key, value in zip(part, make([missing[key] for key in part]), strict=True):
            found[key] = value
            kept.keep(key, value)  # at once, since the next report may leave this block
    return [found[key] for key in keys]
