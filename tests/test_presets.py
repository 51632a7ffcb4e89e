"""Presets: each is a configuration, and each is recognized."""

from dataclasses import asdict, replace

import pytest

from core import networks
from core.hyperparameters import TrainingConfig
from core.presets import DEFAULT, PRESETS, matching

THE_USERS_OWN = {"pretrained", "grayscale", "normalize_stain", "crop", "start_from", "freeze", "seed"}


@pytest.mark.parametrize("key", PRESETS)
def test_a_preset_is_a_configuration_that_its_network_can_be_built_with(key: str) -> None:
    config = TrainingConfig(**PRESETS[key].fields)
    networks.check(config.architecture, image_size=config.image_size, pretrained=config.pretrained)


@pytest.mark.parametrize("key", PRESETS)
def test_a_preset_sets_all_that_is_not_the_users_own_business(key: str) -> None:
    assert set(PRESETS[key].fields) == set(asdict(TrainingConfig())) - THE_USERS_OWN


@pytest.mark.parametrize("key", PRESETS)
def test_a_configuration_is_recognized_by_the_fields_of_its_preset(key: str) -> None:
    config = TrainingConfig(**PRESETS[key].fields)
    assert matching(asdict(config)) == key
    assert matching(asdict(replace(config, seed=5, grayscale=True))) == key


def test_one_changed_field_makes_the_choices_the_users_own() -> None:
    config = TrainingConfig(**PRESETS[DEFAULT].fields)
    assert matching(asdict(replace(config, epochs=16))) is None


def test_a_later_preset_takes_more_passes_over_at_least_as_many_subjects_and_pixels() -> None:
    quick, balanced, best = (TrainingConfig(**preset.fields) for preset in PRESETS.values())
    assert quick.epochs < balanced.epochs < best.epochs
    assert quick.subjects_share < balanced.subjects_share == best.subjects_share == 1
    assert quick.image_size < balanced.image_size == best.image_size
