"""Text that is written into a picture."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.data.burned_in import has_text
from core.data.drawing import draw_cell, subject_style
from core.data.pixels import decode_file
from core.types import ByteArray
from tests.data.smear import BRIGHT, DARK, YELLOW, Colour, smear


def written(
    image: ByteArray, text: str, *, at: tuple[int, int] = (10, 40), size: float = 0.6, light: int = 255
) -> ByteArray:
    image = image.copy()
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, (light, light, light), 1)
    return image


def cells(count: int) -> list[ByteArray]:
    rng = np.random.default_rng(9)
    return [draw_cell(rng, positive=bool(number % 2), style=subject_style(rng)).image for number in range(count)]


@pytest.mark.parametrize("text", ["ID 471123", "1970-01-02", "Doe, Jane"])
@pytest.mark.parametrize(("size", "at"), [(0.6, (10, 40)), (0.8, (200, 440)), (1.2, (120, 60))])
def test_text_on_black_is_found_whatever_it_says(text: str, size: float, at: tuple[int, int]) -> None:
    assert has_text(written(cells(1)[0], text, at=at, size=size))


@pytest.mark.parametrize("colours", [BRIGHT, YELLOW])
def test_dark_text_on_a_smear_is_found(colours: tuple[Colour, Colour]) -> None:
    image = smear(np.random.default_rng(0), (300, 400), colours, red_cells=4)
    assert has_text(written(image, "ID 471123", light=0))


def test_cells_on_black_hold_no_text() -> None:
    assert not any(has_text(cell) for cell in cells(10))


def test_smears_hold_no_text() -> None:
    for colours in (BRIGHT, DARK, YELLOW):
        assert not has_text(smear(np.random.default_rng(1), (500, 600), colours, red_cells=25))


def test_a_few_marks_or_marks_that_are_no_row_are_no_text() -> None:
    black = np.zeros((200, 300, 3), dtype=np.uint8)
    assert not has_text(black)
    assert not has_text(written(black, "12"))
    for number in range(8):  # a staircase
        cv2.circle(black, (20 + 20 * number, 20 + 20 * number), 5, (255, 255, 255), cv2.FILLED)
    assert not has_text(black)


@pytest.mark.real_data
def test_no_real_cell_is_taken_for_text(real_cells: Path) -> None:
    files = list(real_cells.rglob("*.bmp"))
    assert len(files) == 40
    assert not any(has_text(decode_file(file)) for file in files)
