"""Maps of stored models."""

from dataclasses import replace

import numpy as np
import pytest

from core.classical_training import ClassicalResult
from core.classifier import Classifier
from core.data import pixels
from core.data.dataset import CellDataset
from core.explain import layers, relevance_maps
from core.faithfulness import cell_seen, faithfulness
from core.map_agreement import MapAgreement
from core.maps import agreement, checked, laid_over, mapped
from core.overlay import overlay
from core.training import TrainingResult
from core.types import ByteArray


@pytest.fixture
def classifier(trained: TrainingResult) -> Classifier:
    return trained.classifier


@pytest.fixture
def image(drawn: CellDataset) -> ByteArray:
    return pixels.decode_file(drawn.file(drawn.table["path"].iloc[0]))


def test_no_images_have_no_maps(classifier: Classifier, fitted: ClassicalResult) -> None:
    assert mapped(classifier, [], []) == []
    assert mapped(fitted.model, [], []) == []


def test_each_image_is_mapped_for_the_class_that_is_named_by_the_method_and_layer(
    classifier: Classifier, image: ByteArray
) -> None:
    prepared = classifier.prepare(image)[np.newaxis]
    first = layers(classifier)[0]
    both = mapped(classifier, [image, image], ["ALL", "HEM"], method="grad-cam++", layer=first)
    for found, positive in zip(both, (True, False), strict=True):
        expected = relevance_maps(classifier, prepared, np.array([positive]), method="grad-cam++", layer=first)
        np.testing.assert_allclose(found, expected[0], atol=1e-4)
    assert (both[0] != both[1]).any()


def test_a_map_is_checked_for_the_class_that_it_explains(classifier: Classifier, image: ByteArray) -> None:
    for label in ("ALL", "HEM"):
        (relevance,) = mapped(classifier, [image], [label])
        found = checked(classifier, image, relevance, label)
        size = classifier.card.preprocessing.image_size
        cell = cell_seen(image, pixels.seen(image, classifier.card.preprocessing), size)
        expected = faithfulness(classifier.scores, classifier.prepare(image), relevance, cell, positive=label == "ALL")
        assert found == expected


def test_a_map_is_laid_over_the_part_that_the_network_saw(classifier: Classifier, image: ByteArray) -> None:
    preprocessing = replace(classifier.card.preprocessing, window=200)
    looking = replace(classifier, card=replace(classifier.card, preprocessing=preprocessing))
    relevance = np.ones((48, 48), dtype=np.float32)
    seen = pixels.seen(image, preprocessing)
    found = laid_over(looking, image, relevance, opacity=1, colours="viridis")
    np.testing.assert_array_equal(found, overlay(image, relevance, seen=seen, opacity=1, colours="viridis"))
    assert (found != image).any(axis=2).sum() == 200 * 200


def test_a_map_of_a_scikit_learn_model_is_laid_over_the_whole_image(fitted: ClassicalResult, image: ByteArray) -> None:
    found = laid_over(fitted.model, image, np.ones(image.shape[:2], dtype=np.float32), opacity=1)
    assert (found == (252, 255, 164)).all()


def test_maps_are_compared_inside_the_cell(classifier: Classifier, image: ByteArray) -> None:
    size = classifier.card.preprocessing.image_size
    cell = cell_seen(image, pixels.seen(image, classifier.card.preprocessing), size)
    one = np.random.default_rng(0).random((size, size)).astype(np.float32)
    other = np.where(cell, one**2, 1 - one)
    assert agreement(classifier, image, [one, other]) == MapAgreement(2, pytest.approx(1.0))
