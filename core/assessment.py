"""`Assessment`: one model on one split; fitted, set and calibrated on other subjects than those it is tested on."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from core import store
from core.calibrator import Calibrator, best, platt
from core.card import ModelCard
from core.champion import unfit
from core.classical import as_share, fitted, scores, tuned
from core.classical_model import ClassicalModel
from core.classifier import Classifier
from core.data.dataset import CellDataset
from core.data.persons import persons
from core.data.split import Split
from core.errors import Cancelled, LeukoscopeError
from core.estimators import ESTIMATORS
from core.features.sets import DEFAULT, FeatureSet, feature_set
from core.features.table import FeatureTable
from core.operating_point import Choice, threshold
from core.types import FloatArray, IntArray, Progress, silent
from core.warm_start import known

Kind = Literal["classical", "baseline", "network"]
CELLS = ("path", "subject", "person", "positive", "score", "probability")
KNOWN_PROBLEMS = (LeukoscopeError, ValueError, TypeError, AttributeError, ArithmeticError, MemoryError, RuntimeError)


@dataclass(frozen=True, eq=False)
class Assessment:
    """What one model said on one split, or why it said nothing.

    Attributes:
        model: Key of `ESTIMATORS`, or name of a stored network.
        kind: "classical", "baseline" or "network".
        fold: Number of the split, from 0.
        random: Whether cells were split at random, whoever they are of.
        stamps: What must stand beside the model's name, such as "reduced".
        threshold: Operating point: a cell is called positive where its score is at least this.
        threshold_source: How it was chosen.
        calibrator: Turns scores into probabilities.
        logits: Whether scores are log-odds of their own scale, as a decision function's are, and not in [0, 1].
        validation: One row a validation cell with `CELLS`; None where there are no scores.
        test: The same of the test cells.
        fit_seconds: Time to fit; None for a stored network, which was trained elsewhere.
        predict_seconds: Time to score the test cells.
        settings: Hyperparameters that were tuned inside the training side; {} where none were.
        problem: Why there are no scores, or "".
    """

    model: str
    kind: Kind
    fold: int = 0
    random: bool = False
    stamps: tuple[str, ...] = ()
    threshold: float = 0.5
    threshold_source: str = ""
    calibrator: Calibrator = field(default_factory=Calibrator)
    logits: bool = False
    validation: pd.DataFrame | None = None
    test: pd.DataFrame | None = None
    fit_seconds: float | None = None
    predict_seconds: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Assignment:
    """What an assessment is to do; independent of all others.

    Attributes:
        model: Key of `ESTIMATORS`, or name of a stored network.
        sides: Who is fitted, set and tested on.
        fold: Number of the split, from 0.
        random: Whether `sides` puts cells of one person on several sides.
        features: What classical models see; see `core.features.sets.feature_set`.
        choice: How the operating point is chosen on the validation side.
        tuned: Whether hyperparameters are tuned inside the training side.
        seed: Of the models.
        folds: Number of splits of which this is one.
    """

    model: str
    sides: Split
    fold: int = 0
    random: bool = False
    features: str = DEFAULT
    choice: Choice = field(default_factory=Choice)
    tuned: bool = False
    seed: int = 0
    folds: int = 1

    @property
    def kind(self) -> Kind:
        """Of the model."""
        return kind(self.model)

    @property
    def title(self) -> str:
        """What is run, for people."""
        return (
            f"{self.model}{', at random' if self.random else ''}{f', fold {self.fold + 1}' if self.folds > 1 else ''}"
        )

    @property
    def feature_set(self) -> FeatureSet | None:
        """What the model sees; None for a stored network, which has its own pixels."""
        if self.model not in ESTIMATORS:
            return None
        return feature_set(ESTIMATORS[self.model].features or self.features)

    def failed(self, problem: str, *, stamps: tuple[str, ...] = ()) -> Assessment:
        """An assessment without scores."""
        return Assessment(self.model, self.kind, self.fold, self.random, stamps=stamps, problem=problem)


def kind(model: str) -> Kind:
    """Of a model by its name; what is no entry of `ESTIMATORS` is a stored network."""
    return ESTIMATORS[model].kind if model in ESTIMATORS else "network"


def assess(
    dataset: CellDataset,
    assignment: Assignment,
    *,
    table: FeatureTable | None = None,
    store_folder: Path | None = None,
    progress: Progress = silent,
) -> Assessment:
    """Fit a classical model, or take a stored network as it is, and score the validation and the test side.

    Args:
        dataset: Hashed, labelled cells.
        assignment: What to do.
        table: Numbers of the cells, for a classical model.
        store_folder: The model store, for a network or a network's embedding.
        progress: Called as a network's cells are read; may raise `Cancelled`.

    Returns:
        The assessment; where the model failed, its `problem` says why.
    """
    try:
        if table is not None:
            dataset = table.readable(dataset)
        if assignment.kind == "network":
            return _network(dataset, assignment, store_folder, progress)
        return _classical(dataset, assignment, table, store_folder)
    except Cancelled:
        raise
    except KNOWN_PROBLEMS as error:
        return assignment.failed(str(error) or type(error).__name__)


def _classical(
    dataset: CellDataset, assignment: Assignment, table: FeatureTable | None, store_folder: Path | None
) -> Assessment:
    features = assignment.feature_set
    if table is None or features is None:
        raise ValueError(f"Expected the numbers of the cells for {assignment.model}. Received: none.")
    problem = _seen_by_embedding(dataset, assignment, features, store_folder)
    if problem:
        return assignment.failed(problem)
    return fitted_assessment(dataset, assignment, features, table)[0]


def fitted_assessment(
    dataset: CellDataset, assignment: Assignment, features: FeatureSet, table: FeatureTable
) -> tuple[Assessment, Any]:
    """An assessment with the scikit-learn pipeline that it is of.

    Args:
        dataset: Hashed, labelled cells, all of them in the table.
        assignment: Of a classical model.
        features: What it sees.
        table: Numbers of the cells.

    Raises:
        ValueError: If it does not converge or gives no scores; scikit-learn may raise others.
    """
    estimator = ESTIMATORS[assignment.model]
    train, validation, test = (assignment.sides.cells(dataset, side) for side in ("train", "validation", "test"))
    values, truth, widths = table.of(train, features), dataset.truth(train), table.widths(features)
    person = _units(dataset, train)
    settings: Mapping[str, Any] = {}
    started = time.perf_counter()
    if assignment.tuned:
        model, settings = tuned(estimator, widths, values, truth, person, seed=assignment.seed)
    else:
        model = fitted(estimator, widths, values, truth, seed=assignment.seed)
    fit_seconds = time.perf_counter() - started
    started = time.perf_counter()
    test_scores = scores(model, table.of(test, features))
    predict_seconds = time.perf_counter() - started
    found = Assessment(
        assignment.model,
        assignment.kind,
        assignment.fold,
        assignment.random,
        logits=hasattr(model, "decision_function"),
        fit_seconds=fit_seconds,
        predict_seconds=predict_seconds,
        settings=settings,
    )
    scored = _scored(dataset, validation, scores(model, table.of(validation, features)))
    judged = _judged(found, scored, _scored(dataset, test, test_scores), assignment.choice, estimator.threshold)
    return judged, model


def _units(dataset: CellDataset, cells: pd.DataFrame) -> npt.NDArray[np.str_]:
    """Person of each cell, or its content where it names no subject, (cells,)."""
    people = persons(dataset.candidates)
    person = cells["subject"].map(lambda subject: people.get(subject, ""))
    return person.where(cells["subject"] != "", cells["sha256"]).to_numpy(dtype=np.str_)


def _seen_by_embedding(
    dataset: CellDataset, assignment: Assignment, features: FeatureSet, store_folder: Path | None
) -> str:
    """Why a network's embedding must not be tested on these subjects, or ""."""
    if not features.network or store_folder is None:
        return ""
    card = store.card(store_folder, features.network)
    problem = _unfit(card, dataset, assignment)
    return f"Embedding of {features.network}: {problem}" if problem else ""


def _unfit(card: ModelCard, dataset: CellDataset, assignment: Assignment) -> str:
    return unfit(
        card,
        classes=dataset.classes,
        origin=dataset.origin,
        split_by=assignment.sides.by,
        subjects=assignment.sides.units("test"),
        hashes=set(assignment.sides.cells(dataset, "test")["sha256"]),
    )


def _network(dataset: CellDataset, assignment: Assignment, store_folder: Path | None, progress: Progress) -> Assessment:
    if store_folder is None:
        raise ValueError(f"Expected the model store that holds {assignment.model}. Received: none.")
    if assignment.random:
        return assignment.failed("A stored model cannot be fitted again on a random split.")
    card = store.card(store_folder, assignment.model)
    problem = _unfit(card, dataset, assignment)
    if problem:
        return assignment.failed(problem, stamps=card.stamps)
    classifier = store.load(store_folder, assignment.model)
    test = assignment.sides.cells(dataset, "test")
    started = time.perf_counter()
    test_scores = _stored_scores(classifier, dataset, test, progress)
    seconds = time.perf_counter() - started
    found = Assessment(assignment.model, "network", assignment.fold, stamps=card.stamps, predict_seconds=seconds)
    validation = _unseen_in_training(card, dataset, assignment.sides.cells(dataset, "validation"))
    tested = _scored(dataset, test, test_scores)
    if validation["label"].nunique() < 2:  # it was trained on them: its own operating point is the honest one
        own = replace(
            found, threshold=card.threshold, threshold_source=card.threshold_source, calibrator=card.calibrator
        )
        return with_probability(own, validation=None, test=tested)
    held_out = _stored_scores(classifier, dataset, validation, progress)
    return _judged(found, _scored(dataset, validation, held_out), tested, assignment.choice, None)


def _stored_scores(
    classifier: Classifier | ClassicalModel, dataset: CellDataset, cells: pd.DataFrame, progress: Progress
) -> FloatArray:
    files = [dataset.file(path) for path in cells["path"]]
    found = classifier.score_files(files, progress=progress)
    if not np.isfinite(found).all():
        raise ValueError("Expected a score for each cell. Received: one that is no number.")
    return np.asarray(found, dtype=np.float64)


def _unseen_in_training(card: ModelCard, dataset: CellDataset, cells: pd.DataFrame) -> pd.DataFrame:
    """The cells that a network's weights were not fitted on; those that chose among its epochs may stay."""
    held_out = set(card.subjects["validation"]) if card.origin == dataset.origin else set()
    ids, contents = known(card, dataset.origin)
    earlier = {unit for side, units in card.subjects.items() if side not in {"validation", "test"} for unit in units}
    kept = held_out - earlier
    seen = cells["subject"].isin(ids - kept) | cells["sha256"].isin(contents - kept)
    return cells[~seen]


def _scored(dataset: CellDataset, cells: pd.DataFrame, score: FloatArray) -> pd.DataFrame:
    people = persons(dataset.candidates)
    return pd.DataFrame(
        {
            "path": cells["path"].to_numpy(),
            "subject": cells["subject"].to_numpy(),
            "person": [people.get(subject, "") for subject in cells["subject"]],
            "positive": dataset.truth(cells) == 1,
            "score": score,
        }
    )


def _judged(
    found: Assessment, validation: pd.DataFrame, test: pd.DataFrame, choice: Choice, fixed: float | None
) -> Assessment:
    """The assessment with the operating point and the calibrator that the validation cells give."""
    truth, score = validation["positive"].to_numpy(dtype=np.int64), validation["score"].to_numpy()
    if fixed is None:
        cut, source = threshold(truth, score, choice), choice.source
    else:
        cut, source = fixed, "model's own threshold"
    unit = validation["subject"].where(validation["subject"] != "", validation["path"]).to_numpy(dtype=str)
    calibrator = _calibrator(truth, as_share(score, logits=found.logits), unit, logits=found.logits)
    judged = replace(found, threshold=cut, threshold_source=source, calibrator=calibrator)
    return with_probability(judged, validation=validation, test=test)


def _calibrator(truth: IntArray, share: FloatArray, unit: npt.NDArray[np.str_], *, logits: bool) -> Calibrator:
    """Platt scaling for a decision function, whose zero means no even odds; else what suits probabilities best."""
    if len(np.unique(share)) < 2:
        return Calibrator()
    fitted_line = platt(truth, share) if logits else None
    return best(truth, share, unit) if fitted_line is None or fitted_line.problem else fitted_line


def with_probability(
    assessment: Assessment, *, validation: pd.DataFrame | None, test: pd.DataFrame | None
) -> Assessment:
    """The assessment with scored cells and the probabilities that its calibrator gives them."""

    def column(cells: pd.DataFrame | None) -> pd.DataFrame | None:
        return None if cells is None else cells.assign(probability=probability(assessment, cells["score"].to_numpy()))

    return replace(assessment, validation=column(validation), test=column(test))


def probability(assessment: Assessment, score: FloatArray) -> FloatArray:
    """Calibrated probability of the positive class from scores of an assessment's model, (cells,)."""
    return assessment.calibrator.probability(as_share(score, logits=assessment.logits))
