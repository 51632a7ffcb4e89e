"""Reviews: which decision holds, what undo takes back, what is refused."""

from typing import Any

import pytest

from core.cases.review import LONGEST_COMMENT, Review, added, kept, next_open, standing, undone

CLASSES = ("HEM", "ALL")


def rows(*reviews: Review, cells: int = 3) -> tuple[Review, ...]:
    found: tuple[Review, ...] = ()
    for review in reviews:
        found = added(found, review, cells=cells, classes=CLASSES)
    return found


AGREED, OVERRIDDEN = Review(0, "agree", "ada"), Review(0, "override", "eve", "HEM", "cytoplasm")


def test_reviews_are_numbered_in_order() -> None:
    assert [review.number for review in rows(AGREED, OVERRIDDEN, Review(2, "unsure", "ada"))] == [1, 2, 3]


def test_the_last_decision_of_any_reviewer_holds_and_a_comment_decides_nothing() -> None:
    found = standing(rows(AGREED, OVERRIDDEN, Review(0, "comment", "ada", comment="hm"), Review(2, "unsure", "ada")))
    assert {place: (review.decision, review.label) for place, review in found.items()} == {
        0: ("override", "HEM"),
        2: ("unsure", ""),
    }


def test_undo_adds_a_row_that_takes_back_what_this_reviewer_did_last() -> None:
    found = undone(rows(AGREED, OVERRIDDEN), "ada")
    assert [review.decision for review in found] == ["agree", "override", "withdraw"]
    assert (found[2].number, found[2].place, found[2].withdraws) == (3, 0, 1)
    assert [review.number for review in kept(found)] == [2]
    assert standing(undone(found, "eve")) == {}


def test_undo_goes_back_step_by_step_and_a_later_review_holds_again() -> None:
    found = rows(AGREED, Review(1, "unsure", "ada"))
    found = undone(undone(found, "ada"), "ada")
    assert [review.withdraws for review in found] == [None, None, 2, 1]
    with pytest.raises(ValueError, match=r"^Expected a reviewer with a review to take back\. Received: ada\.$"):
        undone(found, "ada")
    again = added(found, AGREED, cells=3, classes=CLASSES)
    assert standing(again)[0].number == 5


@pytest.mark.parametrize(("after", "expected"), [(-1, 1), (0, 1), (1, 3), (3, 1), (9, 1)])
def test_the_next_open_cell_is_the_next_that_nobody_decided_about(after: int, expected: int) -> None:
    reviews = rows(AGREED, Review(2, "unsure", "ada"), Review(1, "comment", "ada", comment="hm"), cells=4)
    assert next_open(reviews, 4, after=after) == expected


def test_where_all_cells_are_decided_about_none_is_open() -> None:
    assert next_open(rows(AGREED, cells=1), 1, after=0) is None
    assert next_open((), 1, after=0) == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"reviewer": " "}, r"Expected a reviewer's name of 1 to 200 characters\. Received: ' '\."),
        ({"reviewer": "a" * 201}, r"Expected a reviewer's name of 1 to 200"),
        ({"place": 3}, r"Expected a cell from 0 to 2\. Received: 3\."),
        ({"place": -1}, r"Expected a cell from 0 to 2\. Received: -1\."),
        ({"decision": "withdraw"}, r"Expected agree, override, unsure or comment\. Received: withdraw\."),
        ({"decision": "wave"}, r"Expected agree, override, unsure or comment\. Received: wave\."),
        ({"decision": "override"}, r"Expected one of the classes HEM, ALL\. Received: ''\."),
        ({"decision": "override", "label": "AML"}, r"Expected one of the classes HEM, ALL\. Received: 'AML'\."),
        ({"label": "ALL"}, r"Expected a class with an override only\. Received: agree with ALL\."),
        ({"decision": "comment"}, r"Expected a comment\. Received: none\."),
        ({"comment": "a" * (LONGEST_COMMENT + 1)}, r"Expected a comment of up to 2000 characters\. Received: 2001\."),
    ],
)
def test_what_is_no_review_is_refused(wrong: dict[str, Any], said: str) -> None:
    fields: dict[str, Any] = {"place": 0, "decision": "agree", "reviewer": "ada", **wrong}
    with pytest.raises(ValueError, match=f"^{said}"):
        rows(Review(**fields))
