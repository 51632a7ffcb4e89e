"""What a training costs in time and memory, measured on a few batches, and the part of the data that a budget buys."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from core import fitting, networks, warm_start
from core.card import ModelCard
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.split import SIDES, USED, Side, split
from core.hyperparameters import TrainingConfig
from core.types import ByteArray, IntArray

if TYPE_CHECKING:
    import keras

_MEASURED_CELLS = 128  # enough that one slow batch does not decide
_FEWEST_BATCHES = 2
_STEPS = 1000  # of the schedule; costs nothing
_FLOAT = 4  # bytes
_SLOTS = {"adam": 2, "adamw": 2, "sgd": 1}  # arrays that an optimizer keeps for each weight
_PERCENT = 100
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
_LIBRARIES_GB = 0.9  # a process that has imported the libraries and built a graph, measured: docs/measurements.md


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


@dataclass(frozen=True)
class Estimate:
    """What a training will take, and what of the data it uses.

    Attributes:
        minutes: Time if no epoch is spared by early stopping.
        gigabytes: Peak memory, 1e9 bytes.
        by: "subject", or "cell" where the data set names no subjects.
        cells: Cells of each side, also of those left out.
        units: Subjects of each side (or contents where `by` is "cell").
    """

    minutes: float
    gigabytes: float
    by: Literal["subject", "cell"]
    cells: dict[Side, int]
    units: dict[Side, int]

    @property
    def sentence(self) -> str:
        """Time, memory and the cells that are learned from, for people."""
        minutes = round(self.minutes)
        about = f"About {_counted(minutes, 'minute')}" if minutes >= 1 else "Less than a minute"
        learned = self._extent(("train", "validation"))
        return f"{about} at most and {self.gigabytes:.1f} GB of memory, to learn from {learned}."

    @property
    def left_out(self) -> str:
        """What is not used, for people; "" where nothing is left out."""
        return f"Left out: {self._extent(('left out',))}." if self.cells["left out"] else ""

    def _extent(self, sides: tuple[Side, ...]) -> str:
        cells = _counted(sum(self.cells[side] for side in sides), "cell")
        return (
            cells if self.by == "cell" else f"{cells} of {_counted(sum(self.units[side] for side in sides), 'subject')}"
        )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


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


def estimate(dataset: CellDataset, config: TrainingConfig, cost: Cost, *, start: ModelCard | None = None) -> Estimate:
    """Time, memory and cells of a training.

    Time is that of reading the cells once, of the start, of all epochs with the scoring of their validation cells, and
    of the last scoring of validation and test cells. Memory is that of the libraries, of all cells' pixels (mapped from
    a file: the system can take it back), of the pixels that are scored at once, twice, and of one step.

    Args:
        dataset: Hashed, labelled cells.
        config: Hyperparameters; its seed and share of subjects decide the sides.
        cost: From `measured_cost` of a configuration with the same `cost_key`.
        start: Card of the model that training starts from, whose subjects are not tested on.

    Raises:
        SplitImpossible: If there are too few subjects.
        DataError: If the cells are not hashed.
    """
    never_test = warm_start.seen(start, dataset) if start else frozenset()
    sides = split(dataset, seed=config.seed, share=config.subjects_share, never_test=never_test)
    at = sides.of(dataset.labelled).value_counts()
    cells = {side: int(at.get(side, 0)) for side in SIDES}
    used = sum(cells[side] for side in USED)
    epoch = cells["train"] / cost.training + cells["validation"] / cost.scoring
    last = (cells["validation"] + cells["test"]) / cost.scoring
    seconds = used / cost.reading + cost.starting + config.epochs * epoch + last
    in_memory = used + 2 * min(fitting.SCORED, max(cells["validation"], cells["test"]))
    pixel_bytes = in_memory * math.prod(config.preprocessing.shape)
    return Estimate(
        minutes=seconds / 60,
        gigabytes=_LIBRARIES_GB + (pixel_bytes + cost.step_bytes) / 1e9,
        by=sides.by,
        cells=cells,
        units={side: len(sides.units(side)) for side in SIDES},
    )


def within(
    dataset: CellDataset,
    config: TrainingConfig,
    cost: Cost,
    *,
    minutes: float | None = None,
    gigabytes: float | None = None,
    start: ModelCard | None = None,
) -> TrainingConfig:
    """Lower the share of subjects, in per cent, until a training fits a budget.

    Of each class and side at least one person is kept, and all persons of the test side.

    Args:
        dataset: Hashed, labelled cells.
        config: Hyperparameters; its share of subjects is the most that is used.
        cost: From `measured_cost` of a configuration with the same `cost_key`.
        minutes: Most minutes, or None for no limit.
        gigabytes: Most memory in 1e9 bytes, or None for no limit.
        start: As in `estimate`.

    Returns:
        The configuration with the largest share that fits; unchanged where it fits as it is.

    Raises:
        ValueError: If even the smallest share does not fit.
        SplitImpossible: If there are too few subjects.
        DataError: If the cells are not hashed.
    """
    limits = {
        "minutes": math.inf if minutes is None else minutes,
        "gigabytes": math.inf if gigabytes is None else gigabytes,
    }

    def exceeds(share: float) -> dict[str, float]:
        found = estimate(dataset, replace(config, subjects_share=share), cost, start=start)
        return {name: getattr(found, name) for name, limit in limits.items() if getattr(found, name) > limit}

    if not exceeds(config.subjects_share):
        return config
    fewest = exceeds(1 / _PERCENT)
    if fewest:
        wanted = ", ".join(f"{_up(value)} {name}" for name, value in fewest.items())
        raise ValueError(
            f"Expected a budget of at least {wanted} for the smallest part of this data set with these choices. "
            f"Received: {', '.join(f'{limits[name]:g} {name}' for name in fewest)}. "
            "Choose fewer epochs, smaller images or smaller batches, or a larger budget."
        )
    fits, too_much = 1, math.ceil(config.subjects_share * _PERCENT)
    while too_much - fits > 1:
        middle = (fits + too_much) // 2
        if exceeds(middle / _PERCENT):
            too_much = middle
        else:
            fits = middle
    return replace(config, subjects_share=fits / _PERCENT)


def _up(value: float) -> str:
    """A number rounded up to one decimal, so that asking for it is enough."""
    return f"{math.ceil(value * 10) / 10:.1f}"
