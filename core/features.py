"""Features that classical models are trained on; each is a function of prepared pixels alone, so nothing leaks."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.data.pixels import Preprocessing
from core.types import ByteArray, FloatArray


@dataclass(frozen=True)
class FeatureSet:
    """One way to describe a cell by numbers.

    Attributes:
        title: Name shown to users.
        preprocessing: The pixels it starts from.
        values: From (cells, height, width, channels), 0 to 255, to (cells, features).
    """

    title: str
    preprocessing: Preprocessing
    values: Callable[[ByteArray], FloatArray]


def _flat(images: ByteArray) -> FloatArray:
    return images.reshape(len(images), -1).astype(np.float32) / 255


FEATURES: dict[str, FeatureSet] = {
    "pixels": FeatureSet("Colour pixels, 32 x 32", Preprocessing(32), _flat),
    "grayscale": FeatureSet("Grayscale pixels, 32 x 32", Preprocessing(32, "grayscale"), _flat),
}
DEFAULT = "pixels"
