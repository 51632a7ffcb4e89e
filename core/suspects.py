"""Label suspects: cells that look like the other class to a model that never saw their subject."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.data.dataset import EXCLUDED, TRAINING
from core.data.morphology import MORPHOLOGY
from core.data.persons import persons
from core.errors import DataError
from core.types import FloatArray, IntArray, MaskArray, Progress, silent

COLUMNS = ("path", "sha256", "subject", "label", "suggested", "own_probability")
_FOLDS = 5
_FEWEST = 2  # persons of each class, so that one can be left out
_TRIES = 50


def logistic_regression(seed: int) -> Any:  # noqa: ANN401  # scikit-learn carries no types
    """A linear model of standardized features: it finds more wrong labels here than boosted trees (docs/adr/0011)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, random_state=seed))


def out_of_fold(
    cells: pd.DataFrame,
    classes: tuple[str, str],
    *,
    vectors: FloatArray | None = None,
    model: Callable[[int], Any] = logistic_regression,
    seed: int = 0,
    progress: Progress = silent,
) -> FloatArray:
    """Probability of the positive class for each labelled cell, by a model that never saw the cell's subject.

    Five folds, or as many as the rarer class has persons. A person's cells stand in one fold; the model that judges
    them, and the scale of its features, are fitted on the other folds.

    Args:
        cells: Rows of a hashed data set. Those of the training part that have a label, a subject and finite features
            are judged; excluded ones only tell which subjects are one person.
        classes: (negative, positive).
        vectors: Features, (cells, features); the measures of `MORPHOLOGY` if None.
        model: Makes an unfitted scikit-learn classifier with probabilities from a seed; it must scale by itself.
        seed: Seed of the folds and of the model.
        progress: Called after each fold; may raise `Cancelled`.

    Returns:
        Probabilities in [0, 1], (cells,); NaN for rows that are not judged.

    Raises:
        ValueError: If there is not one vector a cell.
        DataError: If the cells are not hashed, a class has fewer than two persons, or no folds keep both classes in
            every training set.
    """
    features = np.asarray(cells[list(MORPHOLOGY)] if vectors is None else vectors, dtype=np.float64)
    if features.ndim != 2 or len(features) != len(cells):
        raise ValueError(f"Expected one vector a cell, ({len(cells)}, features). Received: {features.shape}.")
    if (cells["sha256"] == "").any():
        raise DataError("Expected a hashed data set. Received: one whose files have not been hashed yet.")
    labelled = cells["label"].isin(classes) & (cells["subject"] != "")
    people = persons(cells[labelled & cells["part"].isin((TRAINING, EXCLUDED))])
    finite: MaskArray = np.asarray(np.isfinite(features).all(axis=1), dtype=bool)
    judged = np.flatnonzero((labelled & (cells["part"] == TRAINING)).to_numpy(dtype=bool) & finite)
    truth = np.asarray(cells["label"].iloc[judged] == classes[1], dtype=np.int64)
    person = np.array([people[subject] for subject in cells["subject"].iloc[judged]], dtype=np.object_)
    fold = _folds(truth, person, classes, seed)
    probability = np.full(len(cells), np.nan)
    count = int(fold.max()) + 1
    for number in range(count):
        here = fold == number
        fitted = model(seed).fit(features[judged[~here]], truth[~here])
        probability[judged[here]] = fitted.predict_proba(features[judged[here]])[:, 1]
        progress(number + 1, count, "Judging the cells of subjects that were left out")
    return probability


def _folds(truth: IntArray, person: npt.NDArray[np.object_], classes: tuple[str, str], seed: int) -> IntArray:
    """Fold of each cell such that no person stands in two and every fold leaves both classes to learn from."""
    from sklearn.model_selection import StratifiedGroupKFold

    held = {name: len(set(person[truth == number])) for number, name in enumerate(classes)}
    if min(held.values()) < _FEWEST:
        counts = ", ".join(f"{name}: {count}" for name, count in held.items())
        raise DataError(
            f"Expected measured cells of at least {_FEWEST} persons of each class, so that a model can judge subjects "
            f"that it never saw. Received: {counts}."
        )
    fold = np.zeros(len(truth), dtype=np.int64)
    for attempt in range(_TRIES):
        dealt = StratifiedGroupKFold(
            n_splits=min(_FOLDS, *held.values()), shuffle=True, random_state=(seed + 7919 * attempt) % 2**32
        )
        sides = list(dealt.split(truth, truth, person))
        if all(len(set(truth[rest])) == 2 for rest, _ in sides):
            for number, (_, here) in enumerate(sides):
                fold[here] = number
            return fold
    raise DataError(
        "Expected persons that can be dealt into folds so that the others show both classes. Received: none such in "
        f"{_TRIES} tries; too few persons hold most of the cells."
    )


def suspects(cells: pd.DataFrame, probability: FloatArray, classes: tuple[str, str]) -> pd.DataFrame:
    """Rank the cells whose label is least believable, the worst first.

    How many there are follows from confident learning: as many as are called the other class at least as surely as
    that class's own cells are on average. Which ones: those with the lowest probability of their own label.

    Args:
        cells: Hashed rows.
        probability: Of the positive class, from `out_of_fold`, (cells,); rows with NaN are never suspects.
        classes: (negative, positive).

    Returns:
        Rows with the columns `COLUMNS`: `label` as given, `suggested` the other class, and `own_probability`, that of
        the given label. One row a content, its worst.

    Raises:
        ValueError: If there is not one probability a cell.
        DataError: If the judged cells are not of both classes.

    Source:
        Northcutt, Jiang and Chuang 2021, Confident learning, doi 10.1613/jair.1.12125; cleanlab, `find_label_issues`.
    """
    if probability.shape != (len(cells),):
        raise ValueError(f"Expected one probability a cell, ({len(cells)},). Received: {probability.shape}.")
    judged: MaskArray = np.isfinite(probability)
    known = cells[judged]
    found = sorted(set(known["label"]))
    if found != sorted(classes):
        raise DataError(f"Expected judged cells of {' and '.join(classes)}. Received: {', '.join(found) or 'none'}.")
    labels = np.asarray(known["label"] == classes[1], dtype=np.int64)
    both = np.column_stack([1 - probability[judged], probability[judged]])
    rows, own = _doubted(labels, both)
    table = known.iloc[rows].assign(
        suggested=[classes[1 - labels[row]] for row in rows],
        own_probability=own[rows],
    )
    return table.drop_duplicates("sha256").loc[:, list(COLUMNS)].reset_index(drop=True)


def _doubted(labels: IntArray, probabilities: FloatArray) -> tuple[IntArray, FloatArray]:
    """Positions of the suspects, the worst first, and the probability of each cell's own label."""
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    own = get_label_quality_scores(labels, probabilities, method="self_confidence")
    rows = find_label_issues(  # not cleanlab's default filter: its state is in module globals, and sessions share them
        labels, probabilities, return_indices_ranked_by="self_confidence", filter_by="low_self_confidence", n_jobs=1
    )
    return np.asarray(rows, dtype=np.int64), np.asarray(own, dtype=np.float64)
