"""A card in sentences."""

import pytest

from core.calibrator import Calibrator
from core.card_sentences import at_operating_point, described, operating_point, trained_on
from core.certainty import Interval
from tests.test_card import card

TEST = {"roc_auc": 0.5, "sensitivity": 0.75, "specificity": 0.5}
CALLED = "A cell is called ALL from a score of 0.25: the highest balanced accuracy on the validation subjects."


def test_a_network_is_named_by_its_title_or_else_by_its_key() -> None:
    assert described(card()) == "LeukoNet, a network."
    assert described(card(architecture="unheard-of")) == "unheard-of, a network."


def test_the_cells_of_each_side_are_counted_with_their_subjects() -> None:
    assert trained_on(card()) == (
        "Split by subject: trained on 6 cells of 2 subjects, tuned on 2 of 2, tested on 2 of 2."
    )
    assert "6 cells of 2 distinct cells" in trained_on(card(split_by="cell"))


def test_the_threshold_of_a_calibrated_model_is_also_given_as_a_probability() -> None:
    assert operating_point(card()) == CALLED
    calibrated = card(calibrator=Calibrator("temperature", 1.0), calibration={"test": {"before": {}}})
    assert "from a score of 0.25, a calibrated probability of 0.25: the highest" in operating_point(calibrated)


@pytest.mark.parametrize(
    ("intervals", "said"),
    [
        (
            {"sensitivity": (0.5, 1.0), "specificity": (0.25, 0.75)},
            "finds 75% (50 to 100%) of the ALL cells (sensitivity) and 50% (25 to 75%) of the HEM cells "
            "(specificity; 95 % intervals over subjects).",
        ),
        (
            {"sensitivity": None, "specificity": None},
            "finds 75% of the ALL cells (sensitivity) and 50% of the HEM cells (specificity).",
        ),
        ({}, "finds 75% of the ALL cells (sensitivity) and 50% of the HEM cells (specificity)."),
    ],
)
def test_how_well_it_did_is_said_with_the_intervals_that_are_known(intervals: dict[str, Interval], said: str) -> None:
    assert at_operating_point(card(test=TEST), intervals) == f"{CALLED} On the test subjects it {said}"
