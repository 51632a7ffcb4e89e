"""`Gates`: all that the gates of one model need, in its card and in a file beside it."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from core.errors import ModelError
from core.gates.band import Band, fitted_band
from core.gates.before_model import DEFAULT, fitted_appearance, of_picture
from core.gates.behind_model import in_range, is_clear
from core.gates.finding import Finding, stopped
from core.gates.gate_outcome import GateOutcome
from core.gates.limits import Limits
from core.gates.training_range import TrainingRange, fitted_range
from core.types import ByteArray, FloatArray, IntArray

_ARRAYS = ("centre", "whitening")
_RANGE = ("limit", "false_alarms", "cells", "subjects")


@dataclass(frozen=True, eq=False)
class Gates:
    """What the gates of one model hold a picture against.

    Attributes:
        limits: How a single stained cell can look.
        training: Where the training cells lie; None for a model that was stored without.
        band: Scores without an answer; None for a model that was stored without.
        tested: What the gates do on the model's test subjects; None where it was not counted.
    """

    limits: Limits = DEFAULT
    training: TrainingRange | None = None
    band: Band | None = None
    tested: GateOutcome | None = None

    def settings(self) -> dict[str, Any]:
        """What a model card holds of them, JSON-able."""
        training = None if self.training is None else {name: getattr(self.training, name) for name in _RANGE}
        found = {
            "limits": asdict(self.limits),
            "training": training,
            "band": None if self.band is None else asdict(self.band),
            "tested": None if self.tested is None else asdict(self.tested),
        }
        return dict(json.loads(json.dumps(found)))  # with lists, as it will be read

    def written(self) -> bytes:
        """The content of a file with the arrays, which `read` reads back; b"" where there are none."""
        if self.training is None:
            return b""
        stream = io.BytesIO()
        np.savez_compressed(stream, allow_pickle=False, **{name: getattr(self.training, name) for name in _ARRAYS})
        return stream.getvalue()

    @classmethod
    def read(cls, settings: Mapping[str, Any], data: bytes) -> "Gates":
        """From a card's settings and the content of the file; the default ones from {} and b"".

        Raises:
            ModelError: If they are damaged, or do not belong together.
        """
        try:
            training, band, tested = (settings.get(name) for name in ("training", "band", "tested"))
            return cls(
                Limits.read(settings["limits"]) if "limits" in settings else DEFAULT,
                None if training is None else _training(training, data),
                None if band is None else Band.read(band),
                None if tested is None else GateOutcome.read(tested),
            )
        except (ValueError, TypeError, KeyError, AttributeError, OSError, EOFError, BadZipFile) as error:
            raise ModelError(f"Expected gates that can be read. Received: damaged ones ({error}).") from error


def _training(settings: Mapping[str, Any], data: bytes) -> TrainingRange:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        centre, whitening = (np.asarray(arrays[name], dtype=np.float32) for name in _ARRAYS)
    if centre.ndim != 1 or whitening.shape != (len(centre), len(centre)):
        raise ValueError(f"centre {centre.shape} and whitening {whitening.shape} do not fit")
    if not (np.isfinite(centre).all() and np.isfinite(whitening).all() and np.isfinite(settings["limit"])):
        raise ValueError("not all numbers are finite")
    return TrainingRange(centre, whitening, **{name: settings[name] for name in _RANGE})


@dataclass(frozen=True, eq=False)
class Shown:
    """What a model was shown and what it saw, cell by cell, to fit its gates on.

    Attributes:
        appearance: Measures of `core.gates.appearance.APPEARANCE` of training cells, (cells, measures).
        vectors: What the model sees of the same cells, (cells, numbers).
        subjects: Subject of each, (cells,).
        unseen: The same of validation cells, (cells, numbers).
        truth: 1 for a positive validation cell, (cells,).
        score: Score of each validation cell, (cells,).
        threshold: The model's operating point.
    """

    appearance: FloatArray
    vectors: FloatArray
    subjects: npt.NDArray[np.str_]
    unseen: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    truth: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    score: FloatArray = field(default_factory=lambda: np.zeros(0))
    threshold: float = 0.5


def fitted_gates(shown: Shown) -> Gates:
    """Fit the gates of a model.

    Raises:
        ValueError: If there are too few training cells.
    """
    return Gates(
        fitted_appearance(shown.appearance, shown.subjects),
        fitted_range(shown.vectors, shown.subjects, unseen=shown.unseen),
        fitted_band(shown.truth, shown.score, threshold=shown.threshold) if len(shown.truth) else None,
    )


def examine(
    image: ByteArray, gates: Gates, see: Callable[[ByteArray], tuple[FloatArray, float]]
) -> tuple[Finding, ...]:
    """Let a picture through the gates in order, up to the first that stops it.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
        gates: Of the model.
        see: Gives what the model sees of an image, (numbers,), and its score; called only for a picture that the gates
            before the model let through.

    Returns:
        One finding a gate; only the last can have stopped the picture.
    """
    findings = of_picture(image, gates.limits)
    return findings if stopped(findings) else findings + of_answer(*see(image), gates)


def of_answer(vector: FloatArray, score: float, gates: Gates) -> tuple[Finding, ...]:
    """What the gates behind the model say of a cell, up to the first that stops it.

    Args:
        vector: What the model sees of the cell, (numbers,).
        score: Of the positive class, uncalibrated, in [0, 1].
        gates: Of the model.
    """
    found = in_range(vector, gates.training)
    return (found, is_clear(score, gates.band)) if found.passed else (found,)
