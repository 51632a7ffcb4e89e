"""What a comparison comes to: assignments that can be run apart."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.assessment import assess
from core.data.dataset import CellDataset
from core.data.split import split
from core.errors import SplitImpossible
from core.estimators import AREA_ONLY, BASELINES, MAJORITY
from core.protocol import Plan, assess_alone, assignments, check_models, prepare
from tests.test_assessment import DATASET


def test_the_baselines_are_always_there_and_once() -> None:
    assert Plan(("SVC", "tiny")).compared == ("SVC", "tiny", MAJORITY, AREA_ONLY)
    assert Plan((AREA_ONLY, "SVC")).compared == (AREA_ONLY, "SVC", MAJORITY)


def test_a_plan_says_all_that_its_models_see() -> None:
    assert [found.name for found in Plan(("SVC", "tiny"), features="pixels").feature_sets] == ["area", "pixels"]
    assert [found.name for found in Plan(("tiny",), features="pixels").feature_sets] == ["area"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"protocol": "leave one out"},
            r"^Expected a protocol out of fixed, folds, random\. Received: leave one out\.",
        ),
        ({"prevalence": 1.0}, r"^Expected a prevalence between 0 and 1\. Received: 1\."),
        ({"features": "shapes"}, r"^Expected features out of .* Received: shapes\."),
    ],
)
def test_a_plan_out_of_range_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Plan(("SVC",), **options)  # type: ignore[arg-type]  # that is the point


def test_a_fixed_split_is_one_assignment_a_model() -> None:
    found = assignments(DATASET, Plan(("SVC", "tiny"), features="colours", seed=3, tuned=True))
    assert [(assignment.model, assignment.kind, assignment.fold, assignment.folds) for assignment in found] == [
        ("SVC", "classical", 0, 1),
        ("tiny", "network", 0, 1),
        (MAJORITY, "baseline", 0, 1),
        (AREA_ONLY, "baseline", 0, 1),
    ]
    assert all(assignment.sides == split(DATASET, seed=3) for assignment in found)
    assert {(assignment.features, assignment.tuned, assignment.seed, assignment.random) for assignment in found} == {
        ("colours", True, 3, False)
    }


def test_folds_test_each_person_once_for_each_model() -> None:
    found = assignments(DATASET, Plan(("SVC",), protocol="folds", folds=4))
    assert [assignment.fold for assignment in found] == [0, 1, 2, 3] * 3
    tested = [subject for assignment in found[:4] for subject in assignment.sides.units("test")]
    assert sorted(tested) == sorted(set(DATASET.table["subject"]))


def test_random_splits_test_each_cell_once_and_put_persons_on_several_sides() -> None:
    found = assignments(DATASET, Plan(("SVC", "tiny"), protocol="random", folds=4))
    assert [(assignment.model, assignment.random) for assignment in found[:12]] == [("SVC", False)] * 4 + [
        ("SVC", True)
    ] * 4 + [("tiny", False)] * 4  # a network is not fitted again
    at_random = [assignment for assignment in found if assignment.random][:4]
    tested = [path for assignment in at_random for path in assignment.sides.cells(DATASET, "test")["path"]]
    assert sorted(tested) == sorted(DATASET.table["path"])
    first = at_random[0].sides
    assert set(first.cells(DATASET, "train")["subject"]) & set(first.cells(DATASET, "test")["subject"])


def test_identical_cells_stay_on_one_side_of_a_random_split() -> None:
    table = DATASET.table.copy()
    table.loc[[0, 7], "sha256"] = "same"
    twins = replace(DATASET, table=table)
    for assignment in assignments(twins, Plan((), protocol="random", folds=4)):
        if assignment.random:
            sides = assignment.sides.of(twins.labelled)
            assert sides.iloc[0] == sides.iloc[7]


def test_too_few_folds_or_persons_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^Expected at least 3 folds"):
        assignments(DATASET, Plan(("SVC",), protocol="folds", folds=2))
    few = replace(DATASET, table=DATASET.table[DATASET.table["subject"].isin(["0", "1", "2", "3"])])
    with pytest.raises(SplitImpossible):
        assignments(few, Plan(("SVC",)))


def test_unknown_models_are_refused_with_the_known_ones(tmp_path: Path) -> None:
    check_models(Plan(("SVC", *BASELINES)), tmp_path)
    with pytest.raises(ValueError, match=r"^Expected models out of SVC, .*area only\. Received: KNN, other\.$"):
        check_models(Plan(("SVC", "other", "KNN")), tmp_path)


def test_an_assignment_gives_elsewhere_what_it_gives_here(drawn: CellDataset, tmp_path: Path) -> None:
    plan = Plan(("RidgeClassifier",), features="area")
    assignment = assignments(drawn, plan)[0]
    here = assess(drawn, assignment, table=prepare(drawn, plan, cache=tmp_path / "a", store_folder=tmp_path))
    elsewhere = assess_alone(drawn, plan, assignment, cache=tmp_path / "b", store_folder=tmp_path)
    assert here.test is not None
    assert elsewhere.test is not None
    np.testing.assert_array_equal(here.test["score"], elsewhere.test["score"])
