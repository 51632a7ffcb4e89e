"""`EvaluationReport`: per-cell scores and everything that follows from them."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn import metrics

from core.errors import DataError
from core.types import FloatArray, IntArray

_CORNERS = 200  # of a ROC curve that is kept
COLUMNS = ("side", "path", "subject", "label", "score")


@dataclass(frozen=True, eq=False)
class EvaluationReport:
    """Scores of one model on one set of labelled cells.

    Attributes:
        cells: One row a cell with `path`, `subject`, `positive` (bool) and `score` (higher: more likely positive).
        classes: (negative, positive).
        threshold: A cell is called positive where `score >= threshold`.
    """

    cells: pd.DataFrame
    classes: tuple[str, str]
    threshold: float

    @property
    def truth(self) -> IntArray:
        """1 for a positive cell, (cells,)."""
        return self.cells["positive"].to_numpy(dtype=np.int64)

    @property
    def score(self) -> FloatArray:
        """Score of each cell, (cells,)."""
        return self.cells["score"].to_numpy(dtype=np.float64)

    @property
    def units(self) -> npt.NDArray[np.str_]:
        """What each cell belongs to, (cells,): its subject, or the cell itself where it names none."""
        return self.cells["subject"].mask(self.cells["subject"] == "", self.cells["path"]).to_numpy(dtype=np.str_)

    @property
    def called(self) -> IntArray:
        """1 for a cell that is called positive, (cells,)."""
        return (self.score >= self.threshold).astype(np.int64)

    def confusion_matrix(self) -> IntArray:
        """Cells by truth (rows) and call (columns), negative first, (2, 2)."""
        return np.asarray(metrics.confusion_matrix(self.truth, self.called, labels=[0, 1]))

    def classification_report(self) -> pd.DataFrame:
        """Precision, recall, F1 and number of cells by class, as scikit-learn defines them."""
        report = metrics.classification_report(
            self.truth, self.called, labels=[0, 1], target_names=list(self.classes), output_dict=True, zero_division=0
        )
        rows = {name: report[name] for name in (*self.classes, "macro avg", "weighted avg")}
        return pd.DataFrame(rows).T.rename(columns={"f1-score": "F1", "support": "cells"}).astype({"cells": int})

    def roc_curve(self) -> tuple[FloatArray, FloatArray]:
        """(false positive rate, true positive rate) over all thresholds."""
        false_positive_rate, true_positive_rate, _ = metrics.roc_curve(self.truth, self.score)
        return false_positive_rate, true_positive_rate

    def roc_corners(self) -> tuple[tuple[float, float], ...]:
        """The ROC curve in at most 200 points, (false positive rate, true positive rate), from (0, 0) to (1, 1)."""
        false_positive_rate, true_positive_rate = self.roc_curve()
        kept = np.unique(np.linspace(0, len(false_positive_rate) - 1, _CORNERS).round().astype(int))
        return tuple((float(false_positive_rate[place]), float(true_positive_rate[place])) for place in kept)

    def by_subject(self) -> pd.DataFrame:
        """One row a subject with `cells`, `positives`, `accuracy` at the threshold and `mean_score`, the worst first.

        Of equally accurate subjects the one with more cells comes first; cells without a subject are left out.
        """
        rows = self.cells[self.cells["subject"] != ""].assign(right=self.truth == self.called)
        grouped = rows.groupby("subject")
        table = pd.DataFrame(
            {
                "cells": grouped.size(),
                "positives": grouped["positive"].sum().astype(int),
                "accuracy": grouped["right"].mean(),
                "mean_score": grouped["score"].mean(),
            }
        ).reset_index()
        return table.sort_values(["accuracy", "cells", "subject"], ascending=[True, False, True], ignore_index=True)

    def subjects(self) -> tuple[dict[str, Any], ...]:
        """The rows of `by_subject`, for a model card."""
        return tuple({str(name): value for name, value in row.items()} for row in self.by_subject().to_dict("records"))

    def figures(self) -> dict[str, float]:
        """Accuracy, balanced accuracy, ROC AUC (from scores), weighted F1, sensitivity and specificity, in [0, 1]."""
        truth, called = self.truth, self.called
        return {
            "accuracy": float(metrics.accuracy_score(truth, called)),
            "balanced_accuracy": float(metrics.balanced_accuracy_score(truth, called)),
            "roc_auc": roc_auc(truth, self.score),
            "weighted_f1": float(metrics.f1_score(truth, called, average="weighted", zero_division=0)),
            "sensitivity": float(metrics.recall_score(truth, called, pos_label=1, zero_division=0)),
            "specificity": float(metrics.recall_score(truth, called, pos_label=0, zero_division=0)),
        }


def report(cells: pd.DataFrame, score: FloatArray, *, classes: tuple[str, str], threshold: float) -> EvaluationReport:
    """Join cells with their scores.

    Args:
        cells: Rows of a `CellDataset`'s table.
        score: Score of each row, (cells,).
        classes: (negative, positive).
        threshold: Operating point.
    """
    rows = cells[["path", "subject"]].assign(
        positive=cells["label"] == classes[1], score=np.asarray(score, dtype=float)
    )
    return EvaluationReport(rows.reset_index(drop=True), classes, threshold)


def to_csv(reports: Mapping[str, EvaluationReport]) -> str:
    """Scores as CSV, one row a cell.

    Args:
        reports: By the side of the split whose cells were scored ("validation", "test").
    """
    rows = [
        report.cells.assign(side=side, label=np.array(report.classes)[report.truth]) for side, report in reports.items()
    ]
    return str(pd.concat(rows)[list(COLUMNS)].to_csv(index=False, lineterminator="\n"))


def from_csv(text: str, *, classes: tuple[str, str], threshold: float) -> dict[str, EvaluationReport]:
    """Read what `to_csv` wrote: the same scores to the last bit.

    Args:
        text: The CSV file.
        classes: (negative, positive).
        threshold: Operating point.

    Raises:
        DataError: If the text has other columns, another label, or a score that is no number in [0, 1].
    """
    try:
        texts = dict.fromkeys(COLUMNS[:-1], str)
        rows = pd.read_csv(io.StringIO(text), dtype={**texts, "score": float}, na_filter=False)
    except ValueError as error:  # also what pandas' own errors are
        raise DataError(f"Expected a CSV file of scores. Received: {error}.") from error
    if tuple(rows.columns) != COLUMNS or not rows["label"].isin(classes).all() or not rows["score"].between(0, 1).all():
        raise DataError(
            f"Expected the columns {', '.join(COLUMNS)}, with labels {' or '.join(classes)} and scores of 0 to 1. "
            "Received: others."
        )
    return {
        str(side): report(cells, cells["score"].to_numpy(), classes=classes, threshold=threshold)
        for side, cells in rows.groupby("side")
    }


def roc_auc(truth: IntArray, score: FloatArray) -> float:
    """Area under the ROC curve, from scores; NaN where one class is missing."""
    if len(np.unique(truth)) < 2:
        return float("nan")
    return float(metrics.roc_auc_score(truth, score))
