"""The items are all there, once each, and name facts that exist."""

from itertools import pairwise

import pytest

from core.compare import combine
from core.guidelines import CLAIM, TRIPOD_AI, Guideline
from core.protocol import Plan
from core.reported import facts
from tests.test_assessment import DATASET

PARTS = {
    **dict.fromkeys(("3", "8", "9", "27"), "abc"),
    **dict.fromkeys(("5", "23"), "ab"),
    "6": "abc",
    "12": "abcdefg",
    "18": "abcdef",
    "20": "abc",
}


def test_claim_has_its_44_items() -> None:
    assert [item.number for item in CLAIM.items] == [str(number) for number in range(1, 45)]


def test_tripod_ai_has_its_27_items_in_52_parts() -> None:
    expected = [f"{number}{part}" for number in range(1, 28) for part in PARTS.get(str(number), ("",))]
    assert [item.number for item in TRIPOD_AI.items] == expected
    assert len(expected) == 52


@pytest.mark.parametrize("guideline", [CLAIM, TRIPOD_AI], ids=["claim", "tripod-ai"])
def test_each_fact_that_an_item_names_exists(guideline: Guideline) -> None:
    known = facts(combine(DATASET, Plan(("SVC",)), []), {})
    assert {item.fact for item in guideline.items} - {""} <= set(known)


@pytest.mark.parametrize("guideline", [CLAIM, TRIPOD_AI], ids=["claim", "tripod-ai"])
def test_who_adds_something_adds_it_to_a_fact_and_sections_follow_each_other(guideline: Guideline) -> None:
    assert [item.number for item in guideline.items if item.rest and not item.fact] == []
    sections = [item.section for item in guideline.items]
    assert len(list(dict.fromkeys(sections))) == 1 + sum(one != other for one, other in pairwise(sections))


def test_every_fact_answers_an_item() -> None:
    known = facts(combine(DATASET, Plan(("SVC",)), []), {})
    assert set(known) == {item.fact for guideline in (CLAIM, TRIPOD_AI) for item in guideline.items} - {""}
