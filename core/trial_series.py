"""Cross-validations and learning curves as a `Series` of trainings."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core import cross_validation, learning_curve
from core.config import Settings
from core.data.dataset import CellDataset
from core.hyperparameters import TrainingConfig
from core.job import Kind
from core.series import Series, Work
from core.shared import shared
from core.trial import Trial, TrialOutcome, Trials, finished
from core.worker import run_preparation, run_trial


def trial_series(
    kind: Kind,
    dataset: CellDataset,
    config: TrainingConfig,
    asked: Mapping[str, Any],
    *,
    settings: Settings,
    folder: Path,
) -> Series:
    """The trainings of a cross-validation or a learning curve.

    Args:
        kind: Which of both.
        dataset: Hashed, labelled cells.
        config: Hyperparameters.
        asked: Number of folds as `count`, or `shares` and `repetitions`; the record of such a job has the same keys.
        settings: Where caches are.
        folder: Folder for what unfinished trainings leave.

    Raises:
        ValueError: If too few folds or a share out of range are asked for, or it starts from a stored model.
        SplitImpossible: If there are too few persons.
    """
    trials = _trials(kind, dataset, config, asked)
    plans, sent = trials.plans, shared(settings)

    def together(outcomes: Sequence[TrialOutcome]) -> dict[str, Any]:
        return asdict(trials.together(outcomes))

    return Series(
        titles=tuple(plan.title for plan in plans),
        first=Work(run_preparation, (dataset, plans, sent)),
        work=lambda number: Work(run_trial, (dataset, plans[number], sent, folder / str(number))),
        finished=lambda number: finished(folder / str(number)),
        failed=lambda number, problem: TrialOutcome(Trial(plans[number].title, problem=problem)),
        together=together,
    )


def _trials(kind: Kind, dataset: CellDataset, config: TrainingConfig, asked: Mapping[str, Any]) -> Trials:
    if kind == "cross-validation":
        return cross_validation.trials(dataset, config, count=asked["count"])
    return learning_curve.trials(dataset, config, shares=asked["shares"], repetitions=asked["repetitions"])
