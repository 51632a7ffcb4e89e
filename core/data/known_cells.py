"""`KnownCells`: what tells whether a data set has a cell already, so that none comes in twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.data.dataset import CellDataset
from core.data.measures import measured
from core.data.perceptual import NEAR, perceptual_hash
from core.data.segmentation import segment
from core.types import ByteArray, Progress, silent


@dataclass(frozen=True, eq=False)
class KnownCells:
    """The cells of a data set, whatever part of it they are in.

    Attributes:
        contents: SHA-256 of each file.
        hashes: Perceptual hash of each cell that has one, (cells, 64-bit words).
    """

    contents: frozenset[str]
    hashes: npt.NDArray[np.uint64]

    def has_like(self, likeness: str) -> bool:
        """Whether a cell differs in `core.data.perceptual.NEAR` bits at most; also an altered copy of it does.

        Args:
            likeness: From `likeness`.
        """
        distance = np.bitwise_count(self.hashes ^ _words([likeness])).sum(axis=1, dtype=np.int64)
        return bool((distance <= NEAR).any())


def known_cells(dataset: CellDataset, *, cache: Path, progress: Progress = silent) -> KnownCells:
    """What a data set has; each content is looked at once, and what was found is kept.

    Args:
        dataset: A hashed data set.
        cache: Folder of everything that can be computed again.
        progress: Called as cells get measured; may raise `Cancelled`.

    Raises:
        DataError: If the data set is not hashed.
    """
    found = measured(dataset, cache=cache, progress=progress)["perceptual_hash"]
    return KnownCells(frozenset(dataset.table["sha256"]), _words(sorted(set(found) - {""})))


def likeness(image: ByteArray) -> str:
    """Perceptual hash of the cell in a picture; "" where there is none that can be compared.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
    """
    found = segment(image)
    return perceptual_hash(found.crop(image)) if found.objects else ""


def _words(hashes: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Hashes of 64 hexadecimal digits as (hashes, 4)."""
    return np.frombuffer(bytes.fromhex("".join(hashes)), dtype=np.uint64).reshape(len(hashes), -1 if hashes else 4)
