"""The table of classifiers: each can be fitted, and one entry adds another."""

import numpy as np
import pytest

from core.classical import fitted, scores, tuned
from core.comparison import CLASSICAL
from core.estimators import AREA_ONLY, BASELINES, ESTIMATORS, MAJORITY, Estimator
from core.features.sets import FEATURES
from core.types import FloatArray, IntArray


def cells(count: int = 60) -> tuple[FloatArray, IntArray]:
    """Two numbers a cell, of which the first tells the classes apart, with some overlap."""
    rng = np.random.default_rng(0)
    truth = np.arange(count) % 2
    return rng.normal(np.stack([truth, 0 * truth], axis=1), 0.7), truth


@pytest.mark.parametrize("name", ESTIMATORS)
def test_each_entry_makes_a_new_model_that_can_be_fitted_and_scores_cells(name: str) -> None:
    estimator = ESTIMATORS[name]
    assert estimator.make(0) is not estimator.make(0)
    values, truth = cells()
    model = fitted(estimator, {"texture": 2}, values, truth, seed=0)
    found = scores(model, values)
    assert found.shape == (60,)
    assert name == MAJORITY or found[truth == 1].mean() > found[truth == 0].mean()


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_same_seed_gives_the_same_scores(name: str) -> None:
    values, truth = cells()
    first, again = (scores(fitted(ESTIMATORS[name], {"texture": 2}, values, truth, seed=3), values) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_the_five_of_the_published_table_come_first_and_the_baselines_last() -> None:
    assert CLASSICAL == (
        "SVC",
        "XGBClassifier",
        "LinearDiscriminantAnalysis",
        "RidgeClassifierCV",
        "RidgeClassifier",
    )
    assert BASELINES == (MAJORITY, AREA_ONLY) == tuple(ESTIMATORS)[-2:]
    assert all(ESTIMATORS[name].features in FEATURES for name in BASELINES)


def test_the_majority_class_gives_each_cell_its_share_among_the_training_cells() -> None:
    model = fitted(ESTIMATORS[MAJORITY], {"area": 1}, np.zeros((4, 1)), np.array([1, 1, 1, 0]), seed=0)
    assert scores(model, np.zeros((2, 1))).tolist() == [0.75, 0.75]


@pytest.mark.parametrize("name", [name for name, estimator in ESTIMATORS.items() if estimator.grid])
def test_a_grid_names_settings_that_the_model_has(name: str) -> None:
    values, truth = cells(24)
    model, chosen = tuned(ESTIMATORS[name], {"texture": 2}, values, truth, np.arange(24).astype(str), seed=0)
    assert set(chosen) == set(ESTIMATORS[name].grid)
    for setting, value in chosen.items():
        assert value in ESTIMATORS[name].grid[setting]
        assert getattr(model.named_steps["model"], setting) == value


def test_no_person_stands_on_both_sides_of_an_inner_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn import model_selection

    inner: list[tuple[IntArray, IntArray]] = []
    real = model_selection.GridSearchCV

    def spy(model: object, grid: object, *, cv: list[tuple[IntArray, IntArray]], **rest: object) -> object:
        inner.extend(cv)
        return real(model, grid, cv=cv, **rest)

    monkeypatch.setattr(model_selection, "GridSearchCV", spy)
    values, truth = cells(48)
    person = np.array([f"{number % 8}" for number in range(48)])  # eight persons, four of each class
    tuned(ESTIMATORS["RidgeClassifier"], {"texture": 2}, values, truth, person, seed=0)
    assert len(inner) == 3
    for rest, held in inner:
        assert not set(person[rest]) & set(person[held])
    assert sorted(np.concatenate([held for _, held in inner])) == list(range(48))


def test_tuning_needs_two_persons_of_each_class() -> None:
    values, truth = cells(6)
    with pytest.raises(ValueError, match=r"^Expected two training persons of each class to tune on\. Received: 1\.$"):
        tuned(ESTIMATORS["RidgeClassifier"], {"texture": 2}, values, truth, np.array(list("ababab")), seed=0)


def test_without_a_grid_nothing_is_tuned() -> None:
    values, truth = cells()
    model, chosen = tuned(ESTIMATORS["RidgeClassifierCV"], {"texture": 2}, values, truth, truth.astype(str), seed=0)
    assert chosen == {}
    np.testing.assert_array_equal(
        scores(model, values),
        scores(fitted(ESTIMATORS["RidgeClassifierCV"], {"texture": 2}, values, truth, seed=0), values),
    )


def test_a_model_that_does_not_converge_is_refused() -> None:
    from sklearn.linear_model import LogisticRegression

    hasty = Estimator("Hasty", lambda seed: LogisticRegression(max_iter=1))
    values, truth = cells()
    with pytest.raises(ValueError, match=r"^Expected a model that converges\. Received: "):
        fitted(hasty, {"texture": 2}, values, truth, seed=0)


def test_scores_that_are_no_numbers_are_refused_with_how_many() -> None:
    class Lost:
        def decision_function(self, values: FloatArray) -> FloatArray:
            return np.where(values[:, 0] > 0, np.nan, 1.0)

    with pytest.raises(ValueError, match=r"Received: none that is a number for 2 cells\.$"):
        scores(Lost(), np.array([[1.0], [2.0], [-1.0]]))
