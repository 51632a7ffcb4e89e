"""What a card says of its gates, in words."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from core.card import ModelCard
from core.errors import ModelError
from core.gates.band import Band
from core.gates.finding import GATES
from core.gates.gate_outcome import GateOutcome
from core.gates.gates import Gates
from core.gates.limits import Limits
from core.refusals import outcome_sentence, refusals
from core.training import TrainingResult

LIMITS = Limits({"solidity": 0.73, "hue": -50.5}, {"hue": -27.5, "beside": 0.276}, 0.01, 2000, 58)
BAND = Band(0.24, 0.53, 0.53, 0.1, 950, 0.95, 0.05)
TESTED = GateOutcome(
    950, 19, {"image": 0, "cell": 2, "quality": 60, "range": 29, "confidence": 43}, 0.859, (0.823, 0.894), 0.0404, None
)
OTHERS = "more than 10% of the answers would be wrong, or too few cells show that they would not."


def gated(trained: TrainingResult, **settings: Any) -> ModelCard:
    found = Gates(LIMITS, None, BAND, TESTED).settings()
    training = {"limit": 12.118, "false_alarms": 0.05, "cells": 2000, "subjects": 58}
    return replace(trained.classifier.card, gates={**found, "training": training, **settings})


def test_each_gate_tells_what_it_stops_and_how_many_test_cells_it_stopped(trained: TrainingResult) -> None:
    found = refusals(gated(trained))
    assert [(each.gate, each.stopped) for each in found] == list(TESTED.stopped.items())
    assert [each.title for each in found] == list(GATES.values())
    image, cell, quality, near, sure = (each.stops for each in found)
    assert image == "A file that is no picture, or a damaged one."
    assert cell == (
        "A picture that does not look like one stained cell cut out on black. Set on 2,000 training cells of 58 "
        "subjects, so that 1% of such cells are stopped too."
    )
    assert quality == (
        "A picture with a fault: too dark, too bright, low contrast, blurred, nearly empty, cut off, more than one "
        "object, debris, odd size. The limits are the same for all models."
    )
    assert near == (
        "A cell that, to the model, lies farther from the training cells than 95% of new cells do. Set on 2,000 "
        "training cells of 58 subjects."
    )
    assert sure == f"A score from 0.24 to just below 0.53: there {OTHERS}"


def test_limits_are_told_by_the_names_of_the_measures(trained: TrainingResult) -> None:
    limits = {each.gate: each.limits for each in refusals(gated(trained))}
    assert limits["cell"] == (
        "Share of what is shown that is not the cell above 0.276",
        "Solidity below 0.73",
        "Hue angle of the mean colour (degrees) below -50.5 or above -27.5",
    )
    assert limits["quality"][0] == "Too dark: brightness below 34"
    assert limits["quality"][-1] == "Odd size: large: equivalent diameter (px) above 320"
    assert limits["range"] == ("Distance from the training cells above 12.1",)
    assert (limits["image"], limits["confidence"]) == ((), ())


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (None, None, f"Every score: at any of them {OTHERS}"),
        (None, 0.53, f"A score below 0.53, so that no cell is called HEM: there {OTHERS}"),
        (0.24, None, f"A score from 0.24 on, so that no cell is called ALL: there {OTHERS}"),
        (0.53, 0.53, "No score: on either side of the threshold at most 10% of the answers were wrong."),
    ],
)
def test_each_shape_of_the_band_has_its_sentence(
    low: float | None, high: float | None, said: str, trained: TrainingResult
) -> None:
    card = gated(trained, band=asdict(replace(BAND, low=low, high=high)))
    assert refusals(card)[-1].stops == said


def test_a_model_without_gates_of_its_own_says_what_is_not_checked(trained: TrainingResult) -> None:
    card = replace(trained.classifier.card, gates={})
    found = refusals(card)
    assert "Set on 40 cells of C-NMC of 16 subjects" in found[1].stops
    assert [each.stops for each in found[3:]] == [
        "Not checked: this model has no record of its training cells.",
        "Not checked: this model has no record of its errors near the threshold.",
    ]
    assert {each.stopped for each in found} == {None}
    assert outcome_sentence(card) == ""


def test_what_the_gates_do_to_the_test_cells_is_told_with_its_intervals(trained: TrainingResult) -> None:
    assert outcome_sentence(gated(trained)) == (
        "Of 950 cells of 19 test subjects, the model gave an answer for 86% (95 % interval 82 to 89%). Of these "
        "answers 4.0% were wrong."
    )
    sure = asdict(replace(TESTED, wrong_interval=(0.0264, 0.0557)))
    assert outcome_sentence(gated(trained, tested=sure)).endswith("4.0% were wrong (95 % interval 2.6 to 5.6%).")
    silent = asdict(replace(TESTED, answered=0.0, answered_interval=None, wrong=None))
    assert outcome_sentence(gated(trained, tested=silent)).endswith("the model gave an answer for 0%.")


def test_damaged_gates_are_refused(trained: TrainingResult) -> None:
    card = gated(trained, tested={"cells": 3}, band={"low": 1})
    for read in (refusals, outcome_sentence):
        with pytest.raises(ModelError, match=r"^Expected gates that can be read\. Received: damaged ones"):
            read(card)
