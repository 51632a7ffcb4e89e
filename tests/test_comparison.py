"""Classical models, baselines and stored networks on the same test subjects."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import store
from core.assessment import Assessment, assess
from core.card import RESEARCH_NOTICE
from core.compare import carry_out, combine, compare
from core.comparison import CLASSICAL, TIMES, Comparison
from core.data.dataset import CellDataset
from core.data.index import index
from core.data.split import split
from core.errors import Cancelled, DataError, SplitImpossible
from core.estimators import AREA_ONLY, MAJORITY
from core.features.table import FeatureTable
from core.metrics import FIGURES
from core.paired import Pair, pairs
from core.protocol import Plan, assignments
from core.resampling import resampling
from core.standings import judged_by
from core.training import TrainingResult
from tests.test_assessment import DATASET, TABLE, by_hand, numbers

MODELS = ("RidgeClassifier", "LinearDiscriminantAnalysis")


def assessments(plan: Plan, *, dataset: CellDataset = DATASET, table: FeatureTable = TABLE) -> list[Assessment]:
    return [assess(dataset, assignment, table=table) for assignment in assignments(dataset, plan)]


@pytest.fixture(scope="module")
def fixed() -> Comparison:
    plan = Plan(MODELS)
    return combine(DATASET, plan, assessments(plan))


@pytest.fixture(scope="module")
def folds() -> Comparison:
    plan = Plan(MODELS, protocol="folds", folds=4)
    return combine(DATASET, plan, assessments(plan))


def test_a_comparison_says_whose_cells_it_is_about(fixed: Comparison, folds: Comparison) -> None:
    sides = split(DATASET, seed=0)
    sizes = {
        name: len(sides.units(side))
        for name, side in (("fit", "train"), ("validation", "validation"), ("test", "test"))
    }  # type: ignore[arg-type]  # sides
    assert fixed.subjects == sizes
    assert fixed.cells == {name: 5 * count for name, count in sizes.items()}
    assert (fixed.split_by, fixed.seed, fixed.origin, fixed.features) == ("subject", 0, "by hand", "morphology")
    assert fixed.data_fingerprint == DATASET.fingerprint()
    assert fixed.classes == ("HEM", "ALL")
    assert folds.cells == {"fit": 40, "validation": 20, "test": 80}
    assert folds.subjects == {"fit": 8, "validation": 4, "test": 16}


def test_every_model_is_tested_on_the_same_cells(fixed: Comparison, folds: Comparison) -> None:
    tested = sorted(split(DATASET, seed=0).cells(DATASET, "test")["path"])
    assert [row.model for row in fixed.rows] == [*MODELS, MAJORITY, AREA_ONLY]
    for comparison, paths in ((fixed, tested), (folds, sorted(DATASET.table["path"]))):
        assert len(comparison.reports()) == 4
        for report in comparison.reports().values():
            assert report.cells["path"].tolist() == paths


def test_pairs_are_those_of_the_paired_tests_over_persons(folds: Comparison) -> None:
    reports = {row.model: row.report for row in folds.rows if row.model != MAJORITY and row.report is not None}
    first = reports[AREA_ONLY]
    draws = resampling(first.cells["person"].to_numpy(dtype=str), first.truth, seed=0)
    assert folds.pairs == pairs({name: judged_by(report, draws) for name, report in reports.items()}, draws)
    assert len(folds.pairs) == 3  # of three models: the majority class ranks nothing


def test_nothing_beats_an_area_that_is_right_each_time_and_it_is_said(folds: Comparison) -> None:
    assert folds.row(AREA_ONLY).figures["roc_auc"] == 1
    said = folds.against_area("RidgeClassifier")
    assert said.startswith("RidgeClassifier does not beat area only (ROC AUC -")
    assert said in folds.sentences()


def test_a_model_that_beats_the_area_is_said_to() -> None:
    rng = np.random.default_rng(1)
    dataset = by_hand(persons=24, cells=8)
    table = numbers(dataset)
    area = rng.normal(100, 10, (len(dataset.table), 1)).astype(np.float32)
    blind = replace(table, numbers={**table.numbers, "area": area})
    plan = Plan(("RidgeClassifier",), protocol="folds", folds=4)
    found = combine(dataset, plan, assessments(plan, dataset=dataset, table=blind))
    assert found.against_area("RidgeClassifier").startswith("RidgeClassifier beats area only (ROC AUC +")
    assert found.against_area(MAJORITY) == ""


@pytest.mark.parametrize(
    ("first", "difference", "interval", "p_value", "said"),
    [
        ("SVC", 0.1, (0.05, 0.15), 0.01, "beats area only (ROC AUC +0.100, 95 % interval +0.050 to +0.150)."),
        (
            AREA_ONLY,
            0.1,
            (0.05, 0.15),
            0.01,
            "does not beat area only (ROC AUC -0.100, 95 % interval -0.150 to -0.050).",
        ),
        (AREA_ONLY, -0.1, (-0.15, -0.05), 0.01, "beats area only (ROC AUC +0.100, 95 % interval +0.050 to +0.150)."),
        ("SVC", 0.1, (-0.05, 0.25), 0.2, "does not beat area only (ROC AUC +0.100, 95 % interval -0.050 to +0.250)."),
        ("SVC", 0.1, None, None, "cannot be told from area only on so few subjects (ROC AUC +0.100)."),
    ],
)
def test_whether_a_model_beats_the_area_is_said_in_a_sentence(
    first: str,
    difference: float,
    interval: tuple[float, float] | None,
    p_value: float | None,
    said: str,
    fixed: Comparison,
) -> None:
    second = "SVC" if first == AREA_ONLY else AREA_ONLY
    holm = {} if p_value is None else {"p_value": p_value}
    pair = Pair(first, second, difference, interval, p_value, 0.01, 1, 2, 0.01, holm)
    assert replace(fixed, pairs=(pair,)).against_area("SVC") == f"SVC {said}"


def test_the_ablation_states_what_cells_of_the_same_person_on_both_sides_add() -> None:
    """Each person has numbers of its own that say nothing of the class: to know the person is all there is to know."""
    dataset = by_hand(persons=16, cells=12)
    rng = np.random.default_rng(0)
    person = dataset.table["subject"].astype(int).to_numpy()
    own = rng.normal(size=(16, 17))[person] + rng.normal(0, 0.05, (len(person), 17))
    nothing = np.zeros((len(person), 19), dtype=np.float32)
    table = replace(
        numbers(dataset), numbers={**numbers(dataset).numbers, "morphology": own.astype(np.float32), "texture": nothing}
    )
    plan = Plan(("SVC",), protocol="random", folds=4)
    found = combine(dataset, plan, assessments(plan, dataset=dataset, table=table))
    assert [row.model for row in found.random_rows] == [row.model for row in found.rows]
    svc = found.inflations[0]
    assert svc.model == "SVC"
    assert svc.at_random > 0.99 > svc.by_subject
    assert svc.difference == found.random_rows[0].figures["roc_auc"] - found.rows[0].figures["roc_auc"]
    assert found.sentences()[0].startswith("On random splits the ROC AUC of SVC is 0.")
    assert found.sentences()[0].endswith("): cells of the same person stood on both sides.")
    assert [each.model for each in found.inflations] == ["SVC", AREA_ONLY]
    restored = Comparison.from_json(found.to_json())
    assert restored.inflations == found.inflations
    for one, other in zip(restored.random_rows, found.random_rows, strict=True):
        assert one.figures == pytest.approx(other.figures, rel=0, abs=0, nan_ok=True)


def test_the_table_has_the_best_area_first_and_what_failed_last(fixed: Comparison) -> None:
    failed = Assessment("LinearDiscriminantAnalysis", "classical", problem="It would not.")
    ended = [failed if assessment.model == failed.model else assessment for assessment in fixed.assessments]
    table = combine(DATASET, fixed.plan, ended).table()
    assert list(table.columns) == ["model", "stamp", *FIGURES, *TIMES, "problem"]
    assert table["model"].iloc[-2:].tolist() == [MAJORITY, "LinearDiscriminantAnalysis"]
    assert table["roc_auc"].iloc[:-1].is_monotonic_decreasing
    assert table["problem"].tolist() == ["", "", "", "It would not."]
    assert table.iloc[-1][[*FIGURES, *TIMES]].isna().all()
    row = fixed.row("RidgeClassifier")
    line = table[table["model"] == "RidgeClassifier"].iloc[0]
    assert {name: line[name] for name in FIGURES} == row.figures


def test_the_export_has_the_bounds_and_repeats_what_all_models_have_in_common(folds: Comparison) -> None:
    exported = replace(folds, edits={"relabelled": 2, "excluded": 1}).export()
    common = {
        "features": "morphology",
        "protocol": "folds",
        "operating_point": "highest balanced accuracy on the validation subjects",
        "origin": "by hand",
        "data_fingerprint": DATASET.fingerprint(),
        "split_by": "subject",
        "seed": 0,
        "labels_changed": 2,
        "cells_left_out": 1,
        "note": RESEARCH_NOTICE,
    }
    assert exported[list(common)].to_dict("records") == [common] * 4
    line = exported[exported["model"] == "RidgeClassifier"].iloc[0]
    row = folds.row("RidgeClassifier")
    assert (line["roc_auc_low"], line["roc_auc_high"]) == row.intervals["roc_auc"]
    assert (line["roc_auc_mean"], line["roc_auc_sd"]) == (row.mean["roc_auc"], row.sd["roc_auc"])
    pd.testing.assert_frame_equal(exported[folds.table().columns], folds.table())


def test_a_comparison_is_the_same_in_whatever_order_its_assignments_end(folds: Comparison) -> None:
    again = combine(DATASET, folds.plan, folds.assessments[::-1])
    pd.testing.assert_frame_equal(again.export(), folds.export())
    assert again.pairs == folds.pairs


def test_a_cancelled_comparison_keeps_what_is_done(folds: Comparison) -> None:
    done = [assessment for assessment in folds.assessments if assessment.model != MODELS[1] or assessment.fold == 0]
    done = [assessment for assessment in done if assessment.model != MAJORITY]
    found = combine(DATASET, folds.plan, done)
    assert found.row(MODELS[0]).figures == folds.row(MODELS[0]).figures
    assert found.row(MODELS[1]).title == f"{MODELS[1]} (1 of 4 folds)"
    assert found.row(MODELS[1]).problem == "3 of 4 folds failed: Cancelled."
    assert found.row(MAJORITY).problem == "Cancelled before it was tested."
    assert [(pair.first, pair.second) for pair in found.pairs] == [(MODELS[0], AREA_ONLY)]
    assert combine(DATASET, folds.plan, []).table()["roc_auc"].isna().all()
    assert combine(DATASET, folds.plan, []).export()["model"].tolist() == [row.model for row in folds.rows]


def test_cells_of_each_field_of_the_confusion_matrix_are_found(folds: Comparison) -> None:
    report = folds.reports()["RidgeClassifier"]
    for truth in (False, True):
        for called in (False, True):
            cells = folds.confused("RidgeClassifier", positive=truth, called=called)
            assert len(cells) == report.confusion_matrix()[int(truth), int(called)]
            surest_first = cells["score"] if called else -cells["score"]
            assert surest_first.is_monotonic_decreasing
    with pytest.raises(ValueError, match=r"^Expected a model out of RidgeClassifier, .* Received: KNN\.$"):
        folds.confused("KNN", positive=True, called=True)


def test_subjects_stand_worst_first(folds: Comparison) -> None:
    table = folds.by_subject("RidgeClassifier")
    assert len(table) == 16
    assert table["accuracy"].is_monotonic_increasing
    with pytest.raises(ValueError, match=r"^Expected a model that was tested\. Received: RidgeClassifier: Cancelled"):
        combine(DATASET, folds.plan, []).by_subject("RidgeClassifier")


def test_a_comparison_comes_back_from_json_to_the_last_bit(folds: Comparison, fixed: Comparison) -> None:
    failed = Assessment("LinearDiscriminantAnalysis", "classical", problem="It would not.", stamps=("reduced",))
    ended = [failed if assessment.model == failed.model else assessment for assessment in fixed.assessments]
    options = {"left_out": {"a.bmp": "Damaged."}}
    for found in (folds, combine(DATASET, fixed.plan, ended, **options)):
        text = found.to_json()
        assert json.loads(text)["notice"] == RESEARCH_NOTICE
        again = Comparison.from_json(text)
        assert again.to_json() == text
        assert (again.plan, again.pairs, again.left_out) == (found.plan, found.pairs, found.left_out)
        pd.testing.assert_frame_equal(again.export(), found.export())
        for name, report in found.reports().items():
            pd.testing.assert_frame_equal(again.reports()[name].cells, report.cells)
        for one, other in zip(found.assessments, again.assessments, strict=True):
            assert (one.calibrator, one.threshold, one.stamps) == (other.calibrator, other.threshold, other.stamps)
            if one.validation is not None:
                pd.testing.assert_frame_equal(one.validation, other.validation)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-1],
        lambda text: "[]",
        lambda text: text.replace('"format": 1', '"format": 2'),
        lambda text: text.replace('"protocol": "folds"', '"protocol": "other"'),
        lambda text: text.replace('"score": "', '"score": "AAAA'),
        lambda text: text.replace('"rows"', '"lines"'),
    ],
)
def test_what_is_no_comparison_is_refused(damage: Callable[[str], str], folds: Comparison) -> None:
    with pytest.raises(DataError, match=r"^Expected a comparison"):
        Comparison.from_json(damage(folds.to_json()))


# through the files of the drawn cells


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def whole(
    drawn: CellDataset, trained: TrainingResult, tmp_path_factory: pytest.TempPathFactory, cache: Path
) -> Comparison:
    """All models on the drawn set; read only."""
    folder = tmp_path_factory.mktemp("models")
    store.save(trained.classifier, folder)
    return compare(drawn, store_folder=folder, cache=cache)


def test_by_default_every_model_has_a_row_and_the_baselines_come_last(whole: Comparison) -> None:
    assert [row.model for row in whole.rows] == [*CLASSICAL, "tiny", MAJORITY, AREA_ONLY]
    assert {row.problem for row in whole.rows} == {""}
    assert [row.kind for row in whole.rows] == ["classical"] * 5 + ["network"] + ["baseline"] * 2
    assert list(whole.reports())[5] == "tiny (drawn cells)"


def test_times_are_there_but_for_the_fit_of_a_network_which_was_trained_elsewhere(whole: Comparison) -> None:
    for found in whole.rows:
        assert found.predict_seconds is not None
        assert (found.fit_seconds is None) == (found.kind == "network")


def test_a_stored_network_has_the_figures_of_its_own_test(whole: Comparison, trained: TrainingResult) -> None:
    card = trained.classifier.card
    assert {name: whole.row("tiny").figures[name] for name in card.test} == pytest.approx(dict(card.test))


def test_the_same_seed_gives_the_same_figures(
    whole: Comparison, drawn: CellDataset, tmp_path: Path, cache: Path
) -> None:
    again = compare(drawn, models=["XGBClassifier", "SVC"], store_folder=tmp_path, cache=cache)
    for name in ("XGBClassifier", "SVC", AREA_ONLY):
        assert again.row(name).figures == pytest.approx(whole.row(name).figures, nan_ok=True)


def test_without_a_cache_nothing_is_left_behind(
    drawn: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    compare(drawn, models=[], store_folder=tmp_path / "models")
    assert list(tmp_path.iterdir()) == []


def test_progress_names_each_assignment_and_ends_at_the_total(drawn: CellDataset, tmp_path: Path) -> None:
    reports: list[tuple[int, int, str]] = []
    plan = Plan(("RidgeClassifier",), protocol="folds", folds=3)
    carry_out(drawn, plan, cache=tmp_path, store_folder=tmp_path, progress=lambda *report: reports.append(report))
    comparing = [report for report in reports if report[2].startswith("Comparing")]
    assert comparing[:2] == [(0, 9, "Comparing RidgeClassifier, fold 1"), (1, 9, "Comparing RidgeClassifier, fold 2")]
    assert comparing[-1] == (9, 9, "Comparing models")
    assert any(text == "Describing cells" for _, _, text in reports)


@pytest.mark.parametrize("step", ["Describing cells", "Comparing SVC", "Comparing area only"])
def test_a_comparison_can_be_cancelled_at_each_step(step: str, drawn: CellDataset, tmp_path: Path) -> None:
    def cancel(done: int, total: int, text: str) -> None:
        if text == step:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        compare(drawn, models=["SVC"], store_folder=tmp_path, progress=cancel)


def test_a_damaged_network_and_a_damaged_cell_stop_nothing(
    drawn: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    (tmp_path / "broken").mkdir()
    lost = split(drawn, seed=0).cells(drawn, "test")["path"].iloc[0]
    table = drawn.table.assign(sha256=drawn.table["sha256"].where(drawn.table["path"] != lost, "0" * 64))
    table["path"] = table["path"].where(table["path"] != lost, "gone.bmp")
    found = compare(replace(drawn, table=table), models=["broken", "SVC"], store_folder=tmp_path, cache=cache)
    assert found.row("broken").problem.startswith("Expected ")
    assert list(found.left_out) == ["gone.bmp"]
    assert len(found.reports()["SVC"].cells) == found.cells["test"] - 1


def test_unknown_models_and_features_are_refused_with_the_known_ones(drawn: CellDataset, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^Expected models out of SVC, .*\. Received: KNN, other\.$"):
        compare(drawn, models=["SVC", "other", "KNN"], store_folder=tmp_path)
    with pytest.raises(ValueError, match=r"^Expected features out of morphology, .* Received: shapes\.$"):
        compare(drawn, features="shapes", store_folder=tmp_path)


def test_cells_without_hashes_and_too_few_subjects_are_refused(
    drawn: CellDataset, drawn_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"^Expected a hashed data set"):
        compare(index(drawn_folder), store_folder=tmp_path)
    few = replace(drawn, table=drawn.table[drawn.table["subject"].isin(["1", "H1"])])
    with pytest.raises(SplitImpossible):
        compare(few, store_folder=tmp_path)
