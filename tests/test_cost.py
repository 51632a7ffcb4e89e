"""The cost of a cell: rates by the clock, and memory by the shapes."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core import networks
from core.cost import cost_key, measured_cost, step_bytes
from core.data.dataset import CellDataset
from core.hyperparameters import TrainingConfig
from tests.conftest import TINY


def ticks(*seconds: float) -> Iterator[float]:
    """Moments of a clock that so many seconds pass between."""
    now = 0.0
    for passed in seconds:
        yield now
        now += passed
    yield now


def test_rates_are_images_over_the_seconds_that_the_clock_counts(drawn: CellDataset) -> None:
    config = replace(TINY, batch_size=64)  # one batch to warm up, two measured; 72 cells are there to be read
    clock = ticks(4, 1, 6, 8, 3, 2)
    found = measured_cost(drawn, config, clock=lambda: next(clock))
    assert (found.reading, found.training, found.scoring) == (72 / 4, 128 / 8, 128 / 2)
    assert found.starting == 6 + 3


def test_a_frozen_network_can_be_measured(drawn: CellDataset) -> None:
    found = measured_cost(drawn, replace(TINY, freeze=True, optimizer="sgd"))
    assert found.training > 0


def test_the_memory_of_a_step_follows_from_the_shapes() -> None:
    network = networks.build("baseline-cnn", (32, 32, 3))
    outputs = [3072, 3072, 30 * 30 * 32, 15 * 15 * 32, 13 * 13 * 64, 6 * 6 * 64, 4 * 4 * 128, 512, 512, 128, 128, 1]
    weights = 896 + 18_496 + 73_856 + 65_664 + 129
    for optimizer, arrays in (("sgd", 3), ("adam", 4)):
        config = TrainingConfig(architecture="baseline-cnn", batch_size=8, optimizer=optimizer)
        assert step_bytes(network, config) == 4 * (8 * (sum(outputs) + 2 * 28_800) + arrays * weights)


def test_cells_without_labels_cannot_be_measured(drawn: CellDataset) -> None:
    with pytest.raises(ValueError, match=r"^Expected labelled cells"):
        measured_cost(replace(drawn, table=drawn.table.assign(label="")), TINY)


def test_one_measurement_serves_configurations_that_differ_in_what_costs_no_time() -> None:
    assert cost_key(replace(TINY, epochs=9, seed=3, subjects_share=0.2, learning_rate=0.1)) == cost_key(TINY)
    for changed in ({"image_size": 96}, {"batch_size": 8}, {"architecture": "baseline-cnn"}, {"freeze": True}):
        assert cost_key(replace(TINY, **changed)) != cost_key(TINY)
