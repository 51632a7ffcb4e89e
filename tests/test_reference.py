"""Training cells that are kept with a model: written, read back, damaged and shown."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from core import store
from core.config import PROJECT_ROOT
from core.data.morphology import MORPHOLOGY
from core.data.segmentation import segment
from core.errors import ModelError
from core.reference import PICTURE, Reference, small_picture, unpacked
from core.types import ByteArray

CLASSES = ("HEM", "ALL")


def disc(radius: int, *, at: tuple[int, int] = (225, 225)) -> ByteArray:
    """A purple disc on black, as large as an image of C-NMC."""
    image = np.zeros((450, 450, 3), np.uint8)
    cv2.circle(image, at, radius, (90, 30, 120), -1)
    return image


def small(radius: int = 80) -> bytes:
    return small_picture(disc(radius), segment(disc(radius)))


def reference(
    vectors: Any,
    positive: list[bool],
    *,
    subject: list[str] | None = None,
    usual: float = 1.0,
    **measures: list[float],
) -> Reference:
    """Training cells by hand; what is not given is NaN."""
    cells = len(positive)
    table = np.full((cells, len(MORPHOLOGY)), np.nan, dtype=np.float32)
    for name, values in measures.items():
        table[:, list(MORPHOLOGY).index(name)] = values
    return Reference(
        vectors=np.array(vectors, dtype=np.float16),
        positive=np.array(positive),
        subject=np.array(subject or [f"s{cell}" for cell in range(cells)], dtype=np.str_),
        path=np.array([f"{cell}.bmp" for cell in range(cells)], dtype=np.str_),
        measures=table,
        pictures=[small(60 + cell) for cell in range(cells)],
        usual=usual,
        total=10,
    )


THREE = reference([[0, 1], [2, 3], [4, 5]], [False, True, True], subject=["a", "", "b"], usual=0.5, area=[1, 2, 3])


def test_it_is_read_back_as_it_was_written() -> None:
    found = Reference.read(THREE.written())
    for name in ("vectors", "positive", "subject", "path", "measures"):
        np.testing.assert_array_equal(getattr(found, name), getattr(THREE, name))
    assert list(found.pictures) == list(THREE.pictures)
    assert (found.usual, found.total) == (0.5, 10)
    assert found.written() == THREE.written()


def test_a_measure_is_found_by_its_name() -> None:
    assert THREE.measured("area").tolist() == [1, 2, 3]
    assert np.isnan(THREE.measured("solidity")).all()


@pytest.mark.parametrize(
    ("subject", "total", "said"),
    [
        (
            ["a", "c", "b"],
            10,
            "3 of the model's 10 training cells, drawn at random: 1 HEM cell of 1 subject and 2 ALL ",
        ),
        (["a", "c", "b"], 3, "All training cells: 1 HEM cell of 1 subject and 2 ALL cells of 2 subjects."),
        (["a", "", "b"], 3, "All training cells: 1 HEM cell of 1 subject and 2 ALL cells."),
    ],
)
def test_it_says_how_many_cells_of_how_many_subjects_it_holds(subject: list[str], total: int, said: str) -> None:
    assert replace(THREE, subject=np.array(subject), total=total).sentence(CLASSES).startswith(said)


def changed(change: Callable[[dict[str, Any]], None]) -> bytes:
    with np.load(io.BytesIO(THREE.written()), allow_pickle=False) as file:
        arrays = dict(file)
    change(arrays)
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "No data left in file"),
        (b"no archive", "allow_pickle"),
        (THREE.written()[:-40], "not a zip file"),
        (changed(lambda arrays: arrays.pop("path")), "path is not a file in the archive"),
        (changed(lambda arrays: arrays.update(positive=np.array([True]))), "do not fit each other"),
        (
            changed(lambda arrays: arrays.update({name: arrays[name][:0] for name in arrays if arrays[name].ndim})),
            "fit",
        ),
        (changed(lambda arrays: arrays.update(named=np.array(["area"]))), "other measures"),
        (changed(lambda arrays: arrays.update(ends=arrays["ends"][::-1])), "do not end where they should"),
        (changed(lambda arrays: arrays.update(pictures=arrays["pictures"][:-1])), "do not end where they should"),
    ],
)
def test_damaged_ones_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(ModelError, match=rf"^Expected training cells that can be read\. Received: .*{said}"):
        Reference.read(data)


def test_pickles_are_not_opened() -> None:
    data = changed(lambda arrays: arrays.update(subject=np.array(["a", None, "b"], dtype=object)))
    with pytest.raises(ModelError, match="allow_pickle=False"):
        Reference.read(data)


def test_a_small_picture_shows_320_pixels_around_the_cell_on_96() -> None:
    """A disc of radius 80 is 161 pixels across, 48 of the small picture, wherever in the image it stands."""
    image = disc(80, at=(110, 300))
    found = unpacked(small_picture(image, segment(image)))
    assert found.shape == (PICTURE, PICTURE, 3)
    shown = found.max(axis=2) > 40
    assert abs(int(shown.any(axis=0).sum()) - 48) <= 2
    rows, columns = np.nonzero(shown)
    assert (rows.mean(), columns.mean()) == pytest.approx((47.5, 47.5), abs=1)
    assert np.abs(found[48, 48].astype(int) - (90, 30, 120)).max() <= 8


def test_a_small_picture_shows_the_cell_without_what_lies_beside_it() -> None:
    image = disc(60)
    cv2.circle(image, (330, 225), 15, (120, 40, 150), -1)
    assert (unpacked(small_picture(image, segment(image)))[:, 70:].max()) < 16


def test_a_picture_without_a_cell_is_black() -> None:
    black = np.zeros((450, 450, 3), np.uint8)
    assert unpacked(small_picture(black, segment(black))).max() <= 1  # WebP rounds


def test_a_training_cell_is_shown_by_its_row() -> None:
    np.testing.assert_array_equal(THREE.picture(2), unpacked(small(62)))


def test_a_damaged_small_picture_is_refused() -> None:
    with pytest.raises(ModelError, match=r"^Expected a small picture of a training cell\. Received: a damaged one\.$"):
        unpacked(b"RIFF")


def test_the_demo_models_training_cells_are_read_and_take_less_than_a_megabyte() -> None:
    models = PROJECT_ROOT / "models"
    found = store.reference(models, "demo")
    assert found is not None
    assert found.sentence(CLASSES).startswith("1,000 of the model's 2,900 training cells, drawn at random: ")
    assert set(found.subject) <= set(store.card(models, "demo").subjects["train"])
    assert np.isfinite(found.vectors).all()
    assert (models / "demo" / store.REFERENCE).stat().st_size < 1_000_000
