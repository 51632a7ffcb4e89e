"""Temperatures, Platt's line and the choice between them, with values that can be computed by hand."""

import math

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from core.calibration import log_loss
from core.calibrator import Calibrator, Method, best, platt, temperature
from core.types import FloatArray, IntArray

ALL_RIGHT = "On the validation subjects every cell is on the right side of 0.5, so no temperature is too low."
NO_BETTER = "On the validation subjects the scores are worse than saying 0.5 each time, whatever the temperature."
ONE_CLASS = "Expected cells of both classes. Received: one class."
NOT_RISING = "On the validation subjects the scores do not rise with the class."
LN2, LN3 = math.log(2), math.log(3)


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


@pytest.mark.parametrize("logit", [2.0, 0.5, LN3])
def test_where_three_of_four_are_right_the_temperature_makes_that_three_quarters(logit: float) -> None:
    high, low = sigmoid(logit), sigmoid(-logit)
    truth = np.array([1, 1, 1, 0, 0, 0, 0, 1])
    score = np.array([high] * 4 + [low] * 4)
    found = temperature(truth, score)
    assert (found.method, found.intercept, found.problem) == ("temperature", 0.0, "")
    assert found.slope == pytest.approx(LN3 / logit, rel=1e-5)  # the sigmoid of ln 3 is 3/4
    np.testing.assert_allclose(found.probability(score), [0.75] * 4 + [0.25] * 4, atol=1e-5)


def test_no_temperature_has_a_lower_log_loss_than_the_fitted_one() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 200)
    score = 1 / (1 + np.exp(-rng.normal(3 * (2 * truth - 1), 5)))
    fitted = log_loss(truth, temperature(truth, score).probability(score))
    others = [Calibrator("temperature", 1 / value) for value in np.geomspace(0.05, 20, 500)]
    assert fitted < log_loss(truth, score)
    assert fitted <= min(log_loss(truth, other.probability(score)) for other in others) + 1e-9


@pytest.mark.parametrize(
    ("truth", "score", "reason"),
    [
        ([1, 1], [0.2, 0.8], ONE_CLASS),
        ([], [], ONE_CLASS),
        ([0, 1], [0.0, 1.0], ALL_RIGHT),
        ([0, 1, 1], [0.5, 0.5, 0.5], ALL_RIGHT),
        ([0, 1], [0.9, 0.1], NO_BETTER),
        ([0, 1], [0.7, 0.7], NO_BETTER),
        ([0, 1, 1], [0.2, 0.3, 0.3], NO_BETTER),  # well ordered, but all below 0.5
    ],
)
def test_where_the_log_loss_has_no_minimum_there_is_no_temperature_and_it_says_why(
    truth: list[int], score: list[float], reason: str
) -> None:
    assert temperature(np.array(truth, dtype=int), np.array(score)) == Calibrator(problem=reason)


def test_classes_told_apart_by_another_cut_than_a_half_have_a_temperature() -> None:
    truth, score = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.7, 0.9])
    assert 1 < temperature(truth, score).slope < 20


@pytest.mark.parametrize(("logit", "limit"), [(1e-3, 0.05), (16.0, 14.56)])
def test_the_temperature_stays_in_its_range(logit: float, limit: float) -> None:
    truth = np.array([1, 1, 1, 0, 0, 0, 0, 1])
    score = np.array([sigmoid(logit)] * 4 + [sigmoid(-logit)] * 4)
    assert 1 / temperature(truth, score).slope == pytest.approx(limit, rel=1e-3)  # 16 / ln 3 = 14.56


@pytest.mark.parametrize(("high", "low"), [(3.0, 1.0), (-1.0, -4.0), (0.5, -0.5)])
def test_platts_line_goes_through_the_mean_smoothed_target_of_each_score(high: float, low: float) -> None:
    truth = np.array([1, 1, 1, 0, 0, 0, 0, 1])
    score = np.array([sigmoid(high)] * 4 + [sigmoid(low)] * 4)
    found = platt(truth, score)
    # targets 5/6 and 1/6: three of four positive have a mean of 2/3, one of four 1/3
    assert found.slope == pytest.approx(2 * LN2 / (high - low), rel=1e-5)
    assert found.slope * high + found.intercept == pytest.approx(LN2, rel=1e-5)
    np.testing.assert_allclose(found.probability(score), [2 / 3] * 4 + [1 / 3] * 4, atol=1e-5)


def test_platts_line_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 300)
    logits = rng.normal(2 * truth, 2)
    raw = FrozenEstimator(LogisticRegression().fit(logits[:, None], truth))
    theirs = CalibratedClassifierCV(raw, method="sigmoid", ensemble=False).fit(logits[:, None], truth)
    score = raw.predict_proba(logits[:, None])[:, 1]
    np.testing.assert_allclose(
        platt(truth, score).probability(score), theirs.predict_proba(logits[:, None])[:, 1], atol=1e-5
    )


def test_classes_that_are_told_apart_have_a_finite_line() -> None:
    found = platt(np.array([0, 0, 1, 1]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert found.probability(np.array([0.0, 0.5, 1.0])) == pytest.approx([1 / 4, 1 / 2, 3 / 4], abs=1e-5)


@pytest.mark.parametrize(
    ("truth", "score", "reason"),
    [
        ([1, 1], [0.2, 0.8], ONE_CLASS),
        ([], [], ONE_CLASS),
        ([0, 1], [0.9, 0.1], NOT_RISING),
        ([0, 1], [0.7, 0.7], NOT_RISING),
    ],
)
def test_a_line_that_does_not_rise_is_none(truth: list[int], score: list[float], reason: str) -> None:
    assert platt(np.array(truth, dtype=int), np.array(score)) == Calibrator(problem=reason)


def cohort(subjects: int, *, slope: float, intercept: float) -> tuple[IntArray, FloatArray, np.ndarray]:
    """Subjects of one class each, whose scores are off by a line: at each of two logits 40 or 20 cells."""
    truth, logits, of = [], [], []
    for subject in range(subjects):
        label = subject % 2
        for side, cells in ((1, 40 if label else 20), (-1, 20 if label else 40)):
            truth += [label] * cells
            logits += [slope * side + intercept] * cells
            of += [f"{subject:02}"] * cells
    return np.array(truth), 1 / (1 + np.exp(-np.array(logits, dtype=float))), np.array(of)


@pytest.mark.parametrize(
    ("slope", "intercept", "method"),
    [
        (LN2, 0.0, "temperature"),  # nothing to mend
        (4.0, 0.0, "temperature"),  # too sure of itself
        (LN2, 2.0, "Platt"),  # shifted, as after a short training; no temperature can be fitted well
        (0.25, -1.5, "Platt"),  # all below 0.5
    ],
)
def test_a_shift_takes_platts_line_and_all_else_a_temperature(slope: float, intercept: float, method: Method) -> None:
    truth, score, subjects = cohort(12, slope=slope, intercept=intercept)
    found = best(truth, score, subjects)
    assert (found.method, found.problem) == (method, "")
    np.testing.assert_allclose(np.unique(found.probability(score)), [1 / 3, 2 / 3], atol=2e-3)


@pytest.mark.parametrize("subjects", [2, 3])
def test_with_fewer_than_two_subjects_of_a_class_the_temperature_stays(subjects: int) -> None:
    truth, score, of = cohort(subjects, slope=1.0, intercept=0.25)
    assert best(truth, score, of) == temperature(truth, score)
    assert platt(truth, score).method == "Platt"


def test_what_one_subject_alone_speaks_for_does_not_count() -> None:
    truth, score, subjects = cohort(12, slope=LN2, intercept=0.0)
    score = np.where(subjects == "01", 0.999, score)
    assert platt(truth, score).intercept == pytest.approx(-0.18, abs=0.01)
    assert best(truth, score, subjects).method == "temperature"


def test_scores_that_a_fit_only_spoils_stay_as_they_are() -> None:
    """Nine of ten cells are on the side of their score, but more of one subject's and fewer of the other's."""
    truth, score, subjects = [], [], []
    for subject, right in (("one", 19), ("other", 17)):
        for label in (0, 1):
            truth += [label] * 20
            score += [0.9 if label else 0.1] * right + [0.1 if label else 0.9] * (20 - right)
            subjects += [subject] * 20
    assert best(np.array(truth), np.array(score), np.array(subjects)) == Calibrator("none")


@pytest.mark.parametrize(
    ("truth", "score", "problem"),
    [([1, 1, 1, 1], [0.2] * 4, ONE_CLASS), ([0, 0, 1, 1], [0.9, 0.8, 0.2, 0.1], NO_BETTER)],
)
def test_where_nothing_can_be_fitted_the_reason_is_that_of_the_temperature(
    truth: list[int], score: list[float], problem: str
) -> None:
    assert best(np.array(truth), np.array(score), np.array(list("abcd"))) == Calibrator(problem=problem)


def test_the_choice_is_the_same_each_time() -> None:
    rng = np.random.default_rng(2)
    truth = np.arange(200) % 2
    score = 1 / (1 + np.exp(-rng.normal(2 * truth, 2)))
    subjects = np.array([f"{cell % 20:02}" for cell in range(200)])
    assert best(truth, score, subjects) == best(truth, score, subjects)


def test_a_probability_is_the_sigmoid_of_a_line_on_the_logit() -> None:
    score = np.array([0.9, 0.5, 0.2])
    halved = Calibrator("temperature", 0.5).probability(score)
    assert halved == pytest.approx([0.75, 0.5, 1 / 3])  # odds 9, 1, 1/4 to 3, 1, 1/2
    shifted = Calibrator("Platt", 0.5, LN2).probability(score)
    assert shifted == pytest.approx([6 / 7, 2 / 3, 1 / 2])  # and twice these


def test_without_a_method_no_bit_changes() -> None:
    score = np.array([0.0, 1e-12, 0.3, 1.0])
    np.testing.assert_array_equal(Calibrator().probability(score), score)


@pytest.mark.parametrize("slope", [0.05, 0.7, 3.0, 20.0])
@pytest.mark.parametrize("intercept", [-5.0, 0.0, 5.0])
def test_the_order_of_the_scores_stays(slope: float, intercept: float) -> None:
    found = Calibrator("Platt", slope, intercept).probability(np.linspace(0, 1, 101))
    assert np.all(np.diff(found) >= 0)
    assert np.all((found >= 0) & (found <= 1))
    assert found[50] == pytest.approx(sigmoid(intercept))


def test_the_area_under_the_curve_stays() -> None:
    rng = np.random.default_rng(3)
    truth, score = rng.integers(0, 2, 100), rng.random(100)
    moved = Calibrator("Platt", 0.3, -2.0).probability(score)
    assert metrics.roc_auc_score(truth, moved) == metrics.roc_auc_score(truth, score)


@pytest.mark.parametrize(
    ("slope", "intercept"),
    [(0.0, 0.0), (-1.0, 0.0), (float("nan"), 0.0), (float("inf"), 0.0), (1.0, float("nan")), (1.0, float("inf"))],
)
def test_what_would_turn_the_order_around_is_refused(slope: float, intercept: float) -> None:
    with pytest.raises(ValueError, match=r"^Expected a slope above 0 and an intercept, both finite\. Received: "):
        Calibrator("Platt", slope, intercept)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Expected one of none, temperature, Platt\. Received: isotonic\.$"):
        Calibrator("isotonic")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("calibrator", "text"),
    [
        (Calibrator(), "scores left as they are"),
        (Calibrator("temperature", 0.5), "temperature 2.00"),
        (Calibrator("Platt", 0.8, -1.2), "Platt scaling, slope 0.80, intercept -1.20"),
    ],
)
def test_what_is_done_is_said_in_a_few_words(calibrator: Calibrator, text: str) -> None:
    assert calibrator.text == text
