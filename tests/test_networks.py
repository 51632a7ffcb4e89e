"""Each architecture: what it takes, what it gives, where its weights come from."""

from pathlib import Path
from urllib.error import URLError

import keras
import numpy as np
import pytest
from keras.src.utils import file_utils

from core.errors import WeightsUnavailable
from core.networks import DEFAULT, NETWORKS, build
from core.types import FloatArray

PRETRAINABLE = [name for name, network in NETWORKS.items() if network.pretrainable]
APPLICATIONS = {"mobilenet-v2": keras.applications.MobileNetV2, "efficientnet-b0": keras.applications.EfficientNetB0}


@pytest.fixture(autouse=True)
def _no_layers_of_earlier_tests() -> None:
    keras.backend.clear_session()


@pytest.mark.parametrize("channels", [3, 1], ids=["rgb", "grayscale"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_maps_pixels_to_one_probability_a_cell(name: str, channels: int) -> None:
    network = build(name, (64, 64, channels))
    pixels = np.random.default_rng(0).integers(0, 256, (3, 64, 64, channels), dtype=np.uint8)
    probability = network.predict(pixels, verbose=0)
    assert probability.shape == (3, 1)
    assert np.all((probability >= 0) & (probability <= 1))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_explained_layer_is_a_grid_of_features_even_at_the_smallest_size(name: str) -> None:
    smallest = NETWORKS[name].smallest_image
    layer = build(name, (smallest, smallest, 3)).get_layer(NETWORKS[name].explained_layer)
    _, height, width, features = layer.output.shape
    assert height == width >= 1
    assert features > 1


@pytest.mark.parametrize(("name", "grid"), [("leuko-net", 13), ("baseline-cnn", 46)])
def test_at_200_pixels_the_own_networks_explain_on_this_grid(name: str, grid: int) -> None:
    layer = build(name, (200, 200, 3)).get_layer(NETWORKS[name].explained_layer)
    assert layer.output.shape[1:3] == (grid, grid)


def test_leuko_net_is_a_small_fraction_of_the_baseline() -> None:
    leuko_net, baseline = (build(name, (200, 200, 3)).count_params() for name in ("leuko-net", "baseline-cnn"))
    convolutions = 25 * 6 * 16 + 9 * (16 * 32 + 32 * 64 + 64 * 64 + 64 * 128 + 128 * 128)
    assert leuko_net == convolutions + 4 * (16 + 32 + 2 * 64 + 2 * 128) + 128 + 1
    assert baseline == (27 + 1) * 32 + (9 * 32 + 1) * 64 + (9 * 64 + 1) * 128 + (23 * 23 * 128 + 1) * 128 + 129
    assert leuko_net < baseline / 30


def _contrast(images: FloatArray) -> FloatArray:
    network = build("leuko-net", images.shape[1:])
    contrast = keras.Model(network.input, network.get_layer("contrast").output)
    return np.asarray(contrast.predict(images, verbose=0))


@pytest.mark.parametrize("edge", [64, 61], ids=["whole blocks", "a part of a block"])
def test_where_pixels_do_not_differ_from_their_surroundings_leuko_net_sees_no_contrast(edge: int) -> None:
    flat = np.full((edge, edge), 200.0)
    slope = np.broadcast_to(2.0 * np.arange(edge), (edge, edge))  # each mean is the value in the middle of its block
    inside = slice(12, -12)  # further out, blocks that are cut off have another middle
    contrast = _contrast(np.stack([flat, slope, slope.T])[..., np.newaxis].astype(np.float32))
    np.testing.assert_allclose(contrast[0], 0, atol=1e-4)
    np.testing.assert_allclose(contrast[1:, inside, inside], 0, atol=1e-4)


def test_a_bright_pixel_differs_from_its_surroundings_by_its_height_over_their_mean() -> None:
    images = np.zeros((1, 48, 48, 1), dtype=np.float32)
    images[0, 20, 20] = 4.0  # fourth of eight pixels of its block: a sixteenth of a block from its middle
    mean, share = 4.0 / 64, (15 / 16) ** 2
    contrast = _contrast(images)[0, :, :, 0]
    assert contrast[20, 20] == pytest.approx(np.tanh(20 * (4.0 - mean * share) / 255), abs=1e-5)
    assert contrast[19, 19] == pytest.approx(np.tanh(-20 * mean * share / 255), abs=1e-5)
    assert np.argmax(contrast) == 20 * 48 + 20


@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_seed_gives_the_same_initial_weights(name: str) -> None:
    shape = (64, 64, 3)
    first, again, other = (build(name, shape, seed=seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not all(np.array_equal(one, two) for one, two in zip(first, other, strict=True))


def test_an_unknown_network_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"^Expected one of leuko-net, baseline-cnn, .*\. Received: resnet\.$"):
        build("resnet", (64, 64, 3))


@pytest.mark.parametrize("name", NETWORKS)
def test_too_small_images_are_refused_with_the_smallest_size(name: str) -> None:
    edge = NETWORKS[name].smallest_image - 1
    with pytest.raises(ValueError, match=rf"^Expected images of at least {edge + 1} pixels for {name}\. .*: {edge}\.$"):
        build(name, (edge, edge, 3))


@pytest.mark.parametrize("name", sorted(set(NETWORKS) - set(PRETRAINABLE)))
def test_a_network_without_pretrained_weights_says_so(name: str) -> None:
    with pytest.raises(ValueError, match=rf"Received: {name}, which has none"):
        build(name, (64, 64, 3), pretrained=True)


def test_the_default_is_one_of_them() -> None:
    assert DEFAULT in NETWORKS


@pytest.mark.parametrize("name", PRETRAINABLE)
def test_without_internet_pretrained_weights_are_unavailable_and_the_sentence_says_what_to_do(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked_for: list[str] = []

    def no_internet(origin: str, *others: object) -> None:
        asked_for.append(origin)
        raise URLError("Name or service not known")

    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))
    monkeypatch.setattr(file_utils, "urlretrieve", no_internet)
    with pytest.raises(WeightsUnavailable, match=r"Received: neither\. Train from scratch instead, or try again"):
        build(name, (64, 64, 3), pretrained=True)
    assert len(asked_for) == 1
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("channels", [3, 1], ids=["rgb", "grayscale"])
@pytest.mark.parametrize("name", PRETRAINABLE)
def test_pretrained_weights_are_loaded_below_a_new_head(
    name: str, channels: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    application = APPLICATIONS[name](include_top=False, weights=None)
    rng = np.random.default_rng(0)
    application.set_weights([rng.uniform(0.5, 1.5, weights.shape) for weights in application.get_weights()])
    application.save(tmp_path / "no_top.h5")
    asked_for: list[str] = []

    def from_disk(fname: str, origin: str, **options: object) -> str:
        asked_for.append(fname)
        return str(tmp_path / "no_top.h5")

    monkeypatch.setattr(file_utils, "get_file", from_disk)
    keras.backend.clear_session()
    network = build(name, (200, 200, channels), pretrained=True)
    *backbone, kernel, bias = network.get_weights()
    assert len(asked_for) == 1
    assert len(backbone) == len(application.get_weights())
    assert all(np.array_equal(*pair) for pair in zip(backbone, application.get_weights(), strict=True))
    assert kernel.shape == (1280, 1)
    assert bias.tolist() == [0]
    assert capfd.readouterr().out == ""
