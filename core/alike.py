"""`Alike`: the training cells that are most like a cell to a model."""

from dataclasses import dataclass

import numpy as np

from core.embedding.neighbours import nearest_to
from core.gates.limits import upper_quantile
from core.reference import Reference
from core.types import FloatArray

COUNT = 6
UNUSUAL = 0.05  # share of new cells that lie farther off than is usual


@dataclass(frozen=True)
class Neighbour:
    """A training cell near another cell.

    Attributes:
        row: Its row in the reference.
        label: Its class.
        subject: Its subject; "" where the data set names none.
        distance: Euclidean, between what the model sees of the two; unitless.
    """

    row: int
    label: str
    subject: str
    distance: float


@dataclass(frozen=True)
class Alike:
    """The training cells nearest to a cell, the nearest first.

    Attributes:
        cells: Of any class.
        classes: The model's, (negative, positive).
        people: How many subjects they are of; 0 where the data set does not name the subject of each.
        far: Whether even the nearest lies farther off than is usual for a new cell.
    """

    cells: tuple[Neighbour, ...]
    classes: tuple[str, str]
    people: int
    far: bool

    @property
    def sentence(self) -> str:
        """Of which classes and of how many subjects they are, and whether they are near enough to say anything."""
        counts = {name: sum(cell.label == name for cell in self.cells) for name in self.classes}
        most, fewest = sorted(self.classes, key=lambda name: -counts[name])
        total = f"{len(self.cells)} cells" if len(self.cells) > 1 else "one cell"
        if not counts[fewest]:
            mixed = f"All of these {total} are {most}" if len(self.cells) > 1 else f"This {total} is {most}"
        elif counts[most] == counts[fewest]:
            mixed = f"Half of these {total} are {most}, half {fewest}"
        else:
            mixed = f"{counts[most]} of these {total} are {most}, {counts[fewest]} {fewest}"
        whose = {0: "", 1: ", of one subject"}.get(self.people, f", of {self.people} subjects")
        return f"{mixed}{whose}.{_FAR if self.far else ''}"


_FAR = (
    f" Even the nearest lies farther off than that of {1 - UNUSUAL:.0%} of new cells: the model knows few cells like "
    "this one."
)


def alike(reference: Reference, vector: FloatArray, *, classes: tuple[str, str], count: int = COUNT) -> Alike:
    """Find the training cells that are most like a cell.

    Args:
        reference: Of the model.
        vector: What the model sees of the cell, (numbers,).
        classes: The model's, (negative, positive).
        count: Most cells to find.

    Raises:
        ValueError: If the vector has another length, or is not finite.
    """
    if not np.isfinite(vector).all():
        raise ValueError("Expected a cell that the model can compare. Received: one without numbers.")
    rows, distances = nearest_to(reference.vectors.astype(np.float32), vector, count=count)
    cells = tuple(
        Neighbour(int(row), classes[int(reference.positive[row])], str(reference.subject[row]), float(distance))
        for row, distance in zip(rows, distances, strict=True)
    )
    subjects = {cell.subject for cell in cells}
    return Alike(cells, classes, 0 if "" in subjects else len(subjects), bool(distances[0] > reference.usual))


def usual_distance(vectors: FloatArray, unseen: FloatArray) -> float:
    """The distance to the nearest training cell that a share of 5 % of new cells exceeds.

    Args:
        vectors: What a model sees of training cells, (cells, numbers).
        unseen: The same of cells of subjects that it was not fitted on, (cells, numbers); rows that are not finite are
            left out.

    Returns:
        Infinity where there is no such cell.
    """
    finite = np.asarray(np.isfinite(unseen).all(axis=1))
    found = [float(nearest_to(vectors, vector, count=1)[1][0]) for vector in unseen[finite]]
    return upper_quantile(np.array(found), UNUSUAL) if found else float("inf")
