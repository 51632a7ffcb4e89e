"""Trainings of a minute network on twelve drawn subjects."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import fitting, networks
from core.calibration import calibration
from core.calibrator import best
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.hashing import hashed
from core.data.index import index
from core.data.split import USED, split
from core.errors import Cancelled, DataError, SplitImpossible
from core.evaluation import roc_auc
from core.hyperparameters import TrainingConfig
from core.networks import Network, Shape
from core.operating_point import best_threshold
from core.training import TrainingEvent, TrainingResult, train

CONFIG = TrainingConfig(architecture="dot", epochs=4, image_size=16, batch_size=16, seed=0)
KEYS = {"loss", "accuracy", "auroc", "val_loss", "val_accuracy", "val_auroc"}


@pytest.fixture(autouse=True)
def _dot(monkeypatch: pytest.MonkeyPatch) -> None:
    """An architecture that trains in no time: four filters and their means."""

    def build(shape: Shape, pretrained: bool, dropout: float) -> object:
        from keras import Input, Model, layers

        inputs = Input(shape)
        x = layers.Rescaling(1 / 255)(inputs)
        x = layers.Conv2D(4, 3, strides=2, activation="relu", name="maps")(x)
        x = layers.GlobalAveragePooling2D()(x)
        return Model(inputs, layers.Dense(1, activation="sigmoid")(x))

    monkeypatch.setitem(networks.NETWORKS, "dot", Network("Dot", "For tests.", build, "maps", 16))


def events_of(dataset: CellDataset, config: TrainingConfig) -> tuple[list[TrainingEvent], TrainingResult]:
    events: list[TrainingEvent] = []
    return events, train(dataset, config, name="dot", listener=events.append)


def side_pixels(dataset: CellDataset, result: TrainingResult, side: str) -> tuple[np.ndarray, np.ndarray]:
    table = split(dataset, seed=result.classifier.card.split_seed).cells(dataset, side)
    files = [dataset.file(path) for path in table["path"]]
    return pixels.read(files, result.classifier.card.preprocessing), dataset.truth(table)


def test_events_tell_of_reading_then_each_batch_of_each_epoch_then_testing(drawn: CellDataset) -> None:
    config = replace(CONFIG, epochs=2)
    events, result = events_of(drawn, config)
    cells = result.classifier.card.cells
    batches = -(-cells["train"] // 16)
    steps = [(event.stage, event.epoch, event.done, event.total) for event in events]
    training = [("training", epoch, min(done, batches), batches) for epoch in (1, 2) for done in range(batches + 2)]
    assert steps == [
        ("reading", 0, 0, sum(cells.values())),
        ("reading", 0, sum(cells.values()), sum(cells.values())),
        *training,
        ("testing", 0, 0, cells["test"]),
        ("testing", 0, cells["test"], cells["test"]),
    ]


def test_events_carry_the_history_of_the_finished_epochs(drawn: CellDataset) -> None:
    events, result = events_of(drawn, replace(CONFIG, epochs=2))
    history = result.classifier.card.history
    assert len(history) == 2
    assert all(set(epoch) == KEYS for epoch in history)
    for event in events:
        under_way = event.stage == "training" and len(event.running) == event.done
        finished = {"reading": 0, "training": event.epoch - under_way, "testing": 2}[event.stage]
        assert event.history == history[:finished]
    trained = [event for event in events if event.stage == "training" and event.done == event.total]
    assert [len(event.running) for event in trained] == [trained[0].total, 0] * 2  # before and after the scoring
    assert all(event.images_per_second > 0 and event.seconds_left > 0 for event in trained)


def test_a_listener_hears_of_each_part_of_the_cells_that_are_scored(
    drawn: CellDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "SCORED", 5)
    events, result = events_of(drawn, replace(CONFIG, epochs=1))
    cells = result.classifier.card.cells
    parts = {side: list(range(5, cells[side], 5)) for side in ("validation", "test")}
    scored = [event for event in events if event.stage == "training" and event.done == event.total]
    assert len(scored) == 2 + len(parts["validation"]) > 2
    tested = [event.done for event in events if event.stage == "testing"]
    assert tested == [0, *(0 for _ in parts["validation"]), *parts["test"], cells["test"]]


@pytest.mark.parametrize("stage", ["reading", "training", "testing"])
def test_a_listener_that_cancels_ends_the_training_in_any_stage(stage: str, drawn: CellDataset) -> None:
    events: list[TrainingEvent] = []

    def cancel(event: TrainingEvent) -> None:
        events.append(event)
        if event.stage == stage:
            raise Cancelled("stop")

    with pytest.raises(Cancelled, match="stop"):
        train(drawn, CONFIG, name="dot", listener=cancel)
    assert [event.stage for event in events].count(stage) == 1


def test_the_same_seed_gives_the_same_figures_and_another_gives_others(drawn: CellDataset) -> None:
    first, again, other = (train(drawn, replace(CONFIG, seed=seed), name="dot") for seed in (3, 3, 4))
    assert first.classifier.card.history == again.classifier.card.history
    assert first.report.figures() == again.report.figures()
    np.testing.assert_array_equal(first.report.score, again.report.score)
    assert first.classifier.card.history != other.classifier.card.history


def test_a_training_with_normalized_stain_sees_and_keeps_those_pixels(drawn: CellDataset) -> None:
    as_is, normalized = (train(drawn, replace(CONFIG, normalize_stain=on), name="dot") for on in (False, True))
    assert normalized.classifier.card.preprocessing == pixels.Preprocessing(16, "rgb", "reinhard")
    assert normalized.classifier.card.history != as_is.classifier.card.history
    images, _ = side_pixels(drawn, normalized, "test")
    np.testing.assert_array_equal(normalized.classifier.scores(images), normalized.report.score)


def test_the_subjects_of_the_sides_are_those_of_the_split_and_share_none(drawn: CellDataset) -> None:
    card = train(drawn, CONFIG, name="dot").classifier.card
    sides = split(drawn, seed=0)
    assert card.subjects == {side: sides.units(side) for side in USED}
    assert card.cells == {side: len(sides.cells(drawn, side)) for side in USED}
    named = [subject for side in USED for subject in card.subjects[side]]
    assert len(named) == len(set(named)) == 12
    assert (card.split_by, card.split_seed, card.reduced, card.stamps) == ("subject", 0, False, ("drawn cells",))


def test_the_card_says_what_was_trained_on_what(drawn: CellDataset) -> None:
    result = train(drawn, CONFIG, name="dot")
    card = result.classifier.card
    assert (card.name, card.architecture, card.config) == ("dot", "dot", CONFIG)
    assert card.preprocessing == CONFIG.preprocessing
    assert card.parameters == result.classifier.network.count_params() == (27 + 1) * 4 + 4 + 1
    assert (card.classes, card.origin, card.explained_layer) == (("HEM", "ALL"), "drawn, seed 0", "maps")
    assert card.data_fingerprint == drawn.fingerprint()
    assert card.versions["keras"]


def test_the_report_is_on_the_test_subjects_and_the_card_repeats_it(drawn: CellDataset) -> None:
    result = train(drawn, CONFIG, name="dot")
    card, images = result.classifier.card, side_pixels(drawn, result, "test")
    assert set(result.report.cells["subject"]) == set(card.subjects["test"])
    np.testing.assert_array_equal(result.report.truth, images[1])
    np.testing.assert_allclose(result.report.score, result.classifier.scores(images[0]), atol=1e-6)
    assert card.test == result.report.figures()
    assert card.confusion_matrix == tuple(map(tuple, result.report.confusion_matrix().tolist()))
    assert card.threshold == result.report.threshold


def test_the_threshold_is_the_best_one_on_the_validation_subjects(drawn: CellDataset) -> None:
    result = train(drawn, CONFIG, name="dot")
    images, truth = side_pixels(drawn, result, "validation")
    score = result.classifier.scores(images)
    assert result.classifier.card.threshold == pytest.approx(best_threshold(truth, score), abs=1e-6)
    assert result.classifier.card.validation["roc_auc"] == roc_auc(truth, score)
    validation = result.reports["validation"]
    np.testing.assert_allclose(validation.score, score, atol=1e-6)
    assert validation.threshold == result.report.threshold


def test_the_calibrator_is_the_best_one_on_the_validation_subjects(drawn: CellDataset) -> None:
    result = train(drawn, CONFIG, name="dot")
    card, validation = result.classifier.card, result.reports["validation"]
    assert card.calibrator == best(validation.truth, validation.score, validation.units)
    after = card.calibrator.probability(result.report.score)
    assert card.calibration["test"]["before"] == calibration(result.report.truth, result.report.score)
    assert card.calibration["test"]["after"] == calibration(result.report.truth, after)


def test_the_weights_are_those_of_the_epoch_with_the_best_validation_auroc(
    drawn: CellDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Any] = []
    dot = networks.NETWORKS["dot"]

    def build(shape: Shape, pretrained: bool, dropout: float) -> object:
        built.append(dot.build(shape, pretrained, dropout))
        return built[-1]

    monkeypatch.setitem(networks.NETWORKS, "dot", replace(dot, build=build))
    heads = {1: [1, 1, 1, 1], 2: [-1, -1, -1, -1], 3: [0, 0, 0, 0]}  # areas of a, 1 - a and 0.5

    def set_head(event: TrainingEvent) -> None:
        if event.stage == "training" and event.done == 0:
            built[0].layers[-1].set_weights([np.array(heads[event.epoch]).reshape(4, 1), np.zeros(1)])

    still = replace(CONFIG, epochs=3, learning_rate=1e-7)
    result = train(drawn, still, name="dot", listener=set_head)
    first, second, last = (epoch["val_auroc"] for epoch in result.classifier.card.history)
    assert first + second == pytest.approx(1)
    assert first != second
    assert last == pytest.approx(0.5, abs=0.2)
    kernel, _ = built[0].layers[-1].get_weights()
    np.testing.assert_allclose(kernel[:, 0], heads[1 if first > second else 2], atol=1e-4)
    images, truth = side_pixels(drawn, result, "validation")
    assert roc_auc(truth, result.classifier.scores(images)) == pytest.approx(max(first, second))


def test_training_stops_when_patience_ends_without_a_better_epoch(drawn: CellDataset) -> None:
    result = train(drawn, replace(CONFIG, epochs=30, patience=2, learning_rate=1e-7), name="dot")
    history = [epoch["val_auroc"] for epoch in result.classifier.card.history]
    assert len(history) == history.index(max(history)) + 1 + 2


def test_part_of_the_subjects_stamps_the_card_and_leaves_the_test_side_as_it_is(drawn: CellDataset) -> None:
    whole, part = (
        train(drawn, replace(CONFIG, epochs=1, subjects_share=share), name="dot").classifier.card for share in (1, 0.5)
    )
    assert part.reduced
    assert "reduced" in part.stamps
    assert part.subjects["test"] == whole.subjects["test"]
    assert set(part.subjects["train"]) < set(whole.subjects["train"])
    assert part.cells["train"] < whole.cells["train"]


def test_class_weights_change_the_training_and_can_be_left_out(drawn: CellDataset) -> None:
    with_weights, without = (
        train(drawn, replace(CONFIG, class_weights=weights, epochs=1), name="dot").classifier.card.history
        for weights in (True, False)
    )
    assert with_weights[0]["loss"] != without[0]["loss"]


def test_the_step_size_falls_to_zero_over_the_epochs(drawn: CellDataset) -> None:
    optimizer = train(drawn, replace(CONFIG, patience=9), name="dot").classifier.network.optimizer
    assert float(optimizer.learning_rate) == pytest.approx(0, abs=1e-9)


def test_gray_images_can_be_trained_on(drawn: CellDataset) -> None:
    card = train(drawn, replace(CONFIG, grayscale=True, epochs=1), name="dot").classifier.card
    assert card.preprocessing.shape == (16, 16, 1)
    assert card.parameters == (9 + 1) * 4 + 4 + 1


def test_cells_without_hashes_are_refused(drawn_folder: Path) -> None:
    with pytest.raises(DataError, match=r"^Expected a hashed data set"):
        train(index(drawn_folder), CONFIG, name="dot")


def test_too_few_subjects_are_refused(drawn: CellDataset) -> None:
    few = replace(drawn, table=drawn.table[drawn.table["subject"].isin(["1", "2", "3", "H1", "H2"])])
    with pytest.raises(SplitImpossible, match="HEM: 2"):
        train(few, CONFIG, name="dot")


def test_a_file_that_has_vanished_is_named(drawn_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / drawn_folder.name
    shutil.copytree(drawn_folder, copy)
    dataset = hashed(index(copy), cache=tmp_path)
    gone = copy / dataset.table["path"][0]
    gone.unlink()
    with pytest.raises(DataError, match=f"^{gone.name}: "):
        train(dataset, CONFIG, name="dot")


def test_leuko_net_trains_with_the_defaults_at_a_small_size(trained: TrainingResult) -> None:
    card = trained.classifier.card
    assert card.architecture == "leuko-net"
    assert len(card.history) == 1
    assert set(card.test) == {
        "accuracy",
        "balanced_accuracy",
        "roc_auc",
        "weighted_f1",
        "sensitivity",
        "specificity",
    }
    assert sum(map(sum, card.confusion_matrix)) == card.cells["test"]
