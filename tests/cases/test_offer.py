"""What a case can give a data set, and whose cells must stay out of training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.cases.case import Answer, Case, CaseCell
from core.cases.offer import Offer, cautions, check, of_classes, offer, stay_out, subject_id
from core.cases.review import Review
from core.data.dataset import ADDED, COLUMNS, PRELIMINARY_TEST, TRAINING, CellDataset
from core.data.split import Split
from core.training import TrainingResult

SIDES = Split("subject", 0, {"1": "train", "2": "validation", "H3": "test"})


def cell(label: str | None) -> CaseCell:
    return CaseCell("a.bmp", "aa" * 32, Answer(label, 0.5, 0.5, 0.5, "demo", "cd" * 32))


def case(*labels: str | None, reviews: tuple[Review, ...] = ()) -> Case:
    rows = tuple(replace(review, number=number) for number, review in enumerate(reviews, start=1))
    return Case("Bed 4", "ada", ("HEM", "ALL"), tuple(map(cell, labels)), rows)


def dataset(*rows: tuple[str, str, str], **changes: Any) -> CellDataset:
    """Cells given as (subject, label, part)."""
    table = pd.DataFrame(rows, columns=["subject", "label", "part"], dtype="str").reindex(columns=list(COLUMNS))
    return replace(CellDataset(Path("/cells"), table, ("HEM", "ALL"), "C-NMC"), **changes)


CELLS = dataset(("1", "ALL", TRAINING), ("2", "ALL", TRAINING), ("H3", "HEM", TRAINING), ("9", "ALL", PRELIMINARY_TEST))


def test_agreement_gives_the_models_class_and_an_override_the_reviewers() -> None:
    reviews = (
        Review(0, "agree", "ada"),
        Review(1, "override", "ada", "HEM"),
        Review(2, "override", "ada", "ALL"),
        Review(3, "unsure", "ada"),
        Review(4, "agree", "ada"),
        Review(5, "comment", "ada", comment="Blurred."),
    )
    found = offer(case("ALL", "ALL", None, "HEM", None, "ALL", "HEM", reviews=reviews))
    assert found.labels == {0: "ALL", 1: "HEM", 2: "ALL"}
    assert found.left_out == {"unsure": 1, "without a class": 1, "not reviewed": 2}


def test_the_last_decision_counts_and_what_was_taken_back_does_not() -> None:
    changed = (Review(0, "agree", "ada"), Review(0, "override", "bob", "HEM"))
    assert offer(case("ALL", reviews=changed)).labels == {0: "HEM"}
    back = (*changed, Review(0, "withdraw", "bob", withdraws=2))
    assert offer(case("ALL", reviews=back)).labels == {0: "ALL"}


def test_counts_and_reasons_are_said_in_words() -> None:
    assert of_classes(["HEM", "ALL", "ALL"]) == "2 ALL and 1 HEM"
    assert stay_out({}) == ""
    assert stay_out({"unsure": 1}) == "1 cell stays out: 1 unsure."
    assert stay_out({"not reviewed": 5, "unsure": 3}) == "8 cells stay out: 5 not reviewed, 3 unsure."


def test_a_subject_id_is_written_as_the_index_has_it() -> None:
    assert subject_id("  h12 ") == "H12"


@pytest.mark.parametrize("typed", ["", "  ", "P" * 61, "a\nb"])
def test_what_is_no_subject_id_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^Expected a subject id of 1 to 60 characters\. Received:"):
        subject_id(typed)


@pytest.mark.parametrize("subject", ["P17", "1"])
def test_new_subjects_and_those_that_are_trained_on_may_get_cells(subject: str) -> None:
    check(subject, case("ALL"), CELLS, SIDES)


@pytest.mark.parametrize(
    ("subject", "use"),
    [
        ("2", "a validation subject of this data set"),
        ("H3", "a test subject of this data set"),
        ("9", "a subject of the preliminary test of this data set"),
    ],
)
def test_subjects_that_are_tested_on_get_none(subject: str, use: str) -> None:
    with pytest.raises(ValueError, match=rf"Received: {subject}, {use}\. Its cells have to stay out of training\."):
        check(subject, case("ALL"), CELLS, SIDES)


def test_test_subjects_of_the_model_get_none_either(trained: TrainingResult) -> None:
    card = replace(
        trained.classifier.card,
        origin="C-NMC",
        name="old",
        subjects={"train": ("2",), "validation": ("5",), "test": ("1",)},
    )
    with pytest.raises(ValueError, match=r"Received: 1, a test subject of old\."):
        check("1", case("ALL"), CELLS, SIDES, card=card)
    with pytest.raises(ValueError, match=r"Received: 5, a validation subject of old\."):
        check("5", case("ALL"), CELLS, SIDES, card=card)
    check("1", case("ALL"), CELLS, SIDES, card=replace(card, origin="elsewhere"))
    check("1", case("ALL"), CELLS, SIDES, card=replace(card, split_by="cell"))


@pytest.mark.parametrize(
    ("classes", "words"), [(("benign", "blast"), "benign and blast"), (("", ""), "one without")], ids=["other", "none"]
)
def test_a_data_set_of_other_classes_is_refused(classes: tuple[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=rf"^Expected a data set with the classes HEM and ALL\. Received: {words}\."):
        check("P17", case("ALL"), replace(CELLS, classes=classes), SIDES)


@pytest.mark.parametrize(
    ("subject", "labels", "start"),
    [
        ("P17", {0: "ALL"}, ""),
        ("P17", {0: "ALL", 1: "HEM"}, "These cells are of both classes."),
        ("1", {0: "ALL"}, ""),
        ("1", {0: "HEM"}, "The cells of 1 are ALL so far. Some of these are not."),
    ],
)
def test_a_subject_of_two_classes_is_warned_of(subject: str, labels: dict[int, str], start: str) -> None:
    found = cautions(subject, Offer(labels, {}), CELLS)
    assert len(found) == bool(start)
    assert "".join(found).startswith(start)


def test_drawn_cells_and_missing_subjects_are_warned_of() -> None:
    nameless = dataset(("", "ALL", TRAINING), ("P1", "HEM", ADDED), origin="drawn, seed 0")
    first, second = cautions("P17", Offer({0: "ALL"}, {}), nameless)
    assert first.startswith("This data set names no subjects")
    assert second.startswith("This data set holds drawn cells")
