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
    distances = np.linalg.norm(vectors - vectors[row], axis=1)
    order = np.argsort(distances, kind="stable")
    order = order[order != row][:count]
    return order, distances[order]
