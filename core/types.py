"""Array aliases and the progress callback that every layer of core shares."""

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

ByteArray = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]
MaskArray = npt.NDArray[np.bool_]


class Progress(Protocol):
    """Called as work advances; may raise `core.errors.Cancelled` to stop it."""

    def __call__(self, done: int, total: int, text: str, /) -> None:
        """Report that `done` of `total` steps are finished; `text` names the current step."""


def silent(done: int, total: int, text: str) -> None:
    """Report nothing: the default progress callback."""
