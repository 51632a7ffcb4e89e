"""What a training will take in time and memory, and the part of the data that a budget buys."""

import math
from dataclasses import dataclass, replace
from typing import Literal

from core import fitting, warm_start
from core.card import ModelCard
from core.cost import Cost
from core.data.dataset import CellDataset
from core.data.split import SIDES, USED, Side, split
from core.hyperparameters import TrainingConfig

LIBRARIES_GB = 0.9  # a process that has imported the libraries and built a graph, measured: docs/measurements.md
_PERCENT = 100


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


def estimate(dataset: CellDataset, config: TrainingConfig, cost: Cost, *, start: ModelCard | None = None) -> Estimate:
    """Time, memory and cells of a training.

    Time is that of reading the cells once, of the start, of all epochs with the scoring of their validation cells, and
    of the last scoring of validation and test cells. Memory is that of the libraries, of all cells' pixels (mapped from
    a file: the system can take it back), of the pixels that are scored at once, twice, and of one step.

    Args:
        dataset: Hashed, labelled cells.
        config: Hyperparameters; its seed and share of subjects decide the sides.
        cost: From `core.cost.measured_cost` of a configuration with the same `cost_key`.
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
        gigabytes=LIBRARIES_GB + (pixel_bytes + cost.step_bytes) / 1e9,
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
        cost: From `core.cost.measured_cost` of a configuration with the same `cost_key`.
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
