"""`CrossValidation`: how good a recipe is on persons that it has never seen, each of whom is tested once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logit

from core.calibration import CLIP
from core.card import RESEARCH_NOTICE
from core.data.dataset import CellDataset
from core.data.edits import applied
from core.data.split import folds as dealt
from core.evaluation import EvaluationReport
from core.hyperparameters import TrainingConfig
from core.recipe import Recipe, recipe
from core.trial import Trial, TrialOutcome, TrialPlan, Trials
from core.types import FloatArray

FIGURES = ("roc_auc", "balanced_accuracy", "sensitivity", "specificity", "accuracy", "weighted_f1")


@dataclass(frozen=True)
class CrossValidation:
    """The folds that were tested so far, and all of them together.

    Attributes:
        recipe: What was tried.
        count: Number of folds that were asked for.
        folds: One a fold that has ended, in their order; a failed one has its reason and no figures.
        pooled: Figures over the cells of all tested folds together; {} before the first.
        roc: Corners of the pooled ROC curve.
    """

    recipe: Recipe
    count: int
    folds: tuple[Trial, ...] = ()
    pooled: Mapping[str, float] | None = None
    roc: tuple[tuple[float, float], ...] = ()

    @property
    def tested(self) -> tuple[Trial, ...]:
        """The folds that have figures."""
        return tuple(fold for fold in self.folds if fold.test)

    @property
    def failed(self) -> tuple[Trial, ...]:
        """Those that have none, with their reasons."""
        return tuple(fold for fold in self.folds if fold.problem)

    @property
    def stamps(self) -> tuple[str, ...]:
        """The caveats in a word or two each."""
        missing = () if len(self.tested) == self.count else (f"{len(self.tested)} of {self.count} folds",)
        return (*self.recipe.stamps, *missing)

    @property
    def sentence(self) -> str:
        """What it has come to, for people."""
        tested = self.tested
        if not tested:
            return "No fold has been tested."
        persons = sum(fold.subjects["test"] for fold in tested)
        whole = f"in {self.count} folds" if len(tested) == self.count else f"in {len(tested)} of {self.count} folds"
        areas = [fold.test["roc_auc"] for fold in tested]
        spread = f" ± {np.std(areas, ddof=1):.2f}" if len(areas) > 1 else ""
        what = "persons" if self.recipe.split_by == "subject" else "contents"
        return (
            f"ROC AUC {np.mean(areas):.2f}{spread} (mean and standard deviation over folds): {persons:,} {what} were "
            f"tested once each {whole}, always by a network that had never seen them. "
            f"{applied(self.recipe.edits)}"
        )

    @property
    def confusion_matrix(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Of all tested cells, each called at its own fold's operating point; rows truth, columns call."""
        total = np.sum([fold.confusion_matrix for fold in self.tested] or [((0, 0), (0, 0))], axis=0)
        (true_negative, false_positive), (false_negative, true_positive) = total.tolist()
        return (true_negative, false_positive), (false_negative, true_positive)

    def table(self) -> pd.DataFrame:
        """One row a figure: `mean` and sample standard deviation `sd` over folds, `lowest`, `highest`, and `pooled`."""
        by_fold = pd.DataFrame([fold.test for fold in self.tested], columns=list(FIGURES), dtype=float)
        rows = {
            "mean": by_fold.mean(),
            "sd": by_fold.std(ddof=1),
            "lowest": by_fold.min(),
            "highest": by_fold.max(),
            "pooled": pd.Series(dict(self.pooled or {}), index=list(FIGURES), dtype=float),
        }
        return pd.DataFrame(rows).rename_axis("figure").reset_index()

    def by_fold(self) -> pd.DataFrame:
        """One row a fold: its figures on its test subjects, its sizes, and why it has none."""
        rows = [
            {
                "fold": fold.title,
                **fold.test,
                "validation_roc_auc": fold.validation.get("roc_auc"),
                "threshold": fold.threshold if fold.test else None,
                "test_subjects": fold.subjects.get("test"),
                "test_cells": fold.cells.get("test"),
                "epochs": fold.epochs or None,
                "problem": fold.problem,
            }
            for fold in self.folds
        ]
        numbers = [*FIGURES, "validation_roc_auc", "threshold", "test_subjects", "test_cells", "epochs"]
        table = pd.DataFrame(rows, columns=["fold", *numbers, "problem"])
        table[numbers] = table[numbers].astype(float)
        return table

    def by_subject(self) -> pd.DataFrame:
        """One row a tested subject with its `fold`, `cells`, `positives`, `accuracy` and `mean_score`, worst first."""
        rows = [{**row, "fold": fold.title} for fold in self.tested for row in fold.by_subject]
        table = pd.DataFrame(rows, columns=["subject", "fold", "cells", "positives", "accuracy", "mean_score"])
        return table.sort_values(["accuracy", "cells", "subject"], ascending=[True, False, True], ignore_index=True)

    def export(self) -> pd.DataFrame:
        """The folds, and below them mean, standard deviation and pooled, with what a reader must know beside each."""
        together = self.table().set_index("figure")[["mean", "sd", "pooled"]].T.rename_axis("fold").reset_index()
        rows = pd.concat([self.by_fold(), together.assign(problem="")], ignore_index=True)
        return rows.assign(folds=self.count, **self.recipe.columns(*self.stamps[len(self.recipe.stamps) :]))

    def to_json(self) -> str:
        """Everything, readable by people."""
        return json.dumps({"notice": RESEARCH_NOTICE, "stamps": self.stamps, **asdict(self)}, indent=2)

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> "CrossValidation":
        """From what JSON made of it.

        Raises:
            KeyError, TypeError, ValueError: If another version wrote it.
        """
        return cls(
            recipe=Recipe.read(fields["recipe"]),
            count=fields["count"],
            folds=tuple(Trial.read(fold) for fold in fields["folds"]),
            pooled=fields["pooled"],
            roc=tuple((x, y) for x, y in fields["roc"]),
        )


def trials(dataset: CellDataset, config: TrainingConfig, *, count: int = 5) -> Trials:
    """A trial for each fold.

    Args:
        dataset: Hashed, labelled cells.
        config: Hyperparameters; its seed also decides the folds.
        count: Number of folds, at least three.

    Raises:
        ValueError: If there are too few folds, or the configuration starts from a stored model.
        SplitImpossible: If there are too few persons.
    """
    what = recipe(dataset, config)
    sides = dealt(dataset, count=count, seed=config.seed, share=config.subjects_share)
    plans = tuple(TrialPlan(f"Fold {number}", config, side) for number, side in enumerate(sides, start=1))
    return Trials(plans, partial(cross_validation, what, count=count))


def cross_validation(recipe: Recipe, outcomes: Sequence[TrialOutcome], *, count: int) -> CrossValidation:
    """Put folds together.

    Args:
        recipe: What was tried.
        outcomes: Of the folds that have ended, in their order.
        count: Number of folds that were asked for.
    """
    reports = [outcome.report for outcome in outcomes if outcome.report is not None]
    together = pooled(reports) if reports else None
    return CrossValidation(
        recipe=recipe,
        count=count,
        folds=tuple(outcome.trial for outcome in outcomes),
        pooled=together.figures() if together else None,
        roc=together.roc_corners() if together else (),
    )


def pooled(reports: Sequence[EvaluationReport]) -> EvaluationReport:
    """All folds' test cells as one set: each called at its own fold's operating point, which is 0 here.

    Networks of different folds have scales of their own: 0.4 may be much for one and little for another. So a cell's
    score is how far it stands above its fold's operating point, in log-odds.

    Args:
        reports: On different cells, with the same classes; at least one.

    Source:
        Forman and Scholz 2010, doi 10.1145/1882471.1882479: pooled scores of folds must be comparable, or their AUROC
        is too low; that is why the mean over folds stands first.
    """
    cells = pd.concat([report.cells.assign(score=_above_threshold(report)) for report in reports], ignore_index=True)
    return EvaluationReport(cells, reports[0].classes, 0.0)


def _above_threshold(report: EvaluationReport) -> FloatArray:
    score, threshold = (np.clip(value, CLIP, 1 - CLIP) for value in (report.score, report.threshold))
    above = logit(score) - logit(threshold)
    # where clipping has made a cell and the threshold equal, the call is still the fold's
    return np.asarray(np.where(report.called == 1, np.maximum(above, 0), np.minimum(above, -CLIP)))
