"""`SideBySide`: two comparisons beside each other; what differs between them, and what may be said of each model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.areas import roc_areas
from core.comparison import Comparison
from core.data.edits import applied
from core.evaluation import EvaluationReport
from core.features.sets import feature_set
from core.metrics import FIGURES
from core.protocol import PROTOCOLS
from core.standings import Row, ranks, resampled_persons

FIRST, SECOND = "first run", "second run"
OTHER_CELLS = "The two runs were not tested on the same cells: no difference can be claimed."
BY_NAME = (
    "The test cells have the same names and labels in both runs, but the data sets differ: whether the images are the "
    "same is not on record."
)
_LEVEL = 0.05
_CELL = ("path", "person", "positive")


@dataclass(frozen=True)
class Contrast:
    """One model in two runs.

    Attributes:
        model: Its name.
        difference: ROC AUC in the second run minus that in the first; NaN where it was not tested in both.
        same_cells: Whether it was tested on the same cells in both.
        interval: 95 % interval of the difference over resampled persons; None where there is none to be had.
        p_value: Of the difference, after Holm's correction for the number of models; None likewise.
    """

    model: str
    difference: float
    same_cells: bool = False
    interval: tuple[float, float] | None = None
    p_value: float | None = None

    @property
    def claimed(self) -> bool:
        """Whether a difference can be claimed: over persons, after the correction, at 5 %."""
        return self.p_value is not None and self.p_value < _LEVEL

    @property
    def sentence(self) -> str:
        """What may be said of it."""
        if np.isnan(self.difference):
            return f"{self.model} has no ROC AUC in one of the runs."
        if not self.same_cells:
            return f"{self.model} was not tested on the same cells in both runs: no difference can be claimed."
        measured = f"ROC AUC {self.difference:+.3f}"
        if self.interval is None:
            return f"{self.model}: no difference can be claimed, on too few subjects ({measured})."
        low, high = self.interval
        measured = f"{measured}, 95 % interval {low:+.3f} to {high:+.3f}"
        if not self.claimed:
            return f"{self.model}: no difference can be claimed ({measured})."
        return f"{self.model} is {'better' if self.difference > 0 else 'worse'} in the {SECOND} ({measured})."


@dataclass(frozen=True, eq=False)
class SideBySide:
    """Two comparisons.

    Attributes:
        first: The one.
        second: The other.
        differences: What differs in data, split, features, seed, models and versions, in sentences.
        contrasts: One a model that is in both and ranks cells, in the order of the first.
    """

    first: Comparison
    second: Comparison
    differences: tuple[str, ...]
    contrasts: tuple[Contrast, ...]

    @property
    def same_cells(self) -> bool:
        """Whether any model was tested on the same cells in both."""
        return any(contrast.same_cells for contrast in self.contrasts)

    def table(self, figure: str = "roc_auc") -> pd.DataFrame:
        """One row a model that is in both.

        Args:
            figure: A key of `core.metrics.FIGURES`.

        Returns:
            `model`, the figure in the `first` and in the `second` run, and the `difference`; for ROC AUC also `low` and
            `high`, the bounds of its 95 % interval. NaN where one cannot be told.

        Raises:
            ValueError: If there is no such figure.
        """
        if figure not in FIGURES:
            raise ValueError(f"Expected a figure out of {', '.join(FIGURES)}. Received: {figure}.")
        models = list(_in_both(self.first, self.second))
        table = pd.DataFrame({"model": [row.model for row, _ in models]})
        for place, run in enumerate(("first", "second")):
            table[run] = [pair[place].figures.get(figure, np.nan) for pair in models]
        table["difference"] = table["second"] - table["first"]
        if figure == "roc_auc":
            known = {contrast.model: contrast.interval or (np.nan, np.nan) for contrast in self.contrasts}
            for place, bound in enumerate(("low", "high")):
                table[bound] = [known[model][place] if model in known else np.nan for model in table["model"]]
        return table

    def sentences(self) -> tuple[str, ...]:
        """What may be said of the models that are in both."""
        if not self.same_cells:
            return (OTHER_CELLS,)
        by_name = self.first.data_fingerprint != self.second.data_fingerprint
        return (*([BY_NAME] if by_name else []), *(contrast.sentence for contrast in self.contrasts))


def side_by_side(first: Comparison, second: Comparison) -> SideBySide:
    """Set two comparisons beside each other.

    Models are compared on the same persons, drawn with the first one's seed, where both runs tested them on the same
    cells; otherwise a difference is shown, but none is claimed.

    Source:
        As `core.paired.pairs`: the same bootstrap of both, with Holm's correction over the models.
    """
    return SideBySide(first, second, tuple(_differences(first, second)), _contrasts(first, second))


def _in_both(first: Comparison, second: Comparison) -> Iterator[tuple[Row, Row]]:
    others = {row.model: row for row in second.rows}
    return ((row, others[row.model]) for row in first.rows if row.model in others)


def _contrasts(first: Comparison, second: Comparison) -> tuple[Contrast, ...]:
    found: list[Contrast] = []
    for row, other in _in_both(first, second):
        if row.report is not None and other.report is not None and ranks(row.report) and ranks(other.report):
            difference = other.figures["roc_auc"] - row.figures["roc_auc"]
            contrast = Contrast(row.model, difference)
            if first.origin == second.origin and _same_cells(row.report, other.report):
                contrast = _resampled(contrast, row.report, other.report, seed=first.seed)
            found.append(contrast)
        elif row.report is None or other.report is None:
            found.append(Contrast(row.model, float("nan")))
    return _corrected(found)


def _same_cells(one: EvaluationReport, other: EvaluationReport) -> bool:
    return all(one.cells[column].tolist() == other.cells[column].tolist() for column in _CELL)


def _resampled(contrast: Contrast, one: EvaluationReport, other: EvaluationReport, *, seed: int) -> Contrast:
    """The contrast with the interval and the P value of its difference on the same persons."""
    draws = resampled_persons(one, seed=seed)
    before, after = (roc_areas(report.truth, report.score, draws.unit, draws.times) for report in (one, other))
    return replace(
        contrast,
        same_cells=True,
        interval=draws.interval(after - before),
        p_value=draws.p_value(contrast.difference, after - before),
    )


def _corrected(found: Sequence[Contrast]) -> tuple[Contrast, ...]:
    from statsmodels.stats.multitest import multipletests

    known = [contrast for contrast in found if contrast.p_value is not None]
    if not known:
        return tuple(found)
    values = multipletests([contrast.p_value for contrast in known], method="holm")[1]
    of_model = {contrast.model: float(value) for contrast, value in zip(known, values, strict=True)}
    return tuple(replace(contrast, p_value=of_model.get(contrast.model)) for contrast in found)


def _differences(first: Comparison, second: Comparison) -> Iterator[str]:
    """A sentence for each thing that differs."""
    for title, one, other in (
        ("Source of the cells", first.origin, second.origin),
        ("How to test", _protocol(first), _protocol(second)),
        ("Cells are kept apart by", first.split_by, second.split_by),
        ("Test cells", f"{first.cells['test']:,}", f"{second.cells['test']:,}"),
        ("Edits", applied(first.edits).rstrip("."), applied(second.edits).rstrip(".")),
        ("What the classical models see", feature_set(first.features).title, feature_set(second.features).title),
        ("Hyperparameters", _tuned(first), _tuned(second)),
        ("Operating point", first.plan.choice.source, second.plan.choice.source),
        ("PPV and NPV hold for", _prevalence(first), _prevalence(second)),
        ("Seed", str(first.seed), str(second.seed)),
    ):
        if one != other:
            yield f"{title}: {one} in the {FIRST}, {other} in the {SECOND}."
    if first.origin == second.origin and first.data_fingerprint != second.data_fingerprint:
        yield "The labelled cells are not the same ones, though their source is."
    models, others = ([row.model for row in comparison.rows] for comparison in (first, second))
    for run, alone in (
        (FIRST, [model for model in models if model not in others]),
        (SECOND, [model for model in others if model not in models]),
    ):
        if alone:
            yield f"Only in the {run}: {', '.join(alone)}."
    libraries = [
        f"{name} {first.versions.get(name, 'none')} and {second.versions.get(name, 'none')}"
        for name in sorted({*first.versions, *second.versions})
        if first.versions.get(name) != second.versions.get(name)
    ]
    if libraries:
        yield f"Versions: {'; '.join(libraries)}."


def _protocol(comparison: Comparison) -> str:
    title = PROTOCOLS[comparison.plan.protocol]
    return title if comparison.plan.protocol == "fixed" else f"{title} ({comparison.plan.folds} folds)"


def _tuned(comparison: Comparison) -> str:
    return "tuned inside the training subjects" if comparison.plan.tuned else "as they come"


def _prevalence(comparison: Comparison) -> str:
    wanted = comparison.plan.prevalence
    return (
        f"the share of {comparison.classes[1]} cells of the test" if wanted is None else f"a prevalence of {wanted:.1%}"
    )
