import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.data.dataset import EXCLUDED, FINAL_TEST, TRAINING
from core.data.hashing import hashed
from core.data.index import index
from core.data.measures import measured
from core.data.morphology import MORPHOLOGY
from core.errors import Cancelled, DataError
from core.evaluation import roc_auc
from core.suspects import COLUMNS, out_of_fold, suspects

CLASSES = ("HEM", "ALL")


def cells(*, subjects: int = 6, each: int = 20, shift: float = 3.0, seed: int = 0) -> pd.DataFrame:
    """Cells of as many subjects of each class; each measure is noise, but for the area, which is larger in ALL."""
    rng = np.random.default_rng(seed)
    rows = []
    for label, subject, cell in itertools.product(CLASSES, range(subjects), range(each)):
        path = f"{label}{subject}-{cell}"
        row = dict.fromkeys(MORPHOLOGY, 0.0) | {"area": rng.normal(shift * (label == "ALL"))}
        rows.append({"path": path, "sha256": path, "subject": f"{label}{subject}", "label": label} | row)
    return pd.DataFrame(rows).assign(part=TRAINING)


class Recorder:
    """A classifier that notes which cells it learned from and which it judged; its one feature is the row's number."""

    def __init__(self, seen: list[tuple[set[int], set[int]]]) -> None:
        self.seen = seen

    def fit(self, features: Any, truth: Any) -> "Recorder":
        self.learned = {int(row) for row in features[:, 0]}
        assert set(truth) == {0, 1}
        return self

    def predict_proba(self, features: Any) -> Any:
        self.seen.append((self.learned, {int(row) for row in features[:, 0]}))
        return np.tile([0.25, 0.75], (len(features), 1))


def recorded(table: pd.DataFrame) -> list[tuple[set[int], set[int]]]:
    """Rows that each fold's model learned from, and rows that it judged."""
    seen: list[tuple[set[int], set[int]]] = []
    vectors = np.arange(len(table), dtype=np.float64)[:, np.newaxis]
    out_of_fold(table, CLASSES, vectors=vectors, model=lambda seed: Recorder(seen))
    return seen


def test_each_cell_is_judged_once_by_a_model_that_never_saw_its_subject() -> None:
    table = cells()
    folds = recorded(table)
    assert len(folds) == 5
    assert sorted(itertools.chain.from_iterable(judged for _, judged in folds)) == list(range(len(table)))
    for learned, judged in folds:
        assert set(table["subject"].iloc[list(learned)]).isdisjoint(table["subject"].iloc[list(judged)])


def test_subjects_that_share_a_cell_are_judged_together_even_where_that_cell_was_excluded() -> None:
    table = cells(subjects=3)
    table.loc[table["path"] == "ALL1-0", "sha256"] = "ALL0-0"
    table.loc[table["path"].isin(["ALL0-0", "ALL1-0"]), "part"] = EXCLUDED
    folds = recorded(table)
    assert len(folds) == 2
    for _, judged in folds:
        subjects = set(table["subject"].iloc[list(judged)])
        assert ("ALL0" in subjects) == ("ALL1" in subjects)


@pytest.mark.parametrize(("subjects", "folds"), [(2, 2), (4, 4), (9, 5)])
def test_there_are_five_folds_or_as_many_as_the_rarer_class_has_persons(subjects: int, folds: int) -> None:
    table = cells(subjects=9, each=2)
    rarer = table["subject"].isin([f"HEM{number}" for number in range(subjects, 9)])
    assert len(recorded(table[~rarer])) == folds


def test_the_probability_of_a_cell_is_that_of_the_positive_class() -> None:
    table = cells()
    found = out_of_fold(table, CLASSES, vectors=np.zeros((len(table), 1)), model=lambda seed: Recorder([]))
    np.testing.assert_array_equal(found, np.full(len(table), 0.75))


def test_the_measures_of_morphology_tell_the_classes_apart_by_default() -> None:
    table = cells()
    found = out_of_fold(table, CLASSES)
    truth = table["label"] == "ALL"
    assert found[truth].mean() > 0.8
    assert found[~truth].mean() < 0.2


def test_a_cell_without_measures_without_subject_or_outside_training_is_not_judged() -> None:
    table = cells()
    table.loc[3, "area"] = np.nan
    table.loc[4, "subject"] = ""
    table.loc[5, "label"] = ""
    table.loc[6, "part"] = FINAL_TEST
    table.loc[7, "part"] = EXCLUDED
    found = out_of_fold(table, CLASSES)
    assert list(np.flatnonzero(np.isnan(found))) == [3, 4, 5, 6, 7]
    assert not set(suspects(table, found, CLASSES)["path"]) & set(table["path"].iloc[3:8])


def test_the_same_seed_gives_the_same_probabilities() -> None:
    table = cells(shift=1.0)
    np.testing.assert_array_equal(out_of_fold(table, CLASSES, seed=3), out_of_fold(table, CLASSES, seed=3))
    assert not np.array_equal(out_of_fold(table, CLASSES, seed=3), out_of_fold(table, CLASSES, seed=4))


def test_each_fold_is_reported_and_the_work_can_be_cancelled() -> None:
    steps: list[tuple[int, int]] = []
    out_of_fold(cells(), CLASSES, progress=lambda done, total, text: steps.append((done, total)))
    assert steps == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]

    def cancel(done: int, total: int, text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        out_of_fold(cells(), CLASSES, progress=cancel)


def test_too_few_persons_are_counted_in_the_refusal() -> None:
    table = cells(subjects=3)
    few = table[~table["subject"].isin(["HEM1", "HEM2"])]
    with pytest.raises(DataError, match=r"at least 2 persons of each class.*Received: HEM: 1, ALL: 3\."):
        out_of_fold(few, CLASSES)
    with pytest.raises(DataError, match=r"Received: HEM: 0, ALL: 3\."):
        out_of_fold(table[table["label"] == "ALL"], CLASSES)
    with pytest.raises(DataError, match=r"Received: HEM: 0, ALL: 0\."):
        out_of_fold(table.assign(subject=""), CLASSES)


def test_persons_that_cannot_be_dealt_so_that_both_classes_are_learned_are_refused() -> None:
    table = cells(subjects=2)
    table.loc[table["label"] == "HEM", "subject"] = "HEM0"
    table.loc[table["path"] == "ALL0-0", "label"] = "HEM"  # the only other HEM cell
    with pytest.raises(DataError, match="Expected persons that can be dealt into folds"):
        out_of_fold(table, CLASSES)


def test_a_data_set_that_was_not_hashed_is_refused() -> None:
    with pytest.raises(DataError, match="Expected a hashed data set"):
        out_of_fold(cells().assign(sha256=""), CLASSES)


def test_vectors_of_another_number_of_cells_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected one vector a cell, \(240, features\). Received: \(2, 1\)\."):
        out_of_fold(cells(), CLASSES, vectors=np.zeros((2, 1)))


def labelled(*labels: str) -> pd.DataFrame:
    paths = [f"{number}.bmp" for number in range(len(labels))]
    return pd.DataFrame({"path": paths, "sha256": paths, "subject": "1", "label": labels})


def test_the_suspect_is_the_cell_that_is_called_the_other_class_as_surely_as_that_class_is() -> None:
    table = labelled("HEM", "HEM", "HEM", "ALL", "ALL", "ALL")
    # ALL's own cells are called ALL with 0.8 on average: 0.95 is as sure, 0.6 is not
    found = suspects(table, np.array([0.95, 0.1, 0.6, 0.8, 0.9, 0.7]), CLASSES)
    assert list(found.columns) == list(COLUMNS)
    assert found.to_dict("records") == [
        {
            "path": "0.bmp",
            "sha256": "0.bmp",
            "subject": "1",
            "label": "HEM",
            "suggested": "ALL",
            "own_probability": pytest.approx(0.05),
        }
    ]


def test_the_worst_comes_first_and_both_classes_are_suspected() -> None:
    table = labelled(*["HEM"] * 6, *["ALL"] * 6)
    probability = np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0.92, 0.9, 0.9, 0.9, 0.9, 0.9, 0.03])
    found = suspects(table, probability, CLASSES)
    assert list(found["path"]) == ["11.bmp", "5.bmp"]
    assert list(found["suggested"]) == ["HEM", "ALL"]
    np.testing.assert_allclose(found["own_probability"], [0.03, 0.08])


def test_a_content_that_two_files_hold_is_one_suspect() -> None:
    table = labelled(*["HEM"] * 6, *["ALL"] * 4)
    table.loc[5, "sha256"] = table.loc[4, "sha256"]
    found = suspects(table, np.array([0.1, 0.1, 0.1, 0.1, 0.95, 0.95, 0.9, 0.9, 0.9, 0.9]), CLASSES)
    assert list(found["sha256"]) == ["4.bmp"]


def test_cells_that_look_like_their_class_are_no_suspects() -> None:
    found = suspects(labelled("HEM", "HEM", "ALL", "ALL"), np.array([0.1, 0.2, 0.8, 0.9]), CLASSES)
    assert found.empty
    assert list(found.columns) == list(COLUMNS)


def test_judged_cells_of_one_class_are_refused() -> None:
    with pytest.raises(DataError, match=r"Expected judged cells of HEM and ALL. Received: ALL\."):
        suspects(labelled("HEM", "ALL"), np.array([np.nan, 0.4]), CLASSES)
    with pytest.raises(DataError, match=r"Received: none\."):
        suspects(labelled("HEM", "ALL"), np.array([np.nan, np.nan]), CLASSES)


def test_probabilities_of_another_number_of_cells_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected one probability a cell, \(2,\). Received: \(3,\)\."):
        suspects(labelled("HEM", "ALL"), np.zeros(3), CLASSES)


def test_flipped_labels_are_found_where_the_classes_differ_clearly() -> None:
    table = cells(subjects=10, shift=6.0)
    flipped = np.random.default_rng(1).choice(len(table), 12, replace=False)
    other = {"HEM": "ALL", "ALL": "HEM"}
    table.loc[flipped, "label"] = table.loc[flipped, "label"].map(other)
    found = suspects(table, out_of_fold(table, CLASSES), CLASSES)
    assert set(found["path"]) <= set(table["path"].iloc[flipped])
    assert len(found) >= 10
    assert (found["suggested"] == found["label"].map(other)).all()


@pytest.mark.real_data
def test_real_cells_are_all_judged_by_the_size_shape_colour_and_texture_of_others(
    real_cells: Path, tmp_path: Path
) -> None:
    dataset = hashed(index(real_cells / "cnmc-sample"), cache=tmp_path)
    table = measured(dataset, cache=tmp_path)
    probability = out_of_fold(table, dataset.classes)
    found = suspects(table, probability, dataset.classes)
    assert np.isfinite(probability).all()
    assert roc_auc(dataset.truth(table), probability) > 0.7
    assert 0 < len(found) < len(table) / 2
    assert (np.diff(found["own_probability"]) >= 0).all()
