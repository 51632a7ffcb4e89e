"""What several models say of one cell."""

import pytest

from core.calls import Calls, ModelAnswers, Verdict, call
from core.classify import Prediction
from tests.test_card import card


def calls(*labels: str | None) -> Calls:
    return Calls("a.bmp", tuple(Prediction("a.bmp", label) for label in labels))


@pytest.mark.parametrize(
    ("labels", "verdict", "majority", "divided"),
    [
        (("ALL", "ALL", "ALL"), "all agree", "ALL", 0),
        (("ALL", "HEM", "ALL"), "disagree", "ALL", 1),
        (("ALL", "HEM"), "disagree", None, 1),
        (("ALL", None, "HEM"), "disagree", None, 1),  # that one is silent does not hide that two differ
        (("ALL", "ALL", "HEM", "HEM"), "disagree", None, 2),
        (("HEM", None, "HEM"), "not all answer", "HEM", 0),
        ((None, None), "not all answer", None, 0),
    ],
)
def test_models_agree_only_where_all_answer_and_disagree_where_two_call_a_cell_differently(
    labels: tuple[str | None, ...], verdict: Verdict, majority: str | None, divided: int
) -> None:
    found = calls(*labels)
    assert (found.verdict, found.majority, found.divided) == (verdict, majority, divided)


def test_a_model_counts_its_calls_and_the_cells_without_an_answer() -> None:
    found = ModelAnswers(card(), calls("ALL", None, "HEM", "ALL").answers)
    assert [found.called(label) for label in ("ALL", "HEM", None)] == [2, 1, 1]


@pytest.mark.parametrize(
    ("answer", "number", "said"),
    [
        (Prediction("a", "ALL", 0.61, 0.934), 0.934, "ALL 0.93"),
        (Prediction("a", "HEM", 0.25), 0.25, "HEM 0.25"),
        (Prediction("a", error="It is empty."), None, "no answer"),
    ],
)
def test_a_call_is_the_class_with_the_calibrated_probability_or_else_the_score(
    answer: Prediction, number: float | None, said: str
) -> None:
    assert (answer.shown, call(answer)) == (number, said)
