"""PPV and NPV for another share of positive cells."""

import numpy as np
import pytest

from core.compare import combine
from core.comparison import Comparison
from core.prevalence import prevalence_of_test, with_prevalence
from core.protocol import Plan
from tests.test_assessment import DATASET
from tests.test_comparison import MODELS, assessments, fixed, folds  # noqa: F401  # fixtures


def test_half_of_the_tested_cells_are_positive(folds: Comparison) -> None:  # noqa: F811
    assert prevalence_of_test(folds) == 0.5


def test_the_same_prevalence_is_the_same_comparison(fixed: Comparison) -> None:  # noqa: F811
    assert with_prevalence(fixed, None) is fixed


def test_another_prevalence_is_as_if_the_comparison_had_been_made_for_it(folds: Comparison) -> None:  # noqa: F811
    plan = Plan(MODELS, protocol="folds", folds=4, prevalence=0.02)
    made = combine(DATASET, plan, assessments(plan))
    found = with_prevalence(folds, 0.02)
    assert found.plan == plan
    for row, expected in zip(found.rows, made.rows, strict=True):
        assert row.figures == pytest.approx(expected.figures, nan_ok=True)
        assert row.intervals == expected.intervals
        assert row.mean == pytest.approx(expected.mean, nan_ok=True)


def test_only_ppv_and_npv_change(fixed: Comparison) -> None:  # noqa: F811
    before, after = fixed.rows[0].figures, with_prevalence(fixed, 0.01).rows[0].figures
    changed = {name for name in before if not np.isclose(before[name], after[name], equal_nan=True)}
    assert changed <= {"ppv", "npv"}
    sensitivity, specificity = before["sensitivity"], before["specificity"]
    found, alarms = 0.01 * sensitivity, 0.99 * (1 - specificity)
    assert after["ppv"] == pytest.approx(found / (found + alarms))


def test_a_share_that_is_none_is_refused(fixed: Comparison) -> None:  # noqa: F811
    with pytest.raises(ValueError, match="Expected a prevalence between 0 and 1"):
        with_prevalence(fixed, 1.0)
