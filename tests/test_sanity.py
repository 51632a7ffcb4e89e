"""Shuffled networks whose maps can be told by hand."""

import json
from collections.abc import Sequence
from dataclasses import replace

import keras
import numpy as np
import pytest

from core.classifier import Classifier
from core.data.pixels import Preprocessing
from core.sanity import SanityCheck, Stage, recorded, sanity_check
from core.training import TrainingResult

EDGE = 8
SWAPS = 3  # a seed whose first permutation of two swaps them
PIXELS = np.arange(1, EDGE * EDGE + 1, dtype=np.uint8).reshape(1, EDGE, EDGE, 1)


def by_hand(
    trained: TrainingResult, kernel: Sequence[float], bias: Sequence[float], head: Sequence[float]
) -> Classifier:
    """A 1 x 1 convolution, global average pooling and a dense layer, on gray images of 8 pixels."""
    inputs = keras.Input((EDGE, EDGE, 1))
    maps = keras.layers.Conv2D(len(head), 1, name="maps")(inputs)
    pooled = keras.layers.GlobalAveragePooling2D()(maps)
    network = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid", name="head")(pooled))
    network.get_layer("maps").set_weights([np.reshape(kernel, (1, 1, 1, -1)), np.array(bias)])
    network.get_layer("head").set_weights([np.reshape(head, (-1, 1)), np.zeros(1)])
    card = replace(trained.classifier.card, preprocessing=Preprocessing(EDGE, "grayscale"), explained_layer="maps")
    return Classifier(network, card)


def test_maps_that_do_not_hang_on_where_weights_are_fail(trained: TrainingResult) -> None:
    found = sanity_check(by_hand(trained, kernel=[1, 1], bias=[0, 0], head=[1, 1]), PIXELS)
    assert [stage.layer for stage in found.stages] == ["head", "maps"]
    for stage in found.stages:
        assert (stage.rank_correlation, stage.similarity) == pytest.approx((1, 1))
    assert not found.passed


def test_a_head_that_reads_the_opposite_map_turns_the_ranks_around(trained: TrainingResult) -> None:
    # The head reads p, and, once shuffled, 100 - p.
    assert np.random.default_rng(SWAPS).permutation([1, 0]).tolist() == [0, 1]
    found = sanity_check(by_hand(trained, kernel=[1, -1], bias=[0, 100], head=[1, 0]), PIXELS, draws=1, seed=SWAPS)
    assert found.stages[0].rank_correlation == pytest.approx(-1)
    assert found.stages[0].similarity < 0


def test_an_even_map_has_nothing_in_common_with_any(trained: TrainingResult) -> None:
    # Once shuffled, the head reads a map of zeros.
    found = sanity_check(by_hand(trained, kernel=[1, 0], bias=[0, 0], head=[1, 0]), PIXELS, draws=1, seed=SWAPS)
    assert found.stages[0].rank_correlation == 0


def test_stages_hold_the_means_over_draws(trained: TrainingResult) -> None:
    # The head's two weights are swapped in some draws: -1 in these, 1 in the others.
    rng = np.random.default_rng(0)
    ranks = []
    for _ in range(4):
        ranks.append(1 - 2 * int(rng.permutation([1, 0])[1]))
        rng.permutation(1), rng.permutation(2), rng.permutation(2)
    found = sanity_check(by_hand(trained, kernel=[1, -1], bias=[0, 100], head=[1, 0]), PIXELS, draws=4)
    assert set(ranks) == {-1, 1}
    assert found.stages[0].rank_correlation == pytest.approx(np.mean(ranks))


def test_layers_are_shuffled_from_the_last_to_the_first_in_at_most_five_stages(trained: TrainingResult) -> None:
    before = trained.classifier.network.get_weights()
    pixels = np.random.default_rng(0).integers(1, 256, (3, 48, 48, 3), dtype=np.uint8)
    found = sanity_check(trained.classifier, pixels, draws=1)
    learned = [layer.name for layer in trained.classifier.network.layers if layer.weights]
    assert len(found.stages) == 5
    assert (found.stages[0].layer, found.stages[-1].layer) == (learned[-1], learned[0])
    assert (found.cells, found.method) == (3, "grad-cam")
    assert found == sanity_check(trained.classifier, pixels, draws=1)
    for ours, others in zip(before, trained.classifier.network.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, others)


def test_no_cells_and_no_draws_are_refused(trained: TrainingResult) -> None:
    with pytest.raises(ValueError, match="Received: 1 and 0"):
        sanity_check(trained.classifier, np.zeros((1, 48, 48, 3), np.uint8), draws=0)
    with pytest.raises(ValueError, match=r"^Expected at least one cell and one draw\. Received: 0 and 5\.$"):
        sanity_check(trained.classifier, np.zeros((0, 48, 48, 3), np.uint8))


@pytest.mark.parametrize(("last", "passed", "word"), [(0.49, True, "Passed"), (0.5, False, "Failed")])
def test_the_last_stage_decides_by_its_rank_correlation(last: float, passed: bool, word: str) -> None:
    found = SanityCheck("grad-cam", 16, (Stage("head", 0.9, 0.9), Stage("stem", last, 0.9)))
    assert found.passed is passed
    assert found.sentence.startswith(word)
    assert f"rank correlation {last:.2f} on 16 cells" in found.sentence


def test_a_check_comes_back_from_json() -> None:
    found = SanityCheck("smoothgrad", 16, (Stage("head", 0.9, 0.8), Stage("stem", 0.1, 0.2)))
    assert SanityCheck.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_a_check_without_a_stage_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected at least one stage"):
        SanityCheck.from_dict({"method": "grad-cam", "cells": 16, "stages": []})


def test_each_shuffling_is_reported(trained: TrainingResult) -> None:
    told: list[tuple[int, int, str]] = []
    model = by_hand(trained, kernel=[1, 1], bias=[0, 0], head=[1, 1])
    sanity_check(model, PIXELS, draws=2, progress=lambda *step: told.append(step))
    assert told == [(done, 2, "Checking the maps") for done in range(3)]


@pytest.mark.parametrize(("method", "title"), [("grad-cam++", "Grad-CAM++"), ("another", "another")])
def test_a_method_is_called_what_users_call_it(method: str, title: str) -> None:
    assert SanityCheck(method, 1, ()).title == title


def test_what_a_card_holds_is_a_check_or_a_sentence_or_nothing() -> None:
    check = SanityCheck("grad-cam", 16, (Stage("head", 0.9, 0.8),))
    assert recorded(check.to_dict()) == check
    assert recorded({}) == ""
    assert recorded({"problem": "No layer."}) == "The check could not be made. No layer."


@pytest.mark.parametrize(
    "fields", [{"stages": []}, {"stages": [{"layer": "head"}], "method": "a", "cells": 1}, {"a": 1}]
)
def test_a_damaged_check_is_said_to_be_one(fields: dict[str, object]) -> None:
    assert str(recorded(fields)).startswith("The check in the card cannot be read.")
