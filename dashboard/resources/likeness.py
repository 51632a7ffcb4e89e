"""Which cells are alike: their vectors, neighbours and places on the map."""

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from core import store
from core.config import settings
from core.data.dataset import CellDataset
from core.embedding import network
from core.embedding.neighbours import nearest
from core.embedding.projection import kept_projection, projection
from core.embedding.vectors import CellVectors, morphology_vectors
from core.errors import DataError
from core.types import FloatArray, Progress, silent
from dashboard.resources import models, shelves
from dashboard.resources.cells import dataset
from dashboard.state import Source

if TYPE_CHECKING:
    import pandas as pd

BY_MORPHOLOGY = "cell morphology"  # no model can have this name: it has a space


def _compared(cells: "pd.DataFrame", by: str) -> str:
    """What tells one set of vectors from another: the cells, and the weights of the network that saw them."""
    content = hashlib.sha256("\n".join(cells["path"] + " " + cells["sha256"]).encode()).hexdigest()
    return f"{content} {by if by == BY_MORPHOLOGY else store.card(settings().models, by).model_sha256}"


def _decodable(source: Source | None, cells: "pd.DataFrame") -> CellDataset:
    return replace(dataset(source, hashes=True, progress=silent), table=cells[cells["problem"] == ""])


def unseen(source: Source | None, cells: "pd.DataFrame", by: str) -> int:
    """Number of measured cells that a stored network would have to look at before it can compare them."""
    place = settings()
    if by == BY_MORPHOLOGY or shelves.vectors().holds((source, place, _compared(cells, by))):
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
        return network.network_vectors(seen, card, lambda: models.network(by), cache=place.cache, progress=progress)

    return shelves.vectors().fetch((source, place, _compared(cells, by)), read)


def network_scores(source: Source | None, cells: "pd.DataFrame") -> dict[str, "pd.Series"]:
    """Scores of the measured cells, by path, by the name of each stored network that has seen them all already."""
    place = settings()
    found = {}
    for model in store.models(place.models):
        if model.card is not None and shelves.vectors().holds((source, place, _compared(cells, model.name))):
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
