"""Explanations: where a classifier's score is sensitive, by four methods."""

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, get_args

import cv2
import numpy as np

from core.classifier import Classifier
from core.types import ByteArray, FloatArray, MaskArray

Method = Literal["grad-cam", "grad-cam++", "score-cam", "smoothgrad"]
METHODS: dict[Method, str] = {
    "grad-cam": "Grad-CAM",
    "grad-cam++": "Grad-CAM++",
    "score-cam": "Score-CAM",
    "smoothgrad": "SmoothGrad",
}
_Maps = Callable[[FloatArray, MaskArray], FloatArray]  # from pixels and classes to (images, height, width)

_BATCH = 32
_MOST_MASKS = 64  # Score-CAM scores the image under so many feature maps, those that vary most
_NOISY_COPIES = 25  # of an image, for SmoothGrad
_NOISE = 0.02  # its standard deviation over the image's range; the paper's 0.1 drowns chromatin, 5 grey levels of 255
_BLUR = 0.02  # of SmoothGrad's maps, over their edge: single pixels tell little
_NOTHING = 1e-7  # in place of a division by 0, for a map that is even
_SMALLEST_GRID = 3  # cells along a side that still tell places apart


def relevance_maps(
    classifier: Classifier,
    images: ByteArray,
    positive: MaskArray,
    *,
    method: Method = "grad-cam",
    layer: str | None = None,
) -> FloatArray:
    """Map where the score of each image is sensitive, for one class each.

    Args:
        classifier: Any functional network with its card.
        images: Prepared pixels, (cells, *card.preprocessing.shape), 0 to 255.
        positive: True to explain the positive class, False for the negative one, (cells,). SmoothGrad's map is the same
            for both.
        method: How to map.
        layer: One of `layers` to read; None for the one that the card names. SmoothGrad reads none.

    Returns:
        Relevance, (cells, image_size, image_size), float32 in [0, 1]; zeros where nothing speaks for the class.

    Raises:
        ValueError: If images and classes differ in number, or the method or the layer is unknown.

    Source:
        Selvaraju et al. 2017, Grad-CAM, https://arxiv.org/abs/1610.02391; Chattopadhay et al. 2018, Grad-CAM++,
        https://arxiv.org/abs/1710.11063; Wang et al. 2020, Score-CAM, https://arxiv.org/abs/1910.01279; Smilkov et al.
        2017, SmoothGrad, https://arxiv.org/abs/1706.03825, blurred a little; all as implemented by tf-keras-vis.
    """
    if len(images) != len(positive):
        raise ValueError(f"Expected one class an image. Received: {len(images)} images and {len(positive)} classes.")
    if method not in get_args(Method):
        raise ValueError(f"Expected a method out of {', '.join(get_args(Method))}. Received: {method}.")
    if layer is not None and layer not in (known := layers(classifier)):
        raise ValueError(f"Expected a layer out of {', '.join(known)}. Received: {layer}.")
    size = classifier.card.preprocessing.image_size
    maps = np.zeros((len(images), size, size), dtype=np.float32)
    if not len(images):
        return maps
    mapped = _METHODS[method](classifier, layer or classifier.card.explained_layer)
    for start in range(0, len(images), _BATCH):
        rows = slice(start, start + _BATCH)
        with warnings.catch_warnings():
            # tf-keras-vis passes a list where Keras 3 knows the input by name
            warnings.filterwarnings("ignore", message="The structure of `inputs` doesn't match", category=UserWarning)
            maps[rows] = mapped(images[rows].astype(np.float32), positive[rows])
    return np.nan_to_num(np.clip(maps, 0, 1))


def layers(classifier: Classifier) -> tuple[str, ...]:
    """Names of the layers that can be read, from the first to the last: convolutions, and the one the card names."""
    import keras

    return tuple(
        layer.name
        for layer in classifier.network.layers
        if layer.name == classifier.card.explained_layer
        or (isinstance(layer, keras.layers.Conv2D) and min(layer.output.shape[1:3]) >= _SMALLEST_GRID)
    )


def layer_titles(classifier: Classifier) -> dict[str, str]:
    """What to call each of `layers` for people, by name: how deep it lies among them."""
    found = layers(classifier)
    return {name: f"{number} of {len(found)}: {name}" for number, name in enumerate(found, start=1)}


def _grad_cam(classifier: Classifier, layer: str) -> _Maps:
    from tf_keras_vis.gradcam import Gradcam

    return _by_features(Gradcam, classifier, layer)


def _grad_cam_plus_plus(classifier: Classifier, layer: str) -> _Maps:
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus

    return _by_features(GradcamPlusPlus, classifier, layer)


def _by_features(kind: Any, classifier: Classifier, layer: str) -> _Maps:  # noqa: ANN401  # tf-keras-vis is untyped
    """A method of tf-keras-vis that weighs feature maps, on the network without its last sigmoid.

    It would follow the gradient down to the pixels, which takes most of its time, so it gets the part of the network
    above the layer; all of it where another branch runs past the layer.
    """
    import keras

    network = _with_logits(classifier.network)
    features = network.get_layer(layer).output
    try:
        above = keras.Model(features, network.outputs[0])
    except ValueError:
        return _by_gradients(kind, network, layer, lambda images: images)
    read = keras.Input(features.shape[1:])
    named = keras.layers.Activation("linear", name="read")(read)  # tf-keras-vis finds no input
    below = keras.Model(network.inputs, features)
    return _by_gradients(kind, keras.Model(read, above(named)), "read", partial(below, training=False))


def _by_gradients(kind: Any, network: Any, layer: str, below: Callable[[FloatArray], Any]) -> _Maps:  # noqa: ANN401
    """The method on a network from what lies below it; its maps stretched to the images, and each scaled to [0, 1]."""
    method = kind(network)

    def mapped(images: FloatArray, positive: MaskArray) -> FloatArray:
        cams = method(
            _at_zero(positive),
            below(images),
            penultimate_layer=layer,
            seek_penultimate_conv_layer=False,
            expand_cam=False,
            normalize_cam=False,
        )
        height, width = images.shape[1:3]
        maps = _stretching(cams.shape[1], height) @ np.asarray(cams) @ _stretching(cams.shape[2], width).T
        low, high = (limit(maps, axis=(1, 2), keepdims=True) for limit in (np.min, np.max))
        return np.asarray((maps - low) / (high - low + _NOTHING))

    return mapped


def _stretching(cells: int, pixels: int) -> FloatArray:
    """What interpolates linearly between the middles of the outermost cells, (pixels, cells), as tf-keras-vis does."""
    at = np.linspace(0, cells - 1, pixels, dtype=np.float32)[:, np.newaxis]
    return np.asarray(np.clip(1 - np.abs(at - np.arange(cells)), 0, None), dtype=np.float32)


def _at_zero(positive: MaskArray) -> Callable[[Any], Any]:
    """The logit of each image's class as tf-keras-vis takes it, shifted to 0.

    Grad-CAM++ takes the exponential of the score, which cancels out unless it overflows.
    """
    import tensorflow as tf
    from tf_keras_vis.utils.scores import BinaryScore

    logit = BinaryScore([bool(called) for called in positive])

    def shifted(output: Any) -> Any:  # noqa: ANN401
        found = logit(output)
        return found - tf.stop_gradient(found)

    return shifted


def _score_cam(classifier: Classifier, layer: str) -> _Maps:
    from tf_keras_vis.scorecam import Scorecam
    from tf_keras_vis.utils.scores import CategoricalScore

    # tf-keras-vis takes the softmax of what a network gives: of one number that is 1 under any mask, of two logits the
    # probability of each class
    network = _with_logits(classifier.network, both=True)
    network.predict = partial(_outputs, network)
    method = Scorecam(network)
    masks = min(_MOST_MASKS, network.get_layer(layer).output.shape[-1])

    def mapped(images: FloatArray, positive: MaskArray) -> FloatArray:
        # one by one: tf-keras-vis chooses the feature maps over all images of a call, and holds each mask of each image
        return np.concatenate(
            [
                method(
                    CategoricalScore([int(called)]),
                    image[np.newaxis],
                    penultimate_layer=layer,
                    seek_penultimate_conv_layer=False,
                    max_N=masks,
                )
                for image, called in zip(images, positive, strict=True)
            ]
        )

    return mapped


def _with_logits(network: Any, *, both: bool = False) -> Any:  # noqa: ANN401  # keras is untyped
    """The network without its last sigmoid, on the same weights, with one logit or one a class, 0 for the negative one.

    A clone, tf-keras-vis' own way, takes longer than the map of a cell.
    """
    import keras

    last = network.layers[-1]

    def logits(values: Any) -> Any:  # noqa: ANN401
        found = keras.ops.matmul(values, last.kernel) + last.bias
        return keras.ops.concatenate([keras.ops.zeros_like(found), found], axis=-1) if both else found

    return keras.Model(network.inputs, keras.layers.Lambda(logits, name="logits")(last.input))


def _outputs(network: Any, inputs: Sequence[FloatArray], batch_size: int) -> FloatArray:  # noqa: ANN401
    """What `network.predict` gives; that would print a bar a call, and trace a graph for each new network."""
    (images,) = inputs
    batches = [images[start : start + batch_size] for start in range(0, len(images), batch_size)]
    return np.concatenate([np.asarray(network(batch, training=False)) for batch in batches])


def _smooth_grad(classifier: Classifier, layer: str) -> _Maps:  # noqa: ARG001  # the other methods' signature
    from tf_keras_vis.saliency import Saliency

    method = Saliency(_with_logits(classifier.network))
    # tf-keras-vis would draw it from NumPy's global state; the same for each image, which then has the same map always
    noise = np.random.default_rng(0).normal(0, _NOISE, (_NOISY_COPIES, *classifier.card.preprocessing.shape))

    def mapped(images: FloatArray, positive: MaskArray) -> FloatArray:
        ranges = np.ptp(images, axis=(1, 2, 3), keepdims=True)
        noisy = ((images + ranges * copy).astype(np.float32) for copy in noise)
        total = sum(np.asarray(method(_at_zero(positive), copy, normalize_map=False)) for copy in noisy)
        total = np.stack([cv2.GaussianBlur(each, (0, 0), _BLUR * each.shape[0]) for each in np.asarray(total)])
        largest = np.max(total, axis=(1, 2), keepdims=True)
        return np.asarray(np.divide(total, largest, out=np.zeros_like(total), where=largest > 0))

    return mapped


_METHODS: dict[Method, Callable[[Classifier, str], _Maps]] = {
    "grad-cam": _grad_cam,
    "grad-cam++": _grad_cam_plus_plus,
    "score-cam": _score_cam,
    "smoothgrad": _smooth_grad,
}
