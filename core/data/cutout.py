"""Nucleated cells in a picture of a smear: where they are, and each cut out as C-NMC's cells are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.data import canvas
from core.data.segmentation import largest_object
from core.types import ByteArray, FloatArray, IntArray, MaskArray

MOST_REGIONS = 200  # of one picture; a whole field at 100x shows a few dozen
_WORKING_EDGE = 1400  # pixels of the longer side at which cells are looked for
_BACKGROUND = 98  # percentile of each channel that counts as light without a cell
_NUCLEAR = (0.15, 0.22)  # optical density of red from which chromatin begins, in a pale stain and in a dark one
_DARKEST = 90  # percentile of what is stained that counts as chromatin without a doubt; half of it still is some
_STAINED = 0.08  # and from which something is there at all
_BLUISH = -0.05  # density of red less that of blue: red cells lie below, stained nuclei and cytoplasm above
_SMALLEST_SHARE = 0.15  # of the largest nucleus' area; platelets and specks are smaller
_SMALLEST_DIAMETER = 24  # pixels at the working size
_NECK = 0.75  # two nuclei are one where the neck between them is wider than this share of the smaller one
_STRAND = 0.12  # strands narrower than twice this share of the cell's radius are no part of it
_HALF_LIGHT = 0.04  # of the cell's radius, at most 2 pixels, are taken off its outline
_RIM = 0.45  # cytoplasm is looked for as far from the nucleus as this share of its radius


@dataclass(frozen=True, eq=False)
class Region:
    """One nucleated cell in a picture.

    Attributes:
        outline: Corners of a polygon around it as columns x and y, (corners, 2), in pixels of the picture.
        left: First column of its bounding box.
        top: First row of the box.
        width: Columns of the box.
        height: Rows of the box.
        area: Pixels inside the outline.
        touches_border: Whether it reaches the edge of the picture, so that part of it may be missing.
        score: How well it stands as a whole cell, 0 to 1: its solidity, times its area's share of the largest one's,
            halved where it touches the border.
    """

    outline: IntArray
    left: int
    top: int
    width: int
    height: int
    area: int
    touches_border: bool
    score: float

    @property
    def diameter(self) -> float:
        """Diameter of a circle of the same area in pixels."""
        return float(2 * np.sqrt(self.area / np.pi))

    def mask(self, shape: tuple[int, int]) -> MaskArray:
        """True inside the outline, (height, width) of the picture."""
        inside = np.zeros(shape, dtype=np.uint8)
        cv2.fillPoly(inside, [self.outline.astype(np.int32)], 1)
        return inside.astype(bool)


def regions(image: ByteArray) -> list[Region]:
    """Find the nucleated cells in a picture of a stained smear.

    Chromatin takes light out of the red, which red cells let through; cytoplasm of blasts is blue, red cells are not.
    Touching cells are parted at their necks.

    Args:
        image: RGB pixels, (height, width, 3), 0 to 255.

    Returns:
        Best first, by `Region.score`; at most `MOST_REGIONS`, none where nothing is stained as a nucleus is.

    Source:
        Beer-Lambert densities as in Ruifrok and Johnston 2001, Quantification of histochemical staining by color
        deconvolution; parting by the watershed of distances, Vincent and Soille 1991.
    """
    from scipy.ndimage import find_objects

    scale = min(1.0, _WORKING_EDGE / max(image.shape[:2]))
    small = image
    if scale < 1.0:
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    red, blue = _densities(small)
    nuclei = _nuclei(red, red - blue)
    if not nuclei.any():
        return []
    labels = _parted(nuclei)
    cells = _with_cytoplasm(labels, (red > _STAINED) & (red - blue > _BLUISH))
    found = []
    for label, box in enumerate(find_objects(cells), start=1):
        cell = np.zeros(cells.shape, dtype=bool)
        cell[box] = _smoothed(cells[box] == label)
        if cell.any():
            found.append(_region(cell, scale, image))
    largest = max((region[1].area for region in found), default=0)
    scored = [
        replace(region, score=solidity * region.area / largest * (0.5 if region.touches_border else 1.0))
        for solidity, region in found
    ]
    return sorted(scored, key=lambda region: -region.score)[:MOST_REGIONS]


def cut_out(image: ByteArray, region: Region, *, scale: float = 1.0) -> ByteArray:
    """Cut a region out on black, in the middle of a square of C-NMC's size, (450, 450, 3).

    Args:
        image: The picture that the region was found in.
        region: One of its `regions`.
        scale: Factor on the cell's size, for a picture of another magnification than C-NMC's.
    """
    return canvas.centred(image, region.mask((image.shape[0], image.shape[1])), scale=scale)


def preferred(found: Sequence[Region], shape: tuple[int, int]) -> tuple[int, ...]:
    """Places of the regions that are meant, unless somebody says otherwise.

    Args:
        found: All regions of a picture, best first.
        shape: (height, width) of the picture.

    Returns:
        Of a picture no larger than one cell needs, the best; of a field, all that are wholly in it.
    """
    if not found:
        return ()
    if max(shape) <= canvas.TEST_EDGE:
        return (0,)
    return tuple(place for place, region in enumerate(found) if not region.touches_border)


def _densities(image: ByteArray) -> tuple[FloatArray, FloatArray]:
    """Optical density of red and of blue against the light where no cell is, smoothed over the grain."""
    smooth = cv2.GaussianBlur(image, (0, 0), 1.5)
    light = np.percentile(smooth.reshape(-1, 3), _BACKGROUND, axis=0).astype(np.float32)
    density = np.log10((light + 1) / (smooth.astype(np.float32) + 1))
    return density[..., 0], density[..., 2]


def _nuclei(red: FloatArray, bluish: FloatArray) -> MaskArray:
    candidates = (red > _STAINED) & (bluish > _BLUISH)
    if not candidates.any():
        return candidates
    darkest = float(np.percentile(red[candidates], _DARKEST))
    stained = (candidates & (red > np.clip(darkest / 2, *_NUCLEAR))).astype(np.uint8)
    stained = np.asarray(cv2.morphologyEx(stained, cv2.MORPH_OPEN, _disc(2)), dtype=np.uint8)
    filled = _filled(stained)
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(filled, connectivity=4)
    if count == 1:
        return np.zeros(filled.shape, dtype=bool)
    areas = statistics[:, cv2.CC_STAT_AREA]
    smallest = max(_SMALLEST_SHARE * areas[1:].max(), np.pi * (_SMALLEST_DIAMETER / 2) ** 2)
    kept = areas >= smallest
    kept[0] = False
    return np.asarray(kept[labels])


def _parted(nuclei: MaskArray) -> IntArray:
    """Number the nuclei from 1, touching ones parted, (height, width); 0 between them."""
    from scipy.ndimage import find_objects
    from skimage.morphology import local_maxima, reconstruction
    from skimage.segmentation import watershed

    depth = np.asarray(cv2.distanceTransform(nuclei.astype(np.uint8), cv2.DIST_L2, 5), dtype=np.float32)
    _, groups = cv2.connectedComponents(nuclei.astype(np.uint8), connectivity=4)
    labels = np.zeros(nuclei.shape, dtype=np.int32)
    for group, box in enumerate(find_objects(groups), start=1):
        inside = groups[box] == group
        deep = np.where(inside, depth[box], 0)
        # where the neck to a deeper peak is wide, the flood from there drowns the shallower one
        peaks = local_maxima(reconstruction(deep * _NECK, deep, method="dilation")) & inside
        _, markers = cv2.connectedComponents(peaks.astype(np.uint8), connectivity=8)
        parts = watershed(-deep, markers, mask=inside)
        labels[box][inside] = parts[inside] + labels.max()
    return labels


def _with_cytoplasm(labels: IntArray, stained: MaskArray) -> IntArray:
    """Grow each nucleus over what is stained around it, up to a share of its radius; cells meet half-way."""
    away, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    own = np.zeros(nearest.max() + 1, dtype=labels.dtype)
    own[nearest[labels > 0]] = labels[labels > 0]
    owner = own[nearest]
    reach = _RIM * np.sqrt(np.bincount(labels.ravel()) / np.pi)
    return np.where((labels > 0) | (stained & (away <= reach[owner])), owner, 0)


def _smoothed(cell: MaskArray) -> MaskArray:
    """The cell without thin strands and holes; what hangs together with most of it."""
    size = float(np.sqrt(cell.sum() / np.pi))
    radius = max(2, round(_STRAND * size))
    padded = cv2.copyMakeBorder(cell.astype(np.uint8), radius, radius, radius, radius, cv2.BORDER_REPLICATE)
    opened = np.asarray(cv2.morphologyEx(padded, cv2.MORPH_OPEN, _disc(radius)), dtype=np.uint8)
    opened = opened[radius:-radius, radius:-radius]
    if not opened.any():
        return opened.astype(bool)
    # the outermost pixels are half light: on black they would shine around the cell
    whole = _filled(largest_object(opened)[0])
    taken = min(2, round(_HALF_LIGHT * size))
    return np.asarray(cv2.erode(whole, _disc(1), iterations=taken, borderValue=1), dtype=np.uint8).astype(bool)


def _region(cell: MaskArray, scale: float, image: ByteArray) -> tuple[float, Region]:
    """A region without its score, after its solidity; in pixels of the picture."""
    outlines, _ = cv2.findContours(cell.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline: IntArray = np.asarray(max(outlines, key=cv2.contourArea), dtype=np.int32)[:, 0]
    hull = max(1.0, cv2.contourArea(cv2.convexHull(outline)))
    solidity = min(1.0, cv2.contourArea(outline) / hull)
    height, width = image.shape[:2]
    rows, columns = cell.shape
    reaches = bool(outline.min() == 0 or outline[:, 0].max() == columns - 1 or outline[:, 1].max() == rows - 1)
    if scale < 1.0:
        outline = np.clip(np.rint((outline + 0.5) / scale - 0.5), 0, (width - 1, height - 1)).astype(np.int32)
    left, top, box_width, box_height = cv2.boundingRect(outline)
    box = np.zeros((box_height, box_width), dtype=np.uint8)
    cv2.fillPoly(box, [(outline - (left, top)).astype(np.int32)], 1)
    area = int(np.count_nonzero(box))
    return solidity, Region(outline, left, top, box_width, box_height, area, reaches, 0.0)


def _disc(radius: int) -> ByteArray:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), dtype=np.uint8)


def _filled(mask: ByteArray) -> ByteArray:
    """The mask with its holes filled, (height, width)."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(mask.shape, dtype=np.uint8)
    cv2.drawContours(filled, outlines, -1, 1, cv2.FILLED)
    return filled
