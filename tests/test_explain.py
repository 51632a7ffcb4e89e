"""Maps of networks so small that they can be computed by hand."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import keras
import numpy as np
import pytest
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
from tf_keras_vis.utils.scores import BinaryScore

from core.classifier import Classifier
from core.data.pixels import Preprocessing
from core.explain import Method, layer_titles, layers, relevance_maps
from core.training import TrainingResult

POSITIVE, NEGATIVE = np.array([True]), np.array([False])


def by_hand(
    trained: TrainingResult, filters: Sequence[Sequence[float]], head: Sequence[float], edge: int
) -> Classifier:
    """A 1 x 1 convolution with one filter a row, global average pooling and a dense layer, on gray images."""
    inputs = keras.Input((edge, edge, 1))
    maps = keras.layers.Conv2D(len(head), 1, name="maps")(inputs)
    pooled = keras.layers.GlobalAveragePooling2D()(maps)
    network = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid", name="head")(pooled))
    kernel, bias = np.array(filters, dtype=np.float32).T
    network.get_layer("maps").set_weights([kernel.reshape(1, 1, 1, -1), bias])
    network.get_layer("head").set_weights([np.array(head, dtype=np.float32).reshape(-1, 1), np.zeros(1)])
    card = replace(trained.classifier.card, preprocessing=Preprocessing(edge, "grayscale"), explained_layer="maps")
    return Classifier(network, card)


def images(*values: Sequence[Sequence[int]]) -> np.ndarray:
    return np.array(values, dtype=np.uint8)[..., np.newaxis]


def test_the_map_is_the_weighted_sum_of_the_feature_maps_scaled_to_one(trained: TrainingResult) -> None:
    # Maps are pixel and 100 - pixel, weighed 2 and 1: 2 p + 100 - p = 100 + p; from 100 to 300, scaled to 0 to 1.
    classifier = by_hand(trained, filters=[(1, 0), (-1, 100)], head=[2, 1], edge=2)
    (found,) = relevance_maps(classifier, images([[0, 50], [100, 200]]), POSITIVE)
    np.testing.assert_allclose(found, [[0, 0.25], [0.5, 1]], atol=1e-5)


def test_what_speaks_against_the_class_is_cut_off_before_scaling(trained: TrainingResult) -> None:
    # p - 100 is negative in two places.
    classifier = by_hand(trained, filters=[(1, -100)], head=[1], edge=2)
    (found,) = relevance_maps(classifier, images([[0, 100], [140, 180]]), POSITIVE)
    np.testing.assert_allclose(found, [[0, 0], [0.5, 1]], atol=1e-5)


def test_explaining_the_other_class_flips_the_sign(trained: TrainingResult) -> None:
    classifier = by_hand(trained, filters=[(1, -100)], head=[1], edge=2)
    (found,) = relevance_maps(classifier, images([[0, 50], [140, 180]]), NEGATIVE)
    np.testing.assert_allclose(found, [[1, 0.5], [0, 0]], atol=1e-5)


@pytest.mark.parametrize("pixel", [0, 200])
def test_no_positive_evidence_gives_zeros_not_nan(pixel: int, trained: TrainingResult) -> None:
    classifier = by_hand(trained, filters=[(1, 1)], head=[1], edge=2)
    found = relevance_maps(classifier, np.full((1, 2, 2, 1), pixel, dtype=np.uint8), NEGATIVE)
    np.testing.assert_array_equal(found, np.zeros((1, 2, 2)))


def test_each_image_is_explained_for_its_own_class(trained: TrainingResult) -> None:
    classifier = by_hand(trained, filters=[(1, -100)], head=[1], edge=2)
    pixels = images([[0, 50], [140, 180]], [[0, 50], [140, 180]], [[200, 0], [0, 100]])
    found = relevance_maps(classifier, pixels, np.array([True, False, True]))
    np.testing.assert_allclose(found, [[[0, 0], [0.5, 1]], [[1, 0.5], [0, 0]], [[1, 0], [0, 0]]], atol=1e-5)


@pytest.mark.parametrize("method", get_args(Method))
def test_many_images_give_the_maps_that_each_gives_alone(method: Method, trained: TrainingResult) -> None:
    preprocessing = trained.classifier.card.preprocessing
    pixels = np.random.default_rng(0).integers(0, 256, (35, *preprocessing.shape), dtype=np.uint8)
    positive = np.arange(35) % 3 == 0
    together = relevance_maps(trained.classifier, pixels, positive, method=method)
    assert together.shape == (35, 48, 48)
    assert together.dtype == np.float32
    assert together.min() >= 0
    assert together.max() <= 1
    for row in (0, 31, 32, 34):
        alone = relevance_maps(trained.classifier, pixels[row : row + 1], positive[row : row + 1], method=method)
        np.testing.assert_allclose(alone[0], together[row], atol=1e-3)


@pytest.mark.parametrize("method", get_args(Method))
def test_explaining_leaves_the_scores_as_they_were(
    method: Method, trained: TrainingResult, capsys: pytest.CaptureFixture[str]
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 3), dtype=np.uint8)
    before = trained.classifier.scores(pixels)
    relevance_maps(trained.classifier, pixels, np.array([True, False]), method=method)
    np.testing.assert_array_equal(trained.classifier.scores(pixels), before)
    assert not capsys.readouterr().out


def test_grad_cam_is_the_map_that_is_made_where_none_is_named(trained: TrainingResult) -> None:
    classifier = by_hand(trained, filters=[(1, 0), (-1, 100)], head=[2, 1], edge=2)
    pixels = images([[0, 50], [100, 200]])
    np.testing.assert_array_equal(
        relevance_maps(classifier, pixels, POSITIVE), relevance_maps(classifier, pixels, POSITIVE, method="grad-cam")
    )


def test_grad_cam_plus_plus_drops_the_feature_maps_that_speak_against_the_class(trained: TrainingResult) -> None:
    # Grad-CAM: 2 p - (100 - p) / 2. Grad-CAM++: 2 p alone; and the score is 150, whose exponential overflows.
    classifier = by_hand(trained, filters=[(1, 0), (-1, 100)], head=[2, -0.5], edge=2)
    (found,) = relevance_maps(classifier, images([[0, 50], [100, 200]]), POSITIVE, method="grad-cam++")
    np.testing.assert_allclose(found, [[0, 0.25], [0.5, 1]], atol=1e-5)


@pytest.mark.parametrize("positive", [True, False])
def test_score_cam_weighs_each_feature_map_by_the_probability_under_it(positive: bool, trained: TrainingResult) -> None:
    classifier = by_hand(trained, filters=[(1, 0), (-1, 200)], head=[0.03, -0.01], edge=2)
    pixels = np.array([[0, 50], [100, 200]], dtype=np.float64)
    cam = np.zeros((2, 2))
    for feature_map in (pixels, 200 - pixels):
        seen = pixels * feature_map / 200
        probability = 1 / (1 + np.exp(-(0.03 * seen - 0.01 * (200 - seen)).mean()))
        cam += (probability if positive else 1 - probability) * feature_map
    expected = (cam - cam.min()) / (cam.max() - cam.min())
    (found,) = relevance_maps(classifier, images([[0, 50], [100, 200]]), np.array([positive]), method="score-cam")
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("positive", [True, False])
def test_smoothgrad_is_the_size_of_the_gradient_over_the_largest(positive: bool, trained: TrainingResult) -> None:
    inputs = keras.Input((2, 2, 1))
    head = keras.layers.Dense(1, activation="sigmoid")
    network = keras.Model(inputs, head(keras.layers.Flatten()(inputs)))
    head.set_weights([np.array([[1], [-2], [3], [4]]), np.zeros(1)])
    card = replace(trained.classifier.card, preprocessing=Preprocessing(2, "grayscale"))
    pixels = images([[9, 8], [7, 6]])
    (found,) = relevance_maps(Classifier(network, card), pixels, np.array([positive]), method="smoothgrad")
    np.testing.assert_allclose(found, [[0.25, 0.5], [0.75, 1]], atol=1e-5)


def test_convolutions_with_a_grid_can_be_read_and_the_layer_of_the_card(trained: TrainingResult) -> None:
    found = layers(trained.classifier)
    assert found[-1] == "features"
    assert len(found) == 7  # six convolutions, the last on a grid of three, and what follows them
    shallow, deep = (
        relevance_maps(trained.classifier, np.full((1, 48, 48, 3), 90, np.uint8), POSITIVE, layer=layer)
        for layer in (found[0], found[-1])
    )
    assert not np.array_equal(shallow, deep)


def test_a_small_grid_is_stretched_to_the_image(trained: TrainingResult) -> None:
    inputs = keras.Input((4, 4, 1))
    maps = keras.layers.AveragePooling2D(2, name="maps")(inputs)
    network = keras.Model(
        inputs,
        keras.layers.Dense(1, activation="sigmoid", kernel_initializer="ones")(
            keras.layers.GlobalAveragePooling2D()(maps)
        ),
    )
    card = replace(trained.classifier.card, preprocessing=Preprocessing(4, "grayscale"), explained_layer="maps")
    left_half = np.repeat(np.array([[255, 255, 0, 0]], dtype=np.uint8), 4, axis=0)[np.newaxis, ..., np.newaxis]
    (found,) = relevance_maps(Classifier(network, card), left_half, POSITIVE)
    np.testing.assert_allclose(found, [[1, 2 / 3, 1 / 3, 0]] * 4, atol=1e-5)


def test_no_images_have_no_maps(trained: TrainingResult) -> None:
    assert relevance_maps(trained.classifier, np.zeros((0, 48, 48, 3), np.uint8), np.zeros(0, bool)).shape == (
        0,
        48,
        48,
    )


def test_images_and_classes_must_be_as_many(trained: TrainingResult) -> None:
    with pytest.raises(ValueError, match=r"Received: 2 images and 1 classes\."):
        relevance_maps(trained.classifier, np.zeros((2, 48, 48, 3), np.uint8), POSITIVE)


def test_an_unknown_method_is_refused_with_those_that_there_are(trained: TrainingResult) -> None:
    with pytest.raises(ValueError, match=r"^Expected a method out of grad-cam, .*, smoothgrad\. Received: lime\.$"):
        relevance_maps(trained.classifier, np.zeros((1, 48, 48, 3), np.uint8), POSITIVE, method="lime")  # type: ignore[arg-type]


def test_a_layer_without_a_grid_is_refused_with_those_that_there_are(trained: TrainingResult) -> None:
    with pytest.raises(ValueError, match=r"^Expected a layer out of .*, features\. Received: embedding\.$"):
        relevance_maps(trained.classifier, np.zeros((1, 48, 48, 3), np.uint8), POSITIVE, layer="embedding")


def test_maps_follow_the_weights_as_they_are_now(trained: TrainingResult) -> None:
    # p - 100, then 100 - p
    classifier = by_hand(trained, filters=[(1, -100)], head=[1], edge=2)
    relevance_maps(classifier, images([[0, 50], [140, 180]]), POSITIVE)
    classifier.network.get_layer("head").set_weights([np.array([[-1.0]]), np.zeros(1)])
    (found,) = relevance_maps(classifier, images([[0, 50], [140, 180]]), POSITIVE)
    np.testing.assert_allclose(found, [[1, 0.5], [0, 0]], atol=1e-5)


def test_a_layer_that_another_branch_runs_past_is_read_in_the_whole_network(trained: TrainingResult) -> None:
    # Feature maps p and 100 - p, and beside them p again; the head weighs their means 2, 1 and 5: 2 p + 100 - p.
    inputs = keras.Input((2, 2, 1))
    maps = keras.layers.Conv2D(2, 1, name="maps")(inputs)
    past = keras.layers.GlobalAveragePooling2D()(inputs)
    both = keras.layers.Concatenate()([keras.layers.GlobalAveragePooling2D()(maps), past])
    network = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid", name="head")(both))
    network.get_layer("maps").set_weights([np.array([1.0, -1.0]).reshape(1, 1, 1, 2), np.array([0.0, 100.0])])
    network.get_layer("head").set_weights([np.array([[2.0], [1.0], [5.0]]), np.zeros(1)])
    card = replace(trained.classifier.card, preprocessing=Preprocessing(2, "grayscale"), explained_layer="maps")
    (found,) = relevance_maps(Classifier(network, card), images([[0, 50], [100, 200]]), POSITIVE)
    np.testing.assert_allclose(found, [[0, 0.25], [0.5, 1]], atol=1e-5)


@pytest.mark.parametrize("method", ["grad-cam", "grad-cam++"])
def test_a_map_from_the_upper_part_of_a_network_is_that_of_the_library_on_all_of_it(
    method: Method, trained: TrainingResult
) -> None:
    classifier = trained.classifier
    pixels = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 3), dtype=np.uint8)
    kind = {"grad-cam": Gradcam, "grad-cam++": GradcamPlusPlus}[method]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = kind(classifier.network, model_modifier=ReplaceToLinear(), clone=True)(
            BinaryScore([True, False]),
            pixels.astype(np.float32),
            penultimate_layer=classifier.card.explained_layer,
            seek_penultimate_conv_layer=False,
        )
    found = relevance_maps(classifier, pixels, np.array([True, False]), method=method)
    np.testing.assert_allclose(found, whole, atol=1e-4)


def test_layers_are_called_by_their_depth(trained: TrainingResult) -> None:
    names = layers(trained.classifier)
    assert list(layer_titles(trained.classifier).items())[-1] == ("features", "7 of 7: features")
    assert tuple(layer_titles(trained.classifier)) == names
