"""Batches: each cell once an epoch, turned and coloured by the seed and the step alone."""

import numpy as np
import pytest

from core.batches import Batches, jittered, turned
from core.data.pixel_cache import CachedPixels
from core.hyperparameters import AUGMENTATIONS, Augmentation
from core.types import ByteArray


def batches_of(
    images: ByteArray, *, batch_size: int = 4, augmentation: Augmentation = "turns", seed: int = 0
) -> Batches:
    """Cells whose truth is their number."""
    numbers = np.arange(len(images))
    return Batches(CachedPixels(images, numbers), numbers, batch_size, augmentation, seed)


def random_cells(count: int = 10, channels: int = 1) -> ByteArray:
    return np.random.default_rng(0).integers(0, 256, (count, 4, 4, channels), dtype=np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_each_epoch_shows_each_cell_once_turned_or_flipped_only(channels: int) -> None:
    images = random_cells(channels=channels)
    batches = batches_of(images)
    orders = []
    for epoch in range(2):
        order = []
        for number in range(3):
            shown, truth = batches.batch(epoch * 3 + number)
            order += truth.tolist()
            assert shown.dtype == np.uint8
            for image, cell in zip(shown, truth, strict=True):
                quarters = [np.rot90(images[cell], quarter) for quarter in range(4)]
                assert any(np.array_equal(image, view) for each in quarters for view in (each, each[:, ::-1]))
        orders.append(order)
    assert len(batches) == 3
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(10))
    assert orders[0] != orders[1]


def test_cells_of_one_batch_are_turned_each_for_itself_in_all_eight_ways() -> None:
    images = np.repeat(np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1), 64, axis=0)
    shown, _ = batches_of(images, batch_size=64).batch(0)
    assert len({image.tobytes() for image in shown}) == 8  # four quarters, each also flipped


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (0, [[1, 2], [3, 4]]),
        (1, [[2, 1], [4, 3]]),
        (2, [[3, 4], [1, 2]]),
        (3, [[4, 3], [2, 1]]),
        (4, [[1, 3], [2, 4]]),
        (5, [[2, 4], [1, 3]]),
        (6, [[3, 1], [4, 2]]),
        (7, [[4, 2], [3, 1]]),
    ],
)
def test_a_turn_moves_the_corners_so(turn: int, expected: list[list[int]]) -> None:
    image = np.array([[1, 2], [3, 4]], dtype=np.uint8)
    assert turned(image[..., np.newaxis], turn).reshape(2, 2).tolist() == expected
    colours = np.stack([image, image + 10, image + 20], axis=-1)
    assert turned(colours, turn)[..., 1].tolist() == (np.array(expected) + 10).tolist()


def test_without_augmentation_cells_are_shown_as_they_are() -> None:
    images = random_cells(channels=3)
    shown, truth = batches_of(images, augmentation="off").batch(1)
    np.testing.assert_array_equal(shown, images[truth])


@pytest.mark.parametrize("augmentation", AUGMENTATIONS)
def test_a_step_is_the_same_whenever_it_is_asked_for_and_differs_by_seed(augmentation: Augmentation) -> None:
    images = random_cells(40, channels=3)
    first, again, other = (batches_of(images, batch_size=8, augmentation=augmentation, seed=seed) for seed in (3, 3, 4))
    for step in range(3):
        first.batch(step)
    np.testing.assert_array_equal(first.batch(7)[0], again.batch(7)[0])
    np.testing.assert_array_equal(first.batch(7)[1], again.batch(7)[1])
    assert first.batch(7)[1].tolist() != other.batch(7)[1].tolist()


def test_colour_changes_a_little_and_black_stays_black() -> None:
    image = np.zeros((2, 4, 3), dtype=np.uint8)
    image[0] = 120
    images = np.repeat(image[np.newaxis], 200, axis=0)
    shown = np.stack([jittered(each, np.random.default_rng(seed)) for seed, each in enumerate(images)])
    assert not shown[:, 1].any()
    assert (shown[:, 0] == shown[:, 0, :1]).all()  # one level is mapped to one level all over an image
    levels = shown[:, 0, 0].astype(float)
    assert levels.std(axis=0) == pytest.approx([14, 14, 14], abs=3)  # 120 * sqrt(0.08² + 0.04² + (0.1 * ln(255/120))²)
    assert np.abs(levels - 120).max() < 60
    balance = levels[:, 0] / levels[:, 1]
    assert np.log(balance).std() == pytest.approx(0.04 * np.sqrt(2), rel=0.25)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 1), (4, 4, 3)])
def test_colour_keeps_the_order_of_the_levels(shape: tuple[int, ...]) -> None:
    image = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    shown = jittered(image, np.random.default_rng(5)).reshape(16, -1).astype(int)
    assert (np.diff(shown, axis=0) >= 0).all()


def test_turns_and_colour_are_turns_with_other_levels() -> None:
    images = np.full((6, 4, 4, 3), 100, dtype=np.uint8)
    images[:, 1:, :] = 0
    plain, coloured = (
        batches_of(images, batch_size=6, augmentation=name).batch(0)[0] for name in ("turns", "turns and colour")
    )
    np.testing.assert_array_equal(plain > 0, coloured > 0)
    assert (plain != coloured).any()


def test_the_dataset_gives_the_steps_of_the_epochs_from_the_first_one_asked_for() -> None:
    batches = batches_of(random_cells(channels=3))
    shown = [(images.numpy(), truth.numpy()) for images, truth in batches.dataset(first_epoch=1, epochs=3)]
    assert [len(truth) for _, truth in shown] == [4, 4, 2, 4, 4, 2]
    for step, (images, truth) in enumerate(shown, start=3):
        expected, numbers = batches.batch(step)
        np.testing.assert_array_equal(images, expected)
        np.testing.assert_array_equal(truth, numbers)
