"""What is found of a trained model on its own cells: its gates, training cells to compare with, a check of its maps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.alike import usual_distance
from core.classical_model import ClassicalModel
from core.classifier import Classifier
from core.data import pixels
from core.data.dataset import ADDED, CellDataset
from core.data.morphology import morphology
from core.data.parallel import in_batches
from core.data.quality import quality
from core.data.segmentation import segment
from core.errors import ModelError, UnreadableImage
from core.gates.appearance import appearance
from core.gates.before_model import of_picture
from core.gates.finding import stopped
from core.gates.gate_outcome import outcome
from core.gates.gates import Gates, Shown, fitted_gates, of_answer
from core.reference import CELLS, Reference, small_picture
from core.sanity import CELLS as SHUFFLED
from core.sanity_record import sanity_record
from core.types import ByteArray, FloatArray, IntArray, Progress, silent

Model = TypeVar("Model", Classifier, ClassicalModel)
MOST = 2000  # cells of a side that are looked at, drawn at random; 20 of so many lie outside at a rate of 1 %
_KEY = {"subject": "subject", "cell": "sha256"}
_SIDES = {"train": "training", "validation": "validation", "test": "test"}
_LARGEST = float(np.finfo(np.float16).max)


@dataclass(frozen=True, eq=False)
class _Cells:
    """What was found of the readable cells of one side, (cells,) each, or as said.

    Attributes:
        table: The rows of the data set.
        subject: Of each; a cell without one stands for itself.
        truth: 1 for a positive cell.
        also: What was measured of each picture.
        vectors: What the model sees, (cells, numbers).
        scores: Of the positive class.
    """

    table: pd.DataFrame
    subject: npt.NDArray[np.str_]
    truth: IntArray
    also: list[Any]
    vectors: FloatArray
    scores: FloatArray


@dataclass(frozen=True)
class _Shown:
    """What is measured of the picture of a training cell."""

    appearance: list[float]
    morphology: list[float]
    small: bytes


@dataclass(frozen=True, eq=False)
class Known:
    """What was found of a model on its own cells.

    Attributes:
        gates: Fitted to it, with what they do on its test subjects.
        reference: Training cells to hold new ones against.
        sanity: What its card holds of the check of its maps; {} for a scikit-learn model.
    """

    gates: Gates
    reference: Reference
    sanity: Mapping[str, Any] = field(default_factory=dict)


def known(
    model: Classifier | ClassicalModel, dataset: CellDataset, *, seed: int = 0, progress: Progress = silent
) -> Known:
    """Fit the gates of a model, keep some of its training cells, and check whether its maps show what it has learned.

    Args:
        model: A trained model with its card, which names the subjects of each side.
        dataset: The cells that it was trained on; at most 2,000 of each side are looked at.
        seed: Of the choice of cells.
        progress: Called as cells are looked at; may raise `Cancelled`.

    Raises:
        ModelError: If these are not the cells that the model was trained on.
        ValueError: If no training cell, or no test cell, can be read.
    """
    found, test = _on_its_cells(model, dataset, seed, progress)
    if isinstance(model, ClassicalModel):
        return found
    some = np.linspace(0, len(test) - 1, min(SHUFFLED, len(test))).round().astype(int)
    return replace(found, sanity=sanity_record(model, [test[place] for place in some], progress=progress))


def fitted(
    model: Classifier | ClassicalModel, dataset: CellDataset, *, seed: int = 0, progress: Progress = silent
) -> Gates:
    """The gates alone, as `known` fits them."""
    return _on_its_cells(model, dataset, seed, progress)[0].gates


def gated(model: Model, dataset: CellDataset, *, progress: Progress = silent) -> Model:
    """A model with all that `known` finds of it; call it before the model is stored."""
    found = known(model, dataset, progress=progress)
    card = replace(model.card, sanity=dict(found.sanity))
    return replace(model, card=card, gates=found.gates, reference=found.reference)


def _on_its_cells(
    model: Classifier | ClassicalModel, dataset: CellDataset, seed: int, progress: Progress
) -> tuple[Known, list[Path]]:
    """Gates and reference, and the files of the test cells that were looked at."""
    card = model.card
    if dataset.fingerprint() != card.data_fingerprint:
        raise ModelError(f"Expected the cells that {card.name} was trained on. Received: others.")

    def look(side: str, measure: Callable[[ByteArray], Any]) -> _Cells:
        cells = dataset.labelled
        cells = cells[cells[_KEY[card.split_by]].isin(card.subjects[side])]
        cells = cells if side == "train" else cells[cells["part"] != ADDED]
        cells = cells.sample(min(MOST, len(cells)), random_state=seed).sort_values("path")
        return _seen(model, dataset, cells, measure=measure, side=side, progress=progress)

    train, validation = look("train", _shown), look("validation", _nothing)
    gates = fitted_gates(
        Shown(
            np.array([shown.appearance for shown in train.also]),
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
    reference = _reference(train, validation, model, seed)
    return Known(replace(gates, tested=counted), reference), [dataset.file(path) for path in test.table["path"]]


def _reference(train: _Cells, validation: _Cells, model: Classifier | ClassicalModel, seed: int) -> Reference:
    """Some of the training cells that were looked at, by seed; those that the model can't compare are left out."""
    rows = np.flatnonzero(np.isfinite(train.vectors).all(axis=1))
    rows = np.sort(np.random.default_rng(seed).permutation(rows)[:CELLS])
    vectors = np.clip(train.vectors[rows], -_LARGEST, _LARGEST)
    return Reference(
        vectors=vectors.astype(np.float16),
        positive=train.truth[rows] == 1,
        subject=train.table["subject"].to_numpy(dtype=np.str_)[rows],
        path=train.table["path"].to_numpy(dtype=np.str_)[rows],
        measures=np.array([train.also[row].morphology for row in rows], dtype=np.float32),
        pictures=[train.also[row].small for row in rows],
        usual=usual_distance(vectors, validation.vectors),
        total=model.card.cells["train"],
    )


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
    score = np.concatenate(scores).astype(float)
    return _Cells(kept, subject, dataset.truth(kept), also, np.concatenate(vectors), score)


def _shown(image: ByteArray) -> _Shown:
    found = segment(image)
    return _Shown(
        list(appearance(image, found, quality(image, found)).values()),
        list(morphology(found.crop(image), found.cell).values()),
        small_picture(image, found),
    )


def _nothing(image: ByteArray) -> None:  # noqa: ARG001  # one of the measures
    return None
