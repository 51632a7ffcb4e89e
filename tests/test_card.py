"""A model card that is written, read, damaged and read again."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from core.calibrator import Calibrator
from core.card import OF_A_NETWORK, RESEARCH_NOTICE, ModelCard
from core.challenge import Challenge, stamped
from core.config import PROJECT_ROOT
from core.data.pixels import Preprocessing
from core.errors import ModelError
from core.hyperparameters import TrainingConfig
from core.pipeline_card import Importance, PipelineCard


def card(**changes: Any) -> ModelCard:
    return replace(
        ModelCard(
            name="first",
            created="2026-11-24T10:00:00+00:00",
            architecture="leuko-net",
            parameters=1234,
            classes=("HEM", "ALL"),
            preprocessing=Preprocessing(48, "grayscale"),
            explained_layer="features",
            threshold=0.25,
            threshold_source="highest balanced accuracy on the validation subjects",
            config=TrainingConfig(epochs=3, image_size=48, grayscale=True),
            origin="C-NMC",
            data_fingerprint="ab" * 32,
            split_by="subject",
            split_seed=7,
            subjects={"train": ("1", "H1"), "validation": ("2", "H2"), "test": ("3", "H3")},
            cells={"train": 6, "validation": 2, "test": 2},
            reduced=False,
            validation={"roc_auc": 0.75},
            test={"roc_auc": 0.5},
            confusion_matrix=((1, 2), (3, 4)),
            history=({"loss": 0.7, "val_auroc": 0.75},),
            versions={"keras": "3.15.1"},
            model_sha256="cd" * 32,
        ),
        **changes,
    )


WON = Challenge(
    champion="old",
    stamps=("reduced",),
    model_sha256="ef" * 32,
    figures={"roc_auc": 0.5},
    roc=((0.0, 0.0), (0.5, 0.75), (1.0, 1.0)),
    difference=0.25,
    interval=(0.125, 0.375),
    subjects=2,
    delong_p=0.03125,
    only_new_right=5,
    only_champion_right=1,
    mcnemar_p=0.21875,
)


def whole(**changes: Any) -> ModelCard:
    """A card with everything that a training of today writes."""
    figures = {"ece": 0.1, "brier": 0.2, "log_loss": 0.6}
    return card(
        **{
            "calibrator": Calibrator("temperature", 0.5),
            "calibration": {side: {"before": figures, "after": figures} for side in ("validation", "test")},
            "reliability": {"before": ((0.2, 0.0, 1), (0.9, 1.0, 1)), "after": ((0.3, 0.0, 1), (0.75, 1.0, 1))},
            "by_subject": ({"subject": "3", "cells": 2, "positives": 1, "accuracy": 0.5, "mean_score": 0.25},),
            "challenge": WON,
            "scores_sha256": "12" * 32,
            **changes,
        }
    )


def classical(**changes: Any) -> ModelCard:
    """A card of a scikit-learn model."""
    made = PipelineCard(
        "SVC on area", "SVC", "area", 1, ("scikit-learn",), 7, {"C": 1.0}, (Importance("Area", 0.2, 0.1),)
    )
    return whole(**{"architecture": "SVC", "pipeline": made, **OF_A_NETWORK, **changes})


def changed(**changes: object) -> str:
    return json.dumps(json.loads(card().to_json()) | changes)


def without(name: str) -> str:
    fields = json.loads(card().to_json())
    del fields[name]
    return json.dumps(fields)


def test_a_card_read_back_equals_the_card_written() -> None:
    assert ModelCard.from_json(card().to_json()) == card()


@pytest.mark.parametrize("challenge", [None, WON, Challenge(problem="There is none."), replace(WON, interval=None)])
def test_what_a_test_found_is_read_back_as_it_was_written(challenge: Challenge | None) -> None:
    written = whole(challenge=challenge)
    assert ModelCard.from_json(written.to_json()) == written


def test_a_card_from_before_calibration_is_read_and_called_uncalibrated() -> None:
    fields = json.loads(card().to_json())
    for name in ("calibrator", "calibration", "reliability", "by_subject", "challenge", "scores_sha256"):
        del fields[name]
    found = ModelCard.from_json(json.dumps(fields))
    assert found == card()
    assert (found.calibrator, found.calibrated, found.challenge) == (Calibrator(), False, None)
    assert found.shown_threshold == found.threshold
    assert found.meaning_of_scores == "Scores are not calibrated probabilities of disease."


@pytest.mark.parametrize(
    ("temperature", "problem", "calibrator"),
    [
        (2.0, "", Calibrator("temperature", 0.5)),
        (1.0, "", Calibrator("temperature", 1.0)),
        (1.0, "There was one class.", Calibrator(problem="There was one class.")),
    ],
)
def test_a_card_that_knew_temperatures_alone_is_read(temperature: float, problem: str, calibrator: Calibrator) -> None:
    fields = json.loads(whole().to_json())
    del fields["calibrator"]
    found = ModelCard.from_json(json.dumps({**fields, "temperature": temperature, "temperature_problem": problem}))
    assert found == whole(calibrator=calibrator)
    assert found.calibrated == (not problem)


def test_the_demo_model_is_read() -> None:
    found = ModelCard.from_json((PROJECT_ROOT / "models" / "demo" / "card.json").read_text(encoding="utf-8"))
    assert found.name == "demo"
    assert found.drawn


def test_a_calibrated_card_says_its_temperature_and_moves_its_threshold_with_the_scores() -> None:
    found = whole(threshold=0.9)
    assert found.calibrated
    assert found.shown_threshold == pytest.approx(0.75)  # odds of 9 become odds of 3
    assert "(temperature 2.00)" in found.meaning_of_scores


def test_a_shift_moves_the_threshold_too() -> None:
    found = whole(threshold=0.75, calibrator=Calibrator("Platt", 1.0, -math.log(9)))
    assert found.shown_threshold == pytest.approx(0.25)  # odds of 3 become odds of 1/3
    assert "(Platt scaling, slope 1.00, intercept -2.20)" in found.meaning_of_scores


def test_where_nothing_could_be_fitted_the_card_says_why() -> None:
    found = whole(calibrator=Calibrator(problem="There was one class."))
    assert not found.calibrated
    assert found.shown_threshold == found.threshold
    assert found.meaning_of_scores.endswith("Scores are not calibrated probabilities of disease. There was one class.")


def test_the_written_card_is_json_with_its_format() -> None:
    fields = json.loads(card().to_json())
    assert fields["format"] == 1
    assert fields["notice"] == RESEARCH_NOTICE
    assert fields["classes"] == ["HEM", "ALL"]
    assert fields["preprocessing"] == {"image_size": 48, "colour": "grayscale", "stain": "as is", "window": None}


def test_a_card_from_before_stain_and_window_means_pixels_as_they_are() -> None:
    fields = json.loads(card().to_json())
    del fields["preprocessing"]["stain"], fields["config"]["normalize_stain"]
    del fields["preprocessing"]["window"], fields["config"]["crop"]
    assert ModelCard.from_json(json.dumps(fields)) == card()


def test_a_card_that_asks_for_normalized_stain_and_a_window_says_so_when_read_back() -> None:
    config = TrainingConfig(image_size=48, normalize_stain=True, crop=True)
    written = card(config=config, preprocessing=config.preprocessing)
    read = ModelCard.from_json(written.to_json())
    assert read.preprocessing == Preprocessing(48, "rgb", "reinhard", 320)
    assert read == written


@pytest.mark.parametrize("crop", [False, True])
def test_a_training_that_goes_on_sees_the_pixels_of_the_first_one(crop: bool) -> None:
    config = TrainingConfig(image_size=48, normalize_stain=True, crop=crop)
    continued = card(config=config, preprocessing=config.preprocessing).continued(TrainingConfig(crop=not crop))
    assert continued.preprocessing == config.preprocessing


def test_the_card_of_a_scikit_learn_model_is_read_back_and_says_nothing_of_networks() -> None:
    assert ModelCard.from_json(classical().to_json()) == classical()
    fields = json.loads(classical().to_json())
    assert fields["kind"] == "classical"
    assert not set(fields) & {"parameters", "preprocessing", "explained_layer", "config", "history"}
    assert (classical().kind, card().kind) == ("classical", "network")
    assert json.loads(card().to_json())["kind"] == "network"


@pytest.mark.parametrize("made", [5, {}, {"title": "SVC"}, []])
def test_a_damaged_scikit_learn_card_is_a_model_error(made: object) -> None:
    text = json.dumps({**json.loads(classical().to_json()), "pipeline": made})
    with pytest.raises(ModelError, match=r"^Expected a complete model card"):
        ModelCard.from_json(text)


def test_a_moved_operating_point_is_read_back_with_the_first_one() -> None:
    written = whole(first_threshold=0.125)
    assert ModelCard.from_json(written.to_json()) == written


def test_a_card_without_the_notice_is_read_all_the_same() -> None:
    assert ModelCard.from_json(without("notice")) == card()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "null",
        '{"format": 1}',
        card().to_json()[:-20],
        without("config"),
        without("threshold"),
        changed(surprise=1),
        changed(config={"epochs": 3, "surprise": 1}),
        changed(config={"epochs": 0}),
        changed(preprocessing=None),
        changed(preprocessing={"image_size": 48, "colour": "rgb", "stain": "of another version"}),
        changed(subjects=["1", "2"]),
        changed(confusion_matrix=[1, 2]),
        changed(by_subject=5),
        changed(reliability=[1]),
        changed(challenge={"champion": "old"}),
        changed(challenge={"stamps": [], "roc": [], "surprise": 1}),
        changed(challenge="old"),
        changed(calibrator=None),
        changed(calibrator={"method": "isotonic"}),
        changed(calibrator={"method": "Platt", "slope": -1.0}),
        changed(calibrator={"method": "temperature", "slope": "1"}),
        whole().to_json().replace('"calibrator"', '"temperature": 0, "surprise"'),
    ],
)
def test_a_damaged_card_is_a_model_error(text: str) -> None:
    with pytest.raises(ModelError, match=r"^Expected a (complete )?model card"):
        ModelCard.from_json(text)


@pytest.mark.parametrize("found", [None, 0, 2, "1"])
def test_a_card_of_another_format_is_a_model_error_that_names_it(found: object) -> None:
    with pytest.raises(ModelError, match=rf"Expected a model card of format 1\. Received: {found}\."):
        ModelCard.from_json(changed(format=found))


@pytest.mark.parametrize(
    ("changes", "stamps", "words"),
    [
        ({}, (), []),
        ({"origin": "drawn, seed 0"}, ("drawn cells",), ["drawn cells, not on real ones"]),
        ({"origin": "drawn from a manifest"}, ("drawn cells",), ["mean nothing for a patient"]),
        (
            {"reduced": True, "config": TrainingConfig(subjects_share=0.25)},
            ("reduced",),
            ["Reduced data: trained on 25% of the training subjects."],
        ),
        ({"split_by": "cell"}, ("not by subject",), ["Not split by subject: its figures may be too good"]),
        (
            {"origin": "drawn, seed 1", "reduced": True, "split_by": "cell"},
            ("drawn cells", "reduced", "not by subject"),
            ["drawn cells", "Reduced data", "Not split by subject"],
        ),
    ],
)
def test_what_limits_a_model_is_stamped_and_said(
    changes: dict[str, Any], stamps: tuple[str, ...], words: list[str]
) -> None:
    found = card(**changes)
    assert found.stamps == stamps
    assert len(found.caveats) == len(words)
    assert all(word in caveat for word, caveat in zip(words, found.caveats, strict=True))
    assert found.title == stamped("first", stamps)
