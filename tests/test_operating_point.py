"""Operating points that a rule chooses on validation subjects."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation import report
from core.operating_point import Choice, Rule, best_threshold, threshold
from core.types import FloatArray, IntArray


def sensitivity(truth: IntArray, score: FloatArray, cut: float) -> float:
    return float((score[truth == 1] >= cut).mean())


def specificity(truth: IntArray, score: FloatArray, cut: float) -> float:
    return float((score[truth == 0] < cut).mean())


@pytest.mark.parametrize(
    ("at_least", "cut"),
    [(1.0, 0.25), (0.75, 0.45), (0.74, 0.45), (0.5, 0.6), (0.25, 0.8), (0.01, 0.8)],
)
def test_the_highest_threshold_that_keeps_the_sensitivity(at_least: float, cut: float) -> None:
    truth = np.array([0, 0, 1, 0, 1, 1, 1])
    score = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9])
    assert threshold(truth, score, Choice("sensitivity", at_least=at_least)) == pytest.approx(cut)


@pytest.mark.parametrize(("at_least", "cut"), [(1.0, 0.45), (0.67, 0.45), (0.66, 0.25), (0.3, 0.15)])
def test_the_lowest_threshold_that_keeps_the_specificity(at_least: float, cut: float) -> None:
    truth = np.array([0, 0, 1, 0, 1, 1, 1])
    score = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9])
    assert threshold(truth, score, Choice("specificity", at_least=at_least)) == pytest.approx(cut)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("at_least", [0.5, 0.8, 0.95, 1.0])
def test_what_was_asked_for_is_kept_and_the_next_threshold_would_lose_it(seed: int, at_least: float) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 50)
    score = (truth + rng.normal(0, 1, 50)).round(1)  # with ties
    cut = threshold(truth, score, Choice("sensitivity", at_least=at_least))
    assert sensitivity(truth, score, cut) >= at_least
    assert sensitivity(truth, score, score[score >= cut].min() + 1e-9) < at_least
    cut = threshold(truth, score, Choice("specificity", at_least=at_least))
    assert specificity(truth, score, cut) >= at_least
    assert specificity(truth, score, score[score < cut].max() - 1e-9) < at_least


def test_scores_that_are_all_equal_leave_all_or_none_positive() -> None:
    truth, score = np.array([0, 1]), np.array([0.5, 0.5])
    assert threshold(truth, score, Choice("sensitivity", at_least=0.9)) == 0.5
    assert threshold(truth, score, Choice("specificity", at_least=0.9)) > 0.5


def test_a_threshold_set_by_hand_is_taken() -> None:
    assert threshold(np.array([0, 1]), np.array([0.1, 0.9]), Choice("by hand", threshold=0.3)) == 0.3


@pytest.mark.parametrize(
    ("choice", "source"),
    [
        (Choice(), "highest balanced accuracy on the validation subjects"),
        (Choice("sensitivity", 0.9), "highest threshold with a sensitivity of at least 90% on the validation subjects"),
        (Choice("specificity", 0.9), "lowest threshold with a specificity of at least 90% on the validation subjects"),
        (Choice("by hand", threshold=0.3), "threshold that was set by hand"),
    ],
)
def test_a_choice_says_how_it_was_made(choice: Choice, source: str) -> None:
    assert choice.source == source


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"rule": "best"}, "Expected a rule out of balanced, sensitivity, specificity, by hand. Received: best."),
        ({"at_least": 0.0}, "Expected a sensitivity or specificity above 0 and up to 1. Received: 0."),
        ({"at_least": 1.5}, "Expected a sensitivity or specificity above 0 and up to 1. Received: 1.5."),
        ({"threshold": float("nan")}, "Expected a threshold that is a number. Received: nan."),
    ],
)
def test_a_choice_out_of_range_is_refused(fields: dict[str, Rule | float], reason: str) -> None:
    with pytest.raises(ValueError, match=r"^Expected") as caught:
        Choice(**fields)  # type: ignore[arg-type]  # wrong on purpose
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("truth", "scores", "expected"),
    [
        ([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.8], 0.4),  # halfway between the classes
        ([0, 1, 0, 1, 1], [0.0, 0.2, 0.4, 0.6, 1.0], 0.5),  # one healthy cell below 0.1 or one leukemic one above 0.5
        ([0, 1], [0.5, 0.5], 0.5),  # nothing to choose from
        ([0, 1, 0, 1], [0.0, 0.25, 0.5, 0.75], 0.625),  # 0.125 and 0.625 are as good; of two the upper one
        ([1, 1, 0, 0], [0.1, 0.2, 0.6, 0.8], 0.1),  # the wrong way round: call every cell positive
    ],
)
def test_the_best_threshold_lies_halfway_between_neighbouring_scores(
    truth: list[int], scores: list[float], expected: float
) -> None:
    assert best_threshold(np.array(truth), np.array(scores)) == pytest.approx(expected)


def test_no_threshold_beats_the_best_one() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 60)
    score = rng.normal(truth, 1.5)
    cells = pd.DataFrame({"path": "", "subject": "", "label": np.where(truth == 1, "ALL", "HEM")})

    def balanced(threshold: float) -> float:
        return report(cells, score, classes=("HEM", "ALL"), threshold=threshold).figures()["balanced_accuracy"]

    best = balanced(best_threshold(truth, score))
    assert best == pytest.approx(max(balanced(threshold) for threshold in [*score, *(score + 1e-9)]))


@pytest.mark.parametrize("label", [0, 1])
def test_with_one_class_the_threshold_is_the_median_score(label: int) -> None:
    assert best_threshold(np.array([label] * 3), np.array([0.1, 0.3, 0.8])) == 0.3
