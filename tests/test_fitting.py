"""Fitting: the optimizers, the class weights, the end by patience, scores in parts, what is told on the way."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from core import fitting
from core.batches import Batches
from core.checkpoints import Checkpoint, Checkpoints
from core.data.pixel_cache import CachedPixels
from core.evaluation import roc_auc
from core.fitting import (
    KEPT,
    POINTS,
    TRAINED,
    Moment,
    Validation,
    class_weights,
    fit,
    optimizer,
    running_auroc,
    scores,
    worn_out,
)
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


def nobody(at: Moment) -> None:
    """Hear nothing."""


def moments_of(cells: CachedPixels, truth: np.ndarray, config: TrainingConfig) -> list[Moment]:
    moments: list[Moment] = []
    batches = Batches(cells, truth, config.batch_size, config.augmentation)
    fit(small_network(), batches, Validation(cells, truth), config, report=moments.append)
    return moments


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


def test_scores_in_parts_are_those_of_the_whole_and_are_told_of_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    cells, _ = bright_cells(150)
    network = small_network()
    whole = network.predict(cells.read(), batch_size=64, verbose=0)[:, 0]
    monkeypatch.setattr(fitting, "SCORED", 64)
    told: list[int] = []
    np.testing.assert_array_equal(scores(network, cells, progress=told.append), whole)
    assert told == [64, 128]
    assert scores(network, cells[:0]).shape == (0,)


def test_scores_that_are_no_numbers_end_the_training_with_advice() -> None:
    cells, truth = bright_cells(16)
    network = small_network()
    network.layers[-1].set_weights([np.full((3, 1), np.nan), np.zeros(1)])
    with pytest.raises(ValueError, match=r"^Expected scores that are numbers\. .* epoch 1; choose a lower learning"):
        fit(network, Batches(cells, truth, 8), Validation(cells, truth), CONFIG, report=nobody)


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([([0, 1], [0.1, 0.9])], 1),
        ([([0, 1, 0, 1], [0.1, 0.2, 0.8, 0.9])], 0.75),  # three of four pairs stand right
        ([([0, 1], [0.1, 0.2]), ([0, 1], [0.8, 0.9])], 0.75),  # over the batches, not a mean of theirs
        ([([0, 1], [0.5, 0.5])], 0.5),
        ([([0, 1, 1], [0.9, 0.1, 0.9])], 0.25),  # a wrong pair, and a tie that counts half
    ],
)
def test_the_running_area_counts_the_pairs_that_stand_right(
    batches: list[tuple[list[int], list[float]]], expected: float
) -> None:
    metric = running_auroc()
    for truth, score in batches:
        metric.update_state(np.array(truth), np.array(score)[:, np.newaxis])
    assert float(metric.result()) == pytest.approx(expected, abs=1e-6)
    truth, score = (np.concatenate(part) for part in zip(*batches, strict=True))
    assert roc_auc(truth, score) == expected


def test_the_running_area_of_many_scores_is_that_of_scikit_learn_to_a_thousandth() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=2000)
    score = 1 / (1 + np.exp(-rng.normal(truth - 0.5, 1)))
    metric = running_auroc()
    metric.update_state(truth, score)
    assert float(metric.result()) == pytest.approx(roc_auc(truth, score), abs=1e-3)


@pytest.mark.parametrize("label", [0, 1])
def test_with_one_class_so_far_there_is_no_running_area(label: int) -> None:
    metric = running_auroc()
    metric.update_state(np.array([label, label]), np.array([0.2, 0.8]))
    assert np.isnan(float(metric.result()))


@pytest.mark.parametrize("class_weights", [True, False])
def test_the_figures_on_the_training_cells_are_those_of_the_scores_while_the_weights_rest(class_weights: bool) -> None:
    rng = np.random.default_rng(0)
    cells = CachedPixels(rng.integers(0, 256, (50, 4, 4, 1)).astype(np.uint8), np.arange(50))
    truth = (rng.random(50) < 0.4).astype(int)
    resting = replace(CONFIG, learning_rate=1e-7, augmentation="off", class_weights=class_weights)
    network = small_network()
    score = scores(network, cells)
    history = fit(network, Batches(cells, truth, 8, "off"), Validation(cells, truth), resting, report=nobody)
    for epoch in history:
        assert tuple(epoch) == KEPT
        assert epoch["auroc"] == pytest.approx(roc_auc(truth, np.ceil(score * 999)), abs=1e-3)  # equal between two cuts
        assert epoch["auroc"] == pytest.approx(epoch["val_auroc"], abs=1e-2)
        assert epoch["accuracy"] == pytest.approx(np.mean((score >= 0.5) == truth), abs=1e-6)


def test_an_epoch_under_way_is_told_batch_by_batch_and_ends_where_the_history_goes_on() -> None:
    moments = moments_of(*bright_cells(30), CONFIG)  # batches of 8, 8, 8 and 6
    told = [(at.epoch, at.done, at.total, len(at.history)) for at in moments]
    assert told == [
        *((1, done, 4, 0) for done in range(5)),
        (1, 4, 4, 1),  # once the validation cells are scored
        *((2, done, 4, 1) for done in range(5)),
        (2, 4, 4, 2),
    ]
    for at in moments:
        finished = len(at.history) == at.epoch
        assert [point["share"] for point in at.running] == [
            (part + 1) / 4 for part in range(0 if finished else at.done)
        ]
        assert all(set(point) == {"share", *TRAINED} for point in at.running)
    for last, ended in ((moments[4], moments[5]), (moments[10], moments[11])):
        assert {name: last.running[-1][name] for name in TRAINED} == {name: ended.history[-1][name] for name in TRAINED}


def test_a_long_epoch_is_told_at_a_few_places_and_now() -> None:
    moments = moments_of(*bright_cells(90), replace(CONFIG, epochs=1, batch_size=2))  # 45 batches
    under_way = [at for at in moments if not at.history]
    assert max(len(at.running) for at in under_way) == POINTS
    assert [at.running[-1]["share"] for at in under_way[1:]] == [done / 45 for done in range(1, 46)]
    kept = [point["share"] for point in under_way[-1].running]
    assert kept == [next(done / 45 for done in range(1, 46) if done * POINTS >= part * 45) for part in range(1, 21)]


def test_the_rate_is_known_from_the_second_batch_on_and_the_time_left_with_it() -> None:
    first, second, *later = moments_of(*bright_cells(30), CONFIG)
    assert [(at.images_per_second, at.seconds_left) for at in (first, second)] == [(0, 0), (0, 0)]
    assert all(at.images_per_second > 0 and at.seconds_left > 0 for at in later)


def test_a_checkpoint_from_before_the_training_area_was_kept_goes_on(tmp_path: Path) -> None:
    cells, truth = bright_cells(16)
    network = small_network()
    network.compile(optimizer=optimizer(CONFIG, steps=4))
    network.optimizer.build(network.trainable_variables)
    old = {"loss": 0.9, "accuracy": 0.5, "val_loss": 0.8, "val_accuracy": 0.5, "val_auroc": 0.25}
    state = [tuple(np.array(variable.numpy()) for variable in of.variables) for of in (network, network.optimizer)]
    place = Checkpoints(tmp_path, "cells", CONFIG)
    place.save(Checkpoint((old,), *state, tuple(network.get_weights())))
    first, second = fit(
        network, Batches(cells, truth, 8), Validation(cells, truth), CONFIG, report=nobody, checkpoints=place
    )
    assert first == old
    assert tuple(second) == KEPT
