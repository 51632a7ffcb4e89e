"""The gates that look at a picture alone."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from core.data import pixels
from core.data.dataset import CellDataset
from core.gates.appearance import APPEARANCE
from core.gates.before_model import DEFAULT, fitted_appearance, of_picture, unreadable
from core.gates.finding import stopped
from core.types import ByteArray


@pytest.fixture
def cell(drawn: CellDataset) -> ByteArray:
    return pixels.decode_file(drawn.file("training_data/fold_1/all/UID_1_1_1_all.bmp"))


def stop(image: ByteArray) -> tuple[str, str] | None:
    found = stopped(of_picture(image))
    return None if found is None else (found.gate, found.reason)


def test_a_cell_passes_with_its_numbers(cell: ByteArray) -> None:
    read, single, good = of_picture(cell)
    assert [found.passed for found in (read, single, good)] == [True] * 3
    assert read.numbers == {"width (px)": 450, "height (px)": 450}
    assert single.numbers["Black share of the picture's border"] == 1.0
    assert 135 < good.numbers["Equivalent diameter (px)"] < 320


def test_nothing_is_asked_after_the_gate_that_stops(cell: ByteArray) -> None:
    assert [found.gate for found in of_picture(255 - cell)] == ["image", "cell"]


def white(cell: ByteArray) -> ByteArray:
    return np.full_like(cell, 255)


def grayscale(cell: ByteArray) -> ByteArray:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(cell, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def redder(cell: ByteArray) -> ByteArray:
    return np.ascontiguousarray(cell[..., ::-1])


def noise(cell: ByteArray) -> ByteArray:
    grain = np.random.default_rng(0).integers(-9, 10, (*cell.shape[:2], 1))
    return np.where(cell.any(axis=2, keepdims=True), np.clip(cell + grain, 10, 255), 0).astype(np.uint8)


def two(cell: ByteArray) -> ByteArray:
    half = cv2.resize(cell, (225, 450), interpolation=cv2.INTER_AREA)
    return np.hstack([half, half])


def blurred(cell: ByteArray) -> ByteArray:
    covered = cell.any(axis=2, keepdims=True)
    weight = cv2.GaussianBlur(np.float32(covered), (0, 0), 8)[..., np.newaxis]
    soft = cv2.GaussianBlur(cell.astype(np.float32), (0, 0), 8) / np.maximum(weight, 1e-6)
    return np.where(covered, soft, 0).astype(np.uint8)


def half(cell: ByteArray) -> ByteArray:
    cut = cell.copy()
    cut[:, :225] = 0
    return cut


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (np.zeros_like, "there is nothing on the black background"),
        (white, "stands on black, and this picture does not"),
        (grayscale, "next to no colour"),
        (redder, "redder or browner"),
        (noise, "harder edges or more grain"),
        (two, "lies apart from the cell"),
        (half, "a straight side"),
    ],
)
def test_what_is_no_single_stained_cell_is_stopped_with_the_reason(
    cell: ByteArray, changed: Callable[[ByteArray], ByteArray], why: str
) -> None:
    found = stop(changed(cell))
    assert found is not None
    assert found[0] == "cell"
    assert found[1].startswith("This is not a single stained cell: ")
    assert why in found[1]
    assert found[1].endswith(".")


def test_a_measure_outside_is_given_with_its_limit(cell: ByteArray) -> None:
    found = stopped(of_picture(grayscale(cell)))
    assert found is not None
    assert found.numbers == {
        "Strength of the mean colour": pytest.approx(0, abs=0.5),
        "at least": DEFAULT.low["chroma"],
    }


def test_a_blurred_cell_is_stopped_for_its_quality(cell: ByteArray) -> None:
    found = stopped(of_picture(blurred(cell)))
    assert found is not None
    assert (found.gate, found.reason) == (
        "quality",
        "The picture is not good enough to judge: the cell's grey levels hardly differ.",
    )
    assert found.numbers["Contrast"] < found.numbers["at least"] == 4.0


def test_turning_a_cell_changes_nothing(cell: ByteArray) -> None:
    assert stop(np.ascontiguousarray(np.rot90(cell))) is None
    assert stop(np.ascontiguousarray(cell[::-1])) is None


def test_a_file_that_is_no_image_gives_the_decoders_sentence() -> None:
    (found,) = unreadable("Expected a BMP. Received: words.")
    assert (found.gate, found.passed, found.reason) == ("image", False, "Expected a BMP. Received: words.")


def test_training_cells_that_vary_more_widen_the_limits_and_others_leave_them() -> None:
    usual = dict.fromkeys(APPEARANCE, 0.0) | {"surroundings": 1.0, "solidity": 0.95, "chroma": 35.0, "hue": -40.0}
    usual |= {"one_colour": 0.995, "contrast": 9.0, "edges": 0.01}
    rows = np.tile(list(usual.values()), (300, 1))
    subject = np.arange(300).astype(np.str_)
    assert fitted_appearance(rows, subject).low == DEFAULT.low
    assert fitted_appearance(rows, subject).high == DEFAULT.high
    rows[::10, list(APPEARANCE).index("hue")] = 20.0
    found = fitted_appearance(rows, subject)
    assert found.high["hue"] >= 20
    assert found.cells == 300
