"""`LearningCurve`: what more subjects bring, measured on the same test subjects."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from core.card import RESEARCH_NOTICE
from core.data.dataset import CellDataset
from core.data.edits import applied
from core.data.split import smaller, split
from core.hyperparameters import TrainingConfig
from core.metrics import Judged, resampled
from core.recipe import Recipe, recipe
from core.resampling import Resampling, resampling
from core.trial import Trial, TrialOutcome, TrialPlan, Trials
from core.types import FloatArray

SHARES = (0.25, 0.5, 0.75, 1.0)
_HALF = 0.5


@dataclass(frozen=True)
class Level:
    """One number of training subjects.

    Attributes:
        share: Share of the training subjects.
        subjects: Number of them, on average over repetitions.
        cells: Number of their cells, likewise.
        areas: ROC AUC on the test subjects in each repetition.
        interval: 95 % interval of their mean over resampled test subjects, or None where there are too few of these.
    """

    share: float
    subjects: float
    cells: float
    areas: tuple[float, ...]
    interval: tuple[float, float] | None

    @property
    def roc_auc(self) -> float:
        """Mean over repetitions."""
        return float(np.mean(self.areas))


@dataclass(frozen=True)
class Gain:
    """What the last subjects brought.

    Attributes:
        before: Number of subjects at the level nearest to half of all.
        after: Number of subjects at the highest level.
        difference: ROC AUC after minus before, the mean over repetitions.
        interval: 95 % interval of the difference over resampled test subjects, paired; None where these are too few.
    """

    before: float
    after: float
    difference: float
    interval: tuple[float, float] | None

    @property
    def sentence(self) -> str:
        """Whether more subjects would help."""
        measured = f"From {self.before:.0f} to {self.after:.0f} training subjects: ROC AUC {self.difference:+.3f}"
        if self.interval is None:
            return f"{measured}, on too few test subjects to say whether more subjects would help."
        low, high = self.interval
        spread = f"(95 % interval {low:+.3f} to {high:+.3f})"
        if low > 0:
            return f"{measured} {spread}; still rising, so more subjects should help."
        if high < 0:
            return f"{measured} {spread}; falling, so look at the subjects that were added last."
        return f"{measured} {spread}; levelled off within the spread, so more subjects may help little."


@dataclass(frozen=True)
class LearningCurve:
    """The trials that were made so far, and what they say together.

    Attributes:
        recipe: What was tried.
        shares: Shares of the training subjects that were asked for, ascending.
        repetitions: Trials that were asked for at each share.
        trials: Those that have ended; a failed one has its reason and no figures.
        levels: One a share that has figures, ascending.
        gain: What the last subjects brought; None before the highest share and a lower one are tested.
    """

    recipe: Recipe
    shares: tuple[float, ...]
    repetitions: int
    trials: tuple[Trial, ...] = ()
    levels: tuple[Level, ...] = ()
    gain: Gain | None = None

    @property
    def count(self) -> int:
        """Trials that were asked for."""
        return len(self.shares) * self.repetitions

    @property
    def tested(self) -> tuple[Trial, ...]:
        """The trials that have figures."""
        return tuple(trial for trial in self.trials if trial.test)

    @property
    def failed(self) -> tuple[Trial, ...]:
        """Those that have none, with their reasons."""
        return tuple(trial for trial in self.trials if trial.problem)

    @property
    def stamps(self) -> tuple[str, ...]:
        """The caveats in a word or two each; that parts of the subjects were used is what it is about."""
        missing = () if len(self.tested) == self.count else (f"{len(self.tested)} of {self.count} trainings",)
        return (*self.recipe.stamps, *missing)

    @property
    def sentence(self) -> str:
        """Whether more subjects would help, for people."""
        found = (
            self.gain.sentence if self.gain else "Not enough has been tested to say whether more subjects would help."
        )
        return f"{found} {applied(self.recipe.edits)}"

    def table(self) -> pd.DataFrame:
        """One row a level: share, subjects, cells, ROC AUC, its interval, and the spread over repetitions."""
        rows = [
            {
                "share": level.share,
                "subjects": level.subjects,
                "cells": level.cells,
                "roc_auc": level.roc_auc,
                "low": level.interval[0] if level.interval else None,
                "high": level.interval[1] if level.interval else None,
                "sd": float(np.std(level.areas, ddof=1)) if len(level.areas) > 1 else None,
                "repetitions": len(level.areas),
            }
            for level in self.levels
        ]
        columns = ["share", "subjects", "cells", "roc_auc", "low", "high", "sd", "repetitions"]
        table = pd.DataFrame(rows, columns=columns)
        return table.astype(dict.fromkeys(columns[:-1], float))

    def export(self) -> pd.DataFrame:
        """One row a trial with what a reader of the file alone must know beside it."""
        rows = [
            {
                "training": trial.title,
                "share": trial.share,
                "training_seed": trial.seed,
                "training_subjects": trial.subjects.get("train"),
                "training_cells": trial.cells.get("train"),
                "test_subjects": trial.subjects.get("test"),
                "test_cells": trial.cells.get("test"),
                "roc_auc": trial.test.get("roc_auc"),
                "problem": trial.problem,
            }
            for trial in self.trials
        ]
        return pd.DataFrame(rows).assign(**self.recipe.columns(*self.stamps[len(self.recipe.stamps) :]))

    def to_json(self) -> str:
        """Everything, readable by people."""
        return json.dumps({"notice": RESEARCH_NOTICE, "stamps": self.stamps, **asdict(self)}, indent=2)

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> "LearningCurve":
        """From what JSON made of it.

        Raises:
            KeyError, TypeError, ValueError: If another version wrote it.
        """
        gain = fields["gain"]
        return cls(
            recipe=Recipe.read(fields["recipe"]),
            shares=tuple(fields["shares"]),
            repetitions=fields["repetitions"],
            trials=tuple(Trial.read(trial) for trial in fields["trials"]),
            levels=tuple(
                Level(**{**level, "areas": tuple(level["areas"]), "interval": _pair(level["interval"])})
                for level in fields["levels"]
            ),
            gain=None if gain is None else Gain(**{**gain, "interval": _pair(gain["interval"])}),
        )


def trials(
    dataset: CellDataset, config: TrainingConfig, *, shares: Sequence[float] = SHARES, repetitions: int = 1
) -> Trials:
    """Trials with more and more training subjects, those with most first, since they take longest.

    All test the same subjects. Within a repetition the subjects of a smaller share are among those of a larger one;
    the next repetition chooses others, and begins with other weights.

    Args:
        dataset: Hashed, labelled cells.
        config: Hyperparameters; its seed decides the test subjects. Its own share of subjects does not count.
        shares: Shares of the training (and of the validation) subjects, in (0, 1].
        repetitions: Trials for each share.

    Raises:
        ValueError: If there is no share or repetition, a share is out of range, or the configuration starts from a
            stored model.
        SplitImpossible: If there are too few subjects.
    """
    if not shares or repetitions < 1:
        raise ValueError(
            f"Expected at least one share and one repetition. Received: {len(shares)} and {repetitions} of them."
        )
    config = replace(config, subjects_share=1.0)
    what = recipe(dataset, config)
    whole = split(dataset, seed=config.seed)
    found = []
    for share in sorted(set(shares), reverse=True):
        for repetition in range(repetitions):
            seed = config.seed + repetition
            sides = smaller(dataset, whole, share=share, seed=seed)
            again = f", repetition {repetition + 1}" if repetitions > 1 else ""
            title = f"{len(sides.units('train'))} training {sides.by}s{again}"
            found.append(TrialPlan(title, replace(config, seed=seed, subjects_share=share), sides))
    return Trials(tuple(found), partial(learning_curve, what, shares=tuple(shares), repetitions=repetitions))


def learning_curve(
    recipe: Recipe, outcomes: Sequence[TrialOutcome], *, shares: Sequence[float], repetitions: int
) -> LearningCurve:
    """Put trials together.

    Args:
        recipe: What was tried.
        outcomes: Of the trials that have ended, all on the same test cells.
        shares: Shares that were asked for.
        repetitions: Trials that were asked for at each share.
    """
    draws: Resampling | None = None  # the same for all trials, so that their differences are paired
    found: dict[float, list[_Tested]] = {}
    for outcome in outcomes:
        report = outcome.report
        if report is not None:
            draws = draws or resampling(report.cells["subject"].to_numpy(dtype=str), report.truth)
            judged = Judged(report.truth, report.score, report.called, None, draws.unit)
            tested = _Tested(outcome.trial, resampled(judged, draws.times)["roc_auc"])
            found.setdefault(outcome.trial.share, []).append(tested)
    levels = () if draws is None else tuple(_level(found[share], draws) for share in sorted(found))
    highest = max(shares) in found and len(found) > 1
    return LearningCurve(
        recipe=recipe,
        shares=tuple(sorted(set(shares))),
        repetitions=repetitions,
        trials=tuple(outcome.trial for outcome in outcomes),
        levels=levels,
        gain=_gain(levels, found, draws) if highest and draws is not None else None,
    )


@dataclass(frozen=True, eq=False)
class _Tested:
    """A trial with figures, and its ROC AUC in each resampling of the test subjects, (draws,)."""

    trial: Trial
    areas: FloatArray


def _level(tested: Sequence[_Tested], draws: Resampling) -> Level:
    return Level(
        share=tested[0].trial.share,
        subjects=float(np.mean([each.trial.subjects["train"] for each in tested])),
        cells=float(np.mean([each.trial.cells["train"] for each in tested])),
        areas=tuple(each.trial.test["roc_auc"] for each in tested),
        interval=draws.interval(_mean_areas(tested)),
    )


def _gain(levels: Sequence[Level], found: Mapping[float, Sequence[_Tested]], draws: Resampling) -> Gain:
    most = levels[-1]
    half = min(levels[:-1], key=lambda level: abs(level.share - _HALF * most.share))
    return Gain(
        before=half.subjects,
        after=most.subjects,
        difference=most.roc_auc - half.roc_auc,
        interval=draws.interval(_mean_areas(found[most.share]) - _mean_areas(found[half.share])),
    )


def _mean_areas(tested: Sequence[_Tested]) -> FloatArray:
    return np.asarray(np.mean([each.areas for each in tested], axis=0))


def _pair(value: Sequence[float] | None) -> tuple[float, float] | None:
    return None if value is None else (value[0], value[1])
