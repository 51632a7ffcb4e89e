"""What is shuffled together, and how far a ranking falls that depends on it."""

from typing import Any

import numpy as np
import pytest
from sklearn.inspection import permutation_importance

from core.data.morphology import MORPHOLOGY
from core.evaluation import roc_auc
from core.features.blocks import BLOCKS
from core.importance import groups, importance
from core.types import FloatArray, IntArray

AREA, MORPHOLOGIES = (BLOCKS["area"],), (BLOCKS["morphology"],)


class Weighed:
    """A model whose score is a weighed sum of its numbers."""

    def __init__(self, *weights: float) -> None:
        self.weights = np.array(weights)

    def fit(self, values: FloatArray, truth: IntArray) -> "Weighed":
        return self

    def decision_function(self, values: FloatArray) -> FloatArray:
        return np.asarray(values @ self.weights)


def cells(count: int = 40, *, columns: int = 17) -> tuple[FloatArray, IntArray]:
    """Numbers of which the first is the class and the rest are noise."""
    truth = np.arange(count) % 2
    values = np.random.default_rng(0).normal(size=(count, columns))
    values[:, 0] = truth
    return values, truth


def test_a_measure_that_decides_alone_is_all_that_counts() -> None:
    values, truth = cells()
    found = importance(Weighed(1, *[0] * 16), MORPHOLOGIES, values, truth, seed=0)
    assert found[0].name == "Area (px²)"
    assert 0.2 < found[0].fall < 0.8
    assert found[0].spread > 0
    assert {each.fall for each in found[1:]} == {0}
    assert {each.spread for each in found[1:]} == {0}


def test_the_largest_fall_comes_first_and_no_more_than_fifteen_are_kept() -> None:
    values, truth = cells()
    found = importance(Weighed(1, *[0.3] * 16), MORPHOLOGIES, values, truth, seed=0)
    assert [each.fall for each in found] == sorted((each.fall for each in found), reverse=True)
    assert len(found) == 15


def test_single_columns_fall_as_scikit_learn_shuffles_them() -> None:
    values, truth = cells(columns=17)
    model = Weighed(*np.linspace(1, 0, 17))
    expected = permutation_importance(
        model,
        values,
        truth,
        scoring=lambda model, values, truth: roc_auc(truth, model.decision_function(values)),
        n_repeats=5,
        random_state=3,
    )
    found = {each.name: each for each in importance(model, MORPHOLOGIES, values, truth, seed=3)}
    named = dict(zip(MORPHOLOGY.values(), expected.importances_mean, strict=True))
    assert len(found) == 15
    assert {name: each.fall for name, each in found.items()} == pytest.approx({name: named[name] for name in found})


def test_numbers_of_one_kind_are_shuffled_together() -> None:
    # The score is the difference of two equal pixels: if one of them were shuffled alone, the ranking would fall.
    values, truth = np.zeros((40, 3072)), np.arange(40) % 2
    values[:, 0] = values[:, 1] = np.random.default_rng(0).normal(size=40)
    values[:, 2] = truth
    rest = [0.0] * 3069
    (found,) = importance(Weighed(1, -1, 0, *rest), (BLOCKS["pixels"],), values, truth, seed=0)
    assert (found.name, found.fall) == ("Colour pixels, 32 x 32", 0)
    (found,) = importance(Weighed(1, -1, 1, *rest), (BLOCKS["pixels"],), values, truth, seed=0)
    assert found.fall > 0.2


def test_groups_hold_each_column_once_in_the_order_of_the_blocks() -> None:
    found = groups([BLOCKS["area"], BLOCKS["texture"], BLOCKS["colours"], BLOCKS["grayscale"]])
    assert sorted(column for columns in found.values() for column in columns) == list(range(1 + 19 + 64 + 4096))
    assert found["Area (px²)"] == [0]
    assert found["Local patterns"] == list(range(1, 11))
    assert [name for name in found if name.startswith("Granularity")] == [
        f"Granularity {scale} px" for scale in (1, 2, 4, 8)
    ]
    assert found["Brightness from rim to centre"] == list(range(15, 20))
    assert found["Histogram of red"] == list(range(20, 36))
    assert found["Grayscale pixels, 64 x 64"] == list(range(84, 84 + 4096))


def test_the_same_number_in_two_blocks_is_one_group() -> None:
    assert groups([BLOCKS["area"], BLOCKS["morphology"]])["Area (px²)"] == [0, 1]


def test_of_many_cells_some_are_shuffled() -> None:
    counted: list[int] = []

    class Counting(Weighed):
        def decision_function(self, values: FloatArray) -> FloatArray:
            counted.append(len(values))
            return super().decision_function(values)

    values, truth = cells(1000, columns=1)
    importance(Counting(1), AREA, values, truth, seed=0)
    assert set(counted) == {400}


def test_cells_of_one_class_rank_nothing() -> None:
    values, _ = cells(columns=1)
    assert importance(Weighed(1), AREA, values, np.ones(40, dtype=np.int64), seed=0) == ()


def test_the_same_seed_gives_the_same_importance() -> None:
    values, truth = cells()
    model: Any = Weighed(*np.linspace(1, 0, 17))
    assert importance(model, MORPHOLOGIES, values, truth, seed=1) == importance(
        model, MORPHOLOGIES, values, truth, seed=1
    )
