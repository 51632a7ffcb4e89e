"""Values of more than 8 bits, brought down to 8."""

import numpy as np
import pytest

from core.data.depth import largest_possible, scaling_note, to_eight_bits


@pytest.mark.parametrize(
    ("highest", "largest"),
    [(0, 255), (255, 255), (256, 1023), (1023, 1023), (1024, 4095), (4095, 4095), (4096, 65535), (65535, 65535)],
)
def test_full_brightness_is_the_first_usual_range_that_all_values_fit(highest: int, largest: int) -> None:
    assert largest_possible(np.array([[0, highest]], dtype=np.uint16)) == largest


def test_what_the_file_states_counts_before_what_the_values_use() -> None:
    assert largest_possible(np.array([9], dtype=np.uint16), declared=16383) == 16383


def test_no_values_are_of_eight_bits() -> None:
    assert largest_possible(np.zeros((0, 3), dtype=np.uint16)) == 255


def test_values_go_to_the_nearest_of_eight_bits_and_stop_at_full_brightness() -> None:
    values = np.array([0, 8, 9, 2047, 4087, 4095, 5000], dtype=np.uint16)  # 4,095 / 255 is 16.06
    np.testing.assert_array_equal(to_eight_bits(values, 4095), [0, 0, 1, 127, 255, 255, 255])


def test_eight_bits_stay_what_they_are() -> None:
    np.testing.assert_array_equal(to_eight_bits(np.arange(256, dtype=np.uint16), 255), np.arange(256))


def test_a_single_bit_is_black_or_white() -> None:
    np.testing.assert_array_equal(to_eight_bits(np.array([0, 1], dtype=np.uint16), 1), [0, 255])


def test_the_note_says_where_the_range_comes_from() -> None:
    assert scaling_note(4095, declared=True) == "Scaled to 8 bits: 4,095 is full brightness, as the file states."
    assert scaling_note(65535, declared=False) == (
        "Scaled to 8 bits: 65,535 is full brightness, the range that the values use."
    )
