"""Pictures of the kept cases: all of them or none, and what is half done is finished."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from core.cases.pictures import CasePictures, encoded
from core.errors import DataError

ONE, OTHER = "1" * 32, "2" * 32
COLOURS = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
PNG = encoded(COLOURS)
SHA256 = hashlib.sha256(PNG).hexdigest()


@pytest.fixture
def pictures(tmp_path: Path) -> CasePictures:
    pictures = CasePictures(tmp_path)
    with pictures.saving(ONE) as write:
        assert write(7, PNG) == SHA256
    return pictures


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_picture_is_read_back_as_it_was(pictures: CasePictures, tmp_path: Path) -> None:
    assert (tmp_path / ONE / "0007.png").read_bytes() == PNG
    read = pictures.read(ONE, 7, SHA256)
    np.testing.assert_array_equal(read, COLOURS)
    assert (read.dtype, read.flags.c_contiguous) == (np.uint8, True)


def test_where_something_is_raised_no_picture_stays(pictures: CasePictures, tmp_path: Path) -> None:
    def interrupted() -> None:
        with pictures.saving(OTHER) as write:
            write(0, PNG)
            assert names(tmp_path) == {ONE, f".saving-{OTHER}"}
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(tmp_path) == {ONE}


def test_a_case_without_any_picture_has_no_folder(pictures: CasePictures, tmp_path: Path) -> None:
    with pictures.saving(OTHER):
        pass
    with pictures.deleting(OTHER):
        pass
    assert names(tmp_path) == {ONE}


def test_pictures_are_deleted_at_the_end_and_stay_where_something_is_raised(
    pictures: CasePictures, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt), pictures.deleting(ONE):
        raise KeyboardInterrupt
    assert names(tmp_path) == {ONE}
    with pictures.deleting(ONE):
        assert names(tmp_path) == {f".deleting-{ONE}"}
    assert names(tmp_path) == set()


def test_pictures_that_another_server_put_back_meanwhile_are_deleted_too(
    pictures: CasePictures, tmp_path: Path
) -> None:
    with pictures.deleting(ONE):
        pictures.settle(lambda: {ONE})
        assert names(tmp_path) == {ONE}
    assert names(tmp_path) == set()


def test_what_another_server_has_named_meanwhile_stays(pictures: CasePictures, tmp_path: Path) -> None:
    with pictures.saving(OTHER) as write:
        write(0, PNG)
        pictures.settle(lambda: {ONE, OTHER})
    assert names(tmp_path) == {ONE, OTHER}


def test_what_a_server_left_half_done_is_finished(pictures: CasePictures, tmp_path: Path) -> None:
    (tmp_path / f".deleting-{OTHER}").mkdir()
    (tmp_path / f".saving-{OTHER}").mkdir()
    pictures.settle(lambda: {ONE})
    assert names(tmp_path) == {ONE, f".saving-{OTHER}"}  # somebody may still be saving
    os.utime(tmp_path / f".saving-{OTHER}", (0, 0))
    pictures.settle(lambda: {ONE})
    assert names(tmp_path) == {ONE}


def test_the_database_is_asked_only_where_something_is_half_done(pictures: CasePictures, tmp_path: Path) -> None:
    def fail() -> set[str]:
        pytest.fail("asked")

    pictures.settle(fail)
    CasePictures(tmp_path / "none").settle(fail)


def test_a_file_that_is_no_png_is_refused(pictures: CasePictures, tmp_path: Path) -> None:
    (tmp_path / ONE / "0007.png").write_bytes(b"none")
    with pytest.raises(DataError, match=r"Received: a file that is no PNG\.$"):
        pictures.read(ONE, 7, hashlib.sha256(b"none").hexdigest())
