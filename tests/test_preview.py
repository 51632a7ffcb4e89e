"""Augmented versions of one cell."""

import numpy as np
import pytest

from core.hyperparameters import Augmentation
from core.preview import augmented
from core.types import ByteArray


def cell(channels: int) -> ByteArray:
    return np.arange(16 * channels, dtype=np.uint8).reshape(4, 4, channels) * 4


@pytest.mark.parametrize("channels", [1, 3])
def test_turns_are_the_eight_ways_to_lay_a_square_on_itself(channels: int) -> None:
    versions = augmented(cell(channels), "turns")
    assert len({version.tobytes() for version in versions}) == 8
    assert {version.shape for version in versions} == {(4, 4, channels)}
    assert all(sorted(version.ravel()) == sorted(cell(channels).ravel()) for version in versions)


@pytest.mark.parametrize("channels", [1, 3])
def test_colour_changes_the_values_and_leaves_black_black(channels: int) -> None:
    shown = cell(channels)
    shown[1, 2] = 0
    versions = augmented(shown, "turns and colour")
    assert len(versions) == 8
    assert any(sorted(version.ravel()) != sorted(shown.ravel()) for version in versions)
    assert all(int((version == 0).all(axis=2).sum()) >= 1 for version in versions)


def test_without_augmentation_the_cell_stands_alone() -> None:
    (only,) = augmented(cell(3), "off")
    np.testing.assert_array_equal(only, cell(3))


@pytest.mark.parametrize("augmentation", ["turns", "turns and colour"])
def test_the_same_seed_shows_the_same_versions(augmentation: Augmentation) -> None:
    first, second = (augmented(cell(3), augmentation, seed=4) for _ in range(2))
    np.testing.assert_array_equal(first, second)
