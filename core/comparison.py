"""`Comparison`: classical models, baselines and stored networks on the same test subjects, and what may be said."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from core import estimators, metrics, store
from core.card import RESEARCH_NOTICE
from core.data.dataset import CellDataset
from core.data.split import Split
from core.disagreement import complete, disagreements
from core.errors import DataError
from core.estimators import AREA_ONLY
from core.evaluation import EvaluationReport
from core.features.sets import DEFAULT
from core.operating_point import Choice
from core.packed import (
    packed,
    packed_differences,
    packed_rows,
    unpacked,
    unpacked_differences,
    unpacked_rows,
)
from core.paired import Pair, pairs
from core.protocol import Plan, check_models, parts, prepare, splits
from core.standings import Inflation, Row, inflations, judged_by, ranks, resampled_persons, rows, with_figures
from core.trials import Trial, run_trial
from core.types import Progress, silent
from core.versions import library_versions

FIGURES = ("accuracy", "balanced_accuracy", "roc_auc", "weighted_f1")  # of the published table; others beside them
TIMES = ("fit_seconds", "predict_seconds")
CLASSICAL = estimators.CLASSICAL
FORMAT = 1


@dataclass(frozen=True, eq=False)
class Comparison:
    """All rows, and what they have in common.

    Attributes:
        rows: One a model, on splits that keep persons apart.
        plan: What was compared, and how.
        origin: Whose cells they are.
        data_fingerprint: Fingerprint of the labelled cells.
        split_by: "subject" or "cell".
        classes: (negative, positive).
        cells: Cells of each side: "fit", "validation" and "test"; with folds the mean of the first two, and all that
            were tested.
        subjects: Number of subjects of each side, likewise.
        edits: Cells that reviewers had changed before: "relabelled" and "excluded".
        pairs: Each two models that were tested on all cells; the majority class ranks none and is in no pair.
        random_rows: One a model on random splits, where these were asked for.
        inflations: What random splits add.
        left_out: Why a cell takes no part, by its path.
        trials: What each model said in each split.
        versions: Library versions.
    """

    rows: tuple[Row, ...]
    plan: Plan
    origin: str
    data_fingerprint: str
    split_by: str
    classes: tuple[str, str]
    cells: Mapping[str, int]
    subjects: Mapping[str, int]
    edits: Mapping[str, int] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()
    random_rows: tuple[Row, ...] = ()
    inflations: tuple[Inflation, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    trials: tuple[Trial, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def features(self) -> str:
        """What the classical models saw."""
        return self.plan.features

    @property
    def seed(self) -> int:
        """Of the splits and the models."""
        return self.plan.seed

    def row(self, model: str) -> Row:
        """The row of a model.

        Raises:
            ValueError: If there is none.
        """
        for row in self.rows:
            if row.model == model:
                return row
        raise ValueError(f"Expected a model out of {', '.join(row.model for row in self.rows)}. Received: {model}.")

    def reports(self) -> dict[str, EvaluationReport]:
        """Report of each model that has one, by its title."""
        return {row.title: row.report for row in self.rows if row.report is not None}

    def table(self) -> pd.DataFrame:
        """One row a model with all figures, best ROC AUC first, failed models last with their reason."""
        found = [
            {
                "model": row.model,
                "stamp": ", ".join(row.stamps),
                **{name: row.figures.get(name) for name in metrics.FIGURES},
                "fit_seconds": row.fit_seconds,
                "predict_seconds": row.predict_seconds,
                "problem": row.problem,
            }
            for row in self.rows
        ]
        return _numbers(pd.DataFrame(found, columns=["model", "stamp", *metrics.FIGURES, *TIMES, "problem"]))

    def intervals(self) -> pd.DataFrame:
        """One row a model and figure: `value`, `low` and `high` of its 95 % interval, `mean` and `sd` over folds."""
        found = [
            {
                "model": row.model,
                "figure": name,
                "value": row.figures[name],
                "low": ends[0] if (ends := row.intervals.get(name)) else None,
                "high": ends[1] if ends else None,
                "mean": row.mean.get(name),
                "sd": row.sd.get(name),
            }
            for row in self.rows
            for name in metrics.FIGURES
            if row.figures
        ]
        numbers = ["value", "low", "high", "mean", "sd"]
        return pd.DataFrame(found, columns=["model", "figure", *numbers]).astype(dict.fromkeys(numbers, float))

    def export(self) -> pd.DataFrame:
        """The table with the bounds of each interval and what a reader of the file alone must know beside each row."""
        known = self.intervals().set_index(["model", "figure"])
        wide = {
            f"{figure}_{name}": self.table()["model"].map(known[name].xs(figure, level="figure"))
            for figure in metrics.FIGURES
            for name in ("low", "high", "mean", "sd")
            if len(known) and known[name].xs(figure, level="figure").notna().any()
        }
        return self.table().assign(
            **wide,
            features=self.features,
            protocol=self.plan.protocol,
            prevalence=self.plan.prevalence,
            operating_point=self.plan.choice.source,
            origin=self.origin,
            data_fingerprint=self.data_fingerprint,
            split_by=self.split_by,
            seed=self.seed,
            labels_changed=self.edits.get("relabelled", 0),
            cells_left_out=self.edits.get("excluded", 0),
            note=RESEARCH_NOTICE,
        )

    def sentences(self) -> tuple[str, ...]:
        """What may be said: what random splits add, who does not beat the cell's area, and each pair of models."""
        return (
            *(each.sentence for each in self.inflations),
            *(said for row in self.rows if row.kind != "baseline" and (said := self.against_area(row.model))),
            *(pair.sentence for pair in self.pairs if AREA_ONLY not in {pair.first, pair.second}),
        )

    def against_area(self, model: str) -> str:
        """Whether a model beats the cell's area alone, in a sentence; "" where the two cannot be compared."""
        pair = next((pair for pair in self.pairs if {pair.first, pair.second} == {model, AREA_ONLY}), None)
        if pair is None:
            return ""
        sign = 1 if pair.first == model else -1
        measured = f"ROC AUC {sign * pair.difference:+.3f}"
        if pair.interval is None:
            return f"{model} cannot be told from {AREA_ONLY} on so few subjects ({measured})."
        low, high = sorted(sign * bound for bound in pair.interval)
        beats = "beats" if pair.claimed and sign * pair.difference > 0 else "does not beat"
        return f"{model} {beats} {AREA_ONLY} ({measured}, 95 % interval {low:+.3f} to {high:+.3f})."

    def confused(self, model: str, *, positive: bool, called: bool) -> pd.DataFrame:
        """Test cells of one field of a model's confusion matrix, the surest call first.

        Raises:
            ValueError: If there is no such model.
        """
        report = self.row(model).report
        if report is None:
            return pd.DataFrame(columns=["path", "subject", "positive", "score", "probability"])
        cells = report.cells
        chosen = cells[(cells["positive"] == positive) & (cells["called"] == called)]
        return chosen.sort_values(["score", "path"], ascending=[not called, True], ignore_index=True)

    def by_subject(self, model: str) -> pd.DataFrame:
        """One row a test subject of a model, worst first; see `EvaluationReport.by_subject`.

        Raises:
            ValueError: If there is no such model, or it failed.
        """
        report = self.row(model).report
        if report is None:
            raise ValueError(f"Expected a model that was tested. Received: {model}: {self.row(model).problem}")
        return report.by_subject()

    def disagreements(self, models: Sequence[str] | None = None) -> pd.DataFrame:
        """Test cells that models call differently, the most divided first.

        Args:
            models: At least two; by default all that were tested on all cells, the baselines left out.

        Returns:
            `path`, `subject`, `positive`, `wrong` (models that call it wrong), and the probability that each model
            gives, by its name.
        """
        return disagreements(self.rows, models)

    def to_json(self) -> str:
        """Everything, each cell's score included, exact to the last bit."""
        return json.dumps(
            {
                "format": FORMAT,
                "notice": RESEARCH_NOTICE,
                "plan": asdict(self.plan),
                "origin": self.origin,
                "data_fingerprint": self.data_fingerprint,
                "split_by": self.split_by,
                "classes": self.classes,
                "cells": dict(self.cells),
                "subjects": dict(self.subjects),
                "edits": dict(self.edits),
                "left_out": dict(self.left_out),
                "versions": dict(self.versions),
                "rows": packed_rows(self.rows),
                "random_rows": packed_rows(self.random_rows),
                "pairs": packed_differences(self.pairs),
                "inflations": packed_differences(self.inflations),
                "scores": packed(self.trials),
            },
            allow_nan=False,
        )

    @classmethod
    def from_json(cls, text: str) -> "Comparison":
        """Read one back, with the figures that it was written with.

        Raises:
            DataError: If the text is none of this format.
        """
        try:
            fields = json.loads(text)
            if fields["format"] != FORMAT:
                raise DataError(f"Expected a comparison of format {FORMAT}. Received: {fields['format']}.")
            return _read(fields)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            raise DataError(f"Expected a comparison. Received: a damaged one ({error}).") from error


_COMMON = ("origin", "data_fingerprint", "split_by", "cells", "subjects", "edits", "left_out", "versions")


def _read(fields: Mapping[str, Any]) -> Comparison:
    trials = unpacked(fields["scores"])
    choice = Choice(**fields["plan"]["choice"])
    plan = Plan(**{**fields["plan"], "models": tuple(fields["plan"]["models"]), "choice": choice})
    negative, positive = fields["classes"]
    classes = (negative, positive)

    def restored(key: str, *, random: bool) -> tuple[Row, ...]:
        return unpacked_rows(rows(trials, plan, classes, count=_count(plan), random=random), fields[key])

    return Comparison(
        rows=restored("rows", random=False),
        plan=plan,
        classes=classes,
        pairs=tuple(Pair(**each) for each in unpacked_differences(fields["pairs"])),
        random_rows=restored("random_rows", random=True),
        inflations=tuple(Inflation(**each) for each in unpacked_differences(fields["inflations"])),
        trials=trials,
        **{name: fields[name] for name in _COMMON},
    )


def _count(plan: Plan) -> int:
    return 1 if plan.protocol == "fixed" else plan.folds


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    numbers = [*metrics.FIGURES, *TIMES]
    table[numbers] = table[numbers].astype(float)
    return table.sort_values(["roc_auc", "balanced_accuracy"], ascending=False, ignore_index=True)


def combine(
    dataset: CellDataset, plan: Plan, trials: Sequence[Trial], *, left_out: Mapping[str, str] | None = None
) -> Comparison:
    """Put the trials of a comparison together, in whatever order they ended.

    Args:
        dataset: Hashed, labelled cells.
        plan: What was compared.
        trials: Of all parts that have ended; a model with none is a row that says so.
        left_out: Why a cell takes no part, by its path: the `problems` of the `FeatureTable`.
    """
    dealt = splits(dataset, plan)
    cells, subjects = _sizes(dataset, dealt)
    order = {name: number for number, name in enumerate(plan.compared)}
    ended = tuple(sorted(trials, key=lambda trial: (order[trial.model], trial.random, trial.fold)))
    by_subject, at_random = (
        with_figures(
            rows(ended, plan, dataset.classes, count=_count(plan), random=random),
            [trial for trial in ended if trial.random == random],
            plan,
        )
        for random in (False, True)
    )
    return Comparison(
        rows=by_subject,
        plan=plan,
        origin=dataset.origin,
        data_fingerprint=dataset.fingerprint(),
        split_by=dealt[0].by,
        classes=dataset.classes,
        cells=cells,
        subjects=subjects,
        edits=dataset.edits,
        pairs=_pairs(by_subject, seed=plan.seed),
        random_rows=at_random,
        inflations=inflations(by_subject, at_random, seed=plan.seed),
        left_out=dict(left_out or {}),
        trials=ended,
        versions=library_versions(),
    )


def _sizes(dataset: CellDataset, dealt: Sequence[Split]) -> tuple[dict[str, int], dict[str, int]]:
    cells: dict[str, int] = {}
    subjects: dict[str, int] = {}
    for name, side in (("fit", "train"), ("validation", "validation"), ("test", "test")):
        found = [sides.cells(dataset, side) for sides in dealt]  # type: ignore[arg-type]  # the three used sides
        parts_of_mean = 1 if side == "test" else len(dealt)
        cells[name] = round(sum(map(len, found)) / parts_of_mean)
        subjects[name] = round(sum(table["subject"].nunique() for table in found) / parts_of_mean)
    return cells, subjects


def _pairs(found: Sequence[Row], *, seed: int) -> tuple[Pair, ...]:
    ranked = [row for row in complete(found) if row.report is not None and ranks(row.report)]
    reports = {row.model: row.report for row in ranked if row.report is not None}
    if len(reports) < 2:
        return ()
    draws = resampled_persons(next(iter(reports.values())), seed=seed)
    areas = {row.model: row.areas for row in ranked if row.areas is not None}  # of the same draws
    return pairs({name: judged_by(report, draws) for name, report in reports.items()}, draws, areas=areas)


def carry_out(
    dataset: CellDataset, plan: Plan, *, cache: Path, store_folder: Path, progress: Progress = silent
) -> Comparison:
    """Run all parts of a plan in this process, one after the other.

    Args:
        dataset: Hashed, labelled cells.
        plan: What is compared.
        cache: Folder of everything that can be computed again.
        store_folder: The model store.
        progress: Called as cells are read and as parts get done; may raise `Cancelled`.

    Raises:
        ValueError: If a model is unknown.
        DataError: If the data set is not hashed.
        SplitImpossible: If there are too few subjects.
    """
    check_models(plan, store_folder)
    todo = parts(dataset, plan)
    table = prepare(dataset, plan, cache=cache, store_folder=store_folder, progress=progress)
    trials: list[Trial] = []
    for part in todo:
        progress(len(trials), len(todo), f"Comparing {part.title}")
        trials.append(run_trial(dataset, part, table=table, store_folder=store_folder, progress=progress))
    progress(len(todo), len(todo), "Comparing models")
    return combine(dataset, plan, trials, left_out=table.problems)


def compare(  # noqa: PLR0913  # a plan's most used fields
    dataset: CellDataset,
    *,
    models: Sequence[str] | None = None,
    features: str = DEFAULT,
    store_folder: Path,
    seed: int = 0,
    progress: Progress = silent,
    cache: Path | None = None,
) -> Comparison:
    """Carry out a plan with a fixed split by subject.

    Args:
        dataset: Hashed, labelled cells.
        models: As in `Plan`; None for all classical models and all stored ones.
        features: As in `Plan`.
        store_folder: The model store.
        seed: As in `Plan`.
        progress: As in `carry_out`.
        cache: As in `carry_out`; None to keep nothing.

    Raises:
        As `carry_out`.
    """
    stored = [model.name for model in store.models(store_folder)]
    plan = Plan(tuple(models) if models is not None else (*CLASSICAL, *stored), features, seed=seed)
    if cache is not None:
        return carry_out(dataset, plan, cache=cache, store_folder=store_folder, progress=progress)
    with tempfile.TemporaryDirectory() as folder:
        return carry_out(dataset, plan, cache=Path(folder), store_folder=store_folder, progress=progress)
