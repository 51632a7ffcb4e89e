"""Cross-validation: folds are put together, each cell scored by a network that never saw its person."""

import json
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from core.card import RESEARCH_NOTICE
from core.cross_validation import CrossValidation, cross_validation, pooled, trials
from core.data.dataset import CellDataset
from core.errors import SplitImpossible
from core.evaluation import EvaluationReport
from core.hyperparameters import TrainingConfig
from core.recipe import Recipe
from core.trial import Trial, TrialOutcome

CLASSES = ("HEM", "ALL")
RECIPE = Recipe(TrainingConfig(seed=7), CLASSES, "C-NMC", "ab", "subject", {"relabelled": 1})


def evaluation(scores: list[float], *, threshold: float, prefix: str) -> EvaluationReport:
    """Two healthy cells of one subject, then two leukemic ones of another."""
    cells = pd.DataFrame({"path": [f"{prefix}{cell}" for cell in "abcd"], "positive": [False, False, True, True]})
    subjects = [f"{prefix}H", f"{prefix}H", f"{prefix}1", f"{prefix}1"]
    return EvaluationReport(cells.assign(subject=subjects, score=scores), CLASSES, threshold)


def outcome(title: str, report: EvaluationReport) -> TrialOutcome:
    (true_negative, false_positive), (false_negative, true_positive) = report.confusion_matrix().tolist()
    trial = Trial(
        title,
        subjects={"train": 8, "validation": 2, "test": 2},
        cells={"train": 16, "validation": 4, "test": 4},
        epochs=3,
        threshold=report.threshold,
        validation={"roc_auc": 0.75},
        test=report.figures(),
        roc=report.roc_corners(),
        confusion_matrix=((true_negative, false_positive), (false_negative, true_positive)),
        by_subject=report.subjects(),
    )
    return TrialOutcome(trial, report)


RIGHT = outcome("Fold 1", evaluation([0.1, 0.2, 0.3, 0.4], threshold=0.25, prefix="x"))  # all called right
HALF = outcome("Fold 2", evaluation([0.6, 0.8, 0.7, 0.9], threshold=0.75, prefix="y"))  # AUROC 0.75, two called wrong
FAILED = TrialOutcome(Trial("Fold 3", problem="Expected memory. Received: none."))
BOTH = cross_validation(RECIPE, [RIGHT, HALF], count=2)


def test_mean_and_sample_standard_deviation_are_over_folds() -> None:
    table = BOTH.table().set_index("figure")
    assert table.loc["roc_auc", "mean"] == pytest.approx((1 + 0.75) / 2)
    assert table.loc["roc_auc", "sd"] == pytest.approx(0.25 / np.sqrt(2))
    assert table.loc["sensitivity", ["mean", "lowest", "highest"]].tolist() == [0.75, 0.5, 1.0]


def test_pooled_cells_are_called_at_the_operating_points_of_their_folds() -> None:
    together = pooled([report for report in (RIGHT.report, HALF.report) if report is not None])
    assert together.called.tolist() == [0, 0, 1, 1, 0, 1, 0, 1]
    assert BOTH.confusion_matrix == ((3, 1), (1, 3))
    assert BOTH.table().set_index("figure").loc["balanced_accuracy", "pooled"] == 0.75


def test_pooled_scores_are_counted_from_the_operating_points() -> None:
    logits = {score: np.log(score / (1 - score)) for score in (0.1, 0.2, 0.25, 0.3, 0.4, 0.6, 0.7, 0.75, 0.8, 0.9)}
    together = pooled([report for report in (RIGHT.report, HALF.report) if report is not None])
    expected = [logits[score] - logits[0.25] for score in (0.1, 0.2, 0.3, 0.4)]
    expected += [logits[score] - logits[0.75] for score in (0.6, 0.8, 0.7, 0.9)]
    np.testing.assert_allclose(together.score, expected)
    # of 16 pairs two are the wrong way round: the healthy cell at 0.8 stands above the leukemic ones at 0.3 and 0.7
    assert together.figures()["roc_auc"] == pytest.approx(14 / 16)
    assert BOTH.pooled == together.figures()


def test_scores_at_the_end_of_the_scale_keep_their_calls() -> None:
    extreme = evaluation([0.0, 1e-9, 2e-9, 1.0], threshold=1.5e-9, prefix="z")
    assert pooled([extreme]).called.tolist() == extreme.called.tolist() == [0, 0, 1, 1]


def test_a_failed_fold_is_a_row_with_its_reason_and_the_rest_counts() -> None:
    found = cross_validation(RECIPE, [RIGHT, HALF, FAILED], count=3)
    assert found.stamps == ("2 of 3 folds",)
    assert found.by_fold()["problem"].tolist() == ["", "", "Expected memory. Received: none."]
    assert found.table().set_index("figure").loc["roc_auc", "mean"] == pytest.approx(0.875)
    assert found.failed == (FAILED.trial,)
    assert "4 persons were tested once each in 2 of 3 folds" in found.sentence


def test_the_sentence_says_mean_spread_and_edits() -> None:
    assert BOTH.stamps == ()
    assert BOTH.sentence.startswith("ROC AUC 0.88 ± 0.18 (mean and standard deviation over folds): 4 persons")
    assert BOTH.sentence.endswith("1 label changed after review.")


def test_before_the_first_fold_there_are_no_figures() -> None:
    found = cross_validation(RECIPE, [], count=5)
    assert (found.pooled, found.roc, found.sentence) == (None, (), "No fold has been tested.")
    assert found.table()["mean"].isna().all()
    assert found.stamps == ("0 of 5 folds",)


def test_one_fold_alone_has_no_spread() -> None:
    found = cross_validation(RECIPE, [RIGHT], count=3)
    assert np.isnan(found.table()["sd"]).all()
    assert "±" not in found.sentence


def test_subjects_are_listed_worst_first_with_their_fold() -> None:
    assert BOTH.by_subject()[["subject", "fold", "accuracy"]].to_numpy().tolist() == [
        ["y1", "Fold 2", 0.5],
        ["yH", "Fold 2", 0.5],
        ["x1", "Fold 1", 1.0],
        ["xH", "Fold 1", 1.0],
    ]


def test_the_file_holds_folds_mean_spread_and_pooled_with_notice_and_stamps() -> None:
    found = cross_validation(RECIPE, [RIGHT, HALF, FAILED], count=3).export()
    assert found["fold"].tolist() == ["Fold 1", "Fold 2", "Fold 3", "mean", "sd", "pooled"]
    assert found["roc_auc"].round(3).tolist()[3:] == [0.875, 0.177, 0.875]
    assert set(found["stamp"]) == {"2 of 3 folds"}
    assert set(found["note"]) == {RESEARCH_NOTICE}
    assert set(found["seed"]) == {7}


def test_it_is_read_back_from_json() -> None:
    found = cross_validation(RECIPE, [RIGHT, FAILED], count=5)
    assert CrossValidation.read(json.loads(json.dumps(asdict(found)))) == found
    shown = json.loads(found.to_json())
    assert (shown["notice"], shown["stamps"]) == (RESEARCH_NOTICE, ["1 of 5 folds"])


def test_each_fold_is_a_trial_with_the_same_hyperparameters(drawn: CellDataset) -> None:
    config = TrainingConfig(image_size=48, seed=2, subjects_share=0.5)
    found = trials(drawn, config, count=3)
    assert [plan.title for plan in found.plans] == ["Fold 1", "Fold 2", "Fold 3"]
    assert {plan.config for plan in found.plans} == {config}
    tested = [unit for plan in found.plans for unit in plan.sides.units("test")]
    assert sorted(tested) == sorted(set(drawn.labelled["subject"]))
    assert all(plan.sides.reduced for plan in found.plans)
    assert found.together([FAILED]) == cross_validation(
        replace(RECIPE, config=config, origin=drawn.origin, data_fingerprint=drawn.fingerprint(), edits=drawn.edits),
        [FAILED],
        count=3,
    )


def test_more_folds_than_persons_are_refused(drawn: CellDataset) -> None:
    with pytest.raises(SplitImpossible, match=r"one for each of 9 folds\. Received: ALL: 7, HEM: 5\."):
        trials(drawn, TrainingConfig(), count=9)
