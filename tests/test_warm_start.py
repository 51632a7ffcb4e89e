"""Warm start: which models fit, what of them is kept, and whom they have seen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import store, warm_start
from core.classifier import Classifier
from core.compare import compare
from core.data.dataset import CellDataset
from core.data.split import split
from core.hyperparameters import TrainingConfig
from core.training import TrainingResult, train
from tests.conftest import TINY

FROM_TINY = replace(TINY, start_from="tiny", learning_rate=1e-7, seed=1)


@pytest.fixture
def tiny(trained: TrainingResult, tmp_path: Path) -> Classifier:
    """The small trained network as it comes back from a store."""
    store.save(trained.classifier, tmp_path)
    return store.load(tmp_path, "tiny")


def test_a_warm_start_keeps_all_weights_the_head_included(tiny: Classifier) -> None:
    network = warm_start.network(tiny, FROM_TINY)
    images = np.random.default_rng(0).integers(0, 256, (5, 48, 48, 3), dtype=np.uint8)
    np.testing.assert_array_equal(network.predict(images, verbose=0)[:, 0], tiny.scores(images))
    assert all(layer.trainable for layer in network.layers)


def test_training_from_a_model_begins_where_it_stood_and_leaves_it_as_it_is(
    drawn: CellDataset, tiny: Classifier
) -> None:
    before = tiny.network.get_weights()
    result = train(drawn, replace(FROM_TINY, learning_rate=1e-3), name="next", start=tiny)
    assert result.classifier.card.config.start_from == "tiny"
    assert all(np.array_equal(one, two) for one, two in zip(before, tiny.network.get_weights(), strict=True))
    after = result.classifier.network.get_weights()
    assert not np.array_equal(before[0], after[0])
    np.testing.assert_allclose(before[0], after[0], atol=0.05)  # few small steps from there


def test_frozen_only_the_last_layer_learns(drawn: CellDataset, tiny: Classifier) -> None:
    config = replace(FROM_TINY, freeze=True, learning_rate=1e-2)
    network = train(drawn, config, name="frozen", start=tiny).classifier.network
    old, new = tiny.network.get_weights(), network.get_weights()
    changed = [not np.array_equal(one, two) for one, two in zip(old, new, strict=True)]
    assert changed == [False] * (len(old) - 2) + [True, True]


def test_the_dropout_is_the_new_trainings(tiny: Classifier) -> None:
    network = warm_start.network(tiny, replace(FROM_TINY, dropout=0.7))
    assert [layer.rate for layer in network.layers if type(layer).__name__ == "Dropout"] == [0.7]


@pytest.mark.parametrize(
    ("config", "given", "message"),
    [
        (replace(FROM_TINY, start_from=""), True, r"^Expected the model to start from: none\. Received: tiny\."),
        (FROM_TINY, False, r"^Expected the model to start from: tiny\. Received: none\."),
        (replace(TINY, freeze=True), False, r"^Expected a model to start from, or pretrained weights, to freeze\."),
        (replace(FROM_TINY, image_size=64), True, r"with pixels .*64.*\. Received: tiny with .*48"),
        (replace(FROM_TINY, grayscale=True), True, r"with pixels .*grayscale.*\. Received: tiny with .*rgb"),
        (
            replace(FROM_TINY, architecture="baseline-cnn"),
            True,
            r"architecture baseline-cnn\. Received: .* leuko-net\.",
        ),
    ],
)
def test_a_model_that_does_not_fit_is_refused(
    config: TrainingConfig, given: bool, message: str, drawn: CellDataset, trained: TrainingResult
) -> None:
    with pytest.raises(ValueError, match=message):
        train(drawn, config, name="next", start=trained.classifier if given else None)


def test_other_classes_are_refused(drawn: CellDataset, trained: TrainingResult) -> None:
    swapped = replace(drawn, classes=("ALL", "HEM"))
    with pytest.raises(ValueError, match=r"with classes ALL and HEM\. Received: tiny with HEM and ALL\.$"):
        warm_start.check(trained.classifier, FROM_TINY, swapped)


def test_weights_of_other_shapes_are_refused(trained: TrainingResult) -> None:
    import keras

    other = keras.Sequential([keras.Input((48, 48, 3)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"weights of leuko-net as it is built now\. Received: tiny with 2 of other"):
        warm_start.network(Classifier(other, trained.classifier.card), FROM_TINY)


@pytest.mark.parametrize("seed", range(1, 4))
def test_no_subject_that_the_old_model_saw_is_tested_on_whatever_the_seed(
    seed: int, drawn: CellDataset, trained: TrainingResult
) -> None:
    card = trained.classifier.card
    seen = warm_start.seen(card, drawn)
    assert seen == {*card.subjects["train"], *card.subjects["validation"]}
    sides = split(drawn, seed=seed, never_test=seen)
    assert set(sides.units("test")) <= set(card.subjects["test"])
    assert set(split(drawn, seed=seed).units("test")) & seen  # which would have been tested on


def test_the_new_card_says_what_the_weights_have_seen_over_generations(drawn: CellDataset, tiny: Classifier) -> None:
    first = train(drawn, FROM_TINY, name="next", start=tiny).classifier
    old = {*tiny.card.subjects["train"], *tiny.card.subjects["validation"]}
    assert set(first.card.subjects["test"]) <= set(tiny.card.subjects["test"])
    assert set(first.card.subjects["seen in drawn, seed 0"]) == old
    assert warm_start.seen(first.card, drawn) == old | {
        *first.card.subjects["train"],
        *first.card.subjects["validation"],
    }


def test_a_comparison_refuses_a_model_whose_forebear_saw_the_test_subjects(
    drawn: CellDataset, trained: TrainingResult, tmp_path: Path
) -> None:
    strangers = {"train": ("X1",), "validation": ("X2",), "test": ()}
    for name, seen in (("heir", split(drawn).units("test")[:2]), ("other", ("X3",))):
        card = replace(trained.classifier.card, name=name, subjects={**strangers, "seen in drawn, seed 0": seen})
        store.save(Classifier(trained.classifier.network, card), tmp_path)
    rows = {row.model: row for row in compare(drawn, models=["heir", "other"], store_folder=tmp_path).rows}
    assert rows["heir"].problem == "It was trained on 2 of the test subjects, so its figures would be too good."
    assert rows["other"].report is not None


def test_an_id_of_another_origin_is_another_person(drawn: CellDataset, trained: TrainingResult) -> None:
    assert warm_start.seen(trained.classifier.card, replace(drawn, origin="C-NMC")) == frozenset()


def test_a_content_is_the_same_cell_wherever_it_lies(drawn: CellDataset, trained: TrainingResult) -> None:
    cells = drawn.labelled
    subject = cells["subject"].iloc[0]
    hashes = (cells["sha256"].iloc[0],)
    card = replace(
        trained.classifier.card,
        origin="elsewhere",
        split_by="cell",
        subjects={"train": hashes, "validation": (), "test": ()},
    )
    assert warm_start.seen(card, drawn) == {subject}
    nameless = replace(drawn, table=drawn.table.assign(subject=""))
    assert warm_start.seen(card, nameless) == set(hashes)


def test_cells_without_subjects_of_the_same_origin_are_refused(drawn: CellDataset, trained: TrainingResult) -> None:
    nameless = replace(drawn, table=drawn.table.assign(subject=""))
    with pytest.raises(ValueError, match=r"^Expected cells with subject ids, as tiny has seen some of drawn, seed 0\."):
        warm_start.seen(trained.classifier.card, nameless)
