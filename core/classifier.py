"""`Classifier`: a trained network with its card, from the pixels of cells to their scores."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.card import ModelCard
from core.data import pixels
from core.gates.gates import Gates
from core.reference import Reference
from core.types import ByteArray, FloatArray, Progress, silent

if TYPE_CHECKING:
    import keras

_BATCH = 64


@dataclass(frozen=True, eq=False)
class Classifier:
    """A trained network with its card; a stored one's reference is read by `reference`, where it is wanted."""

    network: "keras.Model"
    card: ModelCard
    gates: Gates = field(default_factory=Gates)
    reference: Reference | None = None

    def prepare(self, image: ByteArray) -> ByteArray:
        """RGB pixels of a whole image as the network sees them, `card.preprocessing.shape`, 0 to 255."""
        return pixels.prepare(image, self.card.preprocessing)

    def scores(self, images: ByteArray) -> FloatArray:
        """Probability of the positive class, uncalibrated.

        Args:
            images: Prepared pixels, (cells, *card.preprocessing.shape), 0 to 255.

        Returns:
            (cells,), in [0, 1].
        """
        if not len(images):
            return np.zeros(0, dtype=np.float32)
        return np.asarray(self.network.predict(images, batch_size=_BATCH, verbose=0), dtype=np.float32)[:, 0]

    def seen(self, images: ByteArray) -> tuple[FloatArray, FloatArray]:
        """What the network's last layer reads of cells, (cells, numbers), and their scores, (cells,), from one pass.

        Args:
            images: Prepared pixels, (cells, *card.preprocessing.shape), 0 to 255.
        """
        # batch by batch: `predict` sets a pipeline up at each call, ten times as long as one cell takes
        batches = [images[start : start + _BATCH] for start in range(0, len(images), _BATCH)]
        found = [self._with_last_input.predict_on_batch(batch) for batch in batches]
        vectors, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return np.asarray(vectors, dtype=np.float32), np.asarray(scores, dtype=np.float32)[:, 0]

    @cached_property
    def _with_last_input(self) -> "keras.Model":
        """The network with what its last layer reads as first output; the dropout before it does nothing here."""
        import keras

        return keras.Model(self.network.inputs, [self.network.layers[-1].input, self.network.outputs[0]])

    def score_files(self, files: Sequence[Path], *, progress: Progress = silent) -> FloatArray:
        """Scores of files, (files,).

        Raises:
            DataError: If a file cannot be read; the sentence names it.
        """
        return self.scores(pixels.read(files, self.card.preprocessing, progress=progress))
