"""Augmented versions of one cell, as a training would show it to the network."""

import numpy as np

from core.batches import jittered, turned
from core.hyperparameters import Augmentation
from core.types import ByteArray

VERSIONS = 8  # there are no more ways to lay a square on itself


def augmented(image: ByteArray, augmentation: Augmentation, *, seed: int = 0) -> list[ByteArray]:
    """Each way in which a cell is turned; with colour jitter, a different one each; the cell alone for "off".

    Args:
        image: Prepared pixels, (edge, edge, channels), 0 to 255.
        augmentation: As in `TrainingConfig`.
        seed: Seed of the colours.

    Returns:
        Images of the shape of `image`.
    """
    if augmentation == "off":
        return [image]
    rng = np.random.default_rng(seed)
    versions = []
    for turn in range(VERSIONS):
        version = turned(image, turn)
        versions.append(jittered(version, rng) if augmentation == "turns and colour" else version)
    return [version.reshape(image.shape) for version in versions]
