"""A comparison as a `Series` of assessments: each model on each split by itself."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.assessment import Assessment
from core.compare import combine
from core.comparison import Comparison
from core.config import Settings
from core.data.dataset import CellDataset
from core.packed import saved
from core.protocol import Plan, assignments, check_models, prepare
from core.series import Series, Work
from core.shared import shared
from core.worker import run_assessment, run_features


def comparison_series(
    dataset: CellDataset, plan: Plan, *, settings: Settings, folder: Path, keep: Callable[[Comparison], None]
) -> Series:
    """The assessments of a comparison.

    Args:
        dataset: Hashed, labelled cells.
        plan: What is compared.
        settings: Where caches and models are.
        folder: Folder for the assessments that are finished before all are.
        keep: Told what they come to, once and only where there is any.

    Raises:
        ValueError: If a model is unknown or there are too few folds.
        SplitImpossible: If there are too few persons.
    """
    check_models(plan, settings.models)
    todo, sent = assignments(dataset, plan), shared(settings)

    def together(outcomes: Sequence[Assessment]) -> dict[str, Any]:
        if outcomes:
            table = prepare(dataset, plan, cache=settings.cache, store_folder=settings.models)
            keep(combine(dataset, plan, outcomes, left_out=table.problems))
        return {"plan": {**asdict(plan), "models": list(plan.models)}, "kept": bool(outcomes)}

    return Series(
        titles=tuple(assignment.title for assignment in todo),
        first=Work(run_features, (dataset, plan, sent)),
        work=lambda number: Work(run_assessment, (dataset, plan, todo[number], sent, folder / str(number))),
        finished=lambda number: saved(folder / str(number)),
        failed=lambda number, problem: todo[number].failed(problem),
        together=together,
        live=False,
    )
