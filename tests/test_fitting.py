"""Fitting: the optimizers, the class weights, the end by patience, scores in parts."""

from collections.abc import Sequence

import keras
import numpy as np
import pytest

from core import fitting
from core.batches import Batches
from core.data.pixel_cache import CachedPixels
from core.fitting import Validation, class_weights, fit, optimizer, scores, worn_out
from core.hyperparameters import OPTIMIZERS, Optimizer, TrainingConfig

CONFIG = TrainingConfig(epochs=2, batch_size=8, patience=5, learning_rate=0.01)


def bright_cells(count: int) -> tuple[CachedPixels, np.ndarray]:
    """Even numbers are dark, odd ones bright, and the bright ones positive."""
    truth = np.arange(count) % 2
    images = np.where(truth == 1, 200, 50).astype(np.uint8).reshape(count, 1, 1, 1).repeat(4, 1).repeat(4, 2)
    return CachedPixels(images, np.arange(count)), truth


def small_network(*, seed: int = 0) -> keras.Model:
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((4, 4, 1))
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(inputs))
    x = keras.layers.LayerNormalization(name="norm")(keras.layers.Dense(3)(x))
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))


def nobody(done: int, total: int, /, **about: object) -> None:
    """Hear nothing."""


@pytest.mark.parametrize(
    ("truth", "expected"),
    [([0, 1], {0: 1, 1: 1}), ([0, 1, 1, 1], {0: 2, 1: 2 / 3}), ([0, 0, 0, 0, 1], {0: 0.625, 1: 2.5})],
)
def test_class_weights_are_inverse_to_the_number_of_cells(truth: Sequence[int], expected: dict[int, float]) -> None:
    weights = class_weights(np.array(truth))
    assert weights == pytest.approx(expected)
    assert sum(weights[label] for label in truth) == pytest.approx(len(truth))


@pytest.mark.parametrize(
    ("areas", "patience", "expected"),
    [
        ([], 1, False),
        ([0.5], 1, False),
        ([0.5, 0.6], 1, False),
        ([0.6, 0.5], 1, True),
        ([0.6, 0.6], 1, True),  # an equal epoch is no better one
        ([0.6, 0.5, 0.5], 3, False),
        ([0.6, 0.5, 0.5, 0.5], 3, True),
        ([0.6, 0.5, 0.7, 0.5], 2, False),
    ],
)
def test_patience_counts_from_the_first_best_epoch(areas: list[float], patience: int, expected: bool) -> None:
    assert worn_out([{"val_auroc": area} for area in areas], patience) is expected


@pytest.mark.parametrize(
    ("name", "kind"), [("adam", "Adam"), ("adamw", "AdamW"), ("sgd", "SGD")], ids=["adam", "adamw", "sgd"]
)
def test_each_optimizer_starts_at_the_learning_rate_and_ends_at_zero(name: Optimizer, kind: str) -> None:
    found = optimizer(TrainingConfig(optimizer=name, learning_rate=0.1), steps=10)
    assert type(found).__name__ == kind
    rates = []
    for step in (0, 5, 10):
        found.iterations.assign(step)
        rates.append(float(found.learning_rate))
    assert rates == pytest.approx([0.1, 0.05, 0.0])


def test_sgd_has_momentum_and_adamw_spares_biases_and_norms() -> None:
    assert optimizer(TrainingConfig(optimizer="sgd"), steps=1).momentum == 0.9
    network = small_network()
    decaying = optimizer(TrainingConfig(optimizer="adamw"), steps=1)
    decaying.build(network.trainable_variables)
    decayed = {variable.name for variable in network.trainable_variables if decaying._use_weight_decay(variable)}
    assert decayed == {"kernel"}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_optimizer_learns_what_can_be_learned(name: Optimizer) -> None:
    cells, truth = bright_cells(64)
    config = TrainingConfig(epochs=6, batch_size=8, patience=9, learning_rate=0.05, optimizer=name)
    history = fit(small_network(), Batches(cells, truth, 8), Validation(cells, truth), config, report=nobody)
    assert history[-1]["val_auroc"] == 1
    assert history[-1]["loss"] < history[0]["loss"]


def test_scores_in_parts_are_those_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    cells, _ = bright_cells(150)
    network = small_network()
    whole = network.predict(cells.read(), batch_size=64, verbose=0)[:, 0]
    monkeypatch.setattr(fitting, "SCORED", 64)
    np.testing.assert_array_equal(scores(network, cells), whole)
    assert scores(network, cells[:0]).shape == (0,)


def test_scores_that_are_no_numbers_end_the_training_with_advice() -> None:
    cells, truth = bright_cells(16)
    network = small_network()
    network.layers[-1].set_weights([np.full((3, 1), np.nan), np.zeros(1)])
    with pytest.raises(ValueError, match=r"^Expected scores that are numbers\. .* epoch 1; choose a lower learning"):
        fit(network, Batches(cells, truth, 8), Validation(cells, truth), CONFIG, report=nobody)
