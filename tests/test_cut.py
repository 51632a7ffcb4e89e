"""A model called from another probability on, by hand and against the figures of the comparison itself."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.assessment import Assessment
from core.calibrator import Calibrator
from core.comparison import Comparison
from core.cut import as_compared, as_score, assessed, chosen, cut, cut_figures
from core.metrics import CUT_FIGURES, figures, resampled
from core.operating_point import Choice
from core.protocol import Plan
from core.resampling import resampling
from tests.test_comparison import fixed, folds  # noqa: F401  # fixtures
from tests.test_metrics import judged


def side(probability: list[float]) -> pd.DataFrame:
    """Two healthy, then two leukemic cells, each of its own person."""
    cells = pd.DataFrame({"path": list("abcd"), "subject": list("1234"), "person": list("1234")})
    return cells.assign(positive=[False, False, True, True], score=probability, probability=probability)


def one(assessment: Assessment, **changes: object) -> Comparison:
    plan = Plan(("net",))
    return Comparison(
        (), plan, "by hand", "ab", "subject", ("HEM", "ALL"), {}, {}, assessments=(assessment,), **changes
    )  # type: ignore[arg-type]


NET = Assessment(
    "net", "network", threshold=0.5, validation=side([0.1, 0.3, 0.6, 0.9]), test=side([0.2, 0.7, 0.4, 0.8])
)


def test_cells_are_called_from_the_threshold_on_on_both_sides() -> None:
    found = cut(one(NET), "net", {0: 0.4})
    assert found.thresholds == {0: 0.4}
    assert found.validation is not None
    assert found.validation.matrix == ((2, 0), (0, 2))
    assert found.test.matrix == ((1, 1), (0, 2))
    assert (found.test.cells, found.test.subjects) == (4, 4)
    assert {name: found.test.figures[name] for name in ("sensitivity", "specificity", "accuracy", "ppv", "npv")} == {
        "sensitivity": 1,
        "specificity": 0.5,
        "accuracy": 0.75,
        "ppv": pytest.approx(2 / 3),
        "npv": 1,
    }
    assert found.test.intervals["sensitivity"] is None  # two subjects of a class


def test_ppv_and_npv_are_for_the_prevalence_of_the_comparison() -> None:
    rare = one(NET)
    rare = replace(rare, plan=replace(rare.plan, prevalence=0.1))
    assert cut(rare, "net", {0: 0.4}).test.figures["ppv"] == pytest.approx(0.1 / (0.1 + 0.5 * 0.9))


def test_a_rule_chooses_on_the_validation_subjects() -> None:
    assert chosen(one(NET), "net", Choice("sensitivity", at_least=1)) == {0: pytest.approx(0.45)}
    assert chosen(one(NET), "net", Choice("by hand", threshold=0.25)) == {0: 0.25}


def test_nothing_is_chosen_where_the_model_was_trained_on_the_validation_subjects() -> None:
    trained = one(replace(NET, validation=None))
    assert chosen(trained, "net", Choice()) == {}
    assert chosen(trained, "net", Choice("by hand", threshold=0.25)) == {0: 0.25}
    assert cut(trained, "net", {0: 0.5}).validation is None


def test_the_operating_point_of_the_comparison_is_shown_as_a_probability() -> None:
    halved = replace(NET, threshold=0.8, calibrator=Calibrator("temperature", 0.5))
    assert as_compared(one(halved), "net") == {0: pytest.approx(2 / 3)}  # odds of 4, and their root
    assert cut(one(halved), "net").thresholds == {0: pytest.approx(2 / 3)}


def test_the_operating_points_of_the_comparison_give_its_own_figures(
    fixed: Comparison,  # noqa: F811
    folds: Comparison,  # noqa: F811
) -> None:
    for comparison in (fixed, folds):
        for row in comparison.rows:
            found = cut(comparison, row.model).test
            assert found.figures == pytest.approx({name: row.figures[name] for name in CUT_FIGURES}, nan_ok=True)
            assert found.intervals == {name: row.intervals[name] for name in CUT_FIGURES}


def test_each_fold_has_its_own_threshold(folds: Comparison) -> None:  # noqa: F811
    model = folds.rows[0].model
    thresholds = chosen(folds, model, Choice("sensitivity", at_least=0.9))
    assert sorted(thresholds) == [0, 1, 2, 3]
    found = cut(folds, model, thresholds)
    hits = sum(
        int(((each.test["probability"] >= thresholds[each.fold]) & each.test["positive"]).sum())
        for each in assessed(folds, model)
        if each.test is not None
    )
    assert found.test.matrix[1][1] == hits
    assert found.validation is not None
    assert found.validation.figures["sensitivity"] >= 0.9


def test_a_split_without_a_threshold_is_refused(folds: Comparison) -> None:  # noqa: F811
    with pytest.raises(ValueError, match="Expected a tested model and a threshold for each split"):
        cut(folds, folds.rows[0].model, {0: 0.5})
    with pytest.raises(ValueError, match="Received: nobody"):
        cut(folds, "nobody", {0: 0.5})


@pytest.mark.parametrize("prevalence", [None, 0.2])
def test_fast_figures_are_those_of_all_cells(prevalence: float | None) -> None:
    found = judged(4)
    draws = resampling(found.unit.astype(str), found.truth, draws=100, seed=0)
    assert draws.unit.tolist() == found.unit.tolist()
    fast = cut_figures(found, draws, prevalence=prevalence)
    value, spread = figures(found, prevalence=prevalence), resampled(found, draws.times, prevalence=prevalence)
    assert tuple(fast) == CUT_FIGURES
    for name in CUT_FIGURES:
        assert fast[name][0] == pytest.approx(value[name])
        assert fast[name][1] == pytest.approx(draws.interval(spread[name]))


@pytest.mark.parametrize("calibrator", [Calibrator(), Calibrator("temperature", 0.5), Calibrator("Platt", 2.0, -0.75)])
def test_a_probability_goes_back_to_the_score_that_it_was_made_of(calibrator: Calibrator) -> None:
    score = as_score(replace(NET, calibrator=calibrator), 0.3)
    assert float(calibrator.probability(np.array(score))) == pytest.approx(0.3)


@pytest.mark.parametrize(("assessment", "probability"), [(NET, 1.0), (NET, 0.0), (replace(NET, logits=True), 0.5)])
def test_what_is_no_score_of_a_network_is_refused(assessment: Assessment, probability: float) -> None:
    with pytest.raises(ValueError, match="Expected a network's probability between 0 and 1"):
        as_score(assessment, probability)
