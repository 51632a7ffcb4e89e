"""Maps of one cell that are compared."""

import numpy as np
import pytest

from core.map_agreement import MapAgreement, map_agreement

RISING = np.arange(9, dtype=np.float32).reshape(3, 3) / 8
WHOLE = np.ones((3, 3), dtype=bool)


def test_maps_that_rank_the_pixels_alike_agree_whatever_their_values() -> None:
    found = map_agreement([RISING, RISING**2], WHOLE)
    assert found == MapAgreement(2, pytest.approx(1.0))
    assert found.word == "agree"
    assert "1.00, 1 being the same" in found.sentence


def test_a_map_upside_down_disagrees() -> None:
    found = map_agreement([RISING, 1 - RISING], WHOLE)
    assert found.rank_correlation == pytest.approx(-1)
    assert found.sentence.startswith("The methods disagree: trust none of these maps")


def test_the_mean_is_taken_over_all_pairs() -> None:
    # 1 for the two that are alike, -1 for the two pairs with the third
    assert map_agreement([RISING, RISING, 1 - RISING], WHOLE).rank_correlation == pytest.approx(-1 / 3)


def test_only_pixels_of_the_cell_count() -> None:
    cell = WHOLE.copy()
    cell[2] = False
    other = RISING.copy()
    other[2] = 0
    assert map_agreement([RISING, other], cell).rank_correlation == pytest.approx(1)


@pytest.mark.parametrize("even", [np.zeros((3, 3)), np.full((3, 3), 0.5)])
def test_even_maps_tell_nothing_and_are_left_out(even: np.ndarray) -> None:
    assert map_agreement([RISING, even, RISING], WHOLE) == MapAgreement(2, pytest.approx(1.0))
    alone = map_agreement([RISING, even], WHOLE)
    assert alone == MapAgreement(1, None)
    assert alone.word is None
    assert alone.sentence.startswith("The methods cannot be compared")


def test_without_a_cell_nothing_can_be_compared() -> None:
    assert map_agreement([RISING, RISING], np.zeros((3, 3), dtype=bool)) == MapAgreement(0, None)


@pytest.mark.parametrize(
    ("correlation", "word"),
    [(1.0, "agree"), (0.6, "agree"), (0.59, "agree in part"), (0.3, "agree in part"), (0.29, "disagree")],
)
def test_the_word_follows_from_the_correlation(correlation: float, word: str) -> None:
    found = MapAgreement(4, correlation)
    assert found.word == word
    assert f"{correlation:.2f}" in found.sentence


def test_maps_of_another_size_than_the_cell_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected maps as large as the cell's mask \(3, 3\)\. Received: \(2, 2\)\."):
        map_agreement([np.zeros((2, 2))], WHOLE)
