"""Two models on the same cells: by hand, pair by pair, and against other implementations."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from core.evaluation import roc_auc
from core.metrics import Judged, resampled
from core.paired import Pair, delong, pairs
from core.resampling import resampling
from core.types import FloatArray, IntArray


def random_scores(seed: int, cells: int = 60) -> tuple[IntArray, FloatArray, FloatArray]:
    """Two correlated models, rounded so that some scores are equal."""
    rng = np.random.default_rng(seed)
    truth = np.arange(cells) % 3 // 2
    first = rng.normal(truth, 1)
    return truth, first.round(1), (first + rng.normal(0, 0.7, cells)).round(1)


def judged(truth: IntArray, score: FloatArray, unit: IntArray) -> Judged:
    return Judged(truth, score, (score >= 0.5).astype(int), None, unit)


def compared(truth: IntArray, first: FloatArray, second: FloatArray, subjects: str, *, draws: int = 100) -> Pair:
    drawn = resampling(np.array(list(subjects)), truth, draws=draws)
    models = {"first": judged(truth, first, drawn.unit), "second": judged(truth, second, drawn.unit)}
    return pairs(models, drawn)[0]


def delong_by_pairs(truth: IntArray, first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """The paper's equations 4 to 7 written out pair by pair."""
    placed = []
    for score in (first, second):
        kernel = [[1.0 if x > y else 0.5 if x == y else 0.0 for y in score[truth == 0]] for x in score[truth == 1]]
        placed.append(np.array(kernel))
    areas = [kernel.mean() for kernel in placed]
    variance = 0.0
    for axis in (1, 0):  # of each positive over the negatives, then of each negative over the positives
        parts = placed[0].mean(axis=axis) - placed[1].mean(axis=axis) - (areas[0] - areas[1])
        variance += float((parts**2).sum()) / (len(parts) - 1) / len(parts)
    return float(areas[0] - areas[1]), math.sqrt(variance)


@pytest.mark.parametrize("seed", range(5))
def test_the_fast_delong_test_is_that_of_the_pairs_written_out(seed: int) -> None:
    truth, first, second = random_scores(seed)
    assert delong(truth, first, second) == pytest.approx(delong_by_pairs(truth, first, second))
    assert delong(truth, first, second)[0] == pytest.approx(roc_auc(truth, first) - roc_auc(truth, second))


def test_delong_counted_by_hand() -> None:
    truth = np.array([0, 0, 1, 1])
    first, second = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.1, 0.3, 0.2, 0.4])
    # the areas are 1 and 3/4; placements of the second: positives 1/2 and 1, negatives 1 and 1/2, variance 1/8 each
    assert delong(truth, first, second) == pytest.approx((0.25, math.sqrt(1 / 8 / 2 + 1 / 8 / 2)))


def test_delong_of_one_cell_of_a_class_has_no_error() -> None:
    assert np.isnan(delong(np.array([0, 0, 1]), np.arange(3.0), np.arange(3.0))).all()


def interval_by_drawing(
    truth: IntArray, first: FloatArray, second: FloatArray, subjects: str, *, draws: int, tail: float
) -> tuple[float, float]:
    """The same resampling, one draw after the other, with the cells of each draw laid side by side."""
    of = np.array(list(subjects))
    names = np.unique(of)
    rng = np.random.default_rng(0)
    found = []
    for times in rng.multinomial(len(names), np.full(len(names), 1 / len(names)), draws):
        rows = np.concatenate([np.flatnonzero(of == name) for name in np.repeat(names, times)])
        area = roc_auc(truth[rows], first[rows]) - roc_auc(truth[rows], second[rows])
        if not math.isnan(area):
            found.append(area)
    low, high = np.quantile(found, [tail, 1 - tail])
    return float(low), float(high)


@pytest.mark.parametrize(
    ("subjects", "tail"),
    [
        ("abcdefghijkl" * 5, 0.000119031),  # four positive subjects: normal at t = -3.18245 times sqrt(4 / 3)
        ("aaabbbcccddd" * 5, 0.000119031),  # each with both classes
        ("abcdefghijklmno" * 4, 0.000954101),  # five: t = -2.77645 times sqrt(5 / 4)
    ],
)
def test_the_interval_is_that_of_subjects_drawn_one_by_one(subjects: str, tail: float) -> None:
    truth, first, second = random_scores(1)
    expected = interval_by_drawing(truth, first, second, subjects, draws=100, tail=tail)
    assert compared(truth, first, second, subjects).interval == pytest.approx(expected)


def test_draws_without_both_classes_do_not_count() -> None:
    truth = np.array([0, 0, 0, 1, 1, 1])
    first, second = np.array([0.1, 0.6, 0.3, 0.2, 0.8, 0.5]), np.array([0.4, 0.1, 0.5, 0.6, 0.2, 0.9])
    tail = 6.834137e-8  # three subjects: t = -4.30265
    expected = interval_by_drawing(truth, first, second, "abcdef", draws=200, tail=tail)
    assert compared(truth, first, second, "abcdef", draws=200).interval == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_mcnemar_is_that_of_statsmodels(seed: int) -> None:
    truth, first, second = random_scores(seed)
    found = compared(truth, first, second, "abcdefghijkl" * 5)
    right, also = ((score >= 0.5) == truth for score in (first, second))
    table = [[(right & also).sum(), (right & ~also).sum()], [(~right & also).sum(), (~right & ~also).sum()]]
    assert found.mcnemar_p == pytest.approx(mcnemar(table, exact=True).pvalue)


def test_mcnemar_of_the_approval_ratings_of_agresti() -> None:
    # the data of R's ?mcnemar.test: 150 approved in the first survey only, 86 in the second only
    truth = np.ones(1600, dtype=int)
    first = np.repeat([1.0, 0.0, 1.0, 0.0], [794, 86, 150, 570])
    second = np.repeat([1.0, 1.0, 0.0, 0.0], [794, 86, 150, 570])
    truth[-2:] = 0  # so that both classes are there: two cells that both call right, of the 570
    drawn = resampling(np.arange(1600).astype(str), truth, draws=3)
    found = pairs({"1": judged(truth, first, drawn.unit), "2": judged(truth, second, drawn.unit)}, drawn)[0]
    assert (found.only_first_right, found.only_second_right) == (150, 86)
    assert found.mcnemar_p == pytest.approx(2 * stats.binom.cdf(86, 236, 0.5))


def test_holm_corrects_each_kind_of_test_for_the_number_of_pairs() -> None:
    truth, first, second = random_scores(4, cells=120)
    third = np.random.default_rng(9).normal(truth, 2)
    drawn = resampling(np.array(list("abcdefghijkl" * 10)), truth)
    models = {name: judged(truth, score, drawn.unit) for name, score in zip("abc", (first, second, third), strict=True)}
    found = pairs(models, drawn)
    assert [(pair.first, pair.second) for pair in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    for kind in ("p_value", "delong_p", "mcnemar_p"):
        values = [getattr(pair, kind) for pair in found]
        order = np.argsort(values)
        stepwise = np.maximum.accumulate([(3 - step) * values[place] for step, place in enumerate(order)])
        corrected = dict(zip(order.tolist(), np.minimum(1, stepwise).tolist(), strict=True))
        assert [pair.holm[kind] for pair in found] == pytest.approx([corrected[place] for place in range(3)])


def test_a_model_against_itself_differs_by_nothing_and_nothing_is_claimed() -> None:
    truth, first, _ = random_scores(0)
    found = compared(truth, first, first, "abcdefghijkl" * 5)
    assert (found.difference, found.interval, found.p_value, found.delong_p, found.mcnemar_p) == (0, (0, 0), 1, 1, 1)
    assert "no difference can be claimed" in found.sentence


def test_a_clear_difference_is_claimed_for_the_better_one() -> None:
    truth = np.tile([0, 1], 60)
    noise = np.random.default_rng(0).normal(0, 1, 120)
    found = compared(truth, noise, truth + 0.1 * noise, "aabbccddeeffgghhiijjkkll" * 5, draws=500)
    assert found.claimed
    assert found.sentence.startswith("second is better than first (ROC AUC -")


def test_with_too_few_subjects_nothing_is_claimed() -> None:
    truth = np.array([0, 0, 0, 1, 1, 1])
    found = compared(truth, truth.astype(float), 1.0 - truth, "abcdee")
    assert (found.difference, found.interval, found.p_value) == (1.0, None, None)
    assert found.sentence == ("first and second: no difference can be claimed, on too few subjects (ROC AUC +1.000).")
    assert set(found.holm) == {"delong_p", "mcnemar_p"}


def test_models_on_other_cells_are_refused() -> None:
    drawn = resampling(np.array(list("abc")), np.array([0, 1, 1]))
    one = judged(np.array([0, 1, 1]), np.arange(3.0), drawn.unit)
    other = judged(np.array([1, 0, 1]), np.arange(3.0), drawn.unit)
    with pytest.raises(ValueError, match=r"^Expected two models on the same cells\. Received: other cells\.$"):
        pairs({"one": one, "other": other}, drawn)


def test_areas_that_are_known_already_give_the_same_pairs() -> None:
    truth, first, second = random_scores(3)
    drawn = resampling(np.array(list("abcdefghijkl" * 5)), truth, draws=50)
    models = {"first": judged(truth, first, drawn.unit), "second": judged(truth, second, drawn.unit)}
    areas = {name: resampled(each, drawn.times)["roc_auc"] for name, each in models.items()}
    assert pairs(models, drawn, areas=areas) == pairs(models, drawn)
    other = {**areas, "second": areas["second"] - 1}
    assert pairs(models, drawn, areas=other)[0].interval != pairs(models, drawn)[0].interval
