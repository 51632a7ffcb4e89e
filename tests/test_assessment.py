"""One model on one split: what is fitted, set and tested on whom."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from core import store
from core.assessment import CELLS, Assessment, Assignment, assess
from core.card import ModelCard
from core.classical import scores
from core.classical_training import ClassicalResult
from core.data.dataset import CellDataset
from core.data.split import Split, split
from core.errors import Cancelled, ModelError
from core.estimators import AREA_ONLY, ESTIMATORS, MAJORITY, Estimator
from core.features.sets import feature_set
from core.features.table import FeatureTable, feature_table
from core.metrics import Judged, figures
from core.operating_point import Choice, threshold
from core.training import TrainingResult
from core.types import FloatArray, IntArray

Store = Callable[..., Path]
CLASSICAL = [name for name, estimator in ESTIMATORS.items() if estimator.kind == "classical"]


def by_hand(*, persons: int = 16, cells: int = 5) -> CellDataset:
    """Cells of so many persons, half of them ill; there are no files behind them."""
    rows = [
        {
            "path": f"{person:02d}-{cell}.bmp",
            "class_name": "all" if person % 2 else "hem",
            "label": "ALL" if person % 2 else "HEM",
            "subject": str(person),
            "part": "training",
            "fold": "",
            "width": 450,
            "height": 450,
            "bytes": 1,
            "sha256": f"{person:02d}{cell}",
        }
        for person in range(persons)
        for cell in range(cells)
    ]
    return CellDataset(Path("nowhere"), pd.DataFrame(rows), ("HEM", "ALL"), "by hand")


def numbers(dataset: CellDataset, *, seed: int = 0) -> FeatureTable:
    """Numbers that rise with the class, with noise and a few missing; the area alone tells the classes apart."""
    rng = np.random.default_rng(seed)
    truth = dataset.truth(dataset.table)

    def rising(columns: int) -> FloatArray:
        return rng.normal(truth[:, np.newaxis] * 0.8, 1, (len(truth), columns)).astype(np.float32)

    morphology = rising(17)
    morphology[rng.random(morphology.shape) < 0.05] = np.nan
    return FeatureTable(
        row={path: number for number, path in enumerate(dataset.table["path"])},
        numbers={
            "area": (100 + 50 * truth + rng.random(len(truth)))[:, np.newaxis].astype(np.float32),
            "morphology": morphology,
            "texture": rising(19),
            "pixels": np.clip(100 + 20 * rising(12), 0, 255).astype(np.uint8),
        },
    )


DATASET = by_hand()
TABLE = numbers(DATASET)
SIDES = split(DATASET, seed=0)


def changed(table: FeatureTable, side: str) -> FeatureTable:
    """The table with other numbers for the cells of one side, far from all others."""
    rows = [table.row[path] for path in SIDES.cells(DATASET, side)["path"]]  # type: ignore[arg-type]  # a side
    found = {}
    for name, values in table.numbers.items():
        other = values.copy()
        other[rows] = 255 - other[rows] if other.dtype == np.uint8 else 1000 - 7 * other[rows]
        found[name] = other
    return replace(table, numbers=found)


def tried(model: str, table: FeatureTable = TABLE, **options: object) -> Assessment:
    found = assess(DATASET, Assignment(model, SIDES, **options), table=table)
    assert found.problem == ""
    return found


def judged(found: Assessment) -> dict[str, float]:
    assert found.test is not None
    truth, score = found.test["positive"].to_numpy(dtype=int), found.test["score"].to_numpy()
    called = (score >= found.threshold).astype(int)
    return figures(Judged(truth, score, called, found.test["probability"].to_numpy(), np.arange(len(truth))))


@pytest.mark.parametrize("tuned", [False, True])
@pytest.mark.parametrize("features", ["morphology", "pixels"])
@pytest.mark.parametrize("model", ["SVC", "RidgeClassifier", "LinearDiscriminantAnalysis"])
def test_test_cells_change_nothing_that_is_fitted_tuned_set_or_calibrated(
    model: str, features: str, *, tuned: bool
) -> None:
    before = tried(model, features=features, tuned=tuned)
    after = tried(model, changed(TABLE, "test"), features=features, tuned=tuned)
    assert before.test is not None
    assert after.test is not None
    pd.testing.assert_frame_equal(before.validation, after.validation)
    assert (before.threshold, before.calibrator, before.settings) == (
        after.threshold,
        after.calibrator,
        after.settings,
    )
    assert (before.test["score"] != after.test["score"]).all()


@pytest.mark.parametrize("tuned", [False, True])
@pytest.mark.parametrize("features", ["morphology", "pixels"])
def test_validation_cells_set_and_calibrate_and_are_not_fitted_on(features: str, *, tuned: bool) -> None:
    before = tried("SVC", features=features, tuned=tuned)
    after = tried("SVC", changed(TABLE, "validation"), features=features, tuned=tuned)
    assert before.test is not None
    assert after.test is not None
    np.testing.assert_array_equal(before.test["score"], after.test["score"])
    assert before.settings == after.settings
    assert before.threshold != after.threshold
    assert before.calibrator != after.calibrator


@pytest.mark.parametrize("model", [*CLASSICAL, AREA_ONLY, MAJORITY])
def test_each_side_is_scored_with_its_subjects_and_persons(model: str) -> None:
    found = tried(model)
    for side, table in (("validation", found.validation), ("test", found.test)):
        assert table is not None
        expected = SIDES.cells(DATASET, side)  # type: ignore[arg-type]  # a side
        assert tuple(table.columns) == CELLS
        assert table["path"].tolist() == expected["path"].tolist()
        assert table["subject"].tolist() == table["person"].tolist() == expected["subject"].tolist()
        assert table["positive"].tolist() == (expected["label"] == "ALL").tolist()
        assert table["probability"].between(0, 1).all()
    assert (found.kind, found.fold, found.random) == (ESTIMATORS[model].kind, 0, False)
    assert found.fit_seconds is not None
    assert found.predict_seconds is not None


@pytest.mark.parametrize(
    "choice", [Choice(), Choice("sensitivity", at_least=0.9), Choice("specificity", at_least=1.0), Choice("by hand")]
)
def test_the_operating_point_is_what_the_validation_cells_choose(choice: Choice) -> None:
    found = tried("RidgeClassifier", choice=choice)
    assert found.validation is not None
    truth = found.validation["positive"].to_numpy(dtype=np.int64)
    assert found.threshold == threshold(truth, found.validation["score"].to_numpy(), choice)
    assert found.threshold_source == choice.source


def test_probabilities_come_from_the_calibrator_and_keep_the_order_of_the_scores() -> None:
    found = tried("SVC")
    assert found.test is not None
    assert found.calibrator.method == "Platt"
    line = found.calibrator.slope * found.test["score"] + found.calibrator.intercept
    np.testing.assert_allclose(found.test["probability"], 1 / (1 + np.exp(-line)))
    assert (found.test["score"].rank() == found.test["probability"].rank()).all()


def test_a_model_with_probabilities_of_its_own_is_scored_by_these() -> None:
    found = tried("XGBClassifier")
    assert found.test is not None
    assert not found.logits
    assert found.test["score"].between(0, 1).all()


def test_where_the_area_tells_all_the_area_alone_is_right_each_time() -> None:
    found = judged(tried(AREA_ONLY))
    assert (found["roc_auc"], found["sensitivity"], found["specificity"]) == (1, 1, 1)


@pytest.mark.parametrize(("ill", "expected"), [(True, (1, 0)), (False, (0, 1))])
def test_the_majority_class_is_called_each_time_and_ranks_nothing(*, ill: bool, expected: tuple[int, int]) -> None:
    rarer = "HEM" if ill else "ALL"
    train = SIDES.cells(DATASET, "train")
    few = train[train["label"] == rarer]["path"].iloc[1:]
    fewer = replace(DATASET, table=DATASET.table[~DATASET.table["path"].isin(few)])
    found = assess(fewer, Assignment(MAJORITY, SIDES), table=TABLE)
    figures_ = judged(found)
    assert (figures_["sensitivity"], figures_["specificity"]) == expected
    assert (figures_["roc_auc"], figures_["balanced_accuracy"]) == (0.5, 0.5)
    assert found.test is not None
    share = (len(train[train["label"] == "ALL"]) if ill else 1) / (len(train) - len(few))
    np.testing.assert_allclose(found.test["probability"], share)


def test_any_scikit_learn_estimator_is_added_by_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.neighbors import KNeighborsClassifier

    monkeypatch.setitem(ESTIMATORS, "Neighbours", Estimator("Neighbours", lambda seed: KNeighborsClassifier(3)))
    found = tried("Neighbours")
    assert found.test is not None
    assert set(found.test["score"]) <= {0, 1 / 3, 2 / 3, 1}


class Refusing(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn carries no types
    """A model that cannot be fitted, or gives no scores."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    def fit(self, values: FloatArray, truth: IntArray) -> "Refusing":
        if self.error is not None:
            raise self.error
        self.classes_ = np.array([0, 1])
        return self

    def decision_function(self, values: FloatArray) -> FloatArray:
        return np.full(len(values), np.nan)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("Expected more cells."), "Expected more cells."),
        (np.linalg.LinAlgError("SVD did not converge"), "SVD did not converge"),
        (MemoryError(), "MemoryError"),
        (AttributeError("no such method"), "no such method"),
        (None, "Expected a score for each cell. Received: none that is a number for"),
    ],
)
def test_a_model_that_fails_has_a_reason_and_no_scores(
    error: Exception | None, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ESTIMATORS, "Refusing", Estimator("Refusing", lambda seed: Refusing(error)))
    found = assess(DATASET, Assignment("Refusing", SIDES, fold=2), table=TABLE)
    assert found.problem.startswith(reason)
    assert (found.validation, found.test, found.kind, found.fold) == (None, None, "classical", 2)


def test_a_model_that_does_not_converge_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.linear_model import LogisticRegression

    monkeypatch.setitem(ESTIMATORS, "Hasty", Estimator("Hasty", lambda seed: LogisticRegression(max_iter=1)))
    found = assess(DATASET, Assignment("Hasty", SIDES), table=TABLE)
    assert found.problem.startswith("Expected a model that converges. Received: lbfgs failed to converge")


def test_a_cell_that_could_not_be_described_takes_no_part() -> None:
    path = SIDES.cells(DATASET, "test")["path"].iloc[0]
    without = replace(
        TABLE, row={name: row for name, row in TABLE.row.items() if name != path}, problems={path: "Damaged."}
    )
    found = assess(DATASET, Assignment("SVC", SIDES), table=without)
    before = tried("SVC").test
    assert found.test is not None
    assert before is not None
    pd.testing.assert_frame_equal(found.test, before[before["path"] != path].reset_index(drop=True))


def test_a_classical_model_without_numbers_is_refused() -> None:
    assert (
        assess(DATASET, Assignment("SVC", SIDES)).problem
        == "Expected the numbers of the cells for SVC. Received: none."
    )


def test_an_assessment_travels_small() -> None:
    found = tried("SVC")
    data = pickle.dumps(found)
    assert len(data) < 10_000  # scores of 32 cells, and no model
    pd.testing.assert_frame_equal(pickle.loads(data).test, found.test)  # noqa: S301  # its own bytes


def test_assignments_are_named_for_people() -> None:
    assert Assignment("SVC", SIDES).title == "SVC"
    assert Assignment("SVC", SIDES, fold=1, folds=5).title == "SVC, fold 2"
    assert Assignment("SVC", SIDES, fold=1, folds=5, random=True).title == "SVC, at random, fold 2"


def test_a_score_is_a_decision_where_there_is_one() -> None:
    class Deciding:
        def decision_function(self, values: FloatArray) -> FloatArray:
            return values[:, 0]

    assert scores(Deciding(), np.array([[3.0], [-2.0]])).tolist() == [3, -2]


@pytest.fixture
def stored(trained: TrainingResult, tmp_path: Path) -> Store:
    """Put the tiny network into a store, with a changed card if need be."""

    def put(**changes: object) -> Path:
        card: ModelCard = replace(trained.classifier.card, **changes)
        store.save(replace(trained.classifier, card=card), tmp_path / "models")
        return tmp_path / "models"

    return put


def shown(drawn: CellDataset, folder: Path, *, sides: Split | None = None, **options: object) -> Assessment:
    return assess(drawn, Assignment("tiny", sides or split(drawn, seed=0), **options), store_folder=folder)


def test_a_stored_network_is_scored_as_in_its_own_test(
    drawn: CellDataset, stored: Store, trained: TrainingResult
) -> None:
    found = shown(drawn, stored())
    assert found.test is not None
    assert (found.problem, found.kind, found.fit_seconds, found.stamps) == ("", "network", None, ("drawn cells",))
    np.testing.assert_allclose(found.test["score"], trained.report.score, atol=1e-5)
    assert found.threshold == pytest.approx(trained.classifier.card.threshold, abs=1e-5)
    assert {name: judged(found)[name] for name in trained.classifier.card.test} == pytest.approx(
        dict(trained.classifier.card.test)
    )


def test_a_network_is_set_on_validation_subjects_by_the_rule_that_is_asked_for(
    drawn: CellDataset, stored: Store
) -> None:
    choice = Choice("sensitivity", at_least=1.0)
    found = shown(drawn, stored(), choice=choice)
    assert found.validation is not None
    positive = found.validation[found.validation["positive"]]["score"]
    assert (positive >= found.threshold).all()
    assert found.threshold_source == choice.source


def test_a_network_that_was_fitted_on_the_validation_subjects_keeps_its_own_operating_point(
    drawn: CellDataset, stored: Store
) -> None:
    sides = split(drawn, seed=0)
    fitted_on = (*sides.units("train"), *sides.units("validation"))
    folder = stored(subjects={"train": fitted_on, "validation": (), "test": sides.units("test")}, threshold=0.123)
    found = shown(drawn, folder)
    assert (found.threshold, found.validation, found.problem) == (0.123, None, "")
    assert found.test is not None


def test_a_network_that_was_trained_on_test_subjects_is_refused_with_their_number(
    drawn: CellDataset, stored: Store
) -> None:
    test = split(drawn, seed=0).units("test")
    folder = stored(subjects={"train": test[:2], "validation": (), "test": test[2:]})
    found = shown(drawn, folder)
    assert found.test is None
    assert found.problem == "It was trained on 2 of the test subjects, so its figures would be too good."
    assert found.stamps == ("drawn cells",)


def test_with_another_seed_the_test_subjects_change_and_the_network_is_refused(
    drawn: CellDataset, stored: Store
) -> None:
    assert "so its figures would be too good" in shown(drawn, stored(), sides=split(drawn, seed=1)).problem


def test_equal_subject_ids_of_another_origin_are_other_persons(drawn: CellDataset, stored: Store) -> None:
    test = split(drawn, seed=0).units("test")
    folder = stored(origin="C-NMC", subjects={"train": test, "validation": (), "test": ()})
    found = shown(drawn, folder)
    assert (found.problem, found.stamps) == ("", ())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"classes": ("benign", "malignant")}, "Expected classes HEM and ALL. Received: benign and malignant."),
        ({"split_by": "cell"}, "Expected a model split by subject. Received: one split by cell."),
    ],
)
def test_a_network_of_other_classes_or_another_split_is_refused(
    changes: dict[str, object], reason: str, drawn: CellDataset, stored: Store
) -> None:
    assert shown(drawn, stored(**changes)).problem == reason


def test_a_network_split_by_cell_is_refused_where_its_cells_lie_under_another_name(
    drawn: CellDataset, stored: Store
) -> None:
    test = split(drawn, seed=0).cells(drawn, "test")["sha256"]
    trained_on = {"train": tuple(test[:3]), "validation": (), "test": ()}
    folder = stored(origin="old name", split_by="cell", subjects=trained_on)
    assert shown(drawn, folder).problem.startswith("It was trained on 3 of the test cells,")


def test_a_damaged_or_missing_network_has_a_reason(drawn: CellDataset, stored: Store, tmp_path: Path) -> None:
    folder = stored()
    (folder / "tiny" / store.WEIGHTS).write_bytes(b"other")
    assert "Received: a missing or changed file." in shown(drawn, folder).problem
    assert shown(drawn, tmp_path / "empty").problem.startswith("Expected one of the stored models")


def test_a_network_is_not_fitted_again_on_random_splits(drawn: CellDataset, stored: Store) -> None:
    assert shown(drawn, stored(), random=True).problem == "A stored model cannot be fitted again on a random split."


def test_cancelling_while_a_networks_cells_are_read_is_no_failure_of_the_network(
    drawn: CellDataset, stored: Store
) -> None:
    def cancel(done: int, total: int, text: str) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        assess(drawn, Assignment("tiny", split(drawn, seed=0)), store_folder=stored(), progress=cancel)


def test_a_stored_scikit_learn_model_is_scored_as_in_its_own_test(
    drawn: CellDataset, fitted: ClassicalResult, tmp_path: Path
) -> None:
    store.save(fitted.model, tmp_path)
    found = assess(drawn, Assignment("svc", split(drawn, seed=0)), store_folder=tmp_path)
    assert found.test is not None
    assert (found.problem, found.fit_seconds, found.stamps) == ("", None, ("drawn cells",))
    np.testing.assert_allclose(found.test["score"], fitted.reports["test"].score, atol=1e-6)
    assert {name: judged(found)[name] for name in fitted.model.card.test} == pytest.approx(fitted.model.card.test)


def test_a_stored_scikit_learn_model_that_was_fitted_on_test_subjects_is_refused(
    drawn: CellDataset, fitted: ClassicalResult, tmp_path: Path
) -> None:
    store.save(fitted.model, tmp_path)
    found = assess(drawn, Assignment("svc", split(drawn, seed=1)), store_folder=tmp_path)
    assert "so its figures would be too good" in found.problem


def test_an_embedding_of_a_scikit_learn_model_is_refused(
    drawn: CellDataset, fitted: ClassicalResult, tmp_path: Path
) -> None:
    store.save(fitted.model, tmp_path)
    with pytest.raises(ModelError, match=r"^Expected a network\. Received: svc, a scikit-learn model"):
        feature_table(drawn, [feature_set("embedding:svc")], cache=tmp_path / "cache", store_folder=tmp_path)


def test_an_embedding_whose_network_saw_test_subjects_is_refused(drawn: CellDataset, stored: Store) -> None:
    table = FeatureTable(
        {path: row for row, path in enumerate(drawn.table["path"])}, {"embedding": np.ones((72, 2), dtype=np.float32)}
    )
    assignment = Assignment("SVC", split(drawn, seed=1), features="embedding:tiny")
    found = assess(drawn, assignment, table=table, store_folder=stored())
    assert found.problem.startswith("Embedding of tiny: It was trained on ")
    assert "so its figures would be too good" in found.problem
