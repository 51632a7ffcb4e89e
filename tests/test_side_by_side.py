"""Two comparisons beside each other: what differs, and what may be said."""

from dataclasses import replace

import numpy as np
import pytest

from core.compare import combine
from core.comparison import Comparison
from core.estimators import AREA_ONLY, MAJORITY
from core.metrics import FIGURES
from core.operating_point import Choice
from core.paired import pairs
from core.protocol import Plan
from core.resampling import resampling
from core.side_by_side import BY_NAME, FIRST, OTHER_CELLS, SECOND, Contrast, SideBySide, side_by_side
from core.standings import judged_by
from tests.test_assessment import DATASET, TABLE
from tests.test_comparison import assessments

RIDGE, LINEAR = "RidgeClassifier", "LinearDiscriminantAnalysis"
PLAN = Plan((RIDGE, LINEAR), protocol="folds", folds=4)


def combined(plan: Plan) -> Comparison:
    return combine(DATASET, plan, assessments(plan, table=TABLE))


@pytest.fixture(scope="module")
def shape() -> Comparison:
    return combined(PLAN)


@pytest.fixture(scope="module")
def pixels() -> Comparison:
    return combined(replace(PLAN, features="pixels"))


@pytest.fixture(scope="module")
def both(shape: Comparison, pixels: Comparison) -> SideBySide:
    return side_by_side(shape, pixels)


def test_the_table_has_both_figures_and_their_difference(
    shape: Comparison, pixels: Comparison, both: SideBySide
) -> None:
    table = both.table("sensitivity").set_index("model")
    assert table.index.tolist() == [RIDGE, LINEAR, MAJORITY, AREA_ONLY]
    one, other = shape.row(RIDGE).figures["sensitivity"], pixels.row(RIDGE).figures["sensitivity"]
    assert table.loc[RIDGE].tolist() == [one, other, other - one]
    assert table.loc[AREA_ONLY, "difference"] == 0


def test_the_interval_is_that_of_the_same_persons_drawn_for_both(
    shape: Comparison, pixels: Comparison, both: SideBySide
) -> None:
    table = both.table().set_index("model")
    one, other = shape.row(RIDGE).report, pixels.row(RIDGE).report
    assert one is not None
    assert other is not None
    draws = resampling(one.cells["person"].to_numpy(dtype=str), one.truth, seed=0)
    (pair,) = pairs({"other": judged_by(other, draws), "one": judged_by(one, draws)}, draws)
    assert (table.loc[RIDGE, "low"], table.loc[RIDGE, "high"]) == pytest.approx(pair.interval)
    assert table.loc[RIDGE, "difference"] == pytest.approx(pair.difference)
    assert table.loc[MAJORITY, ["low", "high"]].isna().all()


def test_p_values_are_corrected_for_the_number_of_models(
    shape: Comparison, pixels: Comparison, both: SideBySide
) -> None:
    """Holm by hand: of three P values the smallest counts three times, the next twice, and none less than the last."""
    assert [contrast.model for contrast in both.contrasts] == [RIDGE, LINEAR, AREA_ONLY]
    raw = {}
    for model in (RIDGE, LINEAR, AREA_ONLY):
        one, other = shape.row(model).report, pixels.row(model).report
        assert one is not None
        assert other is not None
        draws = resampling(one.cells["person"].to_numpy(dtype=str), one.truth, seed=0)
        (pair,) = pairs({"other": judged_by(other, draws), "one": judged_by(one, draws)}, draws)
        assert pair.p_value is not None
        raw[model] = pair.p_value
    expected: dict[str, float] = {}
    highest = 0.0
    for number, model in enumerate(sorted(raw, key=raw.__getitem__)):
        highest = max(highest, min(1.0, (3 - number) * raw[model]))
        expected[model] = highest
    assert {contrast.model: contrast.p_value for contrast in both.contrasts} == pytest.approx(expected)


def test_a_run_beside_itself_differs_in_nothing(shape: Comparison) -> None:
    found = side_by_side(shape, Comparison.from_json(shape.to_json()))
    assert found.differences == ()
    assert found.same_cells
    for figure in FIGURES:
        assert set(found.table(figure)["difference"].dropna()) == {0.0}
    assert found.sentences()[0] == (
        f"{RIDGE}: no difference can be claimed (ROC AUC +0.000, 95 % interval +0.000 to +0.000)."
    )


def test_each_choice_that_differs_is_said(shape: Comparison) -> None:
    plan = replace(PLAN, features="pixels", seed=7, prevalence=0.2, tuned=True, choice=Choice("sensitivity", 0.9))
    other = replace(
        shape,
        plan=replace(plan, protocol="fixed"),
        split_by="cell",
        origin="C-NMC",
        cells={"fit": 1, "validation": 1, "test": 1234},
        edits={"excluded": 2},
        versions={**shape.versions, "numpy": "1.0"},
    )
    numpy = shape.versions["numpy"]
    assert side_by_side(shape, other).differences == (
        "Source of the cells: by hand in the first run, C-NMC in the second run.",
        "How to test: Folds: each person is tested once (4 folds) in the first run, One split by subject in the second "
        "run.",
        "Cells are kept apart by: subject in the first run, cell in the second run.",
        "Test cells: 80 in the first run, 1,234 in the second run.",
        "Edits: No edits were applied in the first run, 2 cells left out after review in the second run.",
        "What the classical models see: Shape and texture in the first run, Colour pixels, 32 x 32 in the second run.",
        "Hyperparameters: as they come in the first run, tuned inside the training subjects in the second run.",
        "Operating point: highest balanced accuracy on the validation subjects in the first run, highest threshold "
        "with a sensitivity of at least 90% on the validation subjects in the second run.",
        "PPV and NPV hold for: the share of ALL cells of the test in the first run, a prevalence of 20.0% in the "
        "second run.",
        "Seed: 0 in the first run, 7 in the second run.",
        f"Versions: numpy {numpy} and 1.0.",
    )


def test_models_of_one_run_alone_are_named_and_have_no_row(shape: Comparison) -> None:
    other = replace(shape, rows=tuple(row for row in shape.rows if row.model != LINEAR))
    assert side_by_side(shape, other).differences == (f"Only in the first run: {LINEAR}.",)
    assert side_by_side(other, shape).differences == (f"Only in the second run: {LINEAR}.",)
    assert LINEAR not in set(side_by_side(other, shape).table()["model"])


def test_without_a_model_in_both_the_table_is_empty(shape: Comparison) -> None:
    found = side_by_side(shape, replace(shape, rows=()))
    assert found.table().columns.tolist() == ["model", "first", "second", "difference", "low", "high"]
    assert found.table().empty
    assert found.differences == (f"Only in the first run: {RIDGE}, {LINEAR}, {MAJORITY}, {AREA_ONLY}.",)
    assert found.sentences() == (OTHER_CELLS,)


@pytest.mark.parametrize("other_plan", [replace(PLAN, protocol="fixed"), replace(PLAN, protocol="fixed", seed=1)])
def test_on_other_test_cells_no_difference_is_claimed(other_plan: Plan, shape: Comparison) -> None:
    found = side_by_side(shape, combined(other_plan))
    assert not found.same_cells
    assert found.sentences() == (OTHER_CELLS,)
    assert found.table()[["low", "high"]].isna().all(axis=None)
    assert found.table()["difference"].notna().all()


def test_cells_of_the_same_names_from_elsewhere_are_other_cells(shape: Comparison) -> None:
    assert not side_by_side(shape, replace(shape, origin="elsewhere")).same_cells


def test_of_cells_that_were_changed_only_the_names_are_known_to_be_the_same(
    shape: Comparison, pixels: Comparison
) -> None:
    found = side_by_side(shape, replace(pixels, data_fingerprint="other"))
    assert found.same_cells
    assert found.sentences()[0] == BY_NAME
    assert "The labelled cells are not the same ones, though their source is." in found.differences


def test_a_model_that_failed_in_one_run_or_missed_a_fold_is_said_to(shape: Comparison) -> None:
    done = [found for found in shape.assessments if found.model != RIDGE and (found.model != LINEAR or found.fold > 0)]
    found = side_by_side(shape, combine(DATASET, PLAN, done))
    said = found.sentences()
    assert said[:2] == (
        f"{RIDGE} has no ROC AUC in one of the runs.",
        f"{LINEAR} was not tested on the same cells in both runs: no difference can be claimed.",
    )
    assert np.isnan(found.table().set_index("model").loc[RIDGE, "second"])


@pytest.mark.parametrize(
    ("difference", "interval", "p_value", "said"),
    [
        (0.05, (0.01, 0.09), 0.01, "SVC is better in the second run (ROC AUC +0.050, 95 % interval +0.010 to +0.090)."),
        (
            -0.05,
            (-0.09, -0.01),
            0.01,
            "SVC is worse in the second run (ROC AUC -0.050, 95 % interval -0.090 to -0.010).",
        ),
        (
            0.05,
            (0.01, 0.09),
            0.06,
            "SVC: no difference can be claimed (ROC AUC +0.050, 95 % interval +0.010 to +0.090).",
        ),
        (0.05, None, None, "SVC: no difference can be claimed, on too few subjects (ROC AUC +0.050)."),
    ],
)
def test_what_may_be_said_is_a_sentence(
    difference: float, interval: tuple[float, float] | None, p_value: float | None, said: str
) -> None:
    assert Contrast("SVC", difference, same_cells=True, interval=interval, p_value=p_value).sentence == said


def test_runs_are_called_what_the_sentences_call_them() -> None:
    assert (FIRST, SECOND) == ("first run", "second run")


def test_another_figure_is_refused(shape: Comparison) -> None:
    with pytest.raises(ValueError, match=r"^Expected a figure out of accuracy, .* Received: speed\.$"):
        side_by_side(shape, shape).table("speed")
