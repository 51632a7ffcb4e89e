"""Classical models and stored networks on the same test subjects."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import comparison, store
from core.card import RESEARCH_NOTICE, ModelCard
from core.comparison import CLASSICAL, FIGURES, TIMES, Comparison, Row, compare
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.index import index
from core.data.split import split
from core.errors import Cancelled, DataError, SplitImpossible
from core.evaluation import EvaluationReport, roc_auc
from core.features import FEATURES
from core.training import TrainingResult

Store = Callable[..., Path]


@pytest.fixture
def stored(trained: TrainingResult, tmp_path: Path) -> Store:
    """Put the tiny network into a store, with a changed card if need be."""

    def put(**changes: object) -> Path:
        card: ModelCard = replace(trained.classifier.card, **changes)
        store.save(replace(trained.classifier, card=card), tmp_path / "models")
        return tmp_path / "models"

    return put


@pytest.fixture(scope="module")
def whole(drawn: CellDataset, trained: TrainingResult, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """All models on the drawn set; read only."""
    folder = tmp_path_factory.mktemp("models")
    store.save(trained.classifier, folder)
    return compare(drawn, store_folder=folder)


def row(result: Comparison, name: str) -> Row:
    return next(row for row in result.rows if row.model == name)


def test_by_default_every_classical_model_and_every_stored_network_has_a_row(whole: Comparison) -> None:
    assert [row.model for row in whole.rows] == [
        "SVC",
        "XGBClassifier",
        "LinearDiscriminantAnalysis",
        "RidgeClassifierCV",
        "RidgeClassifier",
        "tiny",
    ]
    assert {row.problem for row in whole.rows} == {""}
    assert [row.kind for row in whole.rows] == ["classical"] * 5 + ["network"]


def test_all_models_are_scored_on_the_test_subjects_and_no_others(whole: Comparison, drawn: CellDataset) -> None:
    sides = split(drawn, seed=0)
    test = sides.cells(drawn, "test")
    for report in whole.reports().values():
        assert report.cells["path"].tolist() == test["path"].tolist()
    assert whole.cells == {"fit": 72 - len(test), "test": len(test)}
    assert whole.subjects == {"fit": 12 - len(sides.units("test")), "test": len(sides.units("test"))}
    assert (whole.split_by, whole.seed, whole.origin) == ("subject", 0, "drawn, seed 0")
    assert whole.data_fingerprint == drawn.fingerprint()


def test_a_stored_network_has_the_figures_of_its_own_test(whole: Comparison, trained: TrainingResult) -> None:
    report = whole.reports()["tiny (drawn cells)"]
    assert report.figures() == pytest.approx(trained.classifier.card.test)
    np.testing.assert_allclose(report.score, trained.report.score, atol=1e-5)


def test_times_are_there_but_for_the_fit_of_a_network_which_was_trained_elsewhere(whole: Comparison) -> None:
    for found in whole.rows:
        assert found.predict_seconds is not None
        assert found.predict_seconds > 0
        assert (found.fit_seconds is None) == (found.kind == "network")
        assert found.fit_seconds is None or found.fit_seconds > 0


def test_the_area_comes_from_scores_and_not_from_hard_calls(whole: Comparison) -> None:
    for report in whole.reports().values():
        assert report.figures()["roc_auc"] == roc_auc(report.truth, report.score)
        assert len(set(report.score)) > 2
    assert any(
        found["roc_auc"] != pytest.approx(found["balanced_accuracy"])
        for found in (report.figures() for report in whole.reports().values())
    )


@pytest.mark.parametrize("name", ["SVC", "XGBClassifier", "RidgeClassifier"])
def test_a_classical_model_is_called_positive_where_it_would_itself(
    name: str, whole: Comparison, drawn: CellDataset
) -> None:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    sides = split(drawn, seed=0)

    def values(table: pd.DataFrame) -> np.ndarray:
        files = [drawn.file(path) for path in table["path"]]
        return FEATURES["pixels"].values(pixels.read(files, FEATURES["pixels"].preprocessing))

    fitted = pd.concat([sides.cells(drawn, "train"), sides.cells(drawn, "validation")])
    model = make_pipeline(StandardScaler(), CLASSICAL[name](0)).fit(values(fitted), drawn.truth(fitted))
    report = whole.reports()[name]
    np.testing.assert_array_equal(report.called, model.predict(values(sides.cells(drawn, "test"))))


def test_the_same_seed_gives_the_same_figures(whole: Comparison, drawn: CellDataset, tmp_path: Path) -> None:
    again = compare(drawn, models=["XGBClassifier", "SVC"], store_folder=tmp_path)
    assert [row.model for row in again.rows] == ["XGBClassifier", "SVC"]
    for name, report in again.reports().items():
        np.testing.assert_allclose(report.score, whole.reports()[name].score)


def scored(scores: list[float]) -> EvaluationReport:
    cells = pd.DataFrame({"path": list("abcd"), "subject": list("1234"), "positive": [False, False, True, True]})
    return EvaluationReport(cells.assign(score=scores), ("HEM", "ALL"), 0.5)


def test_the_table_has_the_best_area_first_and_what_failed_last() -> None:
    rows = (
        Row("failed", "classical", problem="It would not."),
        Row("poor", "classical", scored([0.1, 0.8, 0.2, 0.9]), 1.5, 0.25),
        Row("cautious", "network", scored([0.1, 0.2, 0.3, 0.9]), None, 0.5, stamps=("drawn cells", "reduced")),
        Row("good", "classical", scored([0.1, 0.2, 0.8, 0.9]), 2.5, 0.125),
    )
    table = Comparison(rows, "pixels", "C-NMC", "", "subject", 0, {}, {}).table()
    assert list(table.columns) == ["model", "stamp", *FIGURES, *TIMES, "problem"]
    assert table["model"].tolist() == ["good", "cautious", "poor", "failed"]
    assert table["stamp"].tolist() == ["", "drawn cells, reduced", "", ""]
    assert table["problem"].tolist() == ["", "", "", "It would not."]
    assert table["roc_auc"].tolist() == pytest.approx([1, 1, 0.75, float("nan")], nan_ok=True)
    assert table["balanced_accuracy"].tolist() == pytest.approx([1, 0.75, 0.5, float("nan")], nan_ok=True)
    assert table["fit_seconds"].tolist() == pytest.approx([2.5, float("nan"), 1.5, float("nan")], nan_ok=True)
    assert table["predict_seconds"].tolist() == pytest.approx([0.125, 0.5, 0.25, float("nan")], nan_ok=True)


def test_the_export_repeats_in_each_row_what_all_models_have_in_common() -> None:
    rows = (Row("good", "classical", scored([0.1, 0.2, 0.8, 0.9])), Row("failed", "classical", problem="It would not."))
    result = Comparison(rows, "grayscale", "C-NMC", "ab", "subject", 7, {}, {}, {"relabelled": 2, "excluded": 1})
    exported = result.export()
    common = {
        "features": "grayscale",
        "origin": "C-NMC",
        "data_fingerprint": "ab",
        "split_by": "subject",
        "seed": 7,
        "labels_changed": 2,
        "cells_left_out": 1,
        "note": RESEARCH_NOTICE,
    }
    assert exported[list(common)].to_dict("records") == [common] * 2
    pd.testing.assert_frame_equal(exported.drop(columns=list(common)), result.table())


def test_a_comparison_without_models_has_an_empty_table(drawn: CellDataset, tmp_path: Path) -> None:
    result = compare(drawn, models=[], store_folder=tmp_path)
    assert result.rows == ()
    assert len(result.table()) == 0


class Refusing:
    """A model that cannot be fitted."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def fit(self, values: np.ndarray, truth: np.ndarray) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("Expected more cells."), "Expected more cells."),
        (np.linalg.LinAlgError("SVD did not converge"), "SVD did not converge"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_a_model_that_fails_is_a_row_with_its_reason_and_stops_no_other(
    error: Exception, reason: str, drawn: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(comparison.CLASSICAL, "Refusing", lambda seed: Refusing(error))
    result = compare(drawn, models=["Refusing", "RidgeClassifier"], store_folder=tmp_path)
    assert row(result, "Refusing").problem == reason
    assert row(result, "Refusing").report is None
    assert list(result.reports()) == ["RidgeClassifier"]
    assert result.table()["model"].tolist() == ["RidgeClassifier", "Refusing"]


def test_a_network_that_was_trained_on_test_subjects_is_refused_with_their_number(
    drawn: CellDataset, stored: Store
) -> None:
    test = split(drawn, seed=0).units("test")
    folder = stored(subjects={"train": test[:2], "validation": (), "test": test[2:]})
    found = row(compare(drawn, models=["tiny"], store_folder=folder), "tiny")
    assert found.report is None
    assert found.problem == "It was trained on 2 of the test subjects, so its figures would be too good."
    assert found.stamps == ("drawn cells",)


def test_with_another_seed_the_test_subjects_change_and_the_network_is_refused(
    drawn: CellDataset, stored: Store
) -> None:
    found = row(compare(drawn, models=["tiny"], seed=1, store_folder=stored()), "tiny")
    assert "so its figures would be too good" in found.problem


def test_equal_subject_ids_of_another_origin_are_other_persons(drawn: CellDataset, stored: Store) -> None:
    test = split(drawn, seed=0).units("test")
    folder = stored(origin="C-NMC", subjects={"train": test, "validation": (), "test": ()})
    found = row(compare(drawn, models=["tiny"], store_folder=folder), "tiny")
    assert found.problem == ""
    assert found.stamps == ()


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
    assert row(compare(drawn, models=["tiny"], store_folder=stored(**changes)), "tiny").problem == reason


def test_a_network_split_by_cell_is_refused_where_its_cells_lie_under_another_name(
    drawn: CellDataset, stored: Store
) -> None:
    test = split(drawn, seed=0).cells(drawn, "test")["sha256"]
    trained_on = {"train": tuple(test[:3]), "validation": (), "test": ()}
    folder = stored(origin="old name", split_by="cell", subjects=trained_on)
    found = row(compare(drawn, models=["tiny"], store_folder=folder), "tiny")
    assert found.problem.startswith("It was trained on 3 of the test cells,")


def test_a_damaged_network_is_a_row_with_its_reason(drawn: CellDataset, stored: Store) -> None:
    folder = stored()
    (folder / "tiny" / store.WEIGHTS).write_bytes(b"other")
    (folder / "broken").mkdir()
    result = compare(drawn, models=["tiny", "broken", "SVC"], store_folder=folder)
    assert "Received: a missing or changed file." in row(result, "tiny").problem
    assert row(result, "broken").problem.startswith("Expected ")
    assert list(result.reports()) == ["SVC"]


def test_unknown_models_are_refused_with_the_known_ones(drawn: CellDataset, stored: Store) -> None:
    with pytest.raises(ValueError, match=r"^Expected models out of SVC, .*, tiny\. Received: KNN, other\.$"):
        compare(drawn, models=["SVC", "other", "KNN"], store_folder=stored())


def test_unknown_features_are_refused_with_the_known_ones(drawn: CellDataset, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^Expected one of pixels, grayscale\. Received: colours\.$"):
        compare(drawn, features="colours", store_folder=tmp_path)


def test_gray_features_give_other_scores(whole: Comparison, drawn: CellDataset, tmp_path: Path) -> None:
    gray = compare(drawn, models=["SVC"], features="grayscale", store_folder=tmp_path)
    assert gray.features == "grayscale"
    assert not np.allclose(gray.reports()["SVC"].score, whole.reports()["SVC"].score)


def test_progress_names_each_model_and_ends_at_the_total(drawn: CellDataset, tmp_path: Path) -> None:
    reports: list[tuple[int, int, str]] = []
    compare(
        drawn,
        models=["RidgeClassifier", "SVC"],
        store_folder=tmp_path,
        progress=lambda *report: reports.append(report),
    )
    comparing = [report for report in reports if report[2].startswith("Comparing")]
    assert comparing == [
        (0, 2, "Comparing RidgeClassifier"),
        (0, 2, "Comparing RidgeClassifier"),
        (1, 2, "Comparing SVC"),
        (1, 2, "Comparing SVC"),
        (2, 2, "Comparing models"),
    ]
    assert any(text == "Reading cells" for _, _, text in reports)


@pytest.mark.parametrize("step", ["Reading cells", "Comparing SVC", "Comparing tiny"])
def test_a_comparison_can_be_cancelled_at_each_step(step: str, drawn: CellDataset, stored: Store) -> None:
    def cancel(done: int, total: int, text: str) -> None:
        if text == step:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        compare(drawn, models=["SVC", "tiny"], store_folder=stored(), progress=cancel)


def test_cancelling_while_a_networks_cells_are_read_is_no_failure_of_the_network(
    drawn: CellDataset, stored: Store
) -> None:
    def cancel(done: int, total: int, text: str) -> None:
        if text == "Reading cells":
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        compare(drawn, models=["tiny"], store_folder=stored(), progress=cancel)


def test_cells_without_hashes_and_too_few_subjects_are_refused(
    drawn: CellDataset, drawn_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"^Expected a hashed data set"):
        compare(index(drawn_folder), store_folder=tmp_path)
    few = replace(drawn, table=drawn.table[drawn.table["subject"].isin(["1", "H1"])])
    with pytest.raises(SplitImpossible):
        compare(few, store_folder=tmp_path)
