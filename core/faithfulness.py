"""`Faithfulness`: does a relevance map tell better than chance where a score is sensitive?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from core.data.segmentation import segment
from core.data.window import Window, whole
from core.types import ByteArray, FloatArray, IntArray, MaskArray

Label = Literal["good", "weak", "no better than chance"]
Score = Callable[[ByteArray], FloatArray]  # from pixels (images, height, width, channels) to (images,)

STEPS = 8  # in which the cell is taken away and shown
RANDOM_MAPS = 19  # of which the best is as good as the map once in twenty times by chance
_BATCH = 64


@dataclass(frozen=True)
class Faithfulness:
    """How well one map tells where the score is sensitive.

    Attributes:
        deletion: Mean score of the class while the cell is taken away, the brightest part of the map first, in [0, 1];
            the lower, the better.
        insertion: Mean score of the class while it is shown on black, the brightest part first; the higher, the better.
        chance: The same of random maps that are as smooth; () where the map has no heat on what is shown. Taking a cell
            away in one order shows it in the opposite one, so they are chance for deletion and insertion.
        inside: Share of the heat inside the cell, in [0, 1].
        even: That share of an even map: of the cell in the image.
    """

    deletion: float
    insertion: float
    chance: tuple[float, ...]
    inside: float
    even: float

    @property
    def label(self) -> Label:
        """Quality of the map.

        Good: better than all random maps at deletion and at insertion, with more heat inside the cell than an even map
        has. Weak: better than all of them at one of the two. A random map has at most 1 chance in 20 to be called good,
        and 1 in 10 to be called good or weak.
        """
        passed = self._passed
        if all(passed) and self.inside > self.even:
            return "good"
        return "weak" if any(passed) else "no better than chance"

    @property
    def sentence(self) -> str:
        """What the map can be used for, for a clinician."""
        if not self.chance:
            return "Empty map: nothing that the model sees in this cell speaks for the class."
        inside = f"{self.inside:.0%} of the heat lies inside the cell."
        taken, shown = self._passed
        if self.label == "good":
            return (
                "Good map: its bright areas are where the score is sensitive. Without them it falls further, and with "
                f"them alone it gets higher, than for each of {len(self.chance)} random maps. {inside}"
            )
        if taken and shown:
            return (
                "Weak map: its bright areas show where the score is sensitive better than random maps do, but no more "
                f"of the heat lies inside the cell than chance would put there. {inside}"
            )
        if taken or shown:
            held = "without its bright areas the score falls" if taken else "with its bright areas alone the score gets"
            how = "further" if taken else "higher"
            return (
                f"Weak map: {held} {how} than for each of {len(self.chance)} random maps, but a second check did not "
                f"confirm that they are where the score is sensitive. {inside}"
            )
        return (
            "No better than chance: a random map tells as well where the score is sensitive. Do not read this map. "
            f"{inside}"
        )

    @property
    def _passed(self) -> tuple[bool, bool]:
        """Whether the map is better than all random ones at deletion, and at insertion."""
        if not self.chance:
            return False, False
        return self.deletion < min(self.chance), self.insertion > max(self.chance)


def faithfulness(
    score: Score, image: ByteArray, relevance: FloatArray, cell: MaskArray, *, positive: bool, seed: int = 0
) -> Faithfulness:
    """Take the cell away, and show it, in the order of a map and in that of random maps; 149 scores.

    Args:
        score: Probability of the positive class of images like this one.
        image: Pixels as the model sees them, (height, width, channels), 0 to 255, on black.
        relevance: The map, (height, width), in [0, 1].
        cell: True on the cell, (height, width); `cell_seen` gives it.
        positive: Whether the map explains the positive class.
        seed: Of the random maps.

    Raises:
        ValueError: If image, map and cell differ in height or width.

    Source:
        Petsiuk et al. 2018, RISE, https://arxiv.org/abs/1806.07421, deletion and insertion, both on black, which is
        what lies around a cell; the random maps as Theiler et al. 1992, doi 10.1016/0167-2789(92)90102-S.
    """
    if not image.shape[:2] == relevance.shape == cell.shape:
        raise ValueError(
            "Expected image, map and cell of one height and width. "
            f"Received: {image.shape[:2]}, {relevance.shape} and {cell.shape}."
        )
    heat = float(relevance.sum())
    inside = float(relevance[cell].sum()) / heat if heat > 0 else 0.0
    even = float(cell.mean())
    there = np.flatnonzero(image.any(axis=2))
    heats = relevance.ravel()[there]
    if len(there) < STEPS or heats.min() == heats.max():
        return Faithfulness(0.0, 0.0, (), inside, even)
    rng = np.random.default_rng(seed)
    ties, *chance = (as_smooth(relevance, rng).ravel()[there] for _ in range(1 + RANDOM_MAPS))
    brightest_first = there[np.lexsort((ties, -heats))]  # where a map is even, its order is as smooth as a random map's
    orders = [brightest_first, brightest_first[::-1], *(there[np.argsort(values)] for values in chance)]
    found = _scores(score, image, orders)
    of_class = found if positive else 1 - found
    ends = of_class[:2]
    means = [_mean(ends, of_class[2 + start :][: STEPS - 1]) for start in range(0, len(of_class) - 2, STEPS - 1)]
    # taking the dimmest part away first is showing the brightest first, read backwards
    return Faithfulness(means[0], means[1], tuple(means[2:]), inside, even)


def as_smooth(relevance: FloatArray, rng: np.random.Generator) -> FloatArray:
    """A random map with the power spectrum of another one, so as smooth as that, (height, width), of mean 0."""
    spectrum = np.abs(np.fft.rfft2(relevance - relevance.mean()))
    phases = np.angle(np.fft.rfft2(rng.standard_normal(relevance.shape)))  # of a real map, as the result must be one
    return np.asarray(np.fft.irfft2(spectrum * np.exp(1j * phases), s=relevance.shape))


def cell_seen(image: ByteArray, seen: Window | None, size: int) -> MaskArray:
    """Where the cell is in what a network sees of an image.

    Args:
        image: RGB pixels of the whole image, (height, width, 3), 0 to 255.
        seen: The part that the network sees; None for the whole image.
        size: Edge of what it sees, in pixels.

    Returns:
        True on the cell, debris left out, (size, size).
    """
    found = segment(image)
    cell = np.zeros((*image.shape[:2], 1), dtype=np.uint8)
    rows, columns = found.cell.shape
    cell[found.top : found.top + rows, found.left : found.left + columns, 0] = found.cell
    part = np.ascontiguousarray((seen or whole(image)).cut(cell)[..., 0])
    return np.asarray(cv2.resize(part, (size, size), interpolation=cv2.INTER_NEAREST), dtype=bool)


def _scores(score: Score, image: ByteArray, orders: Sequence[IntArray]) -> FloatArray:
    """Scores of the image, of black, and of what is left on the way from one to the other in each order."""
    pending: list[ByteArray] = []
    found: list[FloatArray] = []
    for picture in _pictures(image, orders):
        pending.append(picture)
        if len(pending) == _BATCH:
            found.append(score(np.stack(pending)))
            pending.clear()
    if pending:
        found.append(score(np.stack(pending)))
    return np.concatenate(found).astype(np.float64)


def _pictures(image: ByteArray, orders: Sequence[IntArray]) -> Iterator[ByteArray]:
    yield image
    yield np.zeros_like(image)
    for order in orders:
        left = image.copy()
        for part in np.array_split(order, STEPS)[:-1]:
            left.reshape(-1, image.shape[2])[part] = 0
            yield left.copy()


def _mean(ends: FloatArray, between: FloatArray) -> float:
    """Area under the scores over the share that is taken away, by trapezoids."""
    return float((ends.sum() / 2 + between.sum()) / STEPS)
