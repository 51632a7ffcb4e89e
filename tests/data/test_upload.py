"""What was dropped on Upload, picture by picture."""

import io
import zipfile
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from core.data import upload
from core.data.upload import Upload, cells, looked_at, uploads
from core.errors import Cancelled, DataError
from core.types import ByteArray
from tests.data.test_dicom import dicom_file

CELL = np.zeros((450, 450, 3), dtype=np.uint8)
CELL[125:325, 125:325] = (70, 30, 80)
FLAT = np.full((4, 6, 3), (200, 30, 90), dtype=np.uint8)
NOT_AN_IMAGE = "Expected a BMP, PNG, JPEG or TIFF image. Received: bytes of another kind."


def encoded(image: ByteArray, kind: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, kind, **options)
    return stream.getvalue()


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def smear() -> ByteArray:
    """Two nuclei, of 60 and 40 pixels' radius, on light."""
    image = np.full((300, 400, 3), (222, 214, 220), dtype=np.uint8)
    for x, radius in ((120, 60), (300, 40)):
        cv2.circle(image, (x, 150), radius, (70, 30, 80), cv2.FILLED)
    return image


def told(found: list[Upload]) -> list[tuple[str, str]]:
    return [(picture.name, picture.problem) for picture in found]


def test_files_are_pictures_in_their_order_whatever_they_are_called() -> None:
    found = uploads([("b.txt", encoded(FLAT)), ("a", encoded(CELL, "BMP")), ("notes.png", b"no image")])
    assert told(found) == [("b.txt", ""), ("a", ""), ("notes.png", NOT_AN_IMAGE)]
    np.testing.assert_array_equal(found[0].picture().pixels, FLAT)
    np.testing.assert_array_equal(found[1].picture().pixels, CELL)
    with pytest.raises(DataError, match="bytes of another kind"):
        found[2].picture()


def test_each_file_of_a_zip_stands_where_the_zip_stood() -> None:
    inner = {
        "p/2.png": encoded(CELL),
        "p/1.png": encoded(FLAT),
        "read me": b"text",
        "more.zip": zipped(a=encoded(FLAT)),
    }
    found = uploads([("first.png", encoded(FLAT)), ("cells.zip", zipped(**inner)), ("last.png", encoded(FLAT))])
    assert told(found) == [
        ("first.png", ""),
        ("cells.zip/p/2.png", ""),
        ("cells.zip/p/1.png", ""),
        ("cells.zip/read me", NOT_AN_IMAGE),
        ("cells.zip/more.zip", "Expected images in the archive. Received: an archive in it, which is not opened."),
        ("last.png", ""),
    ]
    np.testing.assert_array_equal(found[1].picture().pixels, CELL)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (zipped(), "one without any file"),
        (zipped(**{"../evil.png": encoded(FLAT)}), "leads outside"),
        (zipped(**{"a.bmp": encoded(FLAT)})[:-30], "a zip archive that can be unpacked"),
    ],
)
def test_a_bad_zip_is_one_row_with_its_reason(content: bytes, reason: str) -> None:
    bad, good = uploads([("cells.zip", content), ("a.png", encoded(FLAT))])
    assert reason in bad.problem
    assert good.problem == ""


def test_pages_and_frames_are_pictures_with_their_number() -> None:
    pages = encoded(FLAT, "TIFF", save_all=True, append_images=[Image.fromarray(FLAT + 1)])
    frames = dicom_file(np.stack([FLAT, FLAT + 2]))
    found = uploads([("a.tif", pages), ("b.dcm", frames)])
    assert told(found) == [
        ("a.tif, page 1 of 2", ""),
        ("a.tif, page 2 of 2", ""),
        ("b.dcm, frame 1 of 2", ""),
        ("b.dcm, frame 2 of 2", ""),
    ]
    np.testing.assert_array_equal(found[1].picture().pixels, FLAT + 1)
    np.testing.assert_array_equal(found[3].picture().pixels, FLAT + 2)


def test_hidden_files_of_a_folder_are_left_out() -> None:
    names = ["p/.DS_Store", "p/Thumbs.db", ".git/a.png", "p/desktop.ini", "p/a.png"]
    assert told(uploads([(name, encoded(FLAT)) for name in names])) == [("p/a.png", "")]


def test_too_many_pictures_are_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MOST_PICTURES", 2)
    with pytest.raises(DataError, match=r"Expected at most 2 pictures at once\. Received: 3 or more\."):
        uploads([(name, encoded(FLAT)) for name in "abcd"])
    (refused,) = uploads([("a.zip", zipped(a=b"a", b=b"b", c=b"c"))])
    assert refused.problem == "Expected at most 2 files in an archive. Received: 3."


def test_a_cell_on_black_is_whole_and_a_smear_has_its_cells_found() -> None:
    cell, field, bad = looked_at(uploads([("a", encoded(CELL)), ("b", encoded(smear())), ("c", encoded(CELL)[:-500])]))
    assert (cell.whole, cell.regions, cell.notes, cell.problem) == (True, (), (), "")
    assert not field.whole
    assert [region.left for region in field.regions] == pytest.approx([60, 260], abs=2)
    assert field.meant == (0,)
    assert bad.problem.startswith("Expected ")


def test_a_picture_on_black_is_a_cell_and_of_a_smear_those_chosen_are_cut_out() -> None:
    bare = np.full((40, 50, 3), 220, dtype=np.uint8)
    files = [("a", encoded(CELL)), ("b", encoded(smear())), ("c", b"no image"), ("d", encoded(bare))]
    found = looked_at(uploads(files))
    whole, cut, bad, empty = cells(found, {})
    assert [cell.key for cell in (whole, cut, bad, empty)] == [(0, -1, 1), (1, 0, 1), (2, -1, 1), (3, -1, 1)]
    assert [cell.name for cell in (whole, cut, bad, empty)] == ["a", "b, cell 1", "c", "d"]
    np.testing.assert_array_equal(whole.pixels(), CELL)
    assert cut.pixels().shape == (450, 450, 3)
    assert np.count_nonzero(cut.pixels().any(axis=2)) == found[1].regions[0].area
    with pytest.raises(DataError, match="bytes of another kind"):
        bad.pixels()
    np.testing.assert_array_equal(empty.pixels(), bare)  # a gate will stop it
    assert found[3].notes == ("No nucleated cell was found in this picture.",)


def test_cells_that_somebody_chose_count_instead_of_those_meant_and_a_scale_is_another_cell() -> None:
    found = looked_at(uploads([("b", encoded(smear()))]))
    assert [cell.key for cell in cells(found, {0: [1]}, scale=2.0)] == [(0, 1, 2.0)]
    assert [cell.name for cell in cells(found, {0: [1, 0]})] == ["b, cell 2", "b, cell 1"]
    assert cells(found, {0: []}) == []
    (small,), (large,) = cells(found, {0: [1]}), cells(found, {0: [1]}, scale=2.0)
    sizes = [np.count_nonzero(cell.pixels().any(axis=2)) for cell in (small, large)]
    assert sizes[1] == pytest.approx(4 * sizes[0], rel=0.02)


def test_what_was_done_to_the_pixels_is_noted() -> None:
    deep = cv2.imencode(".png", CELL[..., ::-1].astype(np.uint16) * 16)[1].tobytes()
    named = CELL.copy()
    cv2.putText(named, "ID 471123", (10, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 1)
    stated = dicom_file(named[np.newaxis], BurnedInAnnotation="YES")
    first, second, third = looked_at(uploads([("a", deep), ("b", encoded(named)), ("c", stated)]))
    assert first.notes == ("Scaled to 8 bits: 4,095 is full brightness, the range that the values use.",)
    assert first.whole
    assert second.notes == ("There seems to be text in this picture. It may name a person.",)
    assert third.notes == ("The file says that text is written into the picture. It may name a person.",)


def test_progress_counts_pictures_and_a_cancel_stops_between_two_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "_AT_ONCE", 2)
    found = uploads([(name, encoded(FLAT)) for name in "abcde"])
    reports: list[tuple[int, int, str]] = []
    assert told(looked_at(found, progress=lambda *report: reports.append(report))) == told(found)
    assert reports == [(done, 5, "Reading pictures") for done in (0, 2, 4, 5)]

    def cancel_at_two(done: int, total: int, text: str) -> None:
        if done == 2:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        looked_at(found, progress=cancel_at_two)


def test_nothing_dropped_is_nothing() -> None:
    assert looked_at(uploads([])) == []
