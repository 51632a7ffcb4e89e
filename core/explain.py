"""Explanations: where a classifier's score is sensitive, by four methods, and the overlay that shows it."""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, get_args

import cv2
import numpy as np

from core.data.window import Window, whole
from core.store import Classifier
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


def _grad_cam(classifier: Classifier, layer: str) -> _Maps:
    from tf_keras_vis.gradcam import Gradcam

    return _by_gradients(Gradcam, classifier, penultimate_layer=layer, seek_penultimate_conv_layer=False)


def _grad_cam_plus_plus(classifier: Classifier, layer: str) -> _Maps:
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus

    return _by_gradients(GradcamPlusPlus, classifier, penultimate_layer=layer, seek_penultimate_conv_layer=False)


def _by_gradients(kind: Any, classifier: Classifier, **settings: Any) -> _Maps:  # noqa: ANN401  # tf-keras-vis is untyped
    """A method of tf-keras-vis on the network without its last sigmoid, whose gradient vanishes where it is sure."""
    import tensorflow as tf
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
    from tf_keras_vis.utils.scores import BinaryScore

    method = kind(classifier.network, model_modifier=ReplaceToLinear(), clone=True)

    def mapped(images: FloatArray, positive: MaskArray) -> FloatArray:
        logit = BinaryScore([bool(called) for called in positive])

        def at_zero(output: Any) -> Any:  # noqa: ANN401
            # Grad-CAM++ takes the exponential of the score, which cancels out unless it overflows
            found = logit(output)
            return found - tf.stop_gradient(found)

        return np.asarray(method(at_zero, images, **settings))

    return mapped


def _score_cam(classifier: Classifier, layer: str) -> _Maps:
    from tf_keras_vis.scorecam import Scorecam
    from tf_keras_vis.utils.scores import CategoricalScore

    network = _with_two_logits(classifier.network)
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


def _with_two_logits(network: Any) -> Any:  # noqa: ANN401  # keras is untyped
    """The network with a logit a class, 0 for the negative one.

    tf-keras-vis' Score-CAM takes the softmax of what a network gives: of a single number that is 1 under any mask, of
    these two it is the probability of each class.
    """
    import keras

    last = network.layers[-1]
    kernel, bias = last.get_weights()
    both = keras.layers.Dense(2, name="both_classes")
    found = keras.Model(network.inputs, both(last.input))
    both.set_weights([np.hstack([np.zeros_like(kernel), kernel]), np.concatenate([np.zeros_like(bias), bias])])
    found.predict = partial(found.predict, verbose=0)  # tf-keras-vis lets it print a bar an image
    return found


def _smooth_grad(classifier: Classifier, layer: str) -> _Maps:  # noqa: ARG001  # the other methods' signature
    from tf_keras_vis.saliency import Saliency

    gradients = _by_gradients(Saliency, classifier, normalize_map=False)
    # tf-keras-vis would draw it from NumPy's global state; the same for each image, which then has the same map always
    noise = np.random.default_rng(0).normal(0, _NOISE, (_NOISY_COPIES, *classifier.card.preprocessing.shape))

    def mapped(images: FloatArray, positive: MaskArray) -> FloatArray:
        ranges = np.ptp(images, axis=(1, 2, 3), keepdims=True)
        total = sum(gradients((images + ranges * copy).astype(np.float32), positive) for copy in noise)
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


def overlay(image: ByteArray, relevance: FloatArray, *, seen: Window | None = None, opacity: float = 0.45) -> ByteArray:
    """Lay a relevance map over an image; where nothing is relevant the image stays as it is.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
        relevance: (rows, columns) in [0, 1]; stretched to the part of the image that was seen.
        seen: That part, as `core.data.pixels.seen` tells; None for the whole image.
        opacity: Weight of the colour where the relevance is 1, in [0, 1].

    Returns:
        RGB pixels, (height, width, 3), 0 to 255.

    Raises:
        ValueError: If the opacity is out of range.
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"Expected an opacity in [0, 1]. Received: {opacity}.")
    strength = np.clip((seen or whole(image)).laid_back(relevance, (image.shape[0], image.shape[1])), 0, 1)
    colour = cv2.applyColorMap((strength * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    weight = (opacity * strength)[..., np.newaxis]
    return np.asarray(image * (1 - weight) + colour * weight + 0.5, dtype=np.uint8)
