"""Draw one stained white blood cell on black, with the signs that make it leukemic and a mask of where they are."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.types import ByteArray, FloatArray, MaskArray

GENERATOR = 2  # raised whenever the same seed or manifest would give other pixels
EDGE = 450  # pixels, as C-NMC's training images
_MARGIN = 40  # pixels around the cell inside its canvas: room for debris
_MEDIAN_DIAMETER = {True: 223.5, False: 187.5}  # pixels before debris, which adds some area
_CELL_SPREAD = 0.178  # standard deviation of a cell's log diameter around its subject's
_SUBJECT_SPREAD = 0.035  # and of a subject's around its class's
_CYTOPLASM = np.array([92, 56, 99], dtype=np.float32)  # RGB of the pale rim, as measured on real cells
_DEBRIS = np.array([90, 60, 72], dtype=np.float32)  # RGB of pieces of red cells that segmentation left
_PALE = np.array([1.0, 0.44, 0.24], dtype=np.float32)  # direction in RGB in which chromatin opens, as on real cells
_GRAIN = (0.6, np.array([0.5, 0.35, 0.5]))  # grey levels of pixel noise: shared by the channels, and of each alone
_MOTTLE = np.array([0.3, 0.3, 0.45], dtype=np.float32)  # grey levels by which each channel alone varies over 3 pixels


@dataclass(frozen=True)
class StainStyle:
    """What the cells of one subject's slide share.

    Attributes:
        colour: Median RGB of the nucleus, (3,), 0 to 255.
        scale: Factor on the diameter.
        texture: Factor on the contrast of the chromatin.
        blur: Standard deviation of the focus blur in pixels.
        rim: Factor on the strength of the pale rim.
    """

    colour: FloatArray
    scale: float
    texture: float
    blur: float
    rim: float


@dataclass(frozen=True)
class DrawnCell:
    """One drawn cell.

    Attributes:
        image: RGB pixels, (450, 450, 3), 0 to 255; exactly 0 outside the cell and its debris.
        cell: True inside the cell, debris left out, (450, 450).
        evidence: True where the signs that make it leukemic are, (450, 450); all False for a healthy cell.
    """

    image: ByteArray
    cell: MaskArray
    evidence: MaskArray


def subject_style(rng: np.random.Generator) -> StainStyle:
    """Draw the stain, focus and size that the cells of one subject share; it says nothing of the class."""
    brightness = rng.normal(0, 4)
    colour = (
        np.array([65, 25.5, 75], dtype=np.float32)
        + brightness * np.array([1, 0.7, 0.9])
        + rng.normal(0, (2.5, 1.5, 2.5))
    )
    return StainStyle(
        colour=colour.astype(np.float32),
        scale=float(np.exp(rng.normal(0, _SUBJECT_SPREAD))),
        texture=float(rng.uniform(1.05, 1.7)),
        blur=float(rng.uniform(0.7, 1.5)),
        rim=float(rng.uniform(0.75, 1.3)),
    )


def draw_cell(rng: np.random.Generator, *, positive: bool, style: StainStyle) -> DrawnCell:
    """Draw one cell.

    Args:
        rng: Source of everything that varies from cell to cell.
        positive: Draw a leukemic cell (larger, fine open chromatin, nucleoli, sometimes a cleft) or a healthy one
            (smaller, clumped chromatin). The distributions overlap.
        style: What the subject's cells share.
    """
    diameter = float(np.clip(_MEDIAN_DIAMETER[positive] * style.scale * np.exp(rng.normal(0, _CELL_SPREAD)), 115, 335))
    cell = _outline(rng, diameter)
    depth = np.asarray(cv2.distanceTransform(cell.astype(np.uint8), cv2.DIST_L2, 5), dtype=np.float32)
    pixels = _nucleus(rng, depth, positive=positive, style=style)
    evidence = np.zeros(cell.shape, dtype=bool)
    spots = int(rng.integers(1, 4)) if positive else int(rng.integers(0, 3))
    for _ in range(spots):
        _add_nucleolus(rng, pixels, depth, evidence, positive=positive)
    if positive and rng.random() < 0.3:
        _add_cleft(rng, pixels, depth, evidence)
    _add_rim(rng, pixels, depth, style)
    covered = _add_debris(rng, pixels, cell)
    pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), style.blur), dtype=np.float32)
    shared, alone = _GRAIN
    pixels += rng.normal(0, shared, pixels.shape[:2]).astype(np.float32)[..., np.newaxis]
    pixels += rng.normal(0, alone, pixels.shape).astype(np.float32)
    pixels *= _exposure(rng)
    image = np.clip(pixels, 2, 255).astype(np.uint8)
    image[~covered] = 0
    return DrawnCell(*(_centred(layer, cell) for layer in (image, cell, evidence & cell)))


def _noise(rng: np.random.Generator, shape: tuple[int, ...], scale: float) -> FloatArray:
    """Smooth noise with features of about `scale` pixels, zero mean, unit standard deviation, (height, width)."""
    grid = rng.standard_normal((int(shape[0] / scale) + 4, int(shape[1] / scale) + 4)).astype(np.float32)
    size = (int(grid.shape[1] * scale) + 1, int(grid.shape[0] * scale) + 1)
    field = cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC)[: shape[0], : shape[1]]
    return np.asarray((field - field.mean()) / (field.std() + 1e-6), dtype=np.float32)


def _outline(rng: np.random.Generator, diameter: float) -> MaskArray:
    """Draw a lobed, slightly ragged outline with the area of a circle of this diameter; True inside."""
    angle = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    lobed = rng.random() < 0.25
    radius = np.ones_like(angle)
    for k in range(2, 7):
        radius += rng.normal(0, (0.1 if lobed else 0.05) / (k - 0.8)) * np.cos(k * angle + rng.uniform(0, 2 * np.pi))
    ragged = np.clip(1 + np.cos(angle * rng.integers(1, 4) + rng.uniform(0, 2 * np.pi)), 0.1, None)
    steps = np.interp(angle, np.linspace(0, 2 * np.pi, 90), np.cumsum(rng.normal(0, 0.006, 90)))
    radius += ragged * (steps - cv2.blur(steps[np.newaxis].astype(np.float32), (41, 1))[0])
    if rng.random() < 0.16:  # an indented, kidney-shaped cell
        distance = np.angle(np.exp(1j * (angle - rng.uniform(0, 2 * np.pi))))
        radius -= rng.uniform(0.12, 0.4) * np.exp(-((distance / rng.uniform(0.25, 0.5)) ** 2))
    radius = np.clip(radius, 0.35, 1.7)
    radius *= np.sqrt(np.pi / (0.5 * np.sum(radius**2) * (2 * np.pi / len(angle)))) * diameter / 2
    stretch = np.exp(rng.normal(0, 0.07))
    x, y = radius * np.cos(angle) * stretch, radius * np.sin(angle) / stretch
    points = np.stack([x - x.min(), y - y.min()], axis=1) + _MARGIN
    width, height = np.ceil(points.max(axis=0)).astype(int) + _MARGIN
    mask = np.zeros((height, width), dtype=np.uint8)
    cv2.fillPoly(mask, [points.round().astype(np.int32)], 1)
    if rng.random() < 0.2:
        _cut(rng, mask)
    return mask.astype(bool)


def _cut(rng: np.random.Generator, mask: ByteArray) -> None:
    """Cut a notch or a straight edge, as a segmentation does."""
    top, left = _MARGIN, _MARGIN
    bottom, right = mask.shape[0] - _MARGIN, mask.shape[1] - _MARGIN
    depth = int(rng.uniform(0.02, 0.08) * (bottom - top))
    start = int(rng.uniform(left, right))
    end = int(start + rng.uniform(0.15, 0.6) * (right - left))
    if rng.random() < 0.5:
        mask[: top + depth, start:end] = 0
    else:
        mask[bottom - depth :, start:end] = 0


def _nucleus(rng: np.random.Generator, depth: FloatArray, *, positive: bool, style: StainStyle) -> FloatArray:
    """Colour the nucleus: stain, chromatin and shading; RGB, (height, width, 3)."""
    shape = depth.shape
    fine, coarse = (1.1, 0.85) if positive else (0.9, 1.15)
    spread = np.exp(rng.normal(0, 0.22, 2))
    chromatin = 2.4 * fine * spread[0] * _noise(rng, shape, 8) + 3.0 * coarse * spread[1] * _noise(rng, shape, 18)
    chromatin += 1.2 * _noise(rng, shape, 4) + 2.0 * _noise(rng, shape, 42)
    chromatin = np.where(
        chromatin > 0, chromatin * 1.3, chromatin * 0.75
    )  # open patches stand out more than dense ones
    colour = style.colour + rng.normal(0, (2.2, 1.2, 2.0)).astype(np.float32)
    pixels = colour + (style.texture * chromatin)[..., np.newaxis] * _PALE
    pixels = pixels + _MOTTLE * np.stack([_noise(rng, shape, 3) for _ in _MOTTLE], axis=-1)
    blue = np.clip(
        0.75 + 0.6 * _noise(rng, shape, 70), 0, 2
    )  # towards the edge the stain turns from red to blue, unevenly
    shadow = blue * np.exp(-np.maximum(depth - 6, 0) / 14)
    return np.asarray(pixels - shadow[..., np.newaxis] * np.array([11, 3, -5], dtype=np.float32), dtype=np.float32)


def _add_nucleolus(
    rng: np.random.Generator, pixels: FloatArray, depth: FloatArray, evidence: MaskArray, *, positive: bool
) -> None:
    """Add a nucleolus with a dense rim, or in a healthy cell a fainter pale spot without one."""
    rows, columns = np.nonzero(depth > max(18, 0.3 * depth.max()))
    if not len(rows):
        return
    pick = int(rng.integers(len(rows)))
    radius = rng.uniform(9, 17) if positive else rng.uniform(6, 15)
    reach = int(2.2 * radius) + 1
    window = (
        slice(max(rows[pick] - reach, 0), rows[pick] + reach + 1),
        slice(max(columns[pick] - reach, 0), columns[pick] + reach + 1),
    )
    y, x = np.mgrid[window].astype(np.float32)
    dy, dx = y - rows[pick], x - columns[pick]
    turn, flat = rng.uniform(0, np.pi), rng.uniform(0.65, 1.0)
    u, v = dx * np.cos(turn) + dy * np.sin(turn), (dy * np.cos(turn) - dx * np.sin(turn)) / flat
    distance = np.hypot(u, v) / radius + 0.16 * _noise(rng, dx.shape, 9)
    strength = rng.uniform(9, 21) if positive else rng.uniform(4, 13)
    pixels[window] += (strength * np.exp(-(np.abs(distance) ** 2.5)))[..., np.newaxis] * _PALE
    if positive:
        ring = np.exp(-(((distance - 1.35) / 0.35) ** 2)) * np.clip(1 + 0.5 * _noise(rng, dx.shape, 14), 0, 2)
        pixels[window] -= (rng.uniform(0.3, 0.6) * strength * ring)[..., np.newaxis] * _PALE
        evidence[window] |= distance < 1.5  # the dense rim belongs to the sign


def _add_cleft(rng: np.random.Generator, pixels: FloatArray, depth: FloatArray, evidence: MaskArray) -> None:
    """Add a nuclear cleft: a dark, bent line from the edge inwards."""
    rows, columns = np.nonzero((depth > 4) & (depth < 10))
    start = int(rng.integers(len(rows)))
    from_point = np.array([columns[start], rows[start]], dtype=float)
    centre = np.array([depth.shape[1], depth.shape[0]]) / 2
    to_point = from_point + (centre - from_point) * rng.uniform(0.6, 1.1)
    bend = (from_point + to_point) / 2 + rng.normal(0, 14, 2)
    t = np.linspace(0, 1, 24)[:, np.newaxis]
    curve = (1 - t) ** 2 * from_point + 2 * t * (1 - t) * bend + t**2 * to_point
    line = np.zeros(depth.shape, dtype=np.uint8)
    cv2.polylines(line, [curve.round().astype(np.int32)], isClosed=False, color=255, thickness=int(rng.integers(4, 8)))
    soft = cv2.GaussianBlur(line, (0, 0), 2).astype(np.float32) / 255
    pixels -= (rng.uniform(8, 14) * soft)[..., np.newaxis] * _PALE
    evidence |= soft > 0.3


def _add_rim(rng: np.random.Generator, pixels: FloatArray, depth: FloatArray, style: StainStyle) -> None:
    """Blend the pale cytoplasm in along the outline; its width varies around the cell, sometimes much."""
    wide = rng.uniform(4, 9) if rng.random() < 0.2 else rng.uniform(2, 4.5)
    width = np.clip(wide * (1 + 0.5 * _noise(rng, depth.shape, 45)), 1, 16)
    weight = np.clip(style.rim * np.exp(-np.maximum(depth - 1, 0) / width), 0, 1)[..., np.newaxis]
    pixels += weight * (_CYTOPLASM - pixels)


def _add_debris(rng: np.random.Generator, pixels: FloatArray, cell: MaskArray) -> MaskArray:
    """Leave pieces of red cells or ragged scraps at the outline; return where the image is not black."""
    covered = cell.copy()
    chance = rng.random()
    pieces, size = (
        (1, (14, 34)) if chance < 0.1 else (int(rng.integers(1, 4)), (2, 9)) if chance < 0.45 else (0, (0, 0))
    )
    edge = np.argwhere(cell & ~cv2.erode(cell.astype(np.uint8), np.ones((3, 3), dtype=np.uint8)).astype(bool))
    scrap = np.zeros(cell.shape, dtype=np.uint8)
    for _ in range(pieces):
        row, column = edge[rng.integers(len(edge))]
        axes = (int(rng.uniform(*size)), max(2, int(rng.uniform(*size) * 0.6)))
        cv2.ellipse(scrap, (int(column), int(row)), axes, float(rng.uniform(0, 180)), 0, 360, 1, -1)
    if pieces:
        scrap &= (_noise(rng, cell.shape, 6) > -1.1).astype(np.uint8)
        _, labels = cv2.connectedComponents(scrap | cell.astype(np.uint8))
        attached = (labels == labels[tuple(np.argwhere(cell)[0])]) & scrap.astype(bool)
        added = attached & ~cell
        pixels[added] = _DEBRIS + 2.5 * _noise(rng, cell.shape, 12)[added][..., np.newaxis]
        covered |= added
    pixels[~covered] = pixels[cell].mean(axis=0)  # so that the focus blur pulls no black into the outline
    return covered


def _exposure(rng: np.random.Generator) -> float:
    """Factor on brightness; a few images are over-bright or dark, as in the real set."""
    chance = rng.random()
    return float(rng.uniform(1.35, 1.8) if chance < 0.015 else rng.uniform(0.55, 0.75) if chance < 0.03 else 1.0)


def _centred(layer: npt.NDArray[Any], cell: MaskArray) -> npt.NDArray[Any]:
    """Put a canvas on the black square so that the cell's bounding box is in its middle."""
    rows, columns = np.nonzero(cell.any(axis=1))[0], np.nonzero(cell.any(axis=0))[0]
    shift = (EDGE // 2 - (rows[0] + rows[-1]) // 2, EDGE // 2 - (columns[0] + columns[-1]) // 2)
    square = np.zeros((EDGE, EDGE, *layer.shape[2:]), dtype=layer.dtype)
    target, source = [], []
    for offset, length in zip(shift, layer.shape[:2], strict=True):
        low, high = max(offset, 0), min(offset + length, EDGE)
        target.append(slice(low, high))
        source.append(slice(low - offset, high - offset))
    square[tuple(target)] = layer[tuple(source)]
    return square
