"""Explanations: where a classifier's score is sensitive, by Grad-CAM, and the overlay that shows it."""

import warnings

import cv2
import numpy as np

from core.data.window import Window, whole
from core.store import Classifier
from core.types import ByteArray, FloatArray, MaskArray

_BATCH = 32


def grad_cam(classifier: Classifier, images: ByteArray, positive: MaskArray) -> FloatArray:
    """Grad-CAM of each image for the class it was called.

    Args:
        classifier: Any functional network with its card, which names the layer to read.
        images: Prepared pixels, (cells, *card.preprocessing.shape), 0 to 255.
        positive: True to explain the positive class, False for the negative one, (cells,).

    Returns:
        Relevance, (cells, image_size, image_size), float32 in [0, 1]; zeros where nothing speaks for the class.

    Raises:
        ValueError: If images and classes differ in number.

    Source:
        Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391, as implemented by tf-keras-vis.
    """
    if len(images) != len(positive):
        raise ValueError(f"Expected one class an image. Received: {len(images)} images and {len(positive)} classes.")
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
    from tf_keras_vis.utils.scores import BinaryScore

    size = classifier.card.preprocessing.image_size
    maps = np.zeros((len(images), size, size), dtype=np.float32)
    if not len(images):
        return maps
    method = Gradcam(classifier.network, model_modifier=ReplaceToLinear(), clone=True)
    for start in range(0, len(images), _BATCH):
        rows = slice(start, start + _BATCH)
        with warnings.catch_warnings():
            # tf-keras-vis passes a list where Keras 3 knows the input by name
            warnings.filterwarnings("ignore", message="The structure of `inputs` doesn't match", category=UserWarning)
            maps[rows] = method(
                BinaryScore([bool(called) for called in positive[rows]]),
                images[rows].astype(np.float32),
                penultimate_layer=classifier.card.explained_layer,
                seek_penultimate_conv_layer=False,
            )
    return np.nan_to_num(np.clip(maps, 0, 1))


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
