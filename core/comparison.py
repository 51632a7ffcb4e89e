"""`Comparison`: classical models, baselines and stored networks on the same test subjects, and what may be said."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from core import estimators, metrics
from core.assessment import Assessment
from core.card import RESEARCH_NOTICE
from core.disagreement import disagreements
from core.errors import DataError
from core.estimators import AREA_ONLY
from core.evaluation import EvaluationReport
from core.packed import (
    packed,
    packed_differences,
    packed_rows,
    unpacked,
    unpacked_differences,
    unpacked_rows,
)
from core.paired import Pair
from core.protocol import Plan
from core.standings import Inflation, Row, rows

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
        edits: Cells that reviewers had changed before: "relabelled", "excluded", "added" and "added_subjects".
        pairs: Each two models that were tested on all cells; the majority class ranks none and is in no pair.
        random_rows: One a model on random splits, where these were asked for.
        inflations: What random splits add.
        left_out: Why a cell takes no part, by its path.
        assessments: What each model said in each split.
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
    assessments: tuple[Assessment, ...] = ()
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
                "scores": packed(self.assessments),
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
    assessments = unpacked(fields["scores"])
    plan = Plan.read(fields["plan"])
    negative, positive = fields["classes"]
    classes = (negative, positive)

    def restored(key: str, *, random: bool) -> tuple[Row, ...]:
        return unpacked_rows(rows(assessments, plan, classes, count=plan.splits, random=random), fields[key])

    return Comparison(
        rows=restored("rows", random=False),
        plan=plan,
        classes=classes,
        pairs=tuple(Pair(**each) for each in unpacked_differences(fields["pairs"])),
        random_rows=restored("random_rows", random=True),
        inflations=tuple(Inflation(**each) for each in unpacked_differences(fields["inflations"])),
        assessments=assessments,
        **{name: fields[name] for name in _COMMON},
    )


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    numbers = [*metrics.FIGURES, *TIMES]
    table[numbers] = table[numbers].astype(float)
    return table.sort_values(["roc_auc", "balanced_accuracy"], ascending=False, ignore_index=True)
