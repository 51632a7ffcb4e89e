"""Train a network on the training subjects of a data set and test it on the test subjects."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from core import networks
from core.card import ModelCard, TrainingConfig, library_versions
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.split import USED, Split, split
from core.evaluation import EvaluationReport, best_threshold, report, roc_auc
from core.store import Classifier
from core.types import ByteArray, FloatArray, IntArray

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class TrainingEvent:
    """One step of a training, for whoever watches.

    Attributes:
        stage: What is going on: cells are read, a network is trained, or it is tested.
        done: Steps finished in this stage: files, batches or cells.
        total: Steps of this stage.
        epoch: Epoch under way, from 1; 0 outside training.
        history: One dict for each finished epoch.
        images_per_second: Rate of the epoch under way; 0 where unknown.
    """

    stage: Literal["reading", "training", "testing"]
    done: int
    total: int
    epoch: int = 0
    history: tuple[dict[str, float], ...] = ()
    images_per_second: float = 0.0


Listener = Callable[[TrainingEvent], None]


def ignore(event: TrainingEvent) -> None:
    """Do nothing: the default listener."""


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """A trained classifier and its report on the test subjects."""

    classifier: Classifier
    report: EvaluationReport


def train(dataset: CellDataset, config: TrainingConfig, *, name: str, listener: Listener = ignore) -> TrainingResult:
    """Train one network by subject.

    Args:
        dataset: Hashed, labelled cells.
        config: Hyperparameters; its seed also decides the split.
        name: Name of the model.
        listener: Called after each batch and epoch; what it raises (`Cancelled`) ends the training.

    Returns:
        The classifier with the weights of the epoch with the best validation AUROC, and its report on the test
        subjects at the threshold that was chosen on the validation subjects.

    Raises:
        SplitImpossible: If there are too few subjects.
        DataError: If the cells are not hashed or a file cannot be read.
        WeightsUnavailable: If pretrained weights were asked for and cannot be had.
    """
    import keras

    sides = split(dataset, seed=config.seed, share=config.subjects_share)
    network = networks.build(
        config.architecture, config.preprocessing.shape, pretrained=config.pretrained, seed=config.seed
    )
    tables = {side: sides.cells(dataset, side) for side in USED}
    images = _read(dataset, pd.concat(list(tables.values())), config, listener)
    first, second = len(tables["train"]), len(tables["train"]) + len(tables["validation"])
    truth = {side: dataset.truth(table) for side, table in tables.items()}
    steps = config.epochs * math.ceil(first / config.batch_size)
    network.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(config.learning_rate, steps)),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    history = _fit(
        network, config, (images[:first], truth["train"]), (images[first:second], truth["validation"]), listener
    )
    listener(TrainingEvent("testing", 0, len(tables["test"]), history=history))
    classifier = Classifier(network, _card(dataset, config, sides, network, name=name, history=history))
    validation_score = classifier.scores(images[first:second])
    threshold = best_threshold(truth["validation"], validation_score)
    validation = report(tables["validation"], validation_score, classes=dataset.classes, threshold=threshold)
    test = report(tables["test"], classifier.scores(images[second:]), classes=dataset.classes, threshold=threshold)
    listener(TrainingEvent("testing", len(tables["test"]), len(tables["test"]), history=history))
    return TrainingResult(Classifier(network, _tested(classifier.card, validation, test)), test)


def _read(dataset: CellDataset, table: pd.DataFrame, config: TrainingConfig, listener: Listener) -> ByteArray:
    def progress(done: int, total: int, text: str) -> None:  # noqa: ARG001  # the stage says it
        listener(TrainingEvent("reading", done, total))

    return pixels.read([dataset.file(path) for path in table["path"]], config.preprocessing, progress=progress)


def _fit(
    network: "keras.Model",
    config: TrainingConfig,
    train_cells: tuple[ByteArray, IntArray],
    validation_cells: tuple[ByteArray, IntArray],
    listener: Listener,
) -> tuple[dict[str, float], ...]:
    """Fit with early stopping on the validation AUROC; one dict an epoch."""
    import keras

    images, truth = train_cells
    watch = _watcher(validation_cells, config, len(images), listener)
    network.fit(
        _sequence(images, truth, config),
        epochs=config.epochs,
        class_weight=_class_weights(truth) if config.class_weights else None,
        verbose=0,
        callbacks=[
            watch,
            keras.callbacks.EarlyStopping("val_auroc", mode="max", patience=config.patience, restore_best_weights=True),
        ],
    )
    return tuple(watch.history_of_epochs)


def _class_weights(truth: IntArray) -> dict[int, float]:
    counts = np.bincount(truth, minlength=2)
    return {label: float(len(truth) / (2 * max(1, count))) for label, count in enumerate(counts)}


def _sequence(images: ByteArray, truth: IntArray, config: TrainingConfig) -> Any:  # noqa: ANN401  # a Keras class made here
    """Batches in a new order each epoch, each cell flipped and turned by quarters at random: cells have no up."""
    import keras

    class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras carries no types
        def __init__(self) -> None:
            super().__init__()
            self._rng = np.random.default_rng(config.seed)
            self._order = self._rng.permutation(len(images))

        def __len__(self) -> int:
            return math.ceil(len(images) / config.batch_size)

        def __getitem__(self, number: int) -> tuple[FloatArray, IntArray]:
            rows = self._order[number * config.batch_size : (number + 1) * config.batch_size]
            turned = [
                np.rot90(image, turns)
                for image, turns in zip(images[rows], self._rng.integers(4, size=len(rows)), strict=True)
            ]
            flips = self._rng.random(len(rows)) < 0.5
            batch = [image[:, ::-1] if flip else image for image, flip in zip(turned, flips, strict=True)]
            return np.stack(batch).astype(np.float32), truth[rows]

        def on_epoch_end(self) -> None:
            self._order = self._rng.permutation(len(images))

    return Batches()


def _watcher(cells: tuple[ByteArray, IntArray], config: TrainingConfig, count: int, listener: Listener) -> Any:  # noqa: ANN401
    """Report each batch, and score the validation subjects after each epoch."""
    import keras

    batches = math.ceil(count / config.batch_size)

    class Watcher(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
        def __init__(self) -> None:
            super().__init__()
            self.history_of_epochs: list[dict[str, float]] = []
            self._started = 0.0

        def _report(self, done: int) -> None:
            elapsed = time.monotonic() - self._started
            rate = min(done * config.batch_size, count) / elapsed if done and elapsed else 0.0
            epoch = len(self.history_of_epochs) + (done < batches)
            listener(TrainingEvent("training", done, batches, epoch, tuple(self.history_of_epochs), rate))

        def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
            self._started = time.monotonic()
            self._report(0)

        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
            if batch + 1 < batches:
                self._report(batch + 1)

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
            images, truth = cells
            score = np.asarray(self.model.predict(images, batch_size=64, verbose=0), dtype=np.float64)[:, 0]
            clipped = np.clip(score, 1e-7, 1 - 1e-7)
            logs = logs if logs is not None else {}
            logs["val_loss"] = float(-np.mean(np.where(truth == 1, np.log(clipped), np.log(1 - clipped))))
            logs["val_accuracy"] = float(np.mean((score >= 0.5) == truth))
            logs["val_auroc"] = roc_auc(truth, score)
            kept = ("loss", "accuracy", "val_loss", "val_accuracy", "val_auroc")
            self.history_of_epochs.append({key: float(logs[key]) for key in kept})
            self._report(batches)

    return Watcher()


def _card(
    dataset: CellDataset,
    config: TrainingConfig,
    sides: Split,
    network: "keras.Model",
    *,
    name: str,
    history: tuple[dict[str, float], ...],
) -> ModelCard:
    return ModelCard(
        name=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        architecture=config.architecture,
        parameters=int(network.count_params()),
        classes=dataset.classes,
        preprocessing=config.preprocessing,
        explained_layer=networks.NETWORKS[config.architecture].explained_layer,
        threshold=0.5,
        threshold_source="",
        config=config,
        origin=dataset.origin,
        data_fingerprint=dataset.fingerprint(),
        split_by=sides.by,
        split_seed=sides.seed,
        subjects={side: sides.units(side) for side in USED},
        cells={side: len(sides.cells(dataset, side)) for side in USED},
        reduced=sides.reduced,
        validation={},
        test={},
        confusion_matrix=((0, 0), (0, 0)),
        history=history,
        versions=library_versions(),
        edits=dict(dataset.edits),
    )


def _tested(card: ModelCard, validation: EvaluationReport, test: EvaluationReport) -> ModelCard:
    (true_negative, false_positive), (false_negative, true_positive) = test.confusion_matrix().tolist()
    return replace(
        card,
        threshold=validation.threshold,
        threshold_source="highest balanced accuracy on the validation subjects",
        validation=validation.figures(),
        test=test.figures(),
        confusion_matrix=((true_negative, false_positive), (false_negative, true_positive)),
    )
