"""Batches of cells for a training: a new order each epoch, each cell turned and coloured at random, all by the seed."""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from core.data.pixel_cache import CachedPixels
from core.hyperparameters import Augmentation
from core.types import ByteArray, IntArray

_AHEAD = 2  # batches made ready while the network works
_GAMMA = 0.1  # SD of the logarithm; contrast
_BRIGHTNESS = 0.08  # the same for a factor on all channels
_CHANNEL = 0.04  # and on each by itself


@dataclass(frozen=True, eq=False)
class Batches:
    """The training cells, batch after batch. A step's batch depends on the seed and the step alone.

    So a training that goes on from a checkpoint sees what an unbroken one would have seen.

    Attributes:
        cells: Pixels of the training cells.
        truth: 1 for a positive cell, 0 for a negative one, (cells,).
        batch_size: Cells a step; the last step of an epoch has what is left.
        augmentation: What is done to each cell: nothing, flips and quarter turns, or these and a small colour jitter.
        seed: Seed of the order and of the augmentation.
    """

    cells: CachedPixels
    truth: IntArray
    batch_size: int
    augmentation: Augmentation = "turns"
    seed: int = 0

    def __len__(self) -> int:
        """Steps of one epoch."""
        return math.ceil(len(self.cells) / self.batch_size)

    def batch(self, step: int) -> tuple[ByteArray, IntArray]:
        """Pixels and truth of a step; steps count on over the epochs.

        Returns:
            (batch, image_size, image_size, channels), 0 to 255, and (batch,).
        """
        epoch, number = divmod(int(step), len(self))
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.cells))
        chosen = order[number * self.batch_size : (number + 1) * self.batch_size]
        rng = np.random.default_rng((self.seed, epoch, number))
        turns = rng.integers(8, size=len(chosen)) if self.augmentation != "off" else np.zeros(len(chosen), dtype=int)
        coloured = self.augmentation == "turns and colour"
        images = np.empty((len(chosen), *self.cells.stored.shape[1:]), dtype=np.uint8)
        for place, (cell, turn) in enumerate(zip(chosen, turns, strict=True)):
            image = turned(self.cells.image(cell), turn)
            images[place] = (jittered(image, rng) if coloured else image).reshape(images.shape[1:])
        return images, self.truth[chosen]

    def dataset(self, *, first_epoch: int, epochs: int) -> Any:  # noqa: ANN401  # TensorFlow carries no types
        """The batches of the epochs from `first_epoch` (counted from 0) up to `epochs`, as one `tf.data.Dataset`."""
        import tensorflow as tf

        truth_type = tf.as_dtype(self.truth.dtype)

        def read(step: Any) -> Any:  # noqa: ANN401
            images, truth = tf.numpy_function(self.batch, [step], [tf.uint8, truth_type], stateful=False)
            return tf.ensure_shape(images, (None, *self.cells.stored.shape[1:])), tf.ensure_shape(truth, (None,))

        return tf.data.Dataset.range(first_epoch * len(self), epochs * len(self)).map(read).prefetch(_AHEAD)


def turned(image: ByteArray, turn: int) -> ByteArray:
    """One of the eight ways to lay a square on itself: cells have no up.

    Args:
        image: (edge, edge, channels).
        turn: 0 to 7; bit 0 mirrors left and right, bit 1 top and bottom, bit 2 swaps rows and columns.

    Returns:
        (edge, edge, channels); (edge, edge) where there is one channel and something was turned.
    """
    if turn & 3:
        image = np.asarray(cv2.flip(image, {1: 1, 2: 0, 3: -1}[int(turn) & 3]), dtype=np.uint8)
    return np.asarray(cv2.transpose(image), dtype=np.uint8) if turn & 4 else image


def jittered(image: ByteArray, rng: np.random.Generator) -> ByteArray:
    """Change contrast, brightness and the balance of the channels a little; black surroundings stay black.

    Args:
        image: (edge, edge, channels) or (edge, edge), 0 to 255.
        rng: Source of a gamma of the image, a factor of the image and a factor of each channel.

    Returns:
        The shape of `image`, 0 to 255.
    """
    channels = image.shape[2] if image.ndim == 3 else 1
    gamma = np.exp(rng.normal(0, _GAMMA))
    factor = np.exp(rng.normal(0, _BRIGHTNESS) + rng.normal(0, _CHANNEL, size=channels))
    levels = 255 * (np.arange(256)[:, np.newaxis] / 255) ** gamma * factor
    table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table.reshape(1, 256, channels)), dtype=np.uint8)
