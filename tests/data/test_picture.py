"""Pictures in a file, by content."""

import io
import struct
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from core.data import image_header, picture
from core.data.picture import pages
from core.errors import UnreadableImage
from core.types import ByteArray
from tests.data.test_dicom import dicom_file

SQUARE = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [10, 20, 30]]], dtype=np.uint8)
DEEP = np.array([[[0x1234, 0x80FF, 0xFFFF], [0, 256, 4095]]], dtype=np.uint16)


def encoded(image: ByteArray, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, kind, **options)
    return stream.getvalue()


def tiff(*images: ByteArray, **options: Any) -> bytes:
    others = [Image.fromarray(image) for image in images[1:]]
    return encoded(images[0], "TIFF", save_all=True, append_images=others, **options)


def flat(value: int, height: int = 3, width: int = 4) -> ByteArray:
    return np.full((height, width, 3), value, dtype=np.uint8)


@pytest.mark.parametrize("kind", ["BMP", "PNG", "JPEG", "TIFF"])
def test_an_ordinary_file_holds_one_picture_of_which_nothing_need_be_said(kind: str) -> None:
    data = encoded(SQUARE, kind)
    assert pages(data) == 1
    found = picture.picture(data)
    assert found.pixels.shape == (2, 2, 3)
    assert found.notes == ()


def test_each_page_of_a_tiff_is_a_picture_of_its_own_size() -> None:
    data = tiff(flat(7), flat(8, 5, 6), SQUARE)
    assert pages(data) == 3
    np.testing.assert_array_equal(picture.picture(data, 0).pixels, flat(7))
    np.testing.assert_array_equal(picture.picture(data, 1).pixels, flat(8, 5, 6))
    np.testing.assert_array_equal(picture.picture(data, 2).pixels, SQUARE)


def test_a_smaller_copy_of_a_page_is_no_picture() -> None:
    stream = io.BytesIO()
    with Image.fromarray(flat(7)) as first:
        first.save(stream, "TIFF", save_all=True, append_images=[Image.fromarray(flat(9, 1, 1))], tiffinfo={254: 1})
    assert pages(stream.getvalue()) == 1  # where all are copies, the first is taken
    data = bytearray(tiff(flat(7), flat(9, 1, 1), flat(8), tiffinfo={254: 0}))
    places = [place for place in range(len(data)) if data[place : place + 8] == struct.pack("<HHI", 254, 4, 1)]
    assert len(places) == 3
    data[places[1] + 8] = 1
    assert pages(bytes(data)) == 2
    np.testing.assert_array_equal(picture.picture(bytes(data), 1).pixels, flat(8))


def test_there_is_no_page_beyond_the_last() -> None:
    for data in (tiff(flat(7), flat(8)), dicom_file(flat(7)[np.newaxis])):
        with pytest.raises(ValueError, match=r"Expected a (page|frame) of a"):
            picture.picture(data, 2)
    with pytest.raises(ValueError, match=r"Expected page 0 .* Received: 1\."):
        picture.picture(encoded(SQUARE, "BMP"), 1)


def test_a_file_of_too_many_pages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "MOST_PAGES", 2)
    for data in (tiff(*[flat(value) for value in (1, 2, 3)]), dicom_file(np.stack([flat(7)] * 3))):
        with pytest.raises(UnreadableImage, match=r"Expected at most 2 pictures in one file\. Received: 3;"):
            pages(data)


def test_a_page_of_too_many_pixels_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def imdecodemulti(*_: object, **__: object) -> None:
        raise AssertionError("decodes")

    monkeypatch.setattr(image_header, "LARGEST_IMAGE", 29)
    data = tiff(flat(7), flat(8, 5, 6))
    picture.picture(data, 0)
    monkeypatch.setattr(cv2, "imdecodemulti", imdecodemulti)
    with pytest.raises(UnreadableImage, match=r"Expected at most 29 pixels\. Received: 6 x 5\."):
        picture.picture(data, 1)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize(("shift", "largest"), [(0, "65,535"), (4, "4,095"), (6, "1,023")])
def test_the_note_of_a_16_bit_file_says_what_full_brightness_is(suffix: str, shift: int, largest: str) -> None:
    found = picture.picture(cv2.imencode(suffix, DEEP[..., ::-1] >> shift)[1].tobytes())
    np.testing.assert_allclose(found.pixels.astype(int), [[[18, 128, 255], [0, 1, 16]]], atol=1)
    assert found.notes == (f"Scaled to 8 bits: {largest} is full brightness, the range that the values use.",)


def deep_tiff(values: np.ndarray, **tags: tuple[int, int]) -> bytes:
    """A gray TIFF of one strip, with further tags as name=(tag, value), all of 16 bits."""
    height, width = values.shape
    entries = {256: width, 257: height, 258: 16, 259: 1, 262: 1, 277: 1, 278: height} | dict(tags.values())
    start = 8 + 2 + 12 * (len(entries) + 2) + 4
    longs = {273: start, 279: values.nbytes}
    packed = b"".join(
        struct.pack("<HHII", tag, 4, 1, longs[tag]) if tag in longs else struct.pack("<HHIHH", tag, 3, 1, value, 0)
        for tag, value in sorted((entries | longs).items())
    )
    directory = struct.pack("<H", len(entries) + 2) + packed + struct.pack("<I", 0)
    return struct.pack("<2sHI", b"II", 42, 8) + directory + values.astype("<u2").tobytes()


def test_a_tiff_s_largest_value_counts_as_stated() -> None:
    found = picture.picture(deep_tiff(np.array([[0, 8191, 16383]]), largest=(281, 16383)))
    np.testing.assert_array_equal(found.pixels[0, :, 0], [0, 127, 255])
    assert found.notes == ("Scaled to 8 bits: 16,383 is full brightness, as the file states.",)


def test_where_white_is_zero_high_values_are_dark() -> None:
    found = picture.picture(deep_tiff(np.array([[0, 65535]]), white=(262, 0)))
    np.testing.assert_array_equal(found.pixels[0, :, 0], [255, 0])


def test_a_deep_tiff_with_transparent_pixels_lies_on_black() -> None:
    clear = np.dstack([DEEP[..., ::-1], np.array([[0, 65535]], dtype=np.uint16)])
    np.testing.assert_array_equal(
        picture.picture(cv2.imencode(".tiff", clear)[1].tobytes()).pixels, [[[0, 0, 0], [0, 1, 16]]]
    )


@pytest.mark.parametrize(("turn", "red"), [(1, (0, 0)), (3, (1, 2)), (6, (0, 1)), (8, (2, 0))])
def test_a_tiff_is_turned_upright(turn: int, red: tuple[int, int]) -> None:
    image = flat(0, 2, 3)
    image[0, 0, 0] = 255
    upright = picture.picture(encoded(image, "TIFF", tiffinfo={274: turn})).pixels
    np.testing.assert_array_equal(np.argwhere(upright[..., 0] == 255), [red])


def test_what_cannot_be_scaled_is_refused_with_its_reason() -> None:
    with pytest.raises(UnreadableImage, match=r"Expected 8 or 16 bits a value in a 4 x 4 image\. Received: 32\."):
        picture.picture(encoded(np.full((4, 4), 0.5, dtype=np.float32), "TIFF"))
    with pytest.raises(UnreadableImage, match=r"without sign\. Received: int16\."):
        picture.picture(deep_tiff(np.zeros((2, 2)), sign=(339, 2)))


def test_frames_of_a_dicom_file_are_pictures() -> None:
    data = dicom_file(np.stack([flat(7), flat(8)]))
    assert pages(data) == 2
    np.testing.assert_array_equal(picture.picture(data, 1).pixels, flat(8))


@pytest.mark.parametrize("data", [b"", b"a cell", b"II*\0", tiff(flat(7), flat(8))[:100]])
@pytest.mark.filterwarnings("ignore:.*EXIF", "ignore:Truncated")
def test_what_is_no_image_has_no_pictures(data: bytes) -> None:
    for read in (pages, picture.picture):
        with pytest.raises(UnreadableImage, match="Expected"):
            read(data)
