"""How models stand: figures on all cells, by split, and with random splits."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.assessment import Assessment
from core.evaluation import EvaluationReport
from core.metrics import FIGURES, Judged, figures, resampled
from core.protocol import Plan
from core.resampling import resampling
from core.standings import (
    CANCELLED,
    Inflation,
    Row,
    inflations,
    judged_by,
    ranks,
    resampled_persons,
    rows,
    with_figures,
)

CLASSES = ("HEM", "ALL")
PERSONS = 8
TRUTH = np.arange(PERSONS * 3) % 2 == 1


def assessment(model: str, scores: np.ndarray, cells: list[int], *, fold: int = 0, **options: object) -> Assessment:
    """Scores of some of 24 cells; cell n is of person n % 8, and odd ones are ill."""
    table = pd.DataFrame(
        {
            "path": [f"{cell:02d}.bmp" for cell in cells],
            "subject": [f"s{cell % PERSONS}" for cell in cells],
            "person": [f"p{cell % PERSONS}" for cell in cells],
            "positive": TRUTH[cells],
            "score": scores,
            "probability": scores / 2,
        }
    )
    settings: dict[str, object] = {"threshold": 0.5, "fit_seconds": 2.0, "predict_seconds": 0.5, **options}
    return Assessment(model, "classical", fold, test=table, **settings)  # type: ignore[arg-type]  # options of an assessment


def some(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(24)


ALL = list(range(24))
HALVES = ([cell for cell in ALL if cell % 4 < 2], [cell for cell in ALL if cell % 4 >= 2])
FOLDS = Plan(("SVC", "XGBClassifier"), protocol="folds", folds=3)
FIXED = Plan(("SVC", "XGBClassifier"))


def standing(assessments: list[Assessment], plan: Plan, *, count: int) -> dict[str, Row]:
    found = with_figures(rows(assessments, plan, CLASSES, count=count, random=False), assessments, plan)
    return {row.model: row for row in found}


def test_figures_and_intervals_are_those_of_the_statistics_over_persons() -> None:
    row = standing([assessment("SVC", some(0), ALL)], FIXED, count=1)["SVC"]
    draws = resampling(np.array([f"p{cell % PERSONS}" for cell in ALL]), TRUTH.astype(int), seed=0)
    judged = Judged(TRUTH.astype(int), some(0), (some(0) >= 0.5).astype(int), some(0) / 2, draws.unit)
    assert row.figures == figures(judged)
    assert row.intervals == {name: draws.interval(values) for name, values in resampled(judged, draws.times).items()}
    assert set(row.figures) == set(FIGURES)
    assert (row.mean, row.sd, row.fit_seconds, row.predict_seconds) == ({}, {}, 2.0, 0.5)
    assert row.report is not None
    assert row.report.threshold == 0.5


def test_cells_stand_in_one_order_for_all_models() -> None:
    backwards = assessment("XGBClassifier", some(1)[::-1], ALL[::-1])
    found = standing([assessment("SVC", some(0), ALL), backwards], FIXED, count=1)
    first, second = found["SVC"].report, found["XGBClassifier"].report
    assert first is not None
    assert second is not None
    assert first.cells["path"].tolist() == second.cells["path"].tolist()
    np.testing.assert_array_equal(second.score, some(1))


def test_the_prevalence_changes_what_a_call_is_worth_and_nothing_else() -> None:
    usual, rare = (
        standing([assessment("SVC", some(0), ALL)], replace(FIXED, prevalence=prevalence), count=1)["SVC"].figures
        for prevalence in (None, 0.05)
    )
    sensitivity, specificity = usual["sensitivity"], usual["specificity"]
    assert rare["ppv"] == pytest.approx(0.05 * sensitivity / (0.05 * sensitivity + 0.95 * (1 - specificity)))
    assert {name for name in FIGURES if usual[name] != rare[name]} == {"ppv", "npv"}


def test_folds_are_pooled_by_probability_and_called_each_at_its_own_threshold() -> None:
    first, second = HALVES
    folds = [
        assessment("SVC", some(0)[first], first, fold=0, threshold=0.3),
        assessment("SVC", some(0)[second], second, fold=1, threshold=0.7),
    ]
    row = standing(folds, FOLDS, count=2)["SVC"]
    assert row.report is not None
    np.testing.assert_allclose(row.report.score, some(0) / 2)
    thresholds = np.where(np.isin(ALL, first), 0.3, 0.7)
    np.testing.assert_array_equal(row.report.called, some(0) >= thresholds)
    draws = resampled_persons(row.report, seed=0)
    assert row.figures == figures(judged_by(row.report, draws))
    assert row.report.confusion_matrix().sum() == 24
    assert np.isnan(row.report.threshold)
    assert (row.fit_seconds, row.predict_seconds) == (4.0, 1.0)


def test_mean_and_spread_are_over_folds() -> None:
    folds = [assessment("SVC", some(0)[half], half, fold=fold) for fold, half in enumerate(HALVES)]
    row = standing(folds, FOLDS, count=2)["SVC"]
    areas = []
    for half in HALVES:
        score = some(0)[half]
        judged = Judged(TRUTH[half].astype(int), score, (score >= 0.5).astype(int), score / 2, np.arange(len(half)))
        areas.append(figures(judged)["roc_auc"])
    assert [row.by_fold[fold]["roc_auc"] for fold in (0, 1)] == areas
    assert row.mean["roc_auc"] == pytest.approx(np.mean(areas))
    assert row.sd["roc_auc"] == pytest.approx(abs(areas[0] - areas[1]) / np.sqrt(2))


def test_a_model_that_ranks_nothing_within_folds_ranks_nothing_over_them() -> None:
    folds = [assessment("SVC", np.full(12, 0.6 + 0.1 * fold), half, fold=fold) for fold, half in enumerate(HALVES)]
    row = standing(folds, FOLDS, count=2)["SVC"]
    assert row.report is not None
    assert row.figures["roc_auc"] == 0.5
    assert not ranks(row.report)
    assert row.figures["brier"] == pytest.approx(np.mean((np.where(np.isin(ALL, HALVES[0]), 0.3, 0.35) - TRUTH) ** 2))


def test_a_model_that_failed_or_was_not_reached_is_a_row_with_its_reason() -> None:
    failed = Assessment("SVC", "classical", problem="It would not.", stamps=("reduced",))
    found = standing([failed], FIXED, count=1)
    assert (found["SVC"].problem, found["SVC"].report, found["SVC"].stamps) == ("It would not.", None, ("reduced",))
    assert (found["XGBClassifier"].problem, found["XGBClassifier"].kind) == (CANCELLED, "classical")
    assert found["area only"].kind == "baseline"
    assert found["SVC"].figures == {}


def test_a_model_that_failed_on_some_folds_says_so_beside_the_figures_of_the_others() -> None:
    first, second = HALVES
    assessments = [
        assessment("SVC", some(0)[first], first, fold=0),
        Assessment("SVC", "classical", 1, problem="It would not."),
        assessment("XGBClassifier", some(0)[second], second, fold=1),
    ]
    found = standing(assessments, FOLDS, count=3)
    assert found["SVC"].problem == "2 of 3 folds failed: It would not. Cancelled."
    assert found["SVC"].title == "SVC (1 of 3 folds)"
    assert found["XGBClassifier"].problem == "2 of 3 folds failed: Cancelled."
    assert list(found["SVC"].by_fold) == [0]
    assert found["SVC"].report is not None
    assert len(found["SVC"].report.cells) == 12


def test_inflation_is_the_difference_on_the_same_cells_with_an_interval_over_persons() -> None:
    honest, flattered = some(0), np.where(TRUTH, some(1) + 0.4, some(1))
    plan = Plan(("SVC",), protocol="random")
    one = with_figures(rows([assessment("SVC", honest, ALL)], plan, CLASSES, count=1, random=False), [], plan)
    at_random = [assessment("SVC", flattered, ALL, random=True)]
    other = with_figures(rows(at_random, plan, CLASSES, count=1, random=True), at_random, plan)
    (found,) = inflations(one, other, seed=0)
    by_subject, of_random = (row.figures["roc_auc"] for row in (one[0], other[0]))
    assert (found.by_subject, found.at_random) == (by_subject, of_random)
    assert found.difference == of_random - by_subject > 0
    draws = resampling(np.array([f"p{cell % PERSONS}" for cell in ALL]), TRUTH.astype(int), seed=0)
    areas = []
    for score in (flattered, honest):
        called = (score >= 0.5).astype(int)
        judged = Judged(TRUTH.astype(int), score, called, None, draws.unit)
        areas.append(resampled(judged, draws.times)["roc_auc"])
    assert found.interval == draws.interval(areas[0] - areas[1])


def test_there_is_no_inflation_without_both_or_on_other_cells() -> None:
    plan = Plan(("SVC",), protocol="random")

    def row(scores: np.ndarray, cells: list[int], *, random: bool) -> tuple[Row, ...]:
        assessments = [assessment("SVC", scores, cells, random=random)]
        return with_figures(rows(assessments, plan, CLASSES, count=1, random=random), assessments, plan)

    honest, half = row(some(0), ALL, random=False), row(some(0)[:12], ALL[:12], random=True)
    assert inflations(honest, (), seed=0) == inflations(honest, half, seed=0) == ()
    assert inflations((), row(some(0), ALL, random=True), seed=0) == ()


@pytest.mark.parametrize(
    ("difference", "interval", "said"),
    [
        (
            0.04,
            (0.02, 0.06),
            "is 0.04 higher (0.02 to 0.06): cells of the same person stood on both sides.",
        ),
        (0.04, (-0.01, 0.09), "is 0.84 instead of 0.80: no difference can be claimed (+0.04, -0.01 to +0.09)."),
        (-0.04, (-0.06, -0.02), "is 0.04 lower (0.02 to 0.06)."),
        (0.04, None, "is 0.84 instead of 0.80; there are too few persons for an interval."),
    ],
)
def test_inflation_is_said_in_a_sentence(difference: float, interval: tuple[float, float] | None, said: str) -> None:
    found = Inflation("SVC", 0.8, 0.8 + difference, difference, interval)
    assert found.sentence == f"On random splits the ROC AUC of SVC {said}"


def test_a_report_calls_as_its_cells_say() -> None:
    row = standing([assessment("SVC", some(0), ALL, threshold=0.9)], FIXED, count=1)["SVC"]
    assert isinstance(row.report, EvaluationReport)
    np.testing.assert_array_equal(row.report.called, some(0) >= 0.9)
    assert row.report.figures()["roc_auc"] == pytest.approx(row.figures["roc_auc"])
