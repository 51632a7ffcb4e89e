"""Fit one scikit-learn model as a comparison does, on one split by subject, and keep it as a model that can be used."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core import store
from core.assessment import KNOWN_PROBLEMS, Assessment, Assignment, fitted_assessment
from core.card import OF_A_NETWORK, ModelCard
from core.classical import as_share
from core.classical_model import ClassicalModel
from core.config import Settings
from core.data.dataset import CellDataset
from core.data.split import USED, Split, split
from core.errors import LeukoscopeError, ModelError
from core.estimators import ESTIMATORS
from core.evaluation import EvaluationReport
from core.features.blocks import VERSION
from core.features.sets import FeatureSet, feature_set
from core.features.table import FeatureTable, feature_table
from core.gate_fitting import gated
from core.importance import importance
from core.outcome import tested
from core.pipeline_card import PipelineCard
from core.protocol import Plan
from core.types import Progress, silent
from core.versions import library_versions


@dataclass(frozen=True, eq=False)
class ClassicalResult:
    """A fitted model and its scores, as `store.save` takes them.

    Attributes:
        model: The model with its card.
        reports: Of the "validation" and the "test" cells, at the operating point chosen on the former.
    """

    model: ClassicalModel
    reports: dict[str, EvaluationReport]


def stored(
    dataset: CellDataset, plan: Plan, model: str, *, name: str, settings: Settings, progress: Progress = silent
) -> ModelCard:
    """Fit a model of a comparison and store it under a new name, whole or not at all.

    Args:
        dataset: Hashed, labelled cells.
        plan: The comparison's; see `train`.
        model: A key of `ESTIMATORS`.
        name: Of the stored model.
        settings: Where the store and the cache are.
        progress: Called as cells are described; may raise `Cancelled`.

    Returns:
        The card as written.

    Raises:
        ValueError, DataError, ModelError: As `train`; also if the name cannot be used or is taken.
    """
    if (settings.models / store.check_name(name)).exists():
        raise ModelError(f"Expected a new model name. Received: {name}, which exists already.")
    found = train(dataset, plan, model, name=name, cache=settings.cache, progress=progress)
    fitted = gated(found.model, dataset, progress=progress)
    return store.save(fitted, settings.models, reports=found.reports)


def train(
    dataset: CellDataset, plan: Plan, model: str, *, name: str, cache: Path, progress: Progress = silent
) -> ClassicalResult:
    """Fit a model on the training subjects; its operating point and calibrator come from the validation subjects.

    With a fixed split the figures are those of the comparison's row; a comparison with folds has as many models as
    folds, and this is another one, on the fixed split of the same seed.

    Args:
        dataset: Hashed, labelled cells.
        plan: Its features, seed, rule for the operating point, and whether hyperparameters are tuned.
        model: A key of `ESTIMATORS`.
        name: Name of the model.
        cache: Folder of the numbers that describe cells.
        progress: Called as cells are described; may raise `Cancelled`.

    Raises:
        ValueError: If there is no such model, or it sees a network's embedding.
        SplitImpossible: If there are too few subjects.
        DataError: If the cells are not hashed, or none can be read.
        ModelError: If the model cannot be fitted.
    """
    if model not in ESTIMATORS:
        raise ValueError(f"Expected a model out of {', '.join(ESTIMATORS)}. Received: {model}.")
    features = feature_set(ESTIMATORS[model].features or plan.features)
    if features.network:
        raise ValueError(
            f"Expected features of the cell alone for a model that is stored. Received: {features.title}; "
            f"use {features.network} itself."
        )
    sides = split(dataset, seed=plan.seed)
    table = feature_table(dataset, [features], cache=cache, progress=progress)
    readable = table.readable(dataset)
    assignment = Assignment(model, sides, features=features.name, choice=plan.choice, tuned=plan.tuned, seed=plan.seed)
    progress(0, 2, f"Fitting {ESTIMATORS[model].title}")
    assessment, pipeline = _fitted(readable, assignment, features, table)
    progress(1, 2, "Measuring what the model depends on")
    validation = sides.cells(readable, "validation")
    weights = importance(
        pipeline, features.blocks, table.of(validation, features), dataset.truth(validation), seed=plan.seed
    )
    made = PipelineCard(
        title=f"{ESTIMATORS[model].title} on {features.title.lower()}",
        estimator=model,
        features=features.name,
        block_version=VERSION,
        libraries=_libraries(pipeline),
        seed=plan.seed,
        settings=dict(assessment.settings),
        importance=weights,
    )
    reports = _reports(assessment, dataset.classes)
    cells: dict[str, int] = {side: len(sides.cells(readable, side)) for side in USED}
    card = tested(replace(_card(dataset, sides, assessment, made, name=name), cells=cells), reports)
    progress(2, 2, "Measuring what the model depends on")
    return ClassicalResult(ClassicalModel(pipeline, card), reports)


def _fitted(
    dataset: CellDataset, assignment: Assignment, features: FeatureSet, table: FeatureTable
) -> tuple[Assessment, Any]:
    try:
        return fitted_assessment(dataset, assignment, features, table)
    except LeukoscopeError:
        raise
    except KNOWN_PROBLEMS as error:
        raise ModelError(f"{assignment.model} could not be fitted. {str(error) or type(error).__name__}") from error


def _libraries(pipeline: Any) -> tuple[str, ...]:  # noqa: ANN401
    by_xgboost = type(pipeline.named_steps["model"]).__module__.startswith("xgboost")
    return ("scikit-learn", "xgboost-cpu") if by_xgboost else ("scikit-learn",)


def _reports(assessment: Assessment, classes: tuple[str, str]) -> dict[str, EvaluationReport]:
    """Scores in [0, 1] with the operating point on the same scale, so that each call stays what it was."""
    cut = min(float(as_share(np.asarray(assessment.threshold), logits=assessment.logits)), 1.0)

    def report(cells: pd.DataFrame | None) -> EvaluationReport:
        if cells is None:
            raise ModelError(f"Expected scores of {assessment.model}. Received: none; {assessment.problem}")
        score = cells["score"].to_numpy(dtype=np.float64)
        share = as_share(score, logits=assessment.logits)
        if not np.array_equal(share >= cut, score >= assessment.threshold):
            raise ModelError(
                f"Expected scores that can be told apart. Received: {assessment.model}, whose scores lie too far from "
                "its boundary; fit it on more cells or fewer numbers."
            )
        return EvaluationReport(cells[["path", "subject", "positive"]].assign(score=share), classes, cut)

    return {"validation": report(assessment.validation), "test": report(assessment.test)}


def _card(dataset: CellDataset, sides: Split, assessment: Assessment, made: PipelineCard, *, name: str) -> ModelCard:
    return ModelCard(
        name=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        architecture=assessment.model,
        classes=dataset.classes,
        threshold=0.5,
        threshold_source=assessment.threshold_source,
        origin=dataset.origin,
        data_fingerprint=dataset.fingerprint(),
        split_by=sides.by,
        split_seed=sides.seed,
        subjects={side: sides.units(side) for side in USED},
        cells={},
        reduced=sides.reduced,
        validation={},
        test={},
        confusion_matrix=((0, 0), (0, 0)),
        versions=library_versions(),
        edits=dict(dataset.edits),
        calibrator=assessment.calibrator,
        pipeline=made,
        **OF_A_NETWORK,
    )
