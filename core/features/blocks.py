"""`Block`: some numbers that describe one cell; each is a function of its pixels alone, so nothing leaks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.data import pixels
from core.data.morphology import MORPHOLOGY, morphology
from core.data.pixels import Preprocessing
from core.data.segmentation import Segmentation, segment
from core.errors import UnreadableImage
from core.types import ByteArray, FloatArray, IntArray, MaskArray

VERSION = 1  # raised whenever the same pixels would give other values
_SMALLEST = 16  # pixels of area below which there is no cell to describe
_COMPONENTS = 50  # principal components that stand for the pixels of a cell
_PIXELS = Preprocessing(32)
_GRAYSCALE = Preprocessing(64, "grayscale")
_HISTOGRAM_BINS = 16
_SCALES = (1.0, 2.0, 4.0, 8.0)  # standard deviations of Gaussians in pixels, the next twice as wide
_RINGS = 5
_AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))  # neighbours, clockwise
_PATTERNS = 10  # nine uniform ones by their number of bright neighbours, and all others


@dataclass(frozen=True)
class Block:
    """Numbers of one kind.

    Attributes:
        name: Its key.
        title: Name shown to users.
        columns: Name of each number.
        values: From RGB pixels (height, width, 3), 0 to 255, and where the cell is, to (columns,); NaN without a cell.
        whole: Whether they describe the whole image, so that they are there without a cell.
        dtype: As which the numbers are kept.
        components: Principal components that the numbers are reduced to before a model sees them; 0 for all numbers.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    values: Callable[[ByteArray, Segmentation], FloatArray | ByteArray]
    whole: bool = False
    dtype: str = "float32"
    components: int = 0


def _area(image: ByteArray, found: Segmentation) -> FloatArray:  # noqa: ARG001  # one of the blocks
    return np.array([np.count_nonzero(found.cell)], dtype=np.float32)


def _morphology(image: ByteArray, found: Segmentation) -> FloatArray:
    return np.array(list(morphology(found.crop(image), found.cell).values()), dtype=np.float32)


def _texture(image: ByteArray, found: Segmentation) -> FloatArray:
    gray = np.asarray(cv2.cvtColor(found.crop(image), cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    return np.concatenate(
        [local_patterns(gray, found.cell), granularity(gray, found.cell), radial_profile(gray, found.cell)]
    ).astype(np.float32)


def _colours(image: ByteArray, found: Segmentation) -> FloatArray:
    return colour_histograms(found.crop(image), found.cell).astype(np.float32)


def _pixels(image: ByteArray, found: Segmentation) -> ByteArray:  # noqa: ARG001
    return pixels.prepare(image, _PIXELS).ravel()


def _grayscale(image: ByteArray, found: Segmentation) -> ByteArray:  # noqa: ARG001
    return pixels.prepare(image, _GRAYSCALE).ravel()


def local_patterns(gray: ByteArray, cell: MaskArray) -> FloatArray:
    """Local binary patterns: how often a pixel of the cell has so many neighbours in a row that are not darker.

    Args:
        gray: Grey levels of the crop, (height, width).
        cell: True on the cell, (height, width).

    Returns:
        Shares of the pixels whose neighbours are all on the cell: with 0 to 8 bright neighbours side by side, and with
        more than one group of them, (10,).

    Source:
        Ojala, Pietikäinen and Mäenpää 2002, doi 10.1109/TPAMI.2002.1017623: the rotation-invariant uniform patterns of
        8 neighbours at distance 1, here the pixels themselves without interpolation.
    """
    inside = cv2.erode(cell.view(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    padded = np.pad(gray, 1)
    height, width = gray.shape
    code = np.zeros(gray.shape, dtype=np.uint8)
    for bit, (down, right) in enumerate(_AROUND):
        there = padded[1 + down : 1 + down + height, 1 + right : 1 + right + width]
        code |= np.left_shift((there >= gray).view(np.uint8), bit)
    counts = np.bincount(_PATTERN_OF_CODE[code[inside.view(bool)]], minlength=_PATTERNS)
    return np.asarray(counts / counts.sum()) if counts.sum() else np.full(_PATTERNS, np.nan)


def _pattern_of_code() -> IntArray:
    bits = (np.arange(256)[:, np.newaxis] >> np.arange(8)) & 1
    changes = (bits != np.roll(bits, 1, axis=1)).sum(axis=1)
    return np.where(changes <= 2, bits.sum(axis=1), _PATTERNS - 1)


_PATTERN_OF_CODE = _pattern_of_code()


def granularity(gray: ByteArray, cell: MaskArray) -> FloatArray:
    """How much the grey levels vary at each scale: the spread between Gaussians of one width and of twice it.

    Args:
        gray: Grey levels of the crop, (height, width).
        cell: True on the cell, (height, width).

    Returns:
        Standard deviation over the cell in grey levels, (4,), the finest first; outside counts as the cell's mean.
    """
    level = gray.astype(np.float32)
    narrow = np.where(cell, level, level[cell].mean())
    spreads = []
    for scale in _SCALES:
        wide = cv2.GaussianBlur(narrow, (0, 0), scale, borderType=cv2.BORDER_REPLICATE)
        spreads.append((narrow - wide)[cell].std())
        narrow = wide
    return np.asarray(spreads)


def radial_profile(gray: ByteArray, cell: MaskArray) -> FloatArray:
    """Grey level from rim to centre.

    Args:
        gray: Grey levels of the crop, (height, width).
        cell: True on the cell, (height, width).

    Returns:
        Mean of five rings, outermost first, of equal steps in distance to the outline, each minus the mean of the cell,
        (5,), in grey levels; 0 for a ring without a pixel.
    """
    distance = cv2.distanceTransform(np.pad(cell.view(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1][cell]
    level = gray[cell].astype(np.float64)
    ring = np.minimum((distance / distance.max() * _RINGS).astype(int), _RINGS - 1)
    count = np.bincount(ring, minlength=_RINGS)
    sums = np.bincount(ring, weights=level - level.mean(), minlength=_RINGS)
    return np.asarray(sums / np.maximum(count, 1))


def colour_histograms(crop: ByteArray, cell: MaskArray) -> FloatArray:
    """Share of the cell's pixels at each level of red, green, blue and saturation.

    Args:
        crop: RGB pixels, (height, width, 3), 0 to 255.
        cell: True on the cell, (height, width).

    Returns:
        16 bins a channel, (64,); each channel sums to 1.
    """
    mask = cell.view(np.uint8)
    saturation = cv2.cvtColor(crop, cv2.COLOR_RGB2HSV)
    channels = [(crop, 0), (crop, 1), (crop, 2), (saturation, 1)]
    counts = [cv2.calcHist([of], [channel], mask, [_HISTOGRAM_BINS], [0, 256]).ravel() for of, channel in channels]
    return np.asarray(np.concatenate(counts) / cv2.countNonZero(mask))


def _numbered(name: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name} {number}" for number in range(1, count + 1))


_TEXTURE_COLUMNS = (
    *_numbered("local pattern", _PATTERNS),
    *(f"granularity {scale:g} px" for scale in _SCALES),
    *_numbered("ring", _RINGS),
)
_COLOUR_COLUMNS = tuple(
    column for channel in ("red", "green", "blue", "saturation") for column in _numbered(channel, _HISTOGRAM_BINS)
)

BLOCKS: dict[str, Block] = {
    block.name: block
    for block in (
        Block("area", "Cell area", ("area",), _area),
        Block("morphology", "Shape, mean colour and texture", tuple(MORPHOLOGY), _morphology),
        Block("texture", "Texture at several scales", _TEXTURE_COLUMNS, _texture),
        Block("colours", "Colour histograms", _COLOUR_COLUMNS, _colours),
        Block("pixels", "Colour pixels, 32 x 32", _numbered("pixel", 32 * 32 * 3), _pixels, True, "uint8", _COMPONENTS),
        Block(
            "grayscale",
            "Grayscale pixels, 64 x 64",
            _numbered("pixel", 64 * 64),
            _grayscale,
            True,
            "uint8",
            _COMPONENTS,
        ),
    )
}


def described(image: ByteArray, names: Sequence[str]) -> dict[str, FloatArray | ByteArray]:
    """The numbers of several blocks from one segmentation.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.
        names: Keys of `BLOCKS`.
    """
    found = segment(image)
    return {name: _kept(BLOCKS[name], image, found) for name in names}


def _kept(block: Block, image: ByteArray, found: Segmentation) -> FloatArray | ByteArray:
    if not block.whole and np.count_nonzero(found.cell) < _SMALLEST:
        return np.full(len(block.columns), np.nan, dtype=block.dtype)
    return block.values(image, found).astype(block.dtype)


def described_file(file: Path, names: Sequence[str]) -> dict[str, FloatArray | ByteArray] | str:
    """As `described`, from one decoding of a file; where it cannot be read, why."""
    try:
        return described(pixels.decode_file(file), names)
    except UnreadableImage as error:
        return str(error)
