"""Architectures: functional Keras models from uint8-valued pixels to the probability of the positive class."""

import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from core.errors import WeightsUnavailable

if TYPE_CHECKING:
    import keras

Shape = tuple[int, int, int]
_SURROUNDINGS = 8  # pixels; chromatin is finer than this
_CONTRAST = 20.0  # chromatin differs by about 5 of 255 grey levels, an edge by 60: brings the former to about 0.4


@dataclass(frozen=True)
class Network:
    """One architecture that can be trained.

    Attributes:
        title: Name shown to users.
        description: One sentence on what it is for.
        build: From (height, width, channels), whether to load pretrained weights, and the share of the last layer's
            inputs to drop, to a model with inputs 0 to 255.
        explained_layer: The last plain convolution (or what follows it): what Grad-CAM reads.
        smallest_image: Smallest edge in pixels that leaves a feature map to look at.
        pretrainable: Whether weights learned on ImageNet exist.
    """

    title: str
    description: str
    build: "Callable[[Shape, bool, float], keras.Model]"
    explained_layer: str
    smallest_image: int = 32
    pretrainable: bool = False


def build(name: str, shape: Shape, *, pretrained: bool = False, dropout: float = 0.2, seed: int = 0) -> "keras.Model":
    """Build an untrained network, or one with ImageNet weights below a new head.

    Args:
        name: A key of `NETWORKS`.
        shape: (height, width, channels) of its input; values 0 to 255.
        pretrained: Load the backbone's ImageNet weights.
        dropout: Share of the last layer's inputs that is dropped while training.
        seed: Seed of the initial weights and of dropout.

    Returns:
        Model from (N, height, width, channels) to (N, 1), the probability of the positive class.

    Raises:
        ValueError: As `check` does.
        WeightsUnavailable: If pretrained weights can be had neither from the cache nor from the network.
    """
    check(name, image_size=min(shape[:2]), pretrained=pretrained)
    import keras

    keras.utils.set_random_seed(seed)
    return NETWORKS[name].build(shape, pretrained, dropout)


def check(name: str, *, image_size: int, pretrained: bool) -> None:
    """Refuse what cannot be built, before anything is read or imported.

    Raises:
        ValueError: If the name is unknown, the image is too small, or this network has no pretrained weights.
    """
    if name not in NETWORKS:
        raise ValueError(f"Expected one of {', '.join(NETWORKS)}. Received: {name}.")
    network = NETWORKS[name]
    if image_size < network.smallest_image:
        raise ValueError(
            f"Expected images of at least {network.smallest_image} pixels for {name}. Received: {image_size}."
        )
    if pretrained and not network.pretrainable:
        raise ValueError(f"Expected a network with pretrained weights to load them. Received: {name}, which has none.")


def _baseline_cnn(shape: Shape, pretrained: bool, dropout: float) -> "keras.Model":  # noqa: ARG001
    """Three blocks of convolution and pooling, then a dense layer: the network of the field's notebooks."""
    from keras import Input, Model, layers

    inputs = Input(shape)
    x = layers.Rescaling(1 / 255)(inputs)
    for number, filters in enumerate((32, 64, 128), start=1):
        x = layers.Conv2D(filters, 3, activation="relu", name=f"conv_{number}")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dense(128, activation="relu")(x)
    x = layers.Dropout(dropout)(x)
    return Model(inputs, layers.Dense(1, activation="sigmoid", name="probability")(x), name="baseline_cnn")


def _leuko_net(shape: Shape, pretrained: bool, dropout: float) -> "keras.Model":  # noqa: ARG001
    """Local contrast beside the pixels, four strided convolutions, two of them with a residual one, global average."""
    from keras import Input, Model, layers

    inputs = Input(shape)
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Concatenate()([layers.Rescaling(3.0)(x), _contrast(x, shape)])
    for filters, edge in ((16, 5), (32, 3), (64, 3), (128, 3)):
        x = layers.Conv2D(filters, edge, strides=2, padding="same", use_bias=False)(x)
        x = layers.ReLU()(_normalized(x))
        if filters >= 64:
            more = _normalized(layers.Conv2D(filters, 3, padding="same", use_bias=False)(x))
            x = layers.ReLU(name="features" if filters == 128 else None)(layers.Add()([x, more]))
    x = layers.GlobalAveragePooling2D(name="embedding")(x)
    x = layers.Dropout(dropout)(x)
    return Model(inputs, layers.Dense(1, activation="sigmoid", name="probability")(x), name="leuko_net")


def _contrast(pixels: object, shape: Shape) -> object:
    """Difference of each pixel from its surroundings, whose mean is taken by blocks: one around each pixel is slow."""
    from keras import layers

    means = layers.AveragePooling2D(_SURROUNDINGS, padding="same")(pixels)
    means = layers.UpSampling2D(_SURROUNDINGS, interpolation="bilinear")(means)
    margins = [-edge % _SURROUNDINGS for edge in shape[:2]]  # that pooling has added, half of it before
    means = layers.Cropping2D([(margin // 2, margin - margin // 2) for margin in margins])(means)
    difference = layers.Rescaling(_CONTRAST)(layers.Subtract()([pixels, means]))
    return layers.Activation("tanh", name="contrast")(difference)


def _normalized(x: object) -> object:
    from keras import layers

    return layers.BatchNormalization(momentum=0.9)(x)  # small data sets have few batches an epoch


def _three_channels(inputs: object, channels: int) -> object:
    from keras import layers

    return inputs if channels == 3 else layers.Concatenate()([inputs, inputs, inputs])


def _backbone(
    name: str, shape: Shape, scaling: Callable[[object], object], *, pretrained: bool, dropout: float
) -> "keras.Model":
    from keras import Input, Model, applications, layers

    inputs = Input(shape)
    pixels = scaling(_three_channels(inputs, shape[2]))
    try:
        with redirect_stdout(StringIO()), warnings.catch_warnings():  # keras prints the download's progress
            # without its top MobileNetV2 takes any size, but warns that it loads the weights learned at 224 pixels
            warnings.filterwarnings("ignore", message="`input_shape` is undefined or non-square", category=UserWarning)
            base = getattr(applications, name)(
                include_top=False, weights="imagenet" if pretrained else None, input_tensor=pixels
            )
    except Exception as error:  # keras raises a bare Exception when a download fails
        if not pretrained:
            raise
        raise WeightsUnavailable(
            f"Expected {name}'s ImageNet weights in the cache or from the internet. Received: neither. "
            "Train from scratch instead, or try again with an internet connection."
        ) from error
    x = layers.GlobalAveragePooling2D(name="embedding")(base.output)
    x = layers.Dropout(dropout)(x)
    return Model(inputs, layers.Dense(1, activation="sigmoid", name="probability")(x), name=name.lower())


def _mobilenet_v2(shape: Shape, pretrained: bool, dropout: float) -> "keras.Model":
    from keras import layers

    scaling = layers.Rescaling(1 / 127.5, offset=-1)
    return _backbone("MobileNetV2", shape, scaling, pretrained=pretrained, dropout=dropout)


def _efficientnet_b0(shape: Shape, pretrained: bool, dropout: float) -> "keras.Model":
    return _backbone("EfficientNetB0", shape, lambda pixels: pixels, pretrained=pretrained, dropout=dropout)


DEFAULT = "leuko-net"
NETWORKS: dict[str, Network] = {
    "leuko-net": Network(
        "LeukoNet", "Small and fast, made for single stained cells; the best first choice.", _leuko_net, "features", 48
    ),
    "baseline-cnn": Network(
        "Baseline CNN",
        "Three convolution blocks and a dense layer, as in most published notebooks.",
        _baseline_cnn,
        "conv_3",
    ),
    "mobilenet-v2": Network(
        "MobileNetV2",
        "A larger network that can start from ImageNet weights.",
        _mobilenet_v2,
        "out_relu",
        pretrainable=True,
    ),
    "efficientnet-b0": Network(
        "EfficientNetB0",
        "The largest network here; can start from ImageNet weights.",
        _efficientnet_b0,
        "top_activation",
        pretrainable=True,
    ),
}
