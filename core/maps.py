"""Maps of where a model's score is sensitive, of any stored model: made, laid over their cells, checked, compared."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.classical_model import ClassicalModel
from core.classifier import Classifier
from core.data import pixels
from core.data.window import Window
from core.explain import Method, relevance_maps
from core.faithfulness import Faithfulness, cell_seen, faithfulness
from core.map_agreement import MapAgreement, map_agreement
from core.occlusion import occlusion
from core.overlay import OPACITY, Colours, Style, overlay
from core.types import ByteArray, FloatArray


def mapped(
    classifier: Classifier | ClassicalModel,
    images: Sequence[ByteArray],
    labels: Sequence[str],
    *,
    method: Method = "grad-cam",
    layer: str | None = None,
) -> list[FloatArray]:
    """Map where the score for a class is sensitive, of several images at once.

    Args:
        classifier: A trained model.
        images: RGB pixels of whole images, (height, width, 3), 0 to 255.
        labels: The class to explain of each, out of the card's.
        method: How to map; of no concern to a scikit-learn model, which has occlusion maps only.
        layer: As of `core.explain.relevance_maps`.

    Returns:
        A map an image, float32 in [0, 1]: of a network (image_size, image_size) over the part of the image that it sees
        (`Prediction.seen`), of a scikit-learn model (height, width) over all of it.
    """
    prepared = np.stack([classifier.prepare(image) for image in images]) if images else np.zeros(0)
    return maps_of_prepared(classifier, images, prepared, labels, method=method, layer=layer)


def maps_of_prepared(
    classifier: Classifier | ClassicalModel,
    images: Sequence[ByteArray],
    prepared: Any,  # noqa: ANN401  # of whatever kind the model takes
    labels: Sequence[str | None],
    *,
    method: Method = "grad-cam",
    layer: str | None = None,
) -> list[FloatArray]:
    """As `mapped`, of images that were made ready for the model already.

    Args:
        classifier: As of `mapped`.
        images: As of `mapped`.
        prepared: What `classifier.prepare` made of them.
        labels: As of `mapped`.
        method: As of `mapped`.
        layer: As of `mapped`.
    """
    positive = [label == classifier.card.classes[1] for label in labels]
    if isinstance(classifier, Classifier):
        return list(relevance_maps(classifier, prepared, np.array(positive), method=method, layer=layer))

    def score(hidden: ByteArray) -> FloatArray:
        return classifier.decisions(np.stack([classifier.numbers(image) for image in hidden]))

    return [occlusion(score, image, positive=each) for image, each in zip(images, positive, strict=True)]


def laid_over(
    classifier: Classifier | ClassicalModel,
    image: ByteArray,
    relevance: FloatArray,
    *,
    opacity: float = OPACITY,
    colours: Colours = "inferno",
    style: Style = "heat",
) -> ByteArray:
    """Lay a map over the part of the image that the model saw.

    Args:
        classifier: The model whose map it is.
        image: RGB pixels of the whole image, (height, width, 3), 0 to 255.
        relevance: Its map, as `mapped` gives it.
        opacity: As of `core.overlay.overlay`.
        colours: As of `core.overlay.overlay`.
        style: As of `core.overlay.overlay`.

    Returns:
        RGB pixels, (height, width, 3), 0 to 255.
    """
    seen = part_seen(classifier, image)
    return overlay(image, relevance, seen=seen, opacity=opacity, colours=colours, style=style)


def checked(classifier: Classifier, image: ByteArray, relevance: FloatArray, label: str) -> Faithfulness:
    """How well a map tells where the score is sensitive; takes 149 scores.

    Args:
        classifier: The network whose map it is.
        image: RGB pixels of the whole image, (height, width, 3), 0 to 255.
        relevance: Its map, as `mapped` gives it.
        label: The class that the map explains.
    """
    card = classifier.card
    cell = cell_seen(image, part_seen(classifier, image), card.preprocessing.image_size)
    prepared = classifier.prepare(image)
    return faithfulness(classifier.scores, prepared, relevance, cell, positive=label == card.classes[1])


def agreement(classifier: Classifier, image: ByteArray, maps: Sequence[FloatArray]) -> MapAgreement:
    """How alike maps of one cell are inside it.

    Args:
        classifier: The network whose maps they are.
        image: RGB pixels of the whole image, (height, width, 3), 0 to 255.
        maps: As `mapped` gives them, one a method.
    """
    size = classifier.card.preprocessing.image_size
    return map_agreement(maps, cell_seen(image, part_seen(classifier, image), size))


def part_seen(classifier: Classifier | ClassicalModel, image: ByteArray) -> Window | None:
    """The part of an image that a network sees; None for a scikit-learn model, which is given all of it."""
    card = classifier.card
    return pixels.seen(image, card.preprocessing) if card.kind == "network" else None
