"""What a file says of itself before a pixel is decoded."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import image_header
from core.errors import UnreadableImage


def encoded(kind: str, width: int = 3, height: int = 2) -> bytes:
    stream = BytesIO()
    Image.fromarray(np.zeros((height, width, 3), dtype=np.uint8)).save(stream, kind)
    return stream.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that states a size and holds next to no pixels."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


@pytest.mark.parametrize("kind", image_header.FORMATS)
def test_the_size_is_width_then_height(kind: str, tmp_path: Path) -> None:
    (tmp_path / "cell").write_bytes(encoded(kind))
    assert image_header.size(encoded(kind)) == image_header.size(tmp_path / "cell") == (3, 2)


def test_the_type_is_told_by_content_and_not_by_name(tmp_path: Path) -> None:
    (tmp_path / "cell.bmp").write_bytes(encoded("PNG"))
    assert image_header.size(tmp_path / "cell.bmp") == (3, 2)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", r"Expected an image\. Received: an empty file of 0 bytes\."),
        (b"not an image", "Received: bytes of another kind"),
        (b"BM", "Received: bytes of another kind"),
        (encoded("GIF"), "Received: bytes of another kind"),
        (encoded("BMP")[:50], r"Expected 78 bytes as the BMP header states\. Received: 50; the file is cut off\."),
        (encoded("PNG")[:20], "Expected a"),
        (png_header(8000, 7000), r"Expected at most 50,000,000 pixels\. Received: 8000 x 7000\."),
        (png_header(10_000, 10_000), r"Expected at most 50,000,000 pixels\."),
        (png_header(100_000, 100_000), r"Expected at most 50,000,000 pixels\. Received: far more\."),
    ],
)
def test_what_is_no_usable_image_is_refused_with_the_reason(data: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match=reason):
        image_header.size(data)
    (tmp_path / "cell.bmp").write_bytes(data)
    with pytest.raises(UnreadableImage, match=reason):
        image_header.size(tmp_path / "cell.bmp")


def test_an_image_of_exactly_the_largest_size_is_read() -> None:
    assert image_header.size(png_header(10_000, 5_000)) == (10_000, 5_000)


def test_a_missing_file_is_refused_with_the_systems_reason(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match=r"Expected a readable file\. Received: No such file or directory\."):
        image_header.size(tmp_path / "none.bmp")


def test_a_bmp_may_be_followed_by_other_bytes() -> None:
    assert image_header.size(encoded("BMP") + b"more") == (3, 2)


def bmp_header(kind: int, fields: bytes) -> bytes:
    """A BMP of 200 bytes that begins with this information header; its pixels do not matter."""
    return (b"BM" + struct.pack("<IHHI", 200, 0, 0, 14 + kind) + struct.pack("<I", kind) + fields).ljust(200, b"\0")


def info(width: int, height: int, depth: int = 24, compression: int = 0) -> bytes:
    return struct.pack("<iiHHI", width, height, 1, depth, compression)


@pytest.mark.parametrize(
    "data",
    [
        *(bmp_header(kind, info(5, 7)) for kind in (40, 52, 56, 64, 108, 124)),
        bmp_header(40, info(5, 7, depth=32)),
        bmp_header(40, info(5, -7)),
        bmp_header(12, struct.pack("<HHHH", 5, 7, 1, 24)),
    ],
)
def test_plain_bmp_headers_are_read_without_pillow(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with Image.open(BytesIO(data)) as image:
        assert image.size == (5, 7)
    monkeypatch.delattr(Image, "open")
    assert image_header.size(data) == (5, 7)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_bmps_of_all_depths_have_their_size(mode: str, tmp_path: Path) -> None:
    Image.new(mode, (5, 7)).save(tmp_path / "cell.bmp")
    assert image_header.size(tmp_path / "cell.bmp") == (5, 7)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bmp_header(40, info(0, 7)), "bytes of another kind"),
        (bmp_header(40, info(5, 0)), "bytes of another kind"),
        (bmp_header(40, info(-5, 7)), "far more"),
        (bmp_header(40, info(5, 7, depth=13)), "Unsupported BMP pixel depth"),
        (bmp_header(40, info(5, 7, compression=9)), "Unsupported BMP compression"),
        (bmp_header(99, info(5, 7)), "Unsupported BMP header type"),
        (bmp_header(40, info(7100, 7100)), r"Expected at most 50,000,000 pixels\. Received: 7100 x 7100\."),
        (bmp_header(40, info(20_000, -20_000)), r"Received: 20000 x 20000\."),
        (b"BM\0\0\0\0" + bmp_header(40, info(5, 7))[6:50], "damaged"),
    ],
)
def test_odd_bmp_headers_are_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableImage, match=reason):
        image_header.size(data)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of some of these
@pytest.mark.parametrize("kind", image_header.FORMATS)
def test_changed_bytes_are_read_or_refused_but_never_crash(kind: str) -> None:
    rng = np.random.default_rng(0)
    whole = encoded(kind, 8, 8)
    outcomes = set()
    for _ in range(300):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 4):
            data[place] = rng.integers(256)
        try:
            outcomes.add(len(image_header.size(bytes(data))))
        except UnreadableImage:
            outcomes.add(0)
    assert outcomes == {0, 2}
