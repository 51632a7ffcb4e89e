"""Shortcut audit: how well one property alone tells the classes apart, with an interval that counts subjects."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.morphology import MORPHOLOGY
from core.types import FloatArray

_DRAWS = 2000
_FEWEST = 2  # subjects of each class; fewer have no spread
KINDS = {
    "size": ("area", "equivalent_diameter", "perimeter"),
    "shape": ("roundness", "solidity", "eccentricity"),
    "colour": ("red", "green", "blue", "red_spread", "green_spread", "blue_spread"),
    "texture": tuple(name for name in MORPHOLOGY if name.startswith("texture_") or name == "dark_share"),
}
_MEANING = {
    "size": "A model that does not beat it may have learned nothing but size.",
    "shape": "A model that does not beat it may have learned nothing but the outline.",
    "colour": "A model can score by the stain instead of the cell; see whether it holds on other slides.",
    "texture": "This may be real chromatin, or focus and scanner; see whether it holds on other slides.",
}


@dataclass(frozen=True)
class Shortcut:
    """One property as a classifier.

    Attributes:
        name: Key of `MORPHOLOGY`.
        kind: Key of `KINDS`.
        auroc: AUROC over all cells with the direction chosen so that it is at least 0.5.
        low: Lower end of its 95 % interval over resampled subjects; may be below 0.5.
        high: Upper end.
        larger_in: The class that has the larger values.
    """

    name: str
    kind: str
    auroc: float
    low: float
    high: float
    larger_in: str


def shortcuts(cells: pd.DataFrame, classes: tuple[str, str], *, seed: int = 0) -> list[Shortcut]:
    """Rank the properties of `MORPHOLOGY` by how well each alone tells the classes apart.

    Args:
        cells: Measured, labelled cells with `subject` and `label`; those without a subject are left out.
        classes: (negative, positive).
        seed: Seed of the resampling.

    Returns:
        One entry a property, the strongest first; none where a class has fewer than two subjects.

    Source:
        Cluster bootstrap: Field and Welsh 2007, doi 10.1111/j.1467-9868.2007.00593.x, on the Mann-Whitney statistic.
    """
    found = []
    for kind, names in KINDS.items():
        for name in names:
            known = cells[cells[name].notna() & (cells["subject"] != "")]
            groups = [_by_subject(known[known["label"] == label], name) for label in classes]
            if min(len(group) for group in groups) >= _FEWEST:
                found.append(_shortcut(name, kind, groups[0], groups[1], classes, np.random.default_rng(seed)))
    return sorted(found, key=lambda shortcut: (-shortcut.auroc, shortcut.name))


def _by_subject(cells: pd.DataFrame, name: str) -> list[FloatArray]:
    return [np.sort(values.to_numpy(dtype=np.float64)) for _, values in cells.groupby("subject")[name]]


def _shortcut(
    name: str,
    kind: str,
    negative: Sequence[FloatArray],
    positive: Sequence[FloatArray],
    classes: tuple[str, str],
    rng: np.random.Generator,
) -> Shortcut:
    wins = np.array([[_wins(high, low) for low in negative] for high in positive])
    sizes = np.array([len(values) for values in positive]), np.array([len(values) for values in negative])
    auroc = float(wins.sum() / (sizes[0].sum() * sizes[1].sum()))
    times = [
        rng.multinomial(len(group), np.full(len(group), 1 / len(group)), size=_DRAWS).astype(np.float64)
        for group in (positive, negative)
    ]
    drawn = ((times[0] @ wins) * times[1]).sum(axis=1) / ((times[0] @ sizes[0]) * (times[1] @ sizes[1]))
    low, high = (float(value) for value in np.quantile(drawn, (0.025, 0.975)))
    if auroc >= 0.5:
        return Shortcut(name, kind, auroc, low, high, classes[1])
    return Shortcut(name, kind, 1 - auroc, 1 - high, 1 - low, classes[0])


def _wins(high: FloatArray, low: FloatArray) -> float:
    """Pairs in which the first is larger, ties counting half; both sorted."""
    below = np.searchsorted(low, high, side="left")
    level = np.searchsorted(low, high, side="right")
    return float((below + level).sum() / 2)


def verdict(found: Sequence[Shortcut], classes: tuple[str, str]) -> list[str]:
    """Sentences for people: the strongest property of each kind whose interval stays above 0.5.

    Args:
        found: From `shortcuts`.
        classes: (negative, positive).
    """
    negative, positive = classes
    sentences = []
    for kind in KINDS:
        best = next((shortcut for shortcut in found if shortcut.kind == kind and shortcut.low > 0.5), None)
        if best is not None:
            title = MORPHOLOGY[best.name].split(" (")[0].lower()
            sentences.append(
                f"By {kind}: {title} alone tells {positive} from {negative} with AUROC {best.auroc:.2f} "
                f"({best.low:.2f} to {best.high:.2f}); it is larger in {best.larger_in}. {_MEANING[kind]}"
            )
    return sentences or [f"No single property tells {positive} from {negative} apart by more than chance."]
