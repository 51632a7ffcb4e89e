"""Ranges of the hyperparameters, and the pixels that they ask for."""

import pytest

from core.hyperparameters import TrainingConfig


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("epochs", 1, 1000),
        ("batch_size", 1, 1024),
        ("learning_rate", 1e-7, 1.0),
        ("image_size", 16, 600),
        ("subjects_share", 0.01, 1.0),
        ("patience", 1, 1000),
        ("seed", 0, 2**31 - 1),
    ],
)
def test_each_hyperparameter_has_a_range_that_includes_its_ends(name: str, low: float, high: float) -> None:
    for value in (low, high):
        assert getattr(TrainingConfig(**{name: value}), name) == value
    for value in (low - 1, high + 1, float("nan")):
        with pytest.raises(ValueError, match=rf"^Expected {name} between .* and .*\. Received: {value}\.$"):
            TrainingConfig(**{name: value})


@pytest.mark.parametrize(("grayscale", "shape"), [(False, (64, 64, 3)), (True, (64, 64, 1))])
def test_the_configuration_decides_on_the_pixels(grayscale: bool, shape: tuple[int, int, int]) -> None:
    assert TrainingConfig(image_size=64, grayscale=grayscale).preprocessing.shape == shape


@pytest.mark.parametrize(("normalize", "stain"), [(False, "as is"), (True, "reinhard")])
def test_the_configuration_decides_on_the_stain(normalize: bool, stain: str) -> None:
    assert TrainingConfig(normalize_stain=normalize).preprocessing.stain == stain


@pytest.mark.parametrize(("crop", "window"), [(False, None), (True, 320)])
def test_the_configuration_decides_on_the_window(crop: bool, window: int | None) -> None:
    assert TrainingConfig(crop=crop).preprocessing.window == window
