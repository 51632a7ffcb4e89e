"""Pictures of smears with known cells: red cells on light, and cells that were cut out on black laid among them."""

from collections.abc import Sequence

import cv2
import numpy as np

from core.types import ByteArray, MaskArray

Colour = tuple[int, int, int]
BRIGHT: tuple[Colour, Colour] = ((222, 214, 220), (196, 140, 150))
DARK: tuple[Colour, Colour] = ((150, 135, 150), (95, 65, 76))
YELLOW: tuple[Colour, Colour] = ((225, 215, 190), (200, 150, 140))
"""RGB of the light and of red cells."""


def smear(
    rng: np.random.Generator,
    shape: tuple[int, int],
    colours: tuple[Colour, Colour],
    *,
    red_cells: int,
    free: MaskArray | None = None,
) -> ByteArray:
    """Red cells with pale middles on uneven light, with grain; none whose middle is where `free` is True."""
    light, red = (np.asarray(colour, dtype=np.float32) for colour in colours)
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    uneven = 1 - 0.06 * ((columns / shape[1] - 0.5) ** 2 + (rows / shape[0] - 0.5) ** 2)
    image = light * uneven[..., np.newaxis]
    for _ in range(red_cells):
        radius, x, y = rng.uniform(55, 75), rng.uniform(0, shape[1]), rng.uniform(0, shape[0])
        reach = int(0.8 * radius)
        near = slice(max(0, int(y) - reach), int(y) + reach), slice(max(0, int(x) - reach), int(x) + reach)
        if free is not None and free[near].any():
            continue
        away = np.hypot(columns - x, rows - y) / radius
        cover = np.clip((1 - away) * radius / 2, 0, 1) * np.where(away < 0.55, 0.45 + 0.55 * (away / 0.55) ** 2, 1)
        image += cover[..., np.newaxis] * (red - image)
    image = np.asarray(cv2.GaussianBlur(image, (0, 0), 1.2)) + rng.normal(0, 1.5, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def composed(
    rng: np.random.Generator,
    cells: Sequence[tuple[ByteArray, MaskArray]],
    corners: Sequence[tuple[int, int]],
    shape: tuple[int, int],
    colours: tuple[Colour, Colour],
    *,
    red_cells: int = 12,
) -> tuple[ByteArray, list[MaskArray]]:
    """A smear with cells in it, and where each of them is.

    Args:
        rng: Source of the red cells and the grain.
        cells: Pixels of each cell and its mask, of one size.
        corners: Row and column of each cell's upper left corner in the picture.
        shape: (height, width) of the picture.
        colours: Of light and red cells.
        red_cells: How many are tried.
    """
    truths = []
    for (_, mask), (top, left) in zip(cells, corners, strict=True):
        truth = np.zeros(shape, dtype=bool)
        truth[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
        truths.append(truth)
    image = smear(rng, shape, colours, red_cells=red_cells, free=np.any(truths, axis=0))
    for (pixels, mask), (top, left) in zip(cells, corners, strict=True):
        image[top : top + mask.shape[0], left : left + mask.shape[1]][mask] = pixels[mask]
    return image, truths


def overlap(found: MaskArray, truth: MaskArray) -> float:
    """Intersection over union of two masks."""
    return float((found & truth).sum() / (found | truth).sum())
