"""A scikit-learn model that is fitted to be kept: as in a comparison, and stored whole or not at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import store
from core.assessment import Assignment, assess
from core.calibration import calibration
from core.classical_model import ClassicalModel
from core.classical_training import ClassicalResult, stored, train
from core.compare import compare
from core.config import Settings
from core.data.dataset import CellDataset
from core.data.split import split
from core.errors import Cancelled, LeukoscopeError, ModelError, SplitImpossible
from core.estimators import AREA_ONLY, ESTIMATORS, Estimator
from core.features.sets import feature_set
from core.features.table import feature_table
from core.operating_point import Choice
from core.protocol import Plan


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Numbers of the drawn cells, kept for all tests of this module."""
    return tmp_path_factory.mktemp("numbers")


def test_the_figures_are_those_of_the_comparison(fitted: ClassicalResult, drawn: CellDataset, tmp_path: Path) -> None:
    row = compare(drawn, models=["SVC"], store_folder=tmp_path).row("SVC")
    card = fitted.model.card
    assert row.report is not None
    assert {name: row.figures[name] for name in card.test} == pytest.approx(card.test)
    assert card.confusion_matrix == tuple(map(tuple, row.report.confusion_matrix().tolist()))
    cells = row.report.cells.set_index("path")
    probability = card.calibrator.probability(fitted.reports["test"].score)
    expected = cells.loc[fitted.reports["test"].cells["path"], "probability"]
    np.testing.assert_allclose(probability, expected)


@pytest.mark.parametrize("model", ["XGBClassifier", "LinearDiscriminantAnalysis", AREA_ONLY])
@pytest.mark.parametrize("rule", ["balanced", "sensitivity"])
def test_each_call_is_that_of_the_assessment(model: str, rule: str, drawn: CellDataset, cache: Path) -> None:
    choice = Choice(rule, at_least=0.9)  # type: ignore[arg-type]  # a rule
    plan = Plan((model,), "colours", choice=choice)
    found = train(drawn, plan, model, name="one", cache=cache)
    features = ESTIMATORS[model].features or "colours"
    table = feature_table(drawn, [feature_set(features)], cache=cache)
    expected = assess(drawn, Assignment(model, split(drawn, seed=0), features=features, choice=choice), table=table)
    for side, cells in (("validation", expected.validation), ("test", expected.test)):
        assert cells is not None
        report = found.reports[side]
        assert report.cells["path"].tolist() == cells["path"].tolist()
        np.testing.assert_array_equal(report.called, cells["score"] >= expected.threshold)
        assert ((report.score >= 0) & (report.score <= 1)).all()
    assert found.model.card.threshold_source == choice.source


def test_the_card_says_what_the_model_is_and_whom_it_has_seen(fitted: ClassicalResult, drawn: CellDataset) -> None:
    card, sides = fitted.model.card, split(drawn, seed=0)
    made = card.pipeline
    assert made is not None
    assert (card.name, card.kind, card.architecture) == ("svc", "classical", "SVC")
    assert (made.title, made.features, made.libraries, made.seed) == (
        "SVC on shape and texture",
        "morphology",
        ("scikit-learn",),
        0,
    )
    assert card.subjects == {side: sides.units(side) for side in ("train", "validation", "test")}  # type: ignore[arg-type]
    assert sum(card.cells.values()) == 72
    assert (card.origin, card.data_fingerprint) == (drawn.origin, drawn.fingerprint())
    assert card.stamps == ("drawn cells",)
    assert card.versions["scikit-learn"]
    assert len(made.importance) == 15
    for side, report in fitted.reports.items():
        assert report.threshold == card.threshold
        assert card.calibration[side]["before"] == calibration(report.truth, report.score)


def test_xgboost_is_named_as_what_fitted_its_model(drawn: CellDataset, cache: Path) -> None:
    found = train(drawn, Plan(("XGBClassifier",), "colours"), "XGBClassifier", name="trees", cache=cache)
    assert found.model.card.pipeline is not None
    assert found.model.card.pipeline.libraries == ("scikit-learn", "xgboost-cpu")


def test_tuned_hyperparameters_are_in_the_card(drawn: CellDataset, cache: Path) -> None:
    plan = Plan(("RidgeClassifier",), "colours", tuned=True)
    found = train(drawn, plan, "RidgeClassifier", name="ridge", cache=cache)
    assert found.model.card.pipeline is not None
    assert set(found.model.card.pipeline.settings) == {"alpha"}


def test_what_was_stored_is_loaded_with_the_same_card_and_scores(drawn: CellDataset, tmp_path: Path) -> None:
    place = Settings(tmp_path / "workspace", tmp_path / "models", None)
    card = stored(drawn, Plan(("SVC",)), "SVC", name="svc", settings=place)
    assert {path.name for path in (place.models / "svc").iterdir()} == {
        "model.skops",
        "card.json",
        "scores.csv",
        "gates.npz",
        "reference.npz",
    }
    loaded = store.load(place.models, "svc")
    assert isinstance(loaded, ClassicalModel)
    assert loaded.card == card
    report = store.reports(place.models, "svc")["test"]
    files = [drawn.file(path) for path in report.cells["path"]]
    np.testing.assert_allclose(loaded.score_files(files), report.score, atol=1e-6)
    with pytest.raises(ModelError, match=r"^Expected a new model name\. Received: svc, which exists already\.$"):
        stored(drawn, Plan(("SVC",)), "SVC", name="svc", settings=place)


def test_an_unknown_model_or_an_embedding_is_refused(drawn: CellDataset, cache: Path) -> None:
    with pytest.raises(ValueError, match=r"^Expected a model out of SVC, .*\. Received: demo\.$"):
        train(drawn, Plan(("demo",)), "demo", name="one", cache=cache)
    with pytest.raises(ValueError, match=r"Received: Embedding of demo; use demo itself\.$"):
        train(drawn, Plan(("SVC",), "embedding:demo"), "SVC", name="one", cache=cache)


def test_a_baseline_keeps_its_own_features(drawn: CellDataset, cache: Path) -> None:
    found = train(drawn, Plan((AREA_ONLY,), "embedding:demo"), AREA_ONLY, name="area", cache=cache)
    assert found.model.card.pipeline is not None
    assert found.model.card.pipeline.title == "Area only on cell area alone"


def test_a_model_that_cannot_be_fitted_is_refused_in_one_sentence(
    drawn: CellDataset, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.linear_model import LogisticRegression

    monkeypatch.setitem(ESTIMATORS, "Hasty", Estimator("Hasty", lambda seed: LogisticRegression(max_iter=1)))
    with pytest.raises(ModelError, match=r"^Hasty could not be fitted\. Expected a model that converges\."):
        train(drawn, Plan(("Hasty",)), "Hasty", name="one", cache=cache)


def test_scores_that_cannot_be_told_apart_are_refused(
    drawn: CellDataset, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.linear_model import RidgeClassifier

    class Far(RidgeClassifier):  # type: ignore[misc]  # scikit-learn carries no types
        def decision_function(self, values: np.ndarray) -> np.ndarray:
            return np.asarray(1000 + super().decision_function(values))

    monkeypatch.setitem(ESTIMATORS, "Far", Estimator("Far", lambda seed: Far()))
    with pytest.raises(ModelError, match=r"^Expected scores that can be told apart\. Received: Far, whose scores lie"):
        train(drawn, Plan(("Far",), "colours"), "Far", name="far", cache=cache)


def test_a_cell_that_cannot_be_read_takes_no_part_and_moves_nobody_to_another_side(
    drawn: CellDataset, tmp_path: Path
) -> None:
    victim = split(drawn, seed=0).cells(drawn, "test")["path"].iloc[0]
    table = drawn.table.copy()
    (tmp_path / "damaged.bmp").write_bytes(b"no image")
    table.loc[table["path"] == victim, ["path", "sha256"]] = (str(tmp_path / "damaged.bmp"), "0" * 64)
    found = train(replace(drawn, table=table), Plan(("SVC",), "colours"), "SVC", name="one", cache=tmp_path / "cache")
    assert sum(found.model.card.cells.values()) == 71
    assert found.model.card.subjects["test"] == split(drawn, seed=0).units("test")


def test_too_few_subjects_are_refused(drawn: CellDataset, cache: Path) -> None:
    few = drawn.table[drawn.table["subject"].isin(sorted(set(drawn.table["subject"]))[:3])]
    with pytest.raises(SplitImpossible):
        train(replace(drawn, table=few), Plan(("SVC",)), "SVC", name="one", cache=cache)


def test_cancelling_stores_nothing(drawn: CellDataset, tmp_path: Path) -> None:
    def cancel(done: int, total: int, text: str) -> None:
        if text.startswith("Measuring"):
            raise Cancelled("stop")

    place = Settings(tmp_path / "workspace", tmp_path / "models", None)
    with pytest.raises(LeukoscopeError):
        stored(drawn, Plan(("SVC",)), "SVC", name="svc", settings=place, progress=cancel)
    assert not place.models.exists()
