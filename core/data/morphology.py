"""Shape, colour and texture of one segmented cell: scikit-image's definitions, computed by OpenCV on a crop."""

import cv2
import numpy as np

from core.types import ByteArray, FloatArray, MaskArray

MORPHOLOGY: dict[str, str] = {
    "area": "Area (px²)",
    "equivalent_diameter": "Equivalent diameter (px)",
    "perimeter": "Perimeter (px)",
    "roundness": "Roundness (1: a circle)",
    "solidity": "Solidity (1: no notch)",
    "eccentricity": "Eccentricity (0: a circle)",
    "red": "Mean red",
    "green": "Mean green",
    "blue": "Mean blue",
    "red_spread": "Spread of red",
    "green_spread": "Spread of green",
    "blue_spread": "Spread of blue",
    "dark_share": "Share of dark chromatin",
    "texture_contrast": "Texture contrast",
    "texture_homogeneity": "Texture homogeneity",
    "texture_energy": "Texture energy",
    "texture_correlation": "Texture correlation",
}
"""Names of the measures and what users call them."""

_LEVELS = 32  # grey levels of the co-occurrence matrix
_OUTSIDE = 255  # a grey level that the matrix does not count
_SMALLEST = 16  # pixels of area below which nothing is measured
_PERIMETER_CODE = np.array([[10, 2, 10], [2, 1, 2], [10, 2, 10]], dtype=np.float32)  # sums stay below 50
_PERIMETER_WEIGHTS = np.zeros(50)
_PERIMETER_WEIGHTS[[5, 7, 15, 17, 25, 27]] = 1
_PERIMETER_WEIGHTS[[21, 33]] = 2**0.5
_PERIMETER_WEIGHTS[[13, 23]] = (1 + 2**0.5) / 2
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def morphology(pixels: ByteArray, cell: MaskArray) -> dict[str, float]:
    """Measure one cell.

    Args:
        pixels: RGB crop, (height, width, 3), 0 to 255.
        cell: True on the cell, (height, width).

    Returns:
        The measures of `MORPHOLOGY`; lengths in pixels, colours in grey levels, the rest unitless. All NaN where the
        cell has fewer than 16 pixels.
    """
    if np.count_nonzero(cell) < _SMALLEST:
        return dict.fromkeys(MORPHOLOGY, float("nan"))
    gray = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    mask = cell.view(np.uint8)
    counts = np.asarray(cv2.calcHist([gray], [0], mask, [256], [0, 256]), dtype=np.float64).ravel()
    return {**_shape(cell), **_colour(pixels, mask, counts), **_texture(gray, cell, counts)}


def _shape(cell: MaskArray) -> dict[str, float]:
    mask = cell.view(np.uint8)
    area = float(np.count_nonzero(mask))
    around = perimeter(cell)
    moments = cv2.moments(mask)
    spread = np.array([[moments["mu20"], moments["mu11"]], [moments["mu11"], moments["mu02"]]]) / area
    minor, major = np.linalg.eigvalsh(spread)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = np.zeros_like(mask)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.concatenate(contours)), 1)
    return {
        "area": area,
        "equivalent_diameter": float(np.sqrt(4 * area / np.pi)),
        "perimeter": around,
        "roundness": float(4 * np.pi * area / around**2),
        "solidity": area / float(np.count_nonzero(hull)),
        "eccentricity": float(np.sqrt(max(0.0, 1 - minor / major))) if major > 0 else 0.0,
    }


def perimeter(cell: MaskArray) -> float:
    """Length of the outline in pixels.

    Args:
        cell: True inside, (height, width).

    Source:
        Benkrid and Crookes 2000, Design and FPGA implementation of a perimeter estimator, as in scikit-image.
    """
    mask = cell.view(np.uint8)
    border = mask - cv2.erode(mask, _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    codes = cv2.filter2D(border, -1, _PERIMETER_CODE, borderType=cv2.BORDER_CONSTANT)
    return float(cv2.calcHist([codes], [0], border, [50], [0, 50]).ravel() @ _PERIMETER_WEIGHTS)


def _colour(pixels: ByteArray, mask: ByteArray, counts: FloatArray) -> dict[str, float]:
    mean, spread = cv2.meanStdDev(pixels, mask=mask)
    return {
        **dict(zip(("red", "green", "blue"), map(float, mean.ravel()), strict=True)),
        **dict(zip(("red_spread", "green_spread", "blue_spread"), map(float, spread.ravel()), strict=True)),
        "dark_share": float(counts[: otsu(counts) + 1].sum() / counts.sum()),
    }


def otsu(counts: FloatArray) -> int:
    """Grey level that parts a histogram in two so that the variance between the parts is largest.

    Args:
        counts: Pixels of each grey level, (256,).

    Source:
        Otsu 1979, doi 10.1109/TSMC.1979.4310076
    """
    level = np.arange(len(counts))
    below = np.cumsum(counts, dtype=np.float64)
    above = below[-1] - below
    sums = np.cumsum(counts * level, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return int(np.nan_to_num(between).argmax())


def _texture(gray: ByteArray, cell: MaskArray, counts: FloatArray) -> dict[str, float]:
    low, high = np.searchsorted(np.cumsum(counts), np.array([0.01, 0.99]) * counts.sum())
    table = np.clip((np.arange(256) - low) * (_LEVELS / max(1, high - low)), 0, _LEVELS - 1).astype(np.uint8)
    levels = np.asarray(cv2.LUT(gray, table), dtype=np.uint8)
    properties = [haralick(matrix) for matrix in co_occurrence(levels, cell)]
    return {f"texture_{name}": float(np.mean([found[name] for found in properties])) for name in properties[0]}


def co_occurrence(levels: ByteArray, cell: MaskArray) -> list[FloatArray]:
    """How often grey levels are neighbours inside the cell, for the four directions at distance 1.

    Args:
        levels: Grey levels below 32, (height, width).
        cell: True inside, (height, width).

    Returns:
        Four symmetric matrices that sum to 1, (32, 32).

    Source:
        Haralick, Shanmugam and Dinstein 1973, doi 10.1109/TSMC.1973.4309314
    """
    inside = np.where(cell, levels, np.uint8(_OUTSIDE))
    height, width = cell.shape
    matrices = []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = inside[: height - down, max(0, -right) : width - max(0, right)]
        there = inside[down:, max(0, right) : width - max(0, -right)]
        counts = cv2.calcHist([here, there], [0, 1], None, [_LEVELS, _LEVELS], [0, _LEVELS, 0, _LEVELS])
        both = counts.astype(np.float64) + counts.T
        matrices.append(both / max(1.0, both.sum()))
    return matrices


def haralick(matrix: FloatArray) -> dict[str, float]:
    """Contrast, homogeneity, energy and correlation of a co-occurrence matrix that sums to 1.

    Source:
        As scikit-image's `graycoprops` defines them.
    """
    level = np.arange(len(matrix))
    apart = (level[:, np.newaxis] - level) ** 2
    from_mean = level - float(matrix.sum(axis=1) @ level)
    variance = float(matrix.sum(axis=1) @ from_mean**2)
    covariance = float(from_mean @ matrix @ from_mean)
    return {
        "contrast": float((matrix * apart).sum()),
        "homogeneity": float((matrix / (1 + apart)).sum()),
        "energy": float(np.sqrt((matrix**2).sum())),
        "correlation": covariance / variance if variance > 1e-15 else 1.0,
    }
