"""Pictures that no model should answer for, drawn, and pictures that look alike but are cells."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from core.data import pixels
from core.data.drawing import EDGE
from core.data.segmentation import bounding_box
from core.data.stain import reinhard
from core.types import ByteArray, FloatArray

Kind = Callable[[np.random.Generator, ByteArray], ByteArray]
_WORDS = ["Patient", "smear", "leukemia", "slide", "report", "count", "blast", "marrow", "cell", "0123456789"]
_PICTURES = {".png", ".jpg", ".tif", ".gif"}
_INK = cv2.FONT_HERSHEY_SIMPLEX


def _clouds(rng: np.random.Generator, *, roughness: float) -> FloatArray:
    """Coloured noise whose amplitude falls with frequency as in photographs, (EDGE, EDGE, 3), 0 to 255."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(EDGE), np.fft.fftfreq(EDGE)))
    frequency[0, 0] = 1
    spectrum = np.fft.fft2(rng.standard_normal((3, EDGE, EDGE))) / frequency**roughness
    spectrum[:, 0, 0] = 0
    field = np.real(np.fft.ifft2(spectrum)).transpose(1, 2, 0)
    colour = rng.uniform(70, 190, 3)
    return np.clip(colour + rng.uniform(30, 60) * field / field.std(), 0, 255)


def _photograph(rng: np.random.Generator, cell: ByteArray) -> ByteArray:  # noqa: ARG001  # one of the kinds
    ramp = np.linspace(0, 1, EDGE)[:, np.newaxis, np.newaxis]
    sky, ground = rng.uniform(60, 255, 3), rng.uniform(0, 160, 3)
    rough = _clouds(rng, roughness=rng.uniform(1.0, 2.0))
    return np.clip(0.5 * rough + 0.5 * (sky * (1 - ramp) + ground * ramp), 0, 255).astype(np.uint8)


def _photograph_in_shape(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    return np.where(_covered(cell), _photograph(rng, cell), 0).astype(np.uint8)


def _dark_text(rng: np.random.Generator, cell: ByteArray) -> ByteArray:  # noqa: ARG001
    return np.asarray(255 - _text(rng), dtype=np.uint8)


def _pale_text(rng: np.random.Generator, cell: ByteArray) -> ByteArray:  # noqa: ARG001
    return _text(rng)


def _text(rng: np.random.Generator) -> ByteArray:
    page = np.zeros((EDGE, EDGE, 3), dtype=np.uint8)
    for line in range(40, EDGE - 20, 40):
        words = " ".join(rng.choice(_WORDS, 3))
        cv2.putText(page, words, (15, line), _INK, float(rng.uniform(0.7, 1.1)), (255, 255, 255), 2, cv2.LINE_AA)
    return page


def _white_noise(rng: np.random.Generator, cell: ByteArray) -> ByteArray:  # noqa: ARG001
    return rng.integers(0, 256, (EDGE, EDGE, 3), dtype=np.uint8)


def _noise_in_shape(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    return np.where(_covered(cell), _white_noise(rng, cell), 0).astype(np.uint8)


def _black(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    return rng.integers(0, 6, cell.shape, dtype=np.uint8)


def _white(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    return rng.integers(245, 256, cell.shape, dtype=np.uint8)


def _two_apart(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    return _pair(rng, cell, gap=int(rng.integers(10, 40)))


def _two_touching(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    return _pair(rng, cell, gap=-int(rng.integers(8, 30)))


def _pair(rng: np.random.Generator, cell: ByteArray, *, gap: int) -> ByteArray:
    """The cell beside its own likeness, both of two thirds the size so that they fit."""
    left, top, width, height = bounding_box(cell)
    one = cell[top : top + height, left : left + width]
    share = min(0.67, (EDGE - 30 - gap) / 2 / width)
    one = cv2.resize(one, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    other = one[::-1] if rng.random() < 0.5 else one[:, ::-1]
    field = np.zeros((EDGE, EDGE, 3), dtype=np.uint8)
    start = (EDGE - 2 * one.shape[1] - gap) // 2
    for place, column in ((one, start), (other, start + one.shape[1] + gap)):
        row = (EDGE - place.shape[0]) // 2
        part = field[row : row + place.shape[0], column : column + place.shape[1]]
        np.maximum(part, place, out=part)
    return field


def _half_at_the_border(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    left, _, width, _ = bounding_box(cell)
    cut = left + int(width * rng.uniform(0.4, 0.6))
    return np.pad(cell[:, cut:], ((0, 0), (0, cut), (0, 0)))


def _half_in_the_middle(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    left, _, width, _ = bounding_box(cell)
    half = cell.copy()
    half[:, : left + int(width * rng.uniform(0.4, 0.6))] = 0
    return half


def _inverted(rng: np.random.Generator, cell: ByteArray) -> ByteArray:  # noqa: ARG001
    return np.asarray(255 - cell, dtype=np.uint8)


def _inverted_on_black(rng: np.random.Generator, cell: ByteArray) -> ByteArray:  # noqa: ARG001
    return np.where(_covered(cell), 255 - cell, 0).astype(np.uint8)


def _grayscale(rng: np.random.Generator, cell: ByteArray) -> ByteArray:  # noqa: ARG001
    return np.asarray(cv2.cvtColor(cv2.cvtColor(cell, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def _blurred(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    width, covered = float(rng.uniform(5, 9)), _covered(cell)
    weight = cv2.GaussianBlur(covered.astype(np.float32), (0, 0), width)[..., np.newaxis]  # no black comes in
    soft = cv2.GaussianBlur(cell.astype(np.float32), (0, 0), width) / np.maximum(weight, 1e-6)
    return np.where(covered, soft, 0).astype(np.uint8)


def _red(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    return _turned(cell, float(rng.uniform(55, 75)))


def _green(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    return _turned(cell, float(rng.uniform(120, 170)))


def _turned(cell: ByteArray, degrees: float) -> ByteArray:
    """The cell with its hue turned by an angle in the plane of a* and b*, as another stain would."""
    lab = cv2.cvtColor(cell.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    turn = np.exp(1j * np.deg2rad(degrees)) * (lab[..., 1] + 1j * lab[..., 2])
    turned = np.dstack([lab[..., 0], turn.real, turn.imag]).astype(np.float32)
    rgb = np.clip(cv2.cvtColor(turned, cv2.COLOR_LAB2RGB), 0, 1)
    return np.where(_covered(cell), np.rint(255 * rgb), 0).astype(np.uint8)


def _stained_photograph(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    return reinhard(_photograph_in_shape(rng, cell))


def _stained_disc(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    disc = np.zeros_like(cell)
    colour = cell[cell.any(axis=2)].mean(axis=0)
    return np.asarray(cv2.circle(disc, (EDGE // 2, EDGE // 2), int(rng.integers(75, 140)), colour.tolist(), -1))


def _stained_checks(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    width = int(rng.integers(8, 30))
    checks = np.add.outer(np.arange(EDGE) // width, np.arange(EDGE) // width) % 2
    bright = np.where(checks, 1.15, 0.85)[..., np.newaxis]
    return np.clip(_stained_disc(rng, cell) * bright, 0, 255).astype(np.uint8)


def _stained_words(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    colour = cell[cell.any(axis=2)].mean(axis=0) / 255
    return (_text(rng) * colour).astype(np.uint8)


def _half_the_scale(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    edge = int(EDGE * rng.uniform(0.4, 0.55))
    small = cv2.resize(cell, (edge, edge), interpolation=cv2.INTER_AREA)
    before = (EDGE - edge) // 2
    after = EDGE - edge - before
    return np.pad(small, ((before, after), (before, after), (0, 0)))


def _as_it_is(rng: np.random.Generator, cell: ByteArray) -> ByteArray:  # noqa: ARG001
    return cell


def _rotated(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    return np.ascontiguousarray(np.rot90(cell, int(rng.integers(1, 4))))


def _flipped(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    return np.ascontiguousarray(cell[::-1] if rng.random() < 0.5 else cell[:, ::-1])


def _as_jpeg(rng: np.random.Generator, cell: ByteArray) -> ByteArray:
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(88, 99))]
    return pixels.decode(cv2.imencode(".jpg", cell[..., ::-1], quality)[1].tobytes())


def _covered(cell: ByteArray) -> ByteArray:
    return cell.any(axis=2, keepdims=True).view(np.uint8)


HOSTILE: dict[str, dict[str, Kind]] = {
    "photograph": {"full frame": _photograph, "in a cell's outline": _photograph_in_shape},
    "text": {"dark on white": _dark_text, "white on black": _pale_text},
    "white noise": {"full frame": _white_noise, "in a cell's outline": _noise_in_shape},
    "empty": {"black": _black, "white": _white},
    "several cells": {"apart": _two_apart, "touching": _two_touching},
    "half a cell": {"at the border": _half_at_the_border, "in the middle": _half_in_the_middle},
    "inverted colours": {"whole picture": _inverted, "cell alone": _inverted_on_black},
    "grayscale": {"cell on black": _grayscale},
    "blurred": {"5 to 9 px": _blurred},
    "another stain": {"red": _red, "green": _green},
    "another scale": {"0.4 to 0.55": _half_the_scale},
    "in the stain's colours": {  # thought of only after all measures and limits stood
        "a photograph in a cell's outline": _stained_photograph,
        "a flat disc": _stained_disc,
        "a checkered disc": _stained_checks,
        "words on black": _stained_words,
    },
}
"""Kinds of pictures, and the ways in which each is drawn."""

CONTROLS: dict[str, Kind] = {
    "as drawn": _as_it_is,
    "rotated": _rotated,
    "flipped": _flipped,
    "as JPEG": _as_jpeg,
}
"""What must not be stopped more often than the stated rates."""


def drawn(kinds: dict[str, Kind], cells: Sequence[ByteArray], *, seed: int) -> Iterator[tuple[str, list[ByteArray]]]:
    """The pictures of each way, one a cell.

    Args:
        kinds: Ways by name.
        cells: RGB pixels, (EDGE, EDGE, 3) each.
        seed: Of everything random.
    """
    for number, (name, draw) in enumerate(kinds.items()):
        rng = np.random.default_rng([seed, number])
        yield name, [draw(rng, cell) for cell in cells]


def no_images(cells: Sequence[ByteArray], *, seed: int) -> Iterator[tuple[str, list[bytes]]]:
    """Files that are no images, one of each way a cell."""
    rng = np.random.default_rng(seed)
    whole = [encoded(cell) for cell in cells]
    yield "a PNG cut off", [data[: int(len(data) * rng.uniform(0.05, 0.9))] for data in whole]
    yield "other bytes", [rng.bytes(2000) for _ in cells]
    yield "words", [" ".join(rng.choice(_WORDS, 50)).encode() for _ in cells]
    yield "a PDF's beginning", [b"%PDF-1.7\n" + rng.bytes(500) for _ in cells]
    yield "nothing", [b"" for _ in cells]


def samples() -> dict[str, list[bytes]]:
    """Files with pictures that libraries ship, by library: scikit-image's, scikit-learn's, and codes that OpenCV draws.

    OpenCV's wheel holds no picture of its own.
    """
    import skimage
    import sklearn

    folders = {
        "scikit-image's own": Path(skimage.__file__).parent / "data",
        "scikit-learn's own": Path(sklearn.__file__).parent / "datasets" / "images",
    }
    found = {
        name: [file.read_bytes() for file in sorted(folder.iterdir()) if file.suffix in _PICTURES]
        for name, folder in folders.items()
    }
    markers = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_50)
    coder = cv2.QRCodeEncoder.create()
    codes = [markers.generateImageMarker(number, 200) for number in range(5)]
    codes += [cv2.resize(coder.encode(word), (300, 300), interpolation=cv2.INTER_NEAREST) for word in _WORDS[:5]]
    framed = [cv2.copyMakeBorder(code, 99, 99, 99, 99, cv2.BORDER_CONSTANT, value=255) for code in codes]
    found["OpenCV's codes"] = [cv2.imencode(".png", code)[1].tobytes() for code in framed]
    return found


def encoded(cell: ByteArray) -> bytes:
    """The picture as a PNG file."""
    return cv2.imencode(".png", cell[..., ::-1])[1].tobytes()
