"""`Row`: how one model stood over all splits of a comparison, with intervals over persons."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from core.assessment import Assessment, Kind, kind
from core.challenge import stamped
from core.evaluation import EvaluationReport
from core.metrics import Judged, figures, resampled
from core.protocol import Plan
from core.resampling import Resampling, resampling
from core.types import FloatArray, IntArray

CELLS = ("path", "subject", "person", "positive", "score", "probability", "called", "fold")
CANCELLED = "Cancelled before it was tested."
_UNRANKED = 0.5
_UNFINISHED = "Cancelled."


@dataclass(frozen=True, eq=False)
class Judgement(EvaluationReport):
    """Scores of one model on all test cells, each called at the operating point of its own split.

    `cells` has the columns `CELLS`. With several splits `score` is the calibrated probability, since scores of models
    that were fitted apart have scales of their own, and `threshold` is NaN.
    """

    @property
    def called(self) -> IntArray:
        """1 for a cell that is called positive, (cells,)."""
        return self.cells["called"].to_numpy(dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Row:
    """One model of a comparison, or why it has no figures.

    Attributes:
        model: Its name.
        kind: "classical", "baseline" or "network".
        report: Its score and call of each test cell; None where it failed.
        fit_seconds: Time to fit, over all splits; None for a stored network, which was trained elsewhere.
        predict_seconds: Time to score all test cells.
        problem: Why there is no report, or why splits are missing in it.
        stamps: What must stand beside the model's name, such as "reduced".
        figures: The keys of `core.metrics.FIGURES` on all test cells together; {} where it failed.
        intervals: 95 % interval of each figure over resampled persons; None where there are too few.
        by_fold: The figures of each split that was tested, by its number.
        threshold_source: How its operating point was chosen.
        settings: Hyperparameters that were tuned, by split.
        areas: ROC AUC in each resampling of the persons, (draws,); None where it was not computed here.
    """

    model: str
    kind: Kind
    report: EvaluationReport | None = None
    fit_seconds: float | None = None
    predict_seconds: float | None = None
    problem: str = ""
    stamps: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float] | None] = field(default_factory=dict)
    by_fold: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    threshold_source: str = ""
    settings: Mapping[int, Mapping[str, object]] = field(default_factory=dict)
    areas: FloatArray | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        """Name with its stamps, for people."""
        return stamped(self.model, self.stamps)

    @property
    def mean(self) -> dict[str, float]:
        """Mean of each figure over splits, each as much as any other; {} with a single one."""
        return {} if len(self.by_fold) < 2 else dict(pd.DataFrame(self.by_fold).mean(axis=1).items())  # type: ignore[arg-type]  # labels are figures' names

    @property
    def sd(self) -> dict[str, float]:
        """Sample standard deviation of each figure over splits; {} with a single one."""
        return {} if len(self.by_fold) < 2 else dict(pd.DataFrame(self.by_fold).std(axis=1, ddof=1).items())  # type: ignore[arg-type]  # as above


@dataclass(frozen=True)
class Inflation:
    """How much better a model looks where cells of one person stand on both sides.

    Attributes:
        model: Its name.
        by_subject: ROC AUC where persons are kept apart.
        at_random: ROC AUC of the same model on the same cells, dealt out at random.
        difference: The latter minus the former.
        interval: 95 % interval of the difference over resampled persons; None with too few of them.
    """

    model: str
    by_subject: float
    at_random: float
    difference: float
    interval: tuple[float, float] | None

    @property
    def sentence(self) -> str:
        """What may be said of it."""
        start = f"On random splits the ROC AUC of {self.model} is"
        instead = f"{self.at_random:.2f} instead of {self.by_subject:.2f}"
        if self.interval is None:
            return f"{start} {instead}; there are too few persons for an interval."
        low, high = self.interval
        if low <= 0 <= high:
            spread = f"{self.difference:+.2f}, {low:+.2f} to {high:+.2f}"
            return f"{start} {instead}: no difference can be claimed ({spread})."
        if self.difference < 0:
            return f"{start} {-self.difference:.2f} lower ({-high:.2f} to {-low:.2f})."
        return (
            f"{start} {self.difference:.2f} higher ({low:.2f} to {high:.2f}): "
            "cells of the same person stood on both sides."
        )


def rows(
    assessments: Sequence[Assessment], plan: Plan, classes: tuple[str, str], *, count: int, random: bool
) -> tuple[Row, ...]:
    """Put the assessments of each model together; figures come with `with_figures`.

    Args:
        assessments: Those that have ended; of a cancelled comparison not all.
        plan: What was compared.
        classes: (negative, positive).
        count: Number of splits.
        random: Whether of the random splits, or of those by subject.

    Returns:
        One a model, in the plan's order.
    """
    of_model: dict[str, list[Assessment]] = {name: [] for name in plan.compared}
    for assessment in assessments:
        if assessment.random == random:
            of_model[assessment.model].append(assessment)
    return tuple(
        _row(name, sorted(found, key=lambda assessment: assessment.fold), classes, count)
        for name, found in of_model.items()
        if found or not random
    )


def _row(model: str, assessments: Sequence[Assessment], classes: tuple[str, str], count: int) -> Row:
    tested = [assessment for assessment in assessments if assessment.test is not None]
    stamps = tuple(dict.fromkeys(stamp for assessment in assessments for stamp in assessment.stamps))
    problem = _problem(assessments, tested, count)
    if not tested:
        return Row(model, kind(model), problem=problem, stamps=stamps)
    if len(tested) < count:
        stamps = (*stamps, f"{len(tested)} of {count} folds")
    threshold = tested[0].threshold if count == 1 else float("nan")
    return Row(
        model,
        tested[0].kind,
        Judgement(_pooled(tested, several=count > 1), classes, threshold),
        _sum(assessment.fit_seconds for assessment in tested),
        _sum(assessment.predict_seconds for assessment in tested),
        problem,
        stamps,
        threshold_source=tested[0].threshold_source,
        settings={assessment.fold: assessment.settings for assessment in tested if assessment.settings},
    )


def with_figures(found: Sequence[Row], assessments: Sequence[Assessment], plan: Plan) -> tuple[Row, ...]:
    """Rows with their figures; every model on the same cells has the same resampled persons.

    Args:
        found: As of `rows`.
        assessments: What they were made of, and nothing else.
        plan: Its prevalence and seed count.
    """
    draws: dict[tuple[str, ...], Resampling] = {}
    judged_rows = []
    for row in found:
        if row.report is None:
            judged_rows.append(row)
            continue
        key = tuple(row.report.cells["path"])
        if key not in draws:
            draws[key] = resampled_persons(row.report, seed=plan.seed)
        judged = judged_by(row.report, draws[key])
        spread = resampled(judged, draws[key].times, prevalence=plan.prevalence)
        judged_rows.append(
            replace(
                row,
                figures=figures(judged, prevalence=plan.prevalence),
                intervals={name: draws[key].interval(values) for name, values in spread.items()},
                areas=spread["roc_auc"],
                by_fold={
                    assessment.fold: _of_fold(assessment, plan)
                    for assessment in assessments
                    if assessment.model == row.model and assessment.test is not None
                },
            )
        )
    return tuple(judged_rows)


def resampled_persons(report: EvaluationReport, *, seed: int) -> Resampling:
    """Persons of a report's cells, drawn with replacement."""
    return resampling(report.cells["person"].to_numpy(dtype=str), report.truth, seed=seed)


def _problem(assessments: Sequence[Assessment], tested: Sequence[Assessment], count: int) -> str:
    reasons = list(dict.fromkeys(assessment.problem for assessment in assessments if assessment.problem))
    missing = len(assessments) < count
    if count == 1 or not assessments:
        return " ".join(reasons) or (CANCELLED if missing else "")
    if missing:
        reasons.append(_UNFINISHED)
    failed = count - len(tested)
    return f"{failed} of {count} folds failed: {' '.join(reasons)}" if failed else ""


def _pooled(tested: Sequence[Assessment], *, several: bool) -> pd.DataFrame:
    """All test cells, by path: one order for all models."""
    tables = [
        assessment.test.assign(called=assessment.test["score"] >= assessment.threshold, fold=assessment.fold)
        for assessment in tested
        if assessment.test is not None
    ]
    cells = pd.concat(tables, ignore_index=True)
    if several:
        # a model that gives each cell of a split one score ranks none above another, also not by the split it is in
        ranked = cells.groupby("fold")["score"].transform("nunique") > 1
        cells["score"] = cells["probability"].where(ranked, _UNRANKED)
    return cells.sort_values("path", ignore_index=True)[list(CELLS)]


def judged_by(report: EvaluationReport, draws: Resampling) -> Judged:
    """What the statistics need of a report, with the resampled persons as units."""
    probability = report.cells["probability"].to_numpy(dtype=np.float64)
    return Judged(report.truth, report.score, report.called, probability, draws.unit)


def _of_fold(assessment: Assessment, plan: Plan) -> dict[str, float]:
    if assessment.test is None:
        return {}
    truth = assessment.test["positive"].to_numpy(dtype=np.int64)
    score = assessment.test["score"].to_numpy(dtype=np.float64)
    called = (score >= assessment.threshold).astype(np.int64)
    probability = assessment.test["probability"].to_numpy(dtype=np.float64)
    judged = Judged(truth, score, called, probability, np.arange(len(truth)))
    return figures(judged, prevalence=plan.prevalence)


def _sum(seconds: Iterable[float | None]) -> float | None:
    known = [value for value in seconds if value is not None]
    return sum(known) if known else None


def ranks(report: EvaluationReport) -> bool:
    """Whether a model ranks cells at all; the majority class does not, and no pair with it says anything."""
    return len(np.unique(report.score)) > 1


def inflations(by_subject: Sequence[Row], at_random: Sequence[Row], *, seed: int) -> tuple[Inflation, ...]:
    """What random splits add to the ROC AUC of each model whose cells were all tested in both ways.

    Args:
        by_subject: Rows of the splits that keep persons apart.
        at_random: Rows of the same models on the same cells, dealt out at random.
        seed: Of the resampling, as when the rows got their figures.
    """
    honest = {row.model: row for row in by_subject}
    found = []
    for row in at_random:
        other = honest.get(row.model)
        if other is None or other.report is None or row.report is None or not ranks(other.report):
            continue
        if row.areas is None or other.areas is None or not row.report.cells["path"].equals(other.report.cells["path"]):
            continue
        at_random_area, honest_area = row.figures["roc_auc"], other.figures["roc_auc"]
        interval = resampled_persons(other.report, seed=seed).interval(row.areas - other.areas)
        found.append(Inflation(row.model, honest_area, at_random_area, at_random_area - honest_area, interval))
    return tuple(found)
