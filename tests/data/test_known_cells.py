"""Whether a data set has a cell already."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.data.dataset import CellDataset
from core.data.known_cells import KnownCells, known_cells, likeness
from core.data.pixels import decode_file


def test_likeness_within_32_bits_of_256_is_known() -> None:
    known = KnownCells(frozenset(), np.array([[0, 0, 0, 2**64 - 1], [7, 0, 0, 0]], dtype=np.uint64))

    def hashed(*words: int) -> str:
        return np.array(words, dtype=np.uint64).tobytes().hex()

    assert known.has_like(hashed(0, 0, 0, 2**64 - 1))
    assert known.has_like(hashed(0, 0, 2**32 - 1, 2**64 - 1))
    assert not known.has_like(hashed(0, 0, 2**33 - 1, 2**64 - 1))
    assert known.has_like(hashed(0, 0, 0, 0))


def test_a_data_set_without_cells_that_can_be_compared_knows_none() -> None:
    assert not KnownCells(frozenset(), np.zeros((0, 4), dtype=np.uint64)).has_like("0" * 64)


def test_a_picture_without_a_cell_has_no_likeness() -> None:
    assert likeness(np.zeros((40, 40, 3), dtype=np.uint8)) == ""


@pytest.fixture(scope="module")
def known(drawn: CellDataset, tmp_path_factory: pytest.TempPathFactory) -> KnownCells:
    return known_cells(drawn, cache=tmp_path_factory.mktemp("measures"))


def test_files_and_altered_copies_of_a_data_set_are_known(drawn: CellDataset, known: KnownCells) -> None:
    first = drawn.table.iloc[0]
    image = decode_file(drawn.file(first["path"]))
    copy = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1], cv2.IMREAD_COLOR)
    assert first["sha256"] in known.contents
    assert known.has_like(likeness(image))
    assert known.has_like(likeness(np.asarray(copy, dtype=np.uint8)))


def test_other_cells_are_not_known(known: KnownCells, real_cells: Path) -> None:
    files = sorted(real_cells.rglob("*.bmp"))[:8]
    assert files
    assert not any(known.has_like(likeness(decode_file(file))) for file in files)
