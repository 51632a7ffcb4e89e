"""How far several models agree: verdicts, Cohen's kappa and sentences, by hand."""

from typing import Any

import pytest

from core.agreement import NO_PROOF, Agreement, PairAgreement, agreement, refusal
from core.calls import ModelAnswers
from core.classify import Prediction
from tests.test_card import card

SAME_DATA = "one and two were trained on parts of the same data set."


def model(name: str, labels: str, **changes: Any) -> ModelAnswers:
    """A model that calls each cell ALL (A), HEM (H), or gives no answer (-)."""
    called = {"A": "ALL", "H": "HEM", "-": None}
    answers = tuple(Prediction(f"{place}.bmp", called[letter]) for place, letter in enumerate(labels))
    changed = {"data_fingerprint": name, "model_sha256": name, **changes}
    return ModelAnswers(card(name=name, **changed), answers)


def three() -> Agreement:
    return agreement([model("one", "AAHH-A"), model("two", "AHHHAA"), model("three", "AHHAA-")])


def test_each_cell_has_one_verdict_and_the_counts_add_up() -> None:
    found = three()
    assert [cell.verdict for cell in found.cells] == [
        "all agree",
        "disagree",
        "all agree",
        "disagree",
        "not all answer",
        "not all answer",
    ]
    assert found.counts == {"disagree": 2, "not all answer": 2, "all agree": 2}
    assert found.share == pytest.approx(1 / 3)
    assert [cell.name for cell in found.cells] == [f"{place}.bmp" for place in range(6)]


def test_places_come_as_the_cells_do_or_the_most_divided_first() -> None:
    found = agreement(
        [model(name, labels) for name, labels in zip("abcd", ("A-AA", "AAHH", "AAAA", "AAAH"), strict=True)]
    )
    assert found.places() == [0, 1, 2, 3]
    assert found.places(disagreements_first=True) == [3, 2, 1, 0]
    assert found.places("disagree") == [2, 3]
    assert found.places("disagree", disagreements_first=True) == [3, 2]
    assert found.places("all agree") == [0]


def test_kappa_of_each_pair_is_cohens_on_the_cells_that_both_answer() -> None:
    pairs = three().pairs()
    assert [(pair.first, pair.second, pair.both, pair.same) for pair in pairs] == [
        ("one", "two", 5, 4),
        ("one", "three", 4, 2),
        ("two", "three", 5, 4),
    ]
    by_chance = 3 / 5 * 2 / 5 + 2 / 5 * 3 / 5
    kappa = (4 / 5 - by_chance) / (1 - by_chance)
    assert [pair.kappa for pair in pairs] == pytest.approx([kappa, 0, kappa])


def test_models_that_always_say_the_opposite_have_a_kappa_of_minus_one() -> None:
    (pair,) = agreement([model("one", "AHAH"), model("two", "HAHA")]).pairs()
    assert (pair.same, pair.kappa) == (0, -1.0)


@pytest.mark.parametrize(
    ("labels", "pair"),
    [
        (("AA-", "AAA"), PairAgreement("one", "two", 2, 2, None)),
        (("A-", "-A"), PairAgreement("one", "two", 0, 0, None)),
        (("", ""), PairAgreement("one", "two", 0, 0, None)),
    ],
)
def test_without_two_classes_among_the_calls_there_is_no_kappa(labels: tuple[str, str], pair: PairAgreement) -> None:
    assert agreement([model("one", labels[0]), model("two", labels[1])]).pairs() == (pair,)


def test_two_models_are_told_of_with_their_kappa() -> None:
    found = agreement([model("one", "AAHH-"), model("two", "AHHHA")])
    assert found.sentences() == (
        "Both models agree on 3 of 5 cells; on 1 they disagree, on 1 other at least one gives no answer.",
        "Of the 4 cells that both answer, one and two call 3 the same. Cohen's kappa is 0.50: 1 is full agreement, "
        "0 no more than by chance.",
        NO_PROOF,
    )


def test_several_models_are_told_of_together() -> None:
    assert three().sentences() == (
        "All 3 models agree on 2 of 6 cells; on 2 they disagree, on 2 others at least one gives no answer.",
        NO_PROOF,
    )


def test_full_agreement_is_said_as_such_and_is_no_proof() -> None:
    found = agreement([model("one", "A", data_fingerprint="x"), model("two", "A", data_fingerprint="x")])
    assert found.sentences() == (
        "Both models agree on 1 of 1 cell.",
        "Of the 1 cell that both answer, one and two call 1 the same. They find one class only, so it cannot be told "
        "how much of that is chance.",
        SAME_DATA,
        NO_PROOF,
    )


def test_models_of_the_same_data_are_named() -> None:
    models = [model(name, "A", data_fingerprint="xyx"[place]) for place, name in enumerate(("one", "other", "two"))]
    assert agreement(models).sentences()[1:] == (SAME_DATA, NO_PROOF)


def test_where_no_cell_is_answered_by_both_nothing_is_said_of_chance() -> None:
    said = agreement([model("one", "A-"), model("two", "-A")]).sentences()
    assert said[0] == "Both models agree on 0 of 2 cells; on 2 at least one gives no answer."
    assert said[1] == "There is no cell that both one and two answer."


def test_without_cells_there_is_no_share() -> None:
    found = agreement([model("one", ""), model("two", "")])
    assert (found.share, found.cells, found.places()) == (None, (), [])
    assert found.sentences()[0] == "Both models agree on 0 of 0 cells."


def test_a_model_of_other_classes_is_refused_in_one_sentence() -> None:
    one, other = model("one", "A"), model("other", "A", classes=("normal", "blast"))
    problem = "Expected a model that tells ALL from HEM, as one does. Received: other, which tells blast from normal."
    assert refusal(model("two", "A").card, [one.card]) == ""
    assert refusal(other.card, [one.card]) == problem
    with pytest.raises(ValueError, match=problem):
        agreement([one, other])


def test_a_copy_of_a_model_is_no_second_opinion_at_another_threshold_either() -> None:
    models = [model("one", "A"), model("two", "A"), model("copy", "H", model_sha256="two", threshold=0.75)]
    with pytest.raises(ValueError, match=r"^Expected another model than two\. Received: copy, a copy of it\.$"):
        agreement(models)


def test_models_need_the_same_cells_and_company() -> None:
    with pytest.raises(ValueError, match=r"^Expected at least two models\. Received: 1\.$"):
        agreement([model("one", "A")])
    with pytest.raises(
        ValueError, match=r"^Expected answers for the same cells\. Received: two with other cells than one"
    ):
        agreement([model("one", "AA"), model("two", "A")])
