"""What one cell of a training costs in time and memory, measured on a few batches."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from core import fitting, networks
from core.data import pixels
from core.data.dataset import CellDataset
from core.hyperparameters import TrainingConfig
from core.types import ByteArray, IntArray

if TYPE_CHECKING:
    import keras

_MEASURED_CELLS = 128  # enough that one slow batch does not decide
_FEWEST_BATCHES = 2
_STEPS = 1000  # of the schedule; costs nothing
_FLOAT = 4  # bytes
_SLOTS = {"adam": 2, "adamw": 2, "sgd": 1}  # arrays that an optimizer keeps for each weight
_FREE = (  # augmentation, too: it is done while the network works
    "pretrained",
    "epochs",
    "learning_rate",
    "subjects_share",
    "patience",
    "class_weights",
    "augmentation",
    "dropout",
    "start_from",
    "seed",
)


@dataclass(frozen=True)
class Cost:
    """What one cell costs with a configuration on this machine, whatever the number of cells and epochs.

    Attributes:
        reading: Images decoded and prepared a second.
        starting: Seconds until a network is built and has seen its first batch.
        training: Images trained on a second.
        scoring: Images scored a second.
        step_bytes: Memory of one training step, as `step_bytes` computes it.
    """

    reading: float
    starting: float
    training: float
    scoring: float
    step_bytes: int


def cost_key(config: TrainingConfig) -> TrainingConfig:
    """The configuration without what costs no time: one `Cost` serves all configurations of equal keys."""
    plain = TrainingConfig()
    return replace(config, **{name: getattr(plain, name) for name in _FREE})


def measured_cost(
    dataset: CellDataset, config: TrainingConfig, *, clock: Callable[[], float] = time.perf_counter
) -> Cost:
    """Read a few cells, train a network on them in a few batches and score them, after one batch each to warm up.

    Args:
        dataset: Labelled cells.
        config: Its network, pixels, batch size and optimizer are measured.
        clock: Seconds from some moment on.

    Raises:
        ValueError: If the network cannot be built, or there is no labelled cell.
        DataError: If a file cannot be read.
    """
    networks.check(config.architecture, image_size=config.image_size, pretrained=False)
    images, truth, reading = _read(dataset, config, clock)
    began = clock()
    network = _network(config)
    size = config.batch_size
    first, *others = [slice(start, start + size) for start in range(0, len(images), size)]
    network.train_on_batch(images[first].astype(np.float32), truth[first])
    warm = clock()
    for batch in others:
        network.train_on_batch(images[batch].astype(np.float32), truth[batch])
    trained = clock()
    network.predict_on_batch(images[first])
    warm_again = clock()
    for batch in others:
        network.predict_on_batch(images[batch])
    scored = clock()
    count = len(images) - size
    return Cost(
        reading=reading,
        starting=warm - began + warm_again - trained,
        training=_rate(count, trained - warm),
        scoring=_rate(count, scored - warm_again),
        step_bytes=step_bytes(network, config),
    )


def _network(config: TrainingConfig) -> "keras.Model":
    """As a training would compile it; without pretrained weights, which change no time."""
    network = networks.build(config.architecture, config.preprocessing.shape, dropout=config.dropout, seed=config.seed)
    if config.freeze:
        for layer in network.layers[:-1]:
            layer.trainable = False
    network.compile(optimizer=fitting.optimizer(config, steps=_STEPS), loss="binary_crossentropy")
    return network


def _read(
    dataset: CellDataset, config: TrainingConfig, clock: Callable[[], float]
) -> tuple[ByteArray, IntArray, float]:
    """One batch to warm up and the batches to measure, cells from all over the data set, and the rate of reading."""
    cells = dataset.labelled
    if cells.empty:
        raise ValueError("Expected labelled cells to measure a training on. Received: none.")
    timed = max(_FEWEST_BATCHES, math.ceil(_MEASURED_CELLS / config.batch_size))
    wanted = (1 + timed) * config.batch_size
    rows = np.linspace(0, len(cells) - 1, min(wanted, len(cells))).round().astype(int)
    chosen = cells.iloc[rows]
    started = clock()
    images = pixels.read([dataset.file(path) for path in chosen["path"]], config.preprocessing)
    rate = _rate(len(images), clock() - started)
    repeated = np.resize(np.arange(len(images)), wanted)  # where there are too few cells
    return images[repeated], dataset.truth(chosen)[repeated], rate


def _rate(count: int, seconds: float) -> float:
    return count / max(seconds, 1e-9)


def step_bytes(network: "keras.Model", config: TrainingConfig) -> int:
    """Memory of the arrays of one training step, from their shapes.

    What every layer puts out is kept for the way back; there the gradients at both ends of the largest layer are
    held, too. Each weight has a gradient and the optimizer's state.

    Args:
        network: From (N, height, width, channels).
        config: Its batch size and optimizer count.
    """
    outputs: list[int] = [math.prod(layer.output.shape[1:]) for layer in network.layers]
    cell = sum(outputs) + 2 * max(outputs)
    weights: int = network.count_params()
    return _FLOAT * (config.batch_size * cell + weights * (2 + _SLOTS[config.optimizer]))
