"""`ClassicalModel`: a scikit-learn model with its card, from the pixels of a cell to its score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core.card import ModelCard
from core.classical import scores, shares
from core.data.parallel import in_processes
from core.errors import DataError, ModelError
from core.features.blocks import VERSION, Block, described, described_file
from core.features.sets import feature_set
from core.gates.gates import Gates
from core.pipeline_card import PipelineCard
from core.reference import Reference
from core.types import ByteArray, FloatArray, Progress, silent
from core.versions import library_versions

_CELL = "area"  # the block that says whether there is a cell


@dataclass(frozen=True, eq=False)
class ClassicalModel:
    """A fitted scikit-learn pipeline with its card; as with `core.Classifier`, loading reads no reference."""

    pipeline: Any
    card: ModelCard
    gates: Gates = field(default_factory=Gates)
    reference: Reference | None = None

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What describes a cell to this model."""
        return feature_set(_made(self.card).features).blocks

    def numbers(self, image: ByteArray) -> FloatArray:
        """What the model knows of an image, (numbers,), from the functions that described its training cells.

        Args:
            image: RGB pixels, (height, width, 3), 0 to 255.

        Returns:
            NaN where a number needs a cell and there is none.
        """
        return self._joined(described(image, [block.name for block in self.blocks]))

    def prepare(self, image: ByteArray) -> FloatArray:
        """As `numbers`, of an image that shows a cell.

        Raises:
            DataError: If it shows none.
        """
        found = described(image, [*(block.name for block in self.blocks), _CELL])
        if np.isnan(found[_CELL]).any():
            raise DataError("Expected a stained cell on a black background. Received: an image without one.")
        return self._joined(found)

    def scores(self, numbers: FloatArray) -> FloatArray:
        """Score of the positive class, uncalibrated.

        Args:
            numbers: As of `numbers`, (cells, numbers).

        Returns:
            (cells,), in [0, 1]; a decision function's by the logistic function.
        """
        return shares(self.pipeline, numbers) if len(numbers) else np.zeros(0)

    def decisions(self, numbers: FloatArray) -> FloatArray:
        """As `scores`, on the model's own scale: far from its boundary they still differ, where scores are all 0 or 1.

        Args:
            numbers: As of `numbers`, (cells, numbers).
        """
        return scores(self.pipeline, numbers)

    def seen(self, numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What the model's estimator reads of cells, (cells, standardised numbers), and their scores, (cells,).

        Args:
            numbers: As of `numbers`, (cells, numbers).
        """
        return np.asarray(self.pipeline[:-1].transform(numbers), dtype=np.float32), self.scores(numbers)

    def score_files(self, files: Sequence[Path], *, progress: Progress = silent) -> FloatArray:
        """Scores of files, (files,); an image without a cell is scored by what training took for missing numbers.

        Raises:
            DataError: If a file cannot be read; the sentence names it.
        """
        rows: list[FloatArray] = []

        def keep(batch: Sequence[tuple[Path, dict[str, FloatArray | ByteArray] | str]]) -> None:
            for file, found in batch:
                if isinstance(found, str):
                    raise DataError(f"{file.name}: {found}")
                rows.append(self._joined(found))

        work = partial(described_file, names=tuple(block.name for block in self.blocks))
        in_processes(work, files, keep=keep, total=len(files), text="Describing cells", progress=progress)
        return self.scores(np.stack(rows)) if rows else np.zeros(0)

    def _joined(self, found: Mapping[str, FloatArray | ByteArray]) -> FloatArray:
        return np.concatenate([found[block.name] for block in self.blocks], dtype=np.float32, casting="same_kind")


def check_card(card: ModelCard) -> None:
    """Refuse a card whose model would see other numbers here, or whose library has changed.

    Raises:
        ModelError: If its features are of another version or unknown, or a library of another minor version fitted it.
    """
    made = _made(card)
    if made.block_version != VERSION:
        raise ModelError(
            f"Expected features of version {VERSION}. Received: {card.name} with features of version "
            f"{made.block_version}; fit it again on the Compare page."
        )
    here = library_versions()
    for library in made.libraries:
        found, expected = card.versions.get(library, "none"), here.get(library, "none")
        if _minor(found) != _minor(expected):
            raise ModelError(
                f"Expected a model fitted by {library} {_minor(expected)}. Received: {card.name}, fitted by {found}; "
                "fit it again on the Compare page."
            )
    try:
        features = feature_set(made.features)
    except ValueError as error:
        raise ModelError(f"{card.name}: {error}") from error
    if features.network:
        raise ModelError(f"Expected features of the cell alone. Received: {card.name} on {features.title}.")


def _made(card: ModelCard) -> PipelineCard:
    if card.pipeline is None:
        raise ModelError(f"Expected a scikit-learn model. Received: {card.name}, a network.")
    return card.pipeline


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
