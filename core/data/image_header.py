"""What an image file says of itself before a pixel is decoded."""

import os
import struct
from io import BytesIO, FileIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from core.errors import UnreadableImage

SUFFIXES = frozenset({".bmp", ".png", ".jpg", ".jpeg", ".tif", ".tiff"})
FORMATS = ("BMP", "PNG", "JPEG", "TIFF")
LARGEST_IMAGE = 50_000_000  # pixels; a whole field of a 40-megapixel microscope camera still fits
_BMP_START = 34  # bytes: the file header and what an info header says up to its compression
_BMP_INFO_HEADERS = frozenset({40, 52, 56, 64, 108, 124})  # bytes; they begin alike
_BMP_CORE_HEADER = 12  # OS/2
_PNG_HEADER = 33  # bytes: the signature and the first chunk, with depth and colour type at 24 and 25
_PNG_ALPHA = 4  # a bit of the colour type
_TIFF_BITS = 258  # the tag BitsPerSample


def size(source: Path | str | bytes) -> tuple[int, int]:
    """Read an image's size from its header; the type is told by content, never by name.

    Args:
        source: A file, or its bytes.

    Returns:
        (width, height) in pixels.

    Raises:
        UnreadableImage: If this is no BMP, PNG, JPEG or TIFF, is cut off, or is larger than `LARGEST_IMAGE`.
    """
    if isinstance(source, bytes):
        return _size(BytesIO(source), len(source))
    try:
        with FileIO(source) as file:
            return _size(file, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise UnreadableImage(f"Expected a readable file. Received: {error.strerror or error}.") from error


def _size(file: BytesIO | FileIO, length: int) -> tuple[int, int]:
    if length == 0:
        raise UnreadableImage("Expected an image. Received: an empty file of 0 bytes.")
    start = file.read(_BMP_START)
    stated = struct.unpack_from("<I", start, 2)[0] if start[:2] == b"BM" and len(start) >= 6 else 0
    if stated > length:
        raise UnreadableImage(
            f"Expected {stated:,} bytes as the BMP header states. Received: {length:,}; the file is cut off."
        )
    width, height = _plain_bmp_size(start, length) or _size_by_pillow(file)
    if width * height > LARGEST_IMAGE:
        raise UnreadableImage(f"Expected at most {LARGEST_IMAGE:,} pixels. Received: {width} x {height}.")
    return width, height


def _plain_bmp_size(start: bytes, length: int) -> tuple[int, int] | None:
    """Size of a 24 or 32-bit uncompressed BMP, without Pillow's many small reads; None for all that it should judge."""
    if start[:2] != b"BM" or len(start) < _BMP_START:
        return None
    (header,) = struct.unpack_from("<I", start, 14)
    compression = 0
    if header == _BMP_CORE_HEADER:
        width, height, _, depth = struct.unpack_from("<HHHH", start, 18)
    elif header in _BMP_INFO_HEADERS:
        width, height, _, depth, compression = struct.unpack_from("<iiHHI", start, 18)
    else:
        return None
    if compression or depth not in {24, 32} or width <= 0 or height == 0 or length < 14 + header:
        return None
    return width, abs(height)  # rows from the top have a negative height


def _size_by_pillow(file: BytesIO | FileIO) -> tuple[int, int]:
    file.seek(0)
    try:
        with Image.open(file, formats=FORMATS) as image:
            return image.size
    except UnidentifiedImageError as error:
        raise UnreadableImage("Expected a BMP, PNG, JPEG or TIFF image. Received: bytes of another kind.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:  # where warnings are errors
        raise UnreadableImage(f"Expected at most {LARGEST_IMAGE:,} pixels. Received: far more.") from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise UnreadableImage(f"Expected a readable image header. Received: a damaged one ({error}).") from error


def png_has_alpha(data: bytes) -> bool:
    """Whether these are the bytes of a PNG in which pixels may be transparent."""
    return _is_png(data) and (bool(data[25] & _PNG_ALPHA) or b"tRNS" in data[: data.find(b"IDAT")])


def bits(data: bytes) -> int:
    """Bits of each channel of an image that `size` accepts; 8 where the format knows no other depth."""
    if _is_png(data):
        return data[24]
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        return int(max(image.tag_v2.get(_TIFF_BITS, (8,)))) if isinstance(image, TiffImageFile) else 8


def _is_png(data: bytes) -> bool:
    return data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= _PNG_HEADER
