"""Pictures in a file, told by content and never by name: how many there are, and each in 8-bit RGB."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps
from PIL.TiffImagePlugin import TiffImageFile

from core.data import depth, dicom, image_header
from core.errors import UnreadableImage
from core.types import ByteArray

MOST_PAGES = 1000  # pictures in one file; a slide scanner's file of tiles has more
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PNG_START = b"\x89PNG"
_SUBFILE, _BITS, _PHOTOMETRIC, _LARGEST, _PLANAR = 254, 258, 262, 281, 284  # tags of a TIFF
_NOT_A_PAGE = 1 | 4  # bits of the first: a smaller copy of another page, or a mask
_WHITE_IS_ZERO = 0
_SEPARATE_PLANES = 2


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture of a file; nothing else of the file goes on.

    Attributes:
        pixels: RGB, (height, width, 3), 0 to 255, upright; transparent ones as they look on black.
        notes: What was done to the values and what should be known of the picture, a sentence each.
    """

    pixels: ByteArray
    notes: tuple[str, ...] = ()


def pages(data: bytes) -> int:
    """Number of pictures in a file: pages of a TIFF, frames of a DICOM file, else 1.

    Raises:
        UnreadableImage: If the bytes are no image, or hold more than `MOST_PAGES` pictures.
    """
    if dicom.is_dicom(data):
        return _few_enough(dicom.facts(data).frames)
    if data[:4] in _TIFF_STARTS:
        return len(_directories(data))
    image_header.size(data)
    return 1


def picture(data: bytes, page: int = 0) -> Picture:
    """Decode one picture of a BMP, PNG, JPEG, TIFF or DICOM file.

    Args:
        data: The whole file.
        page: Which of its `pages`, from 0.

    Raises:
        UnreadableImage: If the bytes are no such image, are damaged, or hold too many pixels.
        ValueError: If there is no such page.
    """
    if dicom.is_dicom(data):
        frame = dicom.frame(data, page)
        return Picture(frame.pixels, frame.notes)
    if data[:4] in _TIFF_STARTS:
        return _tiff(data, page)
    if page:
        raise ValueError(f"Expected page 0 of a file with one picture. Received: {page}.")
    width, height = image_header.size(data)
    if data[:4] == _PNG_START and image_header.bits(data) > 8:
        values = _decoded(lambda raw: cv2.imdecode(raw, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH), data, width, height)
        image, note = _scaled(values[..., ::-1])
        notes: tuple[str, ...] = (note,)
    else:
        image = np.asarray(_decoded(lambda raw: cv2.imdecode(raw, cv2.IMREAD_COLOR_RGB), data, width, height), np.uint8)
        notes = ()
    return Picture(_on_black(image, data) if image_header.png_has_alpha(data) else image, notes)


def _few_enough(count: int) -> int:
    if count > MOST_PAGES:
        raise UnreadableImage(
            f"Expected at most {MOST_PAGES:,} pictures in one file. Received: {count:,}; a whole slide is too large."
        )
    return count


def _decoded(
    decode: Callable[[ByteArray], npt.NDArray[Any] | None], data: bytes, width: int, height: int
) -> npt.NDArray[Any]:
    try:
        pixels = decode(np.frombuffer(data, dtype=np.uint8))
    except cv2.error as error:
        raise UnreadableImage(f"Expected an image that can be decoded. Received: {error.err}.") from error
    if pixels is None:
        raise UnreadableImage(f"Expected the pixels of a {width} x {height} image. Received: damaged or cut off data.")
    return pixels


def _directories(data: bytes) -> list[int]:
    """Places of a TIFF's pages among all its pictures, thumbnails and masks left out; each is checked for its size."""
    image_header.size(data)
    found = []
    try:
        with Image.open(BytesIO(data), formats=("TIFF",)) as image:
            for directory in range(MOST_PAGES + 1):
                try:
                    image.seek(directory)
                except EOFError:
                    break
                if not (isinstance(image, TiffImageFile) and int(image.tag_v2.get(_SUBFILE, 0)) & _NOT_A_PAGE):
                    found.append(directory)
    except (
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        SyntaxError,
        ValueError,
        KeyError,
        TypeError,
    ) as error:
        raise UnreadableImage(f"Expected a TIFF whose pages can be read. Received: a damaged one ({error}).") from error
    _few_enough(len(found))
    return found or [0]


def _tiff(data: bytes, page: int) -> Picture:
    found = _directories(data)
    if not 0 <= page < len(found):
        raise ValueError(f"Expected a page of a TIFF that has {len(found)}. Received: {page}.")
    directory = found[page]
    with Image.open(BytesIO(data), formats=("TIFF",)) as image:
        image.seek(directory)
        width, height = image.size
        tags = dict(image.tag_v2) if isinstance(image, TiffImageFile) else {}
    if width * height > image_header.LARGEST_IMAGE:
        raise UnreadableImage(f"Expected at most {image_header.LARGEST_IMAGE:,} pixels. Received: {width} x {height}.")
    bits = max(tags.get(_BITS, (8,)))
    if bits > 16:
        raise UnreadableImage(f"Expected 8 or 16 bits a value in a {width} x {height} image. Received: {bits}.")
    if bits <= 8:
        pixels = _decoded(lambda raw: _tiff_page(raw, directory, cv2.IMREAD_COLOR_RGB), data, width, height)
        return Picture(np.asarray(pixels, dtype=np.uint8))
    if tags.get(_PLANAR) == _SEPARATE_PLANES and len(tags[_BITS]) > 1:
        raise UnreadableImage("Expected a 16-bit TIFF with its colours side by side. Received: separate planes.")
    flags = cv2.IMREAD_UNCHANGED if len(tags[_BITS]) == 4 else cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH
    values = _decoded(lambda raw: _tiff_page(raw, directory, flags), data, width, height)
    declared = tags.get(_LARGEST)
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO and values.dtype == np.uint16:
        values = depth.largest_possible(values, declared=max(declared) if declared else None) - values
    image16, note = _scaled(values[..., 2::-1], declared=max(declared) if declared else None)
    if values.shape[2] == 4:
        image16 = _laid_on_black(image16, depth.to_eight_bits(values[..., 3], 2**16 - 1))
    return Picture(image16, (note,))


def _tiff_page(raw: ByteArray, directory: int, flags: int) -> npt.NDArray[Any] | None:
    found, images = cv2.imdecodemulti(raw, flags, range=(directory, directory + 1))
    return np.asarray(images[0]) if found and len(images) else None


def _scaled(values: npt.NDArray[Any], *, declared: int | None = None) -> tuple[ByteArray, str]:
    if values.dtype != np.uint16:
        raise UnreadableImage(f"Expected whole numbers of 8 or 16 bits without sign. Received: {values.dtype}.")
    largest = depth.largest_possible(values, declared=declared)
    return depth.to_eight_bits(values, largest), depth.scaling_note(largest, declared=declared is not None)


def _on_black(image: ByteArray, png: bytes) -> ByteArray:
    try:
        with Image.open(BytesIO(png), formats=("PNG",)) as shown:
            alpha = np.asarray(ImageOps.exif_transpose(shown).convert("RGBA").getchannel("A"), dtype=np.uint8)
    except (OSError, SyntaxError, ValueError) as error:
        raise UnreadableImage(f"Expected a PNG that can be decoded. Received: a damaged one ({error}).") from error
    return _laid_on_black(image, alpha)


def _laid_on_black(image: ByteArray, alpha: ByteArray) -> ByteArray:
    return np.asarray((image * alpha[..., np.newaxis].astype(np.uint16) + 127) // 255, dtype=np.uint8)
