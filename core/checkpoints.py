"""Checkpoints: all that a training needs to go on after its last finished epoch as if it had never stopped."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from core.errors import ModelError
from core.hyperparameters import TrainingConfig
from core.whole_file import whole_file

FILE = "checkpoint.npz"
_FORMAT = 1
_PARTS = ("network", "optimizer", "best")
Arrays = tuple[npt.NDArray[Any], ...]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Where a training stood at the end of an epoch.

    How long ago the best epoch was follows from the history; batches depend on the seed and the epoch alone.

    Attributes:
        history: One dict for each finished epoch.
        network: Every variable of the network, the state of its dropout's random numbers included.
        optimizer: Every variable of the optimizer, the number of steps included.
        best: Weights of the epoch with the best validation AUROC.
    """

    history: tuple[dict[str, float], ...]
    network: Arrays
    optimizer: Arrays
    best: Arrays


@dataclass(frozen=True)
class Checkpoints:
    """The folder of one training's checkpoint and what the training must be to go on from it.

    Attributes:
        folder: Holds one file, replaced after each epoch.
        fingerprint: Fingerprint of the labelled cells.
        config: Hyperparameters.
        start: SHA-256 of the weights that training started from; "" for new ones.
    """

    folder: Path
    fingerprint: str
    config: TrainingConfig
    start: str = ""

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace the last checkpoint; a crash leaves either the old or the new one.

        Raises:
            ModelError: If it cannot be written.
        """
        about = json.dumps({**self._about(), "history": checkpoint.history})
        arrays = {
            f"{part}_{number}": array for part in _PARTS for number, array in enumerate(getattr(checkpoint, part))
        }
        try:
            with whole_file(self.folder / FILE) as stream:
                np.savez(stream, about=np.array(about), **arrays)
        except OSError as error:
            raise ModelError(
                f"Expected room for a checkpoint in {self.folder}. Received: {error.strerror or error}."
            ) from error

    def load(self) -> Checkpoint | None:
        """The last checkpoint; None if there is none yet.

        Raises:
            ModelError: If it belongs to other cells or other choices, or is damaged.
        """
        file = self.folder / FILE
        if not file.exists():
            return None
        try:
            with file.open("rb") as stream, np.load(stream, allow_pickle=False) as found:
                about = json.loads(str(found["about"]))
                parts = {part: _arrays(found, part) for part in _PARTS}
            history = tuple({str(key): float(value) for key, value in epoch.items()} for epoch in about.pop("history"))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, BadZipFile) as error:
            raise ModelError(
                f"Expected a whole checkpoint. Received: a damaged one ({error}); start the training anew."
            ) from error
        self._check(about)
        return Checkpoint(history, **parts)

    def _about(self) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "fingerprint": self.fingerprint,
            "start": self.start,
            "config": asdict(self.config),
        }

    def _check(self, found: dict[str, Any]) -> None:
        ours = self._about()
        other = [name for name in ("format", "fingerprint", "start") if found.get(name) != ours[name]]
        if not other and found.get("config") != ours["config"]:
            config = found.get("config") or {}
            other = [name for name, value in ours["config"].items() if config.get(name) != value] or ["config"]
        if other:
            raise ModelError(
                "Expected a checkpoint of the same cells and the same choices. "
                f"Received: one with another {', '.join(other)}; start the training anew."
            )


def _arrays(found: Any, part: str) -> Arrays:  # noqa: ANN401  # numpy's NpzFile is generic in later versions only
    names: Sequence[str] = [name for name in found.files if name.rpartition("_")[0] == part]
    return tuple(found[f"{part}_{number}"] for number in range(len(names)))
