"""`nearest`: the cells that are most like one cell."""

import numpy as np

from core.types import FloatArray, IntArray


def nearest(vectors: FloatArray, row: int, *, count: int = 12) -> tuple[IntArray, FloatArray]:
    """Rank cells by their Euclidean distance to one of them.

    Args:
        vectors: One row a cell, (cells, numbers).
        row: The cell to compare with; it is not among the answers, its exact duplicates are.
        count: Most cells to return.

    Returns:
        Rows and distances, (cells,) each, the nearest first, equals in their order; 0 for an exact duplicate.

    Raises:
        ValueError: If there is no such row.
    """
    if not 0 <= row < len(vectors):
        raise ValueError(f"Expected a row between 0 and {len(vectors) - 1}. Received: {row}.")
    order, distances = nearest_to(vectors, vectors[row], count=len(vectors))
    others = order != row
    return order[others][:count], distances[others][:count]


def nearest_to(vectors: FloatArray, vector: FloatArray, *, count: int = 12) -> tuple[IntArray, FloatArray]:
    """Rank cells by their Euclidean distance to one that is not among them.

    Args:
        vectors: One row a cell, (cells, numbers).
        vector: Of the cell to compare with, (numbers,).
        count: Most cells to return.

    Returns:
        As `nearest`.

    Raises:
        ValueError: If the vector has another length.
    """
    if vector.shape != vectors.shape[1:]:
        raise ValueError(f"Expected a vector of {vectors.shape[1]} numbers. Received: {vector.shape}.")
    distances = np.linalg.norm(vectors - vector, axis=1)
    order = np.argsort(distances, kind="stable")[:count]
    return order, distances[order]
