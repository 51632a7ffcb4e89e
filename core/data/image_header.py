"""What an image file says of itself before a pixel is decoded."""

import struct
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from core.errors import UnreadableImage

SUFFIXES = frozenset({".bmp", ".png", ".jpg", ".jpeg", ".tif", ".tiff"})
FORMATS = ("BMP", "PNG", "JPEG", "TIFF")
LARGEST_IMAGE = 50_000_000  # pixels; a whole field of a 40-megapixel microscope camera still fits
_BMP_START = 6  # "BM" and the file size as a little-endian 32-bit number


def size(source: Path | bytes) -> tuple[int, int]:
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
        with source.open("rb") as file:
            return _size(file, source.stat().st_size)
    except OSError as error:
        raise UnreadableImage(f"Expected a readable file. Received: {error.strerror or error}.") from error


def _size(file: BinaryIO, length: int) -> tuple[int, int]:
    if length == 0:
        raise UnreadableImage("Expected an image. Received: an empty file of 0 bytes.")
    start = file.read(_BMP_START)
    file.seek(0)
    stated = struct.unpack("<I", start[2:])[0] if len(start) == _BMP_START and start[:2] == b"BM" else 0
    if stated > length:
        raise UnreadableImage(
            f"Expected {stated:,} bytes as the BMP header states. Received: {length:,}; the file is cut off."
        )
    try:
        with Image.open(file, formats=FORMATS) as image:
            width, height = image.size
    except UnidentifiedImageError as error:
        raise UnreadableImage("Expected a BMP, PNG, JPEG or TIFF image. Received: bytes of another kind.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:  # where warnings are errors
        raise UnreadableImage(f"Expected at most {LARGEST_IMAGE:,} pixels. Received: far more.") from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise UnreadableImage(f"Expected a readable image header. Received: a damaged one ({error}).") from error
    if width * height > LARGEST_IMAGE:
        raise UnreadableImage(f"Expected at most {LARGEST_IMAGE:,} pixels. Received: {width} x {height}.")
    return width, height
