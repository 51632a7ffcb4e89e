"""Features of images with known pixels."""

import numpy as np
import pytest

from core.data.pixels import Preprocessing
from core.features import DEFAULT, FEATURES


def test_pixels_are_flattened_row_by_row_and_scaled_to_one() -> None:
    image = np.array([[[0, 51, 102], [153, 204, 255]]], dtype=np.uint8)
    values = FEATURES["pixels"].values(np.stack([image, 255 - image]))
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, [[0, 0.2, 0.4, 0.6, 0.8, 1], [1, 0.8, 0.6, 0.4, 0.2, 0]], atol=1e-7)


@pytest.mark.parametrize(("name", "count"), [("pixels", 32 * 32 * 3), ("grayscale", 32 * 32)])
def test_a_cell_has_one_feature_a_prepared_value(name: str, count: int) -> None:
    features = FEATURES[name]
    assert features.values(np.zeros((2, *features.preprocessing.shape), dtype=np.uint8)).shape == (2, count)


def test_each_set_names_the_pixels_it_starts_from() -> None:
    assert {name: features.preprocessing for name, features in FEATURES.items()} == {
        "pixels": Preprocessing(32, "rgb"),
        "grayscale": Preprocessing(32, "grayscale"),
    }
    assert DEFAULT in FEATURES
