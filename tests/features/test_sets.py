"""Feature sets by their names."""

import pytest

from core.features.blocks import BLOCKS
from core.features.sets import DEFAULT, FEATURES, feature_set


@pytest.mark.parametrize("name", FEATURES)
def test_each_set_is_found_by_its_name_and_has_blocks(name: str) -> None:
    found = feature_set(name)
    assert (found.name, found.network) == (name, "")
    assert found.blocks
    assert found.title


def test_the_default_is_a_set() -> None:
    assert feature_set(DEFAULT) is FEATURES[DEFAULT]


def test_sets_are_joined_and_a_block_that_both_have_comes_once() -> None:
    found = feature_set("morphology + colours+cell")
    assert [block.name for block in found.blocks] == ["morphology", "texture", "colours"]
    assert found.title == "Shape and texture; Colour histograms; Shape, texture and colours"


def test_a_block_can_be_asked_for_by_itself() -> None:
    assert feature_set("texture").blocks == (BLOCKS["texture"],)


def test_the_embedding_of_a_network_stands_alone_or_beside_others() -> None:
    alone = feature_set("embedding:demo")
    assert (alone.blocks, alone.network, alone.title) == ((), "demo", "Embedding of demo")
    beside = feature_set("area+embedding:demo")
    assert ([block.name for block in beside.blocks], beside.network) == (["area"], "demo")


@pytest.mark.parametrize("name", ["shapes", "", "area+", "embedding:", "area+shapes"])
def test_unknown_features_are_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ValueError, match=r"^Expected features out of morphology, .* Received: "):
        feature_set(name)


def test_two_networks_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^Expected the embedding of one network\. Received: a and b\.$"):
        feature_set("embedding:a+embedding:b")
