"""Fit the gates of a trained model on its training and validation subjects, and count them out on its test subjects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.classical_model import ClassicalModel
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.parallel import in_batches
from core.data.quality import quality
from core.data.segmentation import segment
from core.errors import ModelError, UnreadableImage
from core.gates.appearance import appearance
from core.gates.before_model import of_picture
from core.gates.finding import stopped
from core.gates.gate_outcome import outcome
from core.gates.gates import Gates, Shown, fitted_gates, of_answer
from core.store import Classifier
from core.types import ByteArray, FloatArray, IntArray, Progress, silent

Model = TypeVar("Model", Classifier, ClassicalModel)
MOST = 2000  # cells of a side that are looked at, drawn at random; 20 of so many lie outside at a rate of 1 %
_KEY = {"subject": "subject", "cell": "sha256"}
_SIDES = {"train": "training", "validation": "validation", "test": "test"}


@dataclass(frozen=True, eq=False)
class _Cells:
    """What was found of the readable cells of one side, (cells,) each, or as said.

    Attributes:
        subject: Of each.
        truth: 1 for a positive cell.
        also: What was measured of each picture.
        vectors: What the model sees, (cells, numbers).
        scores: Of the positive class.
    """

    subject: npt.NDArray[np.str_]
    truth: IntArray
    also: list[Any]
    vectors: FloatArray
    scores: FloatArray


def fitted(
    model: Classifier | ClassicalModel, dataset: CellDataset, *, seed: int = 0, progress: Progress = silent
) -> Gates:
    """Fit the gates of a model, and count what they do on its test subjects.

    Args:
        model: A trained model with its card, which names the subjects of each side.
        dataset: The cells that it was trained on; at most 2,000 of each side are looked at.
        seed: Of the choice of cells.
        progress: Called as cells are looked at; may raise `Cancelled`.

    Raises:
        ModelError: If these are not the cells that the model was trained on.
        ValueError: If no training cell, or no test cell, can be read.
    """
    card = model.card
    if dataset.fingerprint() != card.data_fingerprint:
        raise ModelError(f"Expected the cells that {card.name} was trained on. Received: others.")

    def look(side: str, measure: Callable[[ByteArray], Any]) -> _Cells:
        cells = dataset.labelled
        cells = cells[cells[_KEY[card.split_by]].isin(card.subjects[side])]
        cells = cells.sample(min(MOST, len(cells)), random_state=seed).sort_values("path")
        return _seen(model, dataset, cells, measure=measure, side=side, progress=progress)

    train, validation = look("train", _appearance), look("validation", _nothing)
    gates = fitted_gates(
        Shown(
            np.array(train.also),
            train.vectors,
            train.subject,
            validation.vectors,
            validation.truth,
            validation.scores,
            card.threshold,
        )
    )
    test = look("test", lambda image: of_picture(image, gates.limits))
    findings = [
        before if stopped(before) else (*before, *of_answer(vector, float(score), gates))
        for before, vector, score in zip(test.also, test.vectors, test.scores, strict=True)
    ]
    counted = outcome(findings, test.truth, test.scores, test.subject, threshold=card.threshold)
    return replace(gates, tested=counted)


def gated(model: Model, dataset: CellDataset, *, progress: Progress = silent) -> Model:
    """A model with its gates, as `fitted` fits them; call it before the model is stored."""
    return replace(model, gates=fitted(model, dataset, progress=progress))


def _seen(
    model: Classifier | ClassicalModel,
    dataset: CellDataset,
    cells: pd.DataFrame,
    *,
    measure: Callable[[ByteArray], Any],
    side: str,
    progress: Progress,
) -> _Cells:
    """Show the model the cells that can be read, batch by batch."""
    also: list[Any] = []
    rows: list[int] = []
    vectors: list[FloatArray] = []
    scores: list[FloatArray] = []

    def work(row: int) -> tuple[Any, ByteArray | FloatArray] | None:
        try:
            image = pixels.decode_file(files[row])
        except UnreadableImage:
            return None
        return measure(image), model.numbers(image) if isinstance(model, ClassicalModel) else model.prepare(image)

    def keep(batch: Sequence[tuple[int, tuple[Any, ByteArray | FloatArray] | None]]) -> None:
        readable = [(row, found) for row, found in batch if found is not None]
        if not readable:
            return
        seen, score = model.seen(np.stack([image for _, (_, image) in readable]))
        rows.extend(row for row, _ in readable)
        also.extend(found for _, (found, _) in readable)
        vectors.append(seen)
        scores.append(score)

    files: list[Path] = [dataset.file(path) for path in cells["path"]]
    text = f"Setting the gates on {_SIDES[side]} cells"
    in_batches(work, range(len(files)), keep=keep, total=len(files), text=text, progress=progress)
    if not rows:
        raise ValueError(f"Expected {side} cells that can be read. Received: none.")
    kept = cells.iloc[rows]
    # a cell without a subject stands for itself
    subject = kept["subject"].mask(kept["subject"] == "", kept["path"]).to_numpy(dtype=np.str_)
    return _Cells(subject, dataset.truth(kept), also, np.concatenate(vectors), np.concatenate(scores).astype(float))


def _appearance(image: ByteArray) -> list[float]:
    found = segment(image)
    return list(appearance(image, found, quality(image, found)).values())


def _nothing(image: ByteArray) -> None:  # noqa: ARG001  # one of the measures
    return None
