"""`Context`: a cell among a model's training cells, by what the model sees of it and by what can be measured."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.alike import COUNT, Alike, alike
from core.classical_model import ClassicalModel
from core.classifier import Classifier
from core.data.morphology import morphology
from core.data.segmentation import segment
from core.reference import Reference, small_picture
from core.standing import Standing, standing
from core.types import ByteArray


@dataclass(frozen=True)
class Context:
    """A cell among a model's training cells.

    Attributes:
        alike: Those that are most like it to the model.
        standings: Where its measures lie among theirs; () for a cell without an outline.
        classes: The model's, (negative, positive).
        small: A small picture of the cell, in the scale of those of the training cells.
    """

    alike: Alike
    standings: tuple[Standing, ...]
    classes: tuple[str, str]
    small: bytes

    @property
    def sentences(self) -> tuple[str, ...]:
        """The measures that a hematologist reads, in words."""
        return tuple(sentence for each in self.standings if (sentence := each.sentence(self.classes)))


def context(
    model: Classifier | ClassicalModel, reference: Reference, image: ByteArray, *, count: int = COUNT
) -> Context:
    """Hold a cell against the training cells that are kept with a model.

    Args:
        model: The model.
        reference: Its training cells.
        image: RGB pixels of a whole image, (height, width, 3), 0 to 255.
        count: Most training cells to find.

    Raises:
        DataError: If a scikit-learn model finds no cell in it.
        ValueError: If the reference is another model's.
    """
    prepared: Any = model.prepare(image)  # pixels of a network, numbers of a scikit-learn model
    (vector,), _ = model.seen(prepared[np.newaxis])
    found = segment(image)
    measures = morphology(found.crop(image), found.cell)
    return Context(
        alike(reference, vector, classes=model.card.classes, count=count),
        standing(measures, reference),
        model.card.classes,
        small_picture(image, found),
    )
