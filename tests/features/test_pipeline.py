"""Every step of a pipeline is fitted on the cells that it is given."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier

from core.features.pipeline import pipeline


def test_missing_numbers_become_the_median_of_the_training_cells() -> None:
    values = np.array([[1.0], [2.0], [9.0], [np.nan]])
    model = pipeline({"area": 1}, RidgeClassifier(), cells=4, seed=0).fit(values, [0, 0, 1, 1])
    missing = model.named_steps["blocks"].named_transformers_["area"].named_steps["missing"]
    assert missing.statistics_.tolist() == [2.0]
    assert np.isfinite(model.decision_function([[np.nan]])).all()


def test_numbers_are_scaled_by_the_training_cells_block_by_block() -> None:
    values = np.array([[1.0, 10], [3, 20], [5, 60]])
    model = pipeline({"area": 1, "texture": 1}, RidgeClassifier(), cells=3, seed=0).fit(values, [0, 1, 1])
    blocks = model.named_steps["blocks"].named_transformers_
    assert [float(blocks[name].named_steps["scale"].mean_[0]) for name in blocks] == [3.0, 30.0]


@pytest.mark.parametrize(("cells", "components"), [(8, 7), (100, 50)])
def test_pixels_become_fewer_components_than_cells(cells: int, components: int) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(cells, 60 + 1))
    model = pipeline({"pixels": 60, "area": 1}, RidgeClassifier(), cells=cells, seed=0).fit(
        values, rng.integers(0, 2, cells)
    )
    assert model.named_steps["model"].coef_.size == components + 1
    reduced = model.named_steps["scale"].transform(model.named_steps["blocks"].transform(values))
    np.testing.assert_allclose(reduced[:, 0].std(), 1)


def test_a_number_that_no_training_cell_has_counts_for_nothing() -> None:
    values = np.array([[1.0, np.nan], [2, np.nan], [3, np.nan]])
    model = pipeline({"texture": 2}, RidgeClassifier(), cells=3, seed=0).fit(values, [0, 0, 1])
    assert np.isfinite(model.decision_function([[1.0, np.nan]])).all()
    assert model.named_steps["model"].coef_.ravel()[1] == 0
