"""Fit a network epoch by epoch: optimizer, early stopping, the best weights, checkpoints and reports on the way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.batches import Batches
from core.calibration import log_loss
from core.checkpoints import Arrays, Checkpoint, Checkpoints
from core.data.pixel_cache import CachedPixels
from core.evaluation import roc_auc
from core.hyperparameters import TrainingConfig
from core.pace import Pace
from core.types import FloatArray, IntArray

if TYPE_CHECKING:
    import keras

TRAINED = ("loss", "accuracy", "auroc")  # of the training cells, as they were turned and coloured, while it learned
KEPT = (*TRAINED, "val_loss", "val_accuracy", "val_auroc")
POINTS = 20  # of the curves of the epoch under way
SCORED = 1024  # cells that are in memory at once while scored: 123 MB at 200 px
_BATCH = 64
_CUTS = 1000  # at which the running ROC curve is known; scores between two of them count as equal

History = tuple[dict[str, float], ...]


@dataclass(frozen=True)
class Moment:
    """How a fit stands before the first batch of an epoch, after each, and after the scoring that ends the epoch.

    Attributes:
        done: Batches of the epoch that are finished.
        total: Batches of the epoch.
        epoch: Epoch under way, from 1. It is finished once the history holds it.
        history: One dict for each finished epoch.
        running: Loss, accuracy and AUROC on the training cells of the epoch under way so far, at no more than `POINTS`
            places and now, each with the `share` of the epoch by then.
        images_per_second: Rate of training, without the scoring; 0 where unknown.
        seconds_left: What it takes at most until the test cells are scored; 0 where unknown.
    """

    done: int
    total: int
    epoch: int
    history: History
    running: History
    images_per_second: float
    seconds_left: float


Report = Callable[[Moment], None]  # what it raises ends the training


@dataclass(frozen=True, eq=False)
class Validation:
    """The cells that decide which epoch was the best: their pixels and 1 for positive, 0 for negative."""

    cells: CachedPixels
    truth: IntArray


def fit(
    network: "keras.Model",
    batches: Batches,
    validation: Validation,
    config: TrainingConfig,
    *,
    report: Report,
    checkpoints: Checkpoints | None = None,
) -> History:
    """Train a network until its epochs or its patience end, and give it the weights of its best epoch.

    Args:
        network: Compiled and changed in place.
        batches: Training cells.
        validation: Validation cells; the area under their ROC curve tells the best epoch.
        config: Hyperparameters.
        report: Hears of each batch, and now and then while cells are scored.
        checkpoints: Where to go on from, and where to leave a checkpoint after each epoch.

    Returns:
        One dict for each finished epoch, those before the checkpoint included.

    Raises:
        ModelError: If the checkpoint is damaged or another training's.
        ValueError: If the network's scores are no numbers any more.
    """
    network.compile(
        optimizer=optimizer(config, steps=config.epochs * len(batches)),
        loss="binary_crossentropy",
        metrics=["accuracy", running_auroc()],
    )
    network.optimizer.build(network.trainable_variables)
    found = checkpoints.load() if checkpoints else None
    if found:
        _restore(network, found)
    watch = _watcher(batches, validation, config=config, report=report, checkpoints=checkpoints, found=found)
    finished = len(watch.history)
    if finished < config.epochs and not worn_out(watch.history, config.patience):
        network.fit(
            batches.dataset(first_epoch=finished, epochs=config.epochs),
            initial_epoch=finished,
            epochs=config.epochs,
            steps_per_epoch=len(batches),
            class_weight=class_weights(batches.truth) if config.class_weights else None,
            verbose=0,
            shuffle=False,  # the order is the batches' own
            callbacks=[watch],
        )
    network.set_weights(watch.best)
    return tuple(watch.history)


def optimizer(config: TrainingConfig, *, steps: int) -> Any:  # noqa: ANN401  # Keras carries no types
    """The optimizer, whose step size falls to zero along a cosine.

    Source:
        Adam: Kingma and Ba 2015, https://arxiv.org/abs/1412.6980; AdamW and the cosine: Loshchilov and Hutter,
        https://arxiv.org/abs/1711.05101 and https://arxiv.org/abs/1608.03983.
    """
    from keras import optimizers

    rate = optimizers.schedules.CosineDecay(config.learning_rate, steps)
    if config.optimizer == "sgd":
        return optimizers.SGD(rate, momentum=0.9)
    if config.optimizer == "adam":
        return optimizers.Adam(rate)
    decaying = optimizers.AdamW(rate)
    decaying.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])  # these carry no complexity
    return decaying


def class_weights(truth: IntArray) -> dict[int, float]:
    """Weight of each class, inverse to its number of cells; one on average over the cells."""
    counts = np.bincount(truth, minlength=2)
    return {label: float(len(truth) / (2 * max(1, count))) for label, count in enumerate(counts)}


def running_auroc() -> Any:  # noqa: ANN401
    """A Keras metric: the area under the ROC curve of an epoch's batches so far; NaN while one class is missing.

    It counts scores between each two of a thousand cuts, since Keras keeps no scores of an epoch. The scores of a cell
    come from the weights that there were at its batch.
    """
    from keras import metrics, ops, saving

    @saving.register_keras_serializable("core")  # Grad-CAM clones the compiled network
    class RunningAuroc(metrics.AUC):  # type: ignore[misc]  # Keras carries no types
        def result(self) -> Any:  # noqa: ANN401
            positives = self.true_positives[0] + self.false_negatives[0]
            negatives = self.true_negatives[0] + self.false_positives[0]
            return ops.where(positives * negatives > 0, super().result(), float("nan"))

    return RunningAuroc(num_thresholds=_CUTS, name="auroc")


def scores(network: "keras.Model", cells: CachedPixels, *, progress: Callable[[int], None] | None = None) -> FloatArray:
    """Probability of the positive class, (cells,), with a part of the pixels in memory at a time.

    Args:
        network: What scores.
        cells: The cells.
        progress: Hears between two parts how many cells are scored; what it raises ends the scoring.
    """
    parts: list[FloatArray] = []
    for start in range(0, len(cells), SCORED):
        if progress is not None and start:
            progress(start)
        images = cells[start : start + SCORED].read()
        cells.let_go()
        parts.append(network.predict(images, batch_size=_BATCH, verbose=0)[:, 0])
    return np.concatenate(parts, dtype=np.float32) if parts else np.zeros(0, dtype=np.float32)


def worn_out(history: History | list[dict[str, float]], patience: int) -> bool:
    """Whether as many epochs as `patience` have passed since the first one with the best validation AUROC."""
    if not history:
        return False
    areas = [epoch["val_auroc"] for epoch in history]
    return len(areas) - 1 - areas.index(max(areas)) >= patience


def _restore(network: "keras.Model", found: Checkpoint) -> None:
    for variables, values in ((network.variables, found.network), (network.optimizer.variables, found.optimizer)):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def _values(variables: Any) -> Arrays:  # noqa: ANN401
    return tuple(np.array(variable.numpy()) for variable in variables)


def _watcher(
    batches: Batches,
    validation: Validation,
    *,
    config: TrainingConfig,
    report: Report,
    checkpoints: Checkpoints | None,
    found: Checkpoint | None,
) -> Any:  # noqa: ANN401  # a Keras class made here
    """Report each batch; after each epoch score the validation subjects, keep the best weights and a checkpoint."""
    import keras

    total = len(batches)

    class Watcher(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
        def __init__(self) -> None:
            super().__init__()
            self.history = list(found.history) if found else []
            self.best: Arrays = found.best if found else ()
            self._curve: list[dict[str, float]] = []
            cells, finished = len(batches.cells), len(self.history)
            self._pace = Pace(cells, len(validation.cells), epochs=config.epochs, finished=finished)

        def _report(self, epoch: int, done: int, *running: dict[str, float]) -> None:
            told = (tuple(self.history), (*self._curve, *running))
            report(Moment(done, total, epoch + 1, *told, self._pace.images_per_second, self._pace.seconds_left))

        def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
            self._epoch = epoch
            self._pace.begin()
            self._report(epoch, 0)

        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            done = batch + 1
            self._pace.trained(min(done * batches.batch_size, len(batches.cells)))
            now = {"share": done / total, **{name: float((logs or {})[name]) for name in TRAINED}}
            if done * POINTS // total > batch * POINTS // total:
                self._curve.append(now)
                self._report(self._epoch, done)
            else:
                self._report(self._epoch, done, now)

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            self._pace.score()
            score = scores(self.model, validation.cells, progress=lambda _: self._report(epoch, total))
            figures = {**(logs or {}), **_figures(validation.truth, score, epoch=epoch + 1)}
            if all(figures["val_auroc"] > before["val_auroc"] for before in self.history):
                self.best = tuple(self.model.get_weights())
            self.history.append({key: float(figures[key]) for key in KEPT})
            self._curve = []
            if checkpoints:
                state = (_values(self.model.variables), _values(self.model.optimizer.variables))
                checkpoints.save(Checkpoint(tuple(self.history), *state, self.best))
            self._pace.finish()
            self._report(epoch, total)
            if worn_out(self.history, config.patience):
                self.model.stop_training = True

    return Watcher()


def _figures(truth: IntArray, score: FloatArray, *, epoch: int) -> dict[str, float]:
    if not np.isfinite(score).all():
        raise ValueError(
            f"Expected scores that are numbers. Received: others after epoch {epoch}; choose a lower learning rate."
        )
    return {
        "val_loss": log_loss(truth, score.astype(np.float64)),
        "val_accuracy": float(np.mean((score >= 0.5) == truth)),
        "val_auroc": roc_auc(truth, score),
    }
