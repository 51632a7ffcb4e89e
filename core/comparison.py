"""Compare classical models and stored networks on the same test subjects."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core import store
from core.card import RESEARCH_NOTICE
from core.challenge import stamped
from core.champion import unfit
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.split import Split, split
from core.errors import Cancelled, LeukoscopeError
from core.evaluation import EvaluationReport, report
from core.features import FEATURES
from core.store import Classifier
from core.types import FloatArray, IntArray, Progress, silent

FIGURES = ("accuracy", "balanced_accuracy", "roc_auc", "weighted_f1")
TIMES = ("fit_seconds", "predict_seconds")
_KNOWN_PROBLEMS = (LeukoscopeError, ValueError, ArithmeticError, MemoryError, np.linalg.LinAlgError, RuntimeError)


def _svc(seed: int) -> Any:  # noqa: ANN401  # scikit-learn carries no types
    from sklearn.svm import SVC

    return SVC(random_state=seed)


def _xgboost(seed: int) -> Any:  # noqa: ANN401
    from xgboost import XGBClassifier

    return XGBClassifier(random_state=seed)


def _discriminant(seed: int) -> Any:  # noqa: ANN401, ARG001
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    return LinearDiscriminantAnalysis()


def _ridge_cv(seed: int) -> Any:  # noqa: ANN401, ARG001
    from sklearn.linear_model import RidgeClassifierCV

    return RidgeClassifierCV()


def _ridge(seed: int) -> Any:  # noqa: ANN401
    from sklearn.linear_model import RidgeClassifier

    return RidgeClassifier(random_state=seed)


CLASSICAL: dict[str, Callable[[int], Any]] = {
    "SVC": _svc,
    "XGBClassifier": _xgboost,
    "LinearDiscriminantAnalysis": _discriminant,
    "RidgeClassifierCV": _ridge_cv,
    "RidgeClassifier": _ridge,
}


@dataclass(frozen=True, eq=False)
class Row:
    """One model of a comparison: its report and times, or why it has none.

    Attributes:
        model: Name of the model.
        kind: "classical" or "network".
        report: Scores on the test subjects; None where the model failed.
        fit_seconds: Time to fit; for a stored network None, since it was trained elsewhere.
        predict_seconds: Time to score all test cells.
        problem: Why there is no report.
        stamps: What must stand beside the model's name, such as "reduced".
    """

    model: str
    kind: str
    report: EvaluationReport | None = None
    fit_seconds: float | None = None
    predict_seconds: float | None = None
    problem: str = ""
    stamps: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Name with its stamps, for people."""
        return stamped(self.model, self.stamps)


@dataclass(frozen=True, eq=False)
class Comparison:
    """All rows, and what they have in common.

    Attributes:
        rows: One a model.
        features: Key of the feature set that the classical models were trained on.
        origin: Whose cells they are.
        data_fingerprint: Fingerprint of the labelled cells.
        split_by: "subject" or "cell".
        seed: Seed of the split and the models.
        cells: Cells of each side.
        subjects: Number of subjects of each side.
        edits: Cells that reviewers had changed before: "relabelled" and "excluded".
    """

    rows: tuple[Row, ...]
    features: str
    origin: str
    data_fingerprint: str
    split_by: str
    seed: int
    cells: dict[str, int]
    subjects: dict[str, int]
    edits: Mapping[str, int] = field(default_factory=dict)

    def reports(self) -> dict[str, EvaluationReport]:
        """Report of each model that has one, by its title."""
        return {row.title: row.report for row in self.rows if row.report is not None}

    def table(self) -> pd.DataFrame:
        """One row a model with all figures, best ROC AUC first, failed models last with their reason."""
        rows = []
        for row in self.rows:
            figures = row.report.figures() if row.report else {}
            rows.append(
                {
                    "model": row.model,
                    "stamp": ", ".join(row.stamps),
                    **{name: figures.get(name) for name in FIGURES},
                    "fit_seconds": row.fit_seconds,
                    "predict_seconds": row.predict_seconds,
                    "problem": row.problem,
                }
            )
        table = pd.DataFrame(rows, columns=["model", "stamp", *FIGURES, *TIMES, "problem"])
        numbers = [*FIGURES, *TIMES]
        table[numbers] = table[numbers].astype(float)
        return table.sort_values(["roc_auc", "balanced_accuracy"], ascending=False, ignore_index=True)

    def export(self) -> pd.DataFrame:
        """The table with what a reader of the file alone must know beside each row."""
        return self.table().assign(
            features=self.features,
            origin=self.origin,
            data_fingerprint=self.data_fingerprint,
            split_by=self.split_by,
            seed=self.seed,
            labels_changed=self.edits.get("relabelled", 0),
            cells_left_out=self.edits.get("excluded", 0),
            note=RESEARCH_NOTICE,
        )


def compare(
    dataset: CellDataset,
    *,
    models: Sequence[str] | None = None,
    features: str = "pixels",
    store_folder: Path,
    seed: int = 0,
    progress: Progress = silent,
) -> Comparison:
    """Fit the classical models on the training and validation subjects and score all models on the test subjects.

    Args:
        dataset: Hashed, labelled cells.
        models: Keys of `CLASSICAL` and names of stored models; None for all of them.
        features: A key of `FEATURES`.
        store_folder: The model store.
        seed: Seed of the split and of the models.
        progress: Called as cells are read and as models get done; may raise `Cancelled`.

    Raises:
        ValueError: If a model or a feature set is unknown.
        SplitImpossible: If there are too few subjects.
    """
    stored = [model.name for model in store.models(store_folder)]
    chosen = list(models) if models is not None else [*CLASSICAL, *stored]
    unknown = sorted(set(chosen) - set(CLASSICAL) - set(stored))
    if unknown:
        raise ValueError(f"Expected models out of {', '.join([*CLASSICAL, *stored])}. Received: {', '.join(unknown)}.")
    if features not in FEATURES:
        raise ValueError(f"Expected one of {', '.join(FEATURES)}. Received: {features}.")
    sides = split(dataset, seed=seed)
    test = sides.cells(dataset, "test")
    rows: list[Row] = []
    for row in _rows(dataset, sides, chosen, features=features, store_folder=store_folder, progress=progress):
        progress(len(rows), len(chosen), f"Comparing {row if isinstance(row, str) else row.model}")
        if isinstance(row, Row):
            rows.append(row)
    progress(len(chosen), len(chosen), "Comparing models")
    fitted = pd.concat([sides.cells(dataset, "train"), sides.cells(dataset, "validation")])
    return Comparison(
        rows=tuple(rows),
        features=features,
        origin=dataset.origin,
        data_fingerprint=dataset.fingerprint(),
        split_by=sides.by,
        seed=seed,
        cells={"fit": len(fitted), "test": len(test)},
        subjects={"fit": fitted["subject"].nunique(), "test": test["subject"].nunique()},
        edits=dataset.edits,
    )


def _rows(
    dataset: CellDataset,
    sides: Split,
    chosen: Sequence[str],
    *,
    features: str,
    store_folder: Path,
    progress: Progress,
) -> Iterator[Row | str]:
    """Yield each model's name before it is run, and its row after."""
    classical = [name for name in chosen if name in CLASSICAL]
    values = _feature_values(dataset, sides, features, progress) if classical else None
    for name in chosen:
        yield name
        try:
            if name in CLASSICAL and values is not None:
                yield _classical_row(dataset, sides, name, values)
            else:
                yield _network_row(dataset, sides, store.load(store_folder, name), progress)
        except Cancelled:
            raise
        except _KNOWN_PROBLEMS as error:
            yield Row(name, "classical" if name in CLASSICAL else "network", problem=str(error) or type(error).__name__)


def _feature_values(
    dataset: CellDataset, sides: Split, features: str, progress: Progress
) -> tuple[FloatArray, IntArray, FloatArray]:
    feature_set = FEATURES[features]

    def values(table: pd.DataFrame) -> FloatArray:
        files = [dataset.file(path) for path in table["path"]]
        return feature_set.values(pixels.read(files, feature_set.preprocessing, progress=progress))

    fitted = pd.concat([sides.cells(dataset, "train"), sides.cells(dataset, "validation")])
    return values(fitted), dataset.truth(fitted), values(sides.cells(dataset, "test"))


def _classical_row(
    dataset: CellDataset, sides: Split, name: str, values: tuple[FloatArray, IntArray, FloatArray]
) -> Row:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    fit_values, truth, test_values = values
    model = make_pipeline(StandardScaler(), CLASSICAL[name](sides.seed))
    started = time.perf_counter()
    model.fit(fit_values, truth)
    fitted = time.perf_counter()
    scores, threshold = _scores(model, test_values)
    predicted = time.perf_counter()
    found = report(sides.cells(dataset, "test"), scores, classes=dataset.classes, threshold=threshold)
    return Row(name, "classical", found, fitted - started, predicted - fitted)


def _scores(model: Any, values: FloatArray) -> tuple[FloatArray, float]:  # noqa: ANN401
    """Scores and the threshold at which the model itself calls a cell positive."""
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(values), dtype=np.float64), 0.0
    return np.asarray(model.predict_proba(values), dtype=np.float64)[:, 1], 0.5


def _network_row(dataset: CellDataset, sides: Split, classifier: Classifier, progress: Progress) -> Row:
    card = classifier.card
    problem = unfit(
        card,
        classes=dataset.classes,
        origin=dataset.origin,
        split_by=sides.by,
        subjects=sides.units("test"),
        hashes=set(sides.cells(dataset, "test")["sha256"]),
    )
    if problem:
        return Row(card.name, "network", problem=problem, stamps=card.stamps)
    test = sides.cells(dataset, "test")
    started = time.perf_counter()
    images = pixels.read([dataset.file(path) for path in test["path"]], card.preprocessing, progress=progress)
    scores = classifier.scores(images)
    seconds = time.perf_counter() - started
    found = report(test, scores, classes=dataset.classes, threshold=card.threshold)
    return Row(card.name, "network", found, None, seconds, stamps=card.stamps)
