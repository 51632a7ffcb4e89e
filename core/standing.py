"""`Standing`: where a cell's measures lie among those of a model's training cells, in numbers and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.data.morphology import MORPHOLOGY
from core.reference import Reference

_WORDS = {"HEM": "healthy (HEM)", "ALL": "leukemic (ALL)"}


@dataclass(frozen=True)
class Reading:
    """A measure that a hematologist reads off a cell.

    Attributes:
        title: A word or two, for a figure.
        more: How a cell is that has more of it than others, to stand before 'than'.
        less: How one is that has less.
    """

    title: str
    more: str
    less: str


READINGS: dict[str, Reading] = {
    "area": Reading("Size", "Larger", "Smaller"),
    "roundness": Reading("Roundness", "Rounder", "Less round"),
    "solidity": Reading("Smooth outline", "Fewer notches in the outline", "More notches in the outline"),
    "dark_share": Reading("Dark chromatin", "A larger share of dark chromatin", "A smaller share of dark chromatin"),
    "texture_contrast": Reading("Texture contrast", "More contrast in the chromatin", "Less contrast in the chromatin"),
}
"""Of the keys of `MORPHOLOGY`, those that are put into words."""


@dataclass(frozen=True)
class Standing:
    """Where one measure of a cell lies.

    Attributes:
        name: Key of `MORPHOLOGY`.
        value: Of the cell.
        below: Share of the training cells of each class, negative and positive, with a smaller value, in [0, 1]; None
            for a class without measured cells.
        above: The same with a larger one.
    """

    name: str
    value: float
    below: tuple[float | None, float | None]
    above: tuple[float | None, float | None]

    @property
    def title(self) -> str:
        """What users call the measure."""
        return MORPHOLOGY[self.name]

    def sentence(self, classes: tuple[str, str]) -> str:
        """In words, on the side of most training cells; "" for a measure that is not among `READINGS`.

        Args:
            classes: Of the model, (negative, positive).
        """
        reading = READINGS.get(self.name)
        known = [place for place, share in enumerate(self.below) if share is not None]
        if reading is None or not known:
            return ""
        more = _sum(self.below) >= _sum(self.above)
        shares = self.below if more else self.above
        first, *others = [_of(shares[place], classes[place], first=place == known[0]) for place in known]
        return f"{reading.more if more else reading.less} than {' and '.join([first, *others])}."


def standing(measures: Mapping[str, float], reference: Reference) -> tuple[Standing, ...]:
    """Hold a cell's measures against those of the training cells of each class.

    Args:
        measures: Those of `MORPHOLOGY`; what is not finite is left out.
        reference: Of the model.
    """
    return tuple(
        Standing(name, value, _shares(reference, name, value, np.less), _shares(reference, name, value, np.greater))
        for name, value in measures.items()
        if name in MORPHOLOGY and np.isfinite(value)
    )


def _shares(reference: Reference, name: str, value: float, compared: np.ufunc) -> tuple[float | None, float | None]:
    values = reference.measured(name)
    measured = np.isfinite(values)
    of_class = [values[measured & (reference.positive == positive)] for positive in (False, True)]
    negative, positive = (float(np.mean(compared(each, np.float32(value)))) if len(each) else None for each in of_class)
    return negative, positive


def _sum(shares: Sequence[float | None]) -> float:
    return sum(share for share in shares if share is not None)


def _of(share: float | None, label: str, *, first: bool) -> str:
    """A share of a class in words; only the first one says that these are training cells."""
    cells, cell = ("training cells", "training cell") if first else ("ones", "one")
    name = _WORDS.get(label, label)
    if share is None or share == 0:
        return f"no {name} {cell}"
    if share == 1:
        return f"all {name} {cells}"
    return f"{min(99, max(1, round(100 * share)))} % of {name} {cells}"
