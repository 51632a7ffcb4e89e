"""Compare: run the assignments of a plan and put what they come to together."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from core import store
from core.assessment import Assessment, assess
from core.comparison import CLASSICAL, Comparison
from core.data.dataset import CellDataset
from core.data.split import Split
from core.disagreement import complete
from core.features.sets import DEFAULT
from core.paired import Pair, pairs
from core.protocol import Plan, assignments, check_models, prepare, splits
from core.standings import Row, inflations, judged_by, ranks, resampled_persons, rows, with_figures
from core.types import Progress, silent
from core.versions import library_versions


def combine(
    dataset: CellDataset, plan: Plan, assessments: Sequence[Assessment], *, left_out: Mapping[str, str] | None = None
) -> Comparison:
    """Put the assessments of a comparison together, in whatever order they ended.

    Args:
        dataset: Hashed, labelled cells.
        plan: What was compared.
        assessments: Of all assignments that have ended; a model with none is a row that says so.
        left_out: Why a cell takes no part, by its path: the `problems` of the `FeatureTable`.
    """
    dealt = splits(dataset, plan)
    cells, subjects = _sizes(dataset, dealt)
    order = {name: number for number, name in enumerate(plan.compared)}
    ended = tuple(
        sorted(assessments, key=lambda assessment: (order[assessment.model], assessment.random, assessment.fold))
    )
    by_subject, at_random = (
        with_figures(
            rows(ended, plan, dataset.classes, count=plan.splits, random=random),
            [assessment for assessment in ended if assessment.random == random],
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
        assessments=ended,
        versions=library_versions(),
    )


def _sizes(dataset: CellDataset, dealt: Sequence[Split]) -> tuple[dict[str, int], dict[str, int]]:
    cells: dict[str, int] = {}
    subjects: dict[str, int] = {}
    for name, side in (("fit", "train"), ("validation", "validation"), ("test", "test")):
        found = [sides.cells(dataset, side) for sides in dealt]  # type: ignore[arg-type]  # the three used sides
        splits_of_mean = 1 if side == "test" else len(dealt)
        cells[name] = round(sum(map(len, found)) / splits_of_mean)
        subjects[name] = round(sum(table["subject"].nunique() for table in found) / splits_of_mean)
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
    """Run all assignments of a plan in this process, one after the other.

    Args:
        dataset: Hashed, labelled cells.
        plan: What is compared.
        cache: Folder of everything that can be computed again.
        store_folder: The model store.
        progress: Called as cells are read and as assignments get done; may raise `Cancelled`.

    Raises:
        ValueError: If a model is unknown.
        DataError: If the data set is not hashed.
        SplitImpossible: If there are too few subjects.
    """
    check_models(plan, store_folder)
    todo = assignments(dataset, plan)
    table = prepare(dataset, plan, cache=cache, store_folder=store_folder, progress=progress)
    assessments: list[Assessment] = []
    for assignment in todo:
        progress(len(assessments), len(todo), f"Comparing {assignment.title}")
        assessments.append(assess(dataset, assignment, table=table, store_folder=store_folder, progress=progress))
    progress(len(todo), len(todo), "Comparing models")
    return combine(dataset, plan, assessments, left_out=table.problems)


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
