"""Quality of maps for scores so simple that the areas can be computed by hand."""

import numpy as np
import pytest

from core.data.segmentation import segment
from core.data.window import Window
from core.faithfulness import Faithfulness, Label, as_smooth, cell_seen, faithfulness
from core.types import ByteArray, FloatArray, MaskArray

CHANCE = tuple(np.linspace(0.4, 0.6, 19))
BLOCK = (slice(6, 10), slice(6, 14))  # 32 pixels: an eighth of the white ones


def white() -> ByteArray:
    """16 x 16 white pixels with 4 black ones around them."""
    return np.pad(np.full((16, 16, 3), 255, dtype=np.uint8), ((4, 4), (4, 4), (0, 0)))


def cell() -> MaskArray:
    return white().any(axis=2)


def block(images: ByteArray) -> FloatArray:
    """A score that 32 pixels decide, each to the same part."""
    return images[:, *BLOCK, 0].mean(axis=(1, 2)) / 255


def bright_at_the_block() -> FloatArray:
    relevance = np.zeros((24, 24), dtype=np.float32)
    relevance[BLOCK] = 1
    return relevance


def test_a_map_of_the_pixels_that_decide_is_good() -> None:
    # The first of eight steps takes all, (1 / 2 + 7 * 0 + 0 / 2) / 8, or shows all, (0 / 2 + 7 * 1 + 1 / 2) / 8.
    found = faithfulness(block, white(), bright_at_the_block(), cell(), positive=True)
    assert (found.deletion, found.insertion) == pytest.approx((0.0625, 0.9375))
    assert (found.inside, found.even) == pytest.approx((1, 256 / 576))
    assert len(found.chance) == 19
    assert found.label == "good"


def test_a_map_of_all_other_pixels_is_no_better_than_chance() -> None:
    found = faithfulness(block, white(), 1 - bright_at_the_block(), cell(), positive=True)
    assert (found.deletion, found.insertion) == pytest.approx((0.9375, 0.0625))
    assert found.label == "no better than chance"


def test_for_the_other_class_the_score_counts_from_one_down() -> None:
    ours = faithfulness(block, white(), bright_at_the_block(), cell(), positive=True)
    other = faithfulness(lambda images: 1 - block(images), white(), bright_at_the_block(), cell(), positive=False)
    assert (other.deletion, other.insertion, *other.chance) == pytest.approx(
        (ours.deletion, ours.insertion, *ours.chance)
    )


def test_the_areas_are_those_of_the_curves_step_by_step() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(1, 256, (13, 11, 3), dtype=np.uint8)
    relevance = rng.random((13, 11))

    def score(images: ByteArray) -> FloatArray:
        return 1 / (1 + np.exp(-(images[:, 3:8, 2:9].mean(axis=(1, 2, 3)) - 60) / 30))

    taken, shown = [], []
    order = np.argsort(-relevance.ravel())
    for step in range(9):
        brightest, dimmest = (
            np.isin(np.arange(143), np.concatenate([[], *np.array_split(way, 8)[:step]])).reshape(13, 11, 1)
            for way in (order, order[::-1])
        )
        taken.append(score((image * ~brightest)[np.newaxis])[0])
        shown.append(score((image * ~dimmest)[np.newaxis])[0])
    found = faithfulness(score, image, relevance, np.ones((13, 11), bool), positive=True)
    assert found.deletion == pytest.approx(np.trapezoid(taken, dx=1 / 8))
    assert found.insertion == pytest.approx(np.trapezoid(shown, dx=1 / 8))


def test_random_maps_have_the_mean_score_of_a_score_that_adds_up() -> None:
    found = faithfulness(block, white(), bright_at_the_block(), cell(), positive=True)
    assert 0.4 < np.mean(found.chance) < 0.6


def test_random_maps_pass_as_good_or_weak_as_rarely_as_said() -> None:
    rng = np.random.default_rng(0)
    smooth = np.add.outer(np.hanning(24), np.hanning(24))
    labels = [
        faithfulness(block, white(), as_smooth(smooth, rng), cell(), positive=True, seed=seed).label
        for seed in range(1, 101)
    ]
    assert labels.count("good") <= 5
    assert labels.count("no better than chance") >= 90


def test_all_pictures_are_scored_in_batches_and_there_are_149() -> None:
    sizes: list[int] = []

    def score(images: ByteArray) -> FloatArray:
        sizes.append(len(images))
        return block(images)

    faithfulness(score, white(), bright_at_the_block(), cell(), positive=True)
    assert sizes == [64, 64, 21]


def test_the_same_seed_gives_the_same_answer_and_the_image_stays() -> None:
    image = white()
    first, second = (faithfulness(block, image, bright_at_the_block(), cell(), positive=True) for _ in range(2))
    assert first == second
    np.testing.assert_array_equal(image, white())


@pytest.mark.parametrize("relevance", [np.zeros((24, 24)), np.ones((24, 24))])
def test_an_even_map_is_no_better_than_chance_and_needs_no_score(relevance: FloatArray) -> None:
    found = faithfulness(lambda images: pytest.fail("scored"), white(), relevance, cell(), positive=True)
    assert found.chance == ()
    assert found.label == "no better than chance"


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Received: \(24, 24\), \(13, 13\) and \(24, 24\)\.$"):
        faithfulness(block, white(), np.ones((13, 13)), cell(), positive=True)


@pytest.mark.parametrize(
    ("deletion", "insertion", "inside", "label", "said"),
    [
        (0.3, 0.7, 0.8, "good", "Without them it falls further, and with them alone it gets higher"),
        (0.3, 0.7, 0.2, "weak", "no more of the heat lies inside the cell than chance would put there. 20%"),
        (0.3, 0.6, 0.8, "weak", "without its bright areas the score falls further than for each of 19 random maps"),
        (0.4, 0.7, 0.8, "weak", "with its bright areas alone the score gets higher than for each of 19 random maps"),
        (0.4, 0.6, 0.8, "no better than chance", "Do not read this map. 80% of the heat lies inside the cell."),
    ],
)
def test_each_label_follows_from_the_numbers_and_has_a_sentence(
    deletion: float, insertion: float, inside: float, label: Label, said: str
) -> None:
    found = Faithfulness(deletion, insertion, CHANCE, inside, even=0.2)
    assert found.label == label
    assert said in found.sentence
    assert found.sentence.lower().startswith(label.split()[0])


def test_an_empty_map_says_so() -> None:
    assert Faithfulness(0, 0, (), 0, 0.2).sentence.startswith("Empty map")


@pytest.mark.parametrize("shape", [(24, 24), (13, 10)])
def test_a_random_map_has_the_power_spectrum_of_the_other(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    relevance = rng.random(shape)
    found = as_smooth(relevance, rng)
    ours, others = (np.abs(np.fft.fft2(values)) for values in (found, relevance - relevance.mean()))
    np.testing.assert_allclose(ours, others, atol=1e-9)
    assert abs(np.corrcoef(found.ravel(), relevance.ravel())[0, 1]) < 0.3


def test_the_cell_is_where_segmentation_finds_it() -> None:
    image = np.zeros((40, 40, 3), dtype=np.uint8)
    image[10:30, 5:25] = (120, 60, 140)
    image[35:38, 35:38] = (120, 60, 140)  # debris
    expected = np.zeros((40, 40), dtype=bool)
    expected[10:30, 5:25] = True
    assert segment(image).debris.sum() == 9
    np.testing.assert_array_equal(cell_seen(image, None, 40), expected)
    np.testing.assert_array_equal(cell_seen(image, None, 20), expected[::2, ::2])
    np.testing.assert_array_equal(
        cell_seen(image, Window(20, -10, 20, 20), 20), np.pad(expected[20:, :10], ((0, 0), (10, 0)))
    )
