"""What a model may claim over the one before."""

from dataclasses import replace

import pytest

from core.challenge import Challenge, stamped

WON = Challenge(champion="old", stamps=("reduced",), difference=0.25, interval=(0.125, 0.375), subjects=2)


@pytest.mark.parametrize(
    ("challenge", "sentence"),
    [
        (
            WON,
            "Better than old (reduced) on the same test cells: ROC AUC +0.250 (95 % interval +0.125 to +0.375).",
        ),
        (
            replace(WON, difference=-0.25, interval=(-0.375, -0.125)),
            "Worse than old (reduced) on the same test cells: ROC AUC -0.250 (95 % interval -0.375 to -0.125).",
        ),
        (
            replace(WON, interval=(-0.125, 0.375)),
            "No difference to old (reduced) can be claimed: ROC AUC +0.250 (95 % interval -0.125 to +0.375).",
        ),
        (
            replace(WON, interval=None),
            "No difference to old (reduced) can be claimed: ROC AUC +0.250, on too few test subjects for an interval.",
        ),
        (Challenge(problem="There is none."), "There is none."),
    ],
)
def test_a_difference_is_claimed_only_where_the_interval_is_on_one_side_of_zero(
    challenge: Challenge, sentence: str
) -> None:
    assert challenge.sentence == sentence


def test_stamps_stand_in_brackets_after_the_name() -> None:
    assert stamped("first", ()) == "first"
    assert stamped("first", ("drawn cells", "reduced")) == "first (drawn cells, reduced)"
