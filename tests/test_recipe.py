"""What a reader must know of a recipe that was tried several times."""

import json
from dataclasses import asdict, replace

import pytest

from core.card import RESEARCH_NOTICE
from core.data.dataset import CellDataset
from core.hyperparameters import TrainingConfig
from core.recipe import Recipe, recipe

REAL = Recipe(TrainingConfig(), ("HEM", "ALL"), "C-NMC", "ab", "subject", {"relabelled": 2})


def test_a_recipe_says_what_it_was_tried_on(drawn: CellDataset) -> None:
    found = recipe(drawn, TrainingConfig(seed=4))
    assert (found.classes, found.origin, found.split_by) == (("HEM", "ALL"), "drawn, seed 0", "subject")
    assert found.data_fingerprint == drawn.fingerprint()
    assert found.edits == drawn.edits


@pytest.mark.parametrize(
    ("found", "stamps"),
    [
        (REAL, ()),
        (replace(REAL, origin="drawn, seed 0"), ("drawn cells",)),
        (replace(REAL, config=TrainingConfig(subjects_share=0.5)), ("reduced",)),
        (replace(REAL, split_by="cell"), ("not by subject",)),
    ],
)
def test_caveats_are_stamped(found: Recipe, stamps: tuple[str, ...]) -> None:
    assert found.stamps == stamps


def test_a_row_of_a_file_carries_the_notice_the_caveats_and_the_edits() -> None:
    columns = replace(REAL, split_by="cell").columns("2 of 5 folds")
    assert columns["stamp"] == "not by subject, 2 of 5 folds"
    assert (columns["note"], columns["labels_changed"], columns["cells_left_out"]) == (RESEARCH_NOTICE, 2, 0)


def test_a_recipe_is_read_back_from_json() -> None:
    assert Recipe.read(json.loads(json.dumps(asdict(REAL)))) == REAL


def test_a_recipe_of_another_version_is_refused() -> None:
    fields = asdict(REAL)
    with pytest.raises(TypeError):
        Recipe.read({**fields, "config": {**fields["config"], "unheard of": 1}})


def test_a_model_that_has_seen_persons_is_no_beginning(drawn: CellDataset) -> None:
    with pytest.raises(ValueError, match=r"^Expected random or ImageNet weights, .* Received: demo, a model that has"):
        recipe(drawn, TrainingConfig(start_from="demo"))
