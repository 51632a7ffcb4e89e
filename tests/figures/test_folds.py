"""Figures of cross-validations and learning curves show exactly what they are given."""

import pytest

from core.cross_validation import CrossValidation
from core.figures import folds as figures
from core.hyperparameters import TrainingConfig
from core.learning_curve import LearningCurve, Level
from core.recipe import Recipe
from core.trial import Trial

RECIPE = Recipe(TrainingConfig(), ("HEM", "ALL"), "C-NMC", "ab", "subject")


def fold(number: int, area: float) -> Trial:
    named = ("roc_auc", "balanced_accuracy", "sensitivity", "specificity", "accuracy", "weighted_f1")
    return Trial(f"Fold {number}", test=dict.fromkeys(named, area), roc=((0, 0), (0, area), (1, 1)))


FOUND = CrossValidation(
    RECIPE,
    3,
    (fold(1, 0.8), fold(2, 0.6), Trial("Fold 3", problem="failed")),
    pooled=dict.fromkeys(("roc_auc",), 0.7),
    roc=((0, 0), (0.5, 0.7), (1, 1)),
)


def test_each_fold_is_a_dot_and_the_mean_has_the_spread_beside_it() -> None:
    first, second, mean = figures.figures_by_fold(FOUND).data
    assert (list(first.x), list(second.x)) == ([0.8] * 5, [0.6] * 5)
    assert [trace.showlegend for trace in (first, second)] == [True, False]
    assert list(mean.x) == pytest.approx([0.7] * 5)
    assert list(mean.error_x.array) == pytest.approx([0.2 / 2**0.5] * 5)


def test_roc_curves_of_folds_are_thin_and_the_pooled_one_thick() -> None:
    chance, first, second, together = figures.roc_by_fold(FOUND).data
    assert chance.name == "Chance"
    assert (list(first.y), list(second.y)) == ([0, 0.8, 1], [0, 0.6, 1])
    assert (list(together.x), list(together.y)) == ([0, 0.5, 1], [0, 0.7, 1])
    assert together.line.width > first.line.width
    assert together.name == "All folds pooled (0.700)"


def test_the_learning_curve_has_a_point_for_each_number_of_subjects_with_its_interval() -> None:
    levels = (Level(0.5, 10, 100, (0.6, 0.7), (0.5, 0.8)), Level(1.0, 20, 200, (0.8, 0.8), (0.7, 0.9)))
    curve, each = figures.learning_curve(LearningCurve(RECIPE, (0.5, 1.0), 2, levels=levels)).data
    assert (list(curve.x), list(curve.y)) == ([10, 20], pytest.approx([0.65, 0.8]))
    assert list(curve.error_y.array) == pytest.approx([0.15, 0.1])
    assert list(curve.error_y.arrayminus) == pytest.approx([0.15, 0.1])
    assert (list(each.x), list(each.y)) == ([10, 10, 20, 20], [0.6, 0.7, 0.8, 0.8])


def test_without_intervals_and_repetitions_there_are_points_alone() -> None:
    levels = (Level(1.0, 20, 200, (0.3,), None),)
    figure = figures.learning_curve(LearningCurve(RECIPE, (1.0,), 1, levels=levels))
    (curve,) = figure.data
    assert (curve.name, curve.error_y.array) == ("ROC AUC", None)
    assert figure.layout.yaxis.range[0] < 0.3
