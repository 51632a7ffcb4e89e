"""What the records say for a report is what the comparison holds, and nothing more."""

from dataclasses import replace

import pytest

from core.caveats import DRAWN, NOT_BY_SUBJECT
from core.compare import combine
from core.comparison import Comparison
from core.estimators import AREA_ONLY, MAJORITY
from core.printed import measured
from core.protocol import Plan
from core.reported import facts
from core.standings import Row
from core.training import TrainingResult
from tests.test_assessment import DATASET
from tests.test_comparison import assessments

RIDGE = "RidgeClassifier"


@pytest.fixture(scope="module")
def folds() -> Comparison:
    plan = Plan((RIDGE,), protocol="folds", folds=4)
    return combine(DATASET, plan, assessments(plan))


def test_data_partitions_and_counts_are_those_of_the_comparison(folds: Comparison) -> None:
    known = facts(
        replace(folds, left_out={"a": "No cell.", "b": "No cell.", "c": "Damaged."}, edits={"excluded": 2}), {}
    )
    assert known["source"] == f"Source: by hand. SHA-256 of the labelled cells: {DATASET.fingerprint()}."
    assert known["partitions"].startswith(
        "Folds: each person is tested once (4 folds), seed 0; persons are kept apart: on average 40 cells of 8 "
        "subjects to fit, 20 cells of 4 subjects to validate; 80 cells of 16 subjects to test."
    )
    assert known["left_out"] == (
        "2 cells left out after review. Cells that could not be described: 2 (No cell); 1 (Damaged)."
    )
    assert known["classes"] == "Test cells: ALL 40 cells of 8 persons, HEM 40 cells of 8 persons."
    assert known["counts"].startswith("On average 40 cells of 8 subjects to fit")
    assert known["classes"] in known["counts"]
    assert known["level"].endswith(" sides of a split.")


def test_drawn_cells_and_a_split_by_cell_are_admitted(folds: Comparison) -> None:
    known = facts(replace(folds, origin="drawn, seed 0", split_by="cell"), {})
    assert DRAWN in known["source"]
    assert known["limits"].startswith(f"{DRAWN} {NOT_BY_SUBJECT}")
    assert known["level"] == NOT_BY_SUBJECT
    assert known["clusters"] == ""
    assert "person" not in known["internal"]


def test_the_best_model_is_no_baseline_and_has_its_own_figures(folds: Comparison) -> None:
    """The area is right each time here, and still no model of ours."""
    row = folds.row(RIDGE)
    known = facts(folds, {})
    assert known["performance"] == f"See the table below. Highest ROC AUC: {RIDGE}, {measured(row, 'roc_auc')}."
    assert f"Sensitivity {measured(row, 'sensitivity')}" in known["diagnostic"]
    assert f"{row.mean['roc_auc']:.3f} ± {row.sd['roc_auc']:.3f}" in known["robustness"]


def test_wrong_calls_are_counted_by_class(folds: Comparison) -> None:
    report = folds.row(RIDGE).report
    assert report is not None
    cells = report.cells
    missed = int((cells["positive"] & ~cells["called"]).sum())
    alarms = int((~cells["positive"] & cells["called"]).sum())
    assert facts(folds, {})["failures"].startswith(
        f"{RIDGE} calls {missed} of 40 ALL cells HEM and {alarms} of 40 HEM cells ALL."
    )


def test_accuracy_by_subject_names_the_worst(folds: Comparison) -> None:
    table = folds.by_subject(RIDGE)
    assert f"from {table['accuracy'].min():.2f} ({table['subject'][0]}, 5 cells)" in facts(folds, {})["by_cluster"]


def test_random_splits_are_said_to_mix_persons(folds: Comparison) -> None:
    found = replace(folds, random_rows=folds.rows)
    assert facts(found, {})["level"].endswith("The random splits beside them do not keep persons apart.")


def test_settings_that_were_tuned_are_listed_by_split(folds: Comparison) -> None:
    rows = tuple(replace(row, settings={0: {"alpha": 0.1}, 2: {"alpha": 10.0}}) for row in folds.rows[:1])
    known = facts(replace(folds, rows=rows, plan=replace(folds.plan, tuned=True)), {})
    assert f"{RIDGE}, split 1: alpha 0.1; {RIDGE}, split 3: alpha 10.0" in known["training"]


def test_what_was_not_tested_is_not_reported() -> None:
    known = facts(combine(DATASET, Plan((RIDGE,)), []), {})
    empty = {key for key, text in known.items() if not text}
    assert empty == {"robustness", "classes", "performance", "diagnostic", "failures", "by_cluster", "availability"}


def test_a_stored_network_is_described_by_its_card(folds: Comparison, trained: TrainingResult) -> None:
    card = trained.classifier.card
    with_network = replace(folds, rows=(*folds.rows, Row("tiny", "network", problem="Not tested.")))
    known = facts(with_network, {"tiny": card})
    assert known["kind"].endswith("Deep learning on pixels: tiny.")
    assert f"tiny (drawn cells): {card.architecture}, {card.parameters:,} parameters" in known["models"]
    assert "48 x 48 pixels" in known["preprocessing"]
    assert "random weights, seed 0" in known["initialization"]
    assert card.model_sha256 in known["availability"]
    assert known["external"] == (
        f"tiny (drawn cells): learned from cells of {card.origin}, so that this test is external."
    )
    at_home = facts(replace(with_network, origin=card.origin), {"tiny": card})
    assert at_home["external"] == "None in this comparison: all cells are from one source."
    assert at_home["internal"].endswith("Stored models are tested on none that they have learned from.")
    gone = facts(with_network, {})
    assert gone["models"] == (
        f"{RIDGE}, {MAJORITY}, {AREA_ONLY}: scikit-learn and XGBoost. Stored model whose card is gone: tiny."
    )
    assert gone["availability"] == ""
