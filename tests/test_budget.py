"""Budgets: what a training will take, and the largest part of the data that fits."""

from dataclasses import replace

import pytest

from core.budget import estimate, within
from core.cost import Cost
from core.data.split import split
from core.hyperparameters import TrainingConfig
from core.training import TrainingResult
from tests.data.test_split import plain

CONFIG = TrainingConfig(epochs=6, image_size=100)
COST = Cost(reading=10, starting=7, training=2, scoring=4, step_bytes=500_000_000)


def test_time_is_reading_once_all_epochs_and_the_last_scoring() -> None:
    cells = plain(subjects=10, cells=5)  # 60 cells to train on, 20 to validate on, 20 to test on
    found = estimate(cells, CONFIG, COST)
    assert found.cells == {"train": 60, "validation": 20, "test": 20, "left out": 0}
    assert found.minutes == pytest.approx((100 / 10 + 7 + 6 * (60 / 2 + 20 / 4) + 40 / 4) / 60)


def test_memory_is_the_libraries_the_pixels_of_all_cells_and_one_step() -> None:
    found = estimate(plain(subjects=10, cells=5), CONFIG, COST)
    assert found.gigabytes == pytest.approx(0.9 + (100 + 2 * 20) * 100 * 100 * 3 / 1e9 + 0.5)
    gray = estimate(plain(subjects=10, cells=5), replace(CONFIG, grayscale=True), COST)
    assert found.gigabytes - gray.gigabytes == pytest.approx((100 + 2 * 20) * 100 * 100 * 2 / 1e9)


def test_an_estimate_is_said_in_a_sentence() -> None:
    cells = plain(subjects=10, cells=5)
    assert estimate(cells, CONFIG, COST).sentence == (
        "About 4 minutes at most and 1.4 GB of memory, to learn from 80 cells of 16 subjects."
    )
    quick = replace(CONFIG, epochs=1, subjects_share=0.5)  # 3 and 1 of each class
    found = estimate(cells, quick, replace(COST, training=20))
    assert found.sentence == ("Less than a minute at most and 1.4 GB of memory, to learn from 40 cells of 8 subjects.")
    assert found.left_out == "Left out: 40 cells of 8 subjects."
    assert estimate(cells, CONFIG, COST).left_out == ""


def test_where_cells_name_no_subject_none_is_counted() -> None:
    cells = plain(subjects=10, cells=5)
    nameless = replace(cells, table=cells.table.assign(subject=""))
    assert estimate(nameless, CONFIG, COST).sentence.endswith("to learn from 80 cells.")


def test_a_configuration_within_its_budget_is_left_as_it_is() -> None:
    cells = plain(subjects=10, cells=5)
    assert within(cells, CONFIG, COST) == CONFIG
    assert within(cells, CONFIG, COST, minutes=4, gigabytes=1.5) == CONFIG


@pytest.mark.parametrize("minutes", [1.1, 1.5, 2.0, 3.0, 3.5])
def test_the_largest_share_of_subjects_that_fits_the_time_is_chosen(minutes: float) -> None:
    cells = plain(subjects=10, cells=5)
    chosen = within(cells, CONFIG, COST, minutes=minutes)
    assert chosen == replace(CONFIG, subjects_share=chosen.subjects_share)
    assert estimate(cells, chosen, COST).minutes <= minutes
    assert estimate(cells, replace(chosen, subjects_share=chosen.subjects_share + 0.01), COST).minutes > minutes
    assert split(cells, share=chosen.subjects_share).reduced


def test_the_largest_share_of_subjects_that_fits_the_memory_is_chosen() -> None:
    cells = plain(subjects=10, cells=5)
    chosen = within(
        cells, CONFIG, COST, gigabytes=1.4033
    )  # 110 times 30,000 bytes: 70 cells, and 20 twice while scored
    found = estimate(cells, chosen, COST)
    assert found.cells == {"train": 40, "validation": 10, "test": 20, "left out": 30}


def test_a_share_that_the_user_chose_is_only_ever_lowered() -> None:
    cells = plain(subjects=10, cells=5)
    config = replace(CONFIG, subjects_share=0.5)
    assert within(cells, config, COST, minutes=1000) == config
    assert within(cells, config, COST, minutes=1.5).subjects_share < 0.5


def test_each_class_keeps_a_subject_on_each_side_however_small_the_budget() -> None:
    cells = plain(subjects=10, cells=5)
    least = estimate(cells, replace(CONFIG, subjects_share=0.01), COST)
    assert least.units == {"train": 2, "validation": 2, "test": 4, "left out": 12}
    chosen = within(cells, CONFIG, COST, minutes=least.minutes)
    assert estimate(cells, chosen, COST).units == least.units


def test_a_budget_that_nothing_fits_is_refused_with_what_is_needed() -> None:
    with pytest.raises(
        ValueError, match=r"^Expected a budget of at least 1\.1 minutes for .* Received: 0\.5 minutes\."
    ):
        within(plain(subjects=10, cells=5), CONFIG, COST, minutes=0.5, gigabytes=4)
    with pytest.raises(
        ValueError, match=r"at least 1\.1 minutes, 1\.5 gigabytes for .* Received: 0\.1 minutes, 1 giga"
    ):
        within(plain(subjects=10, cells=5), CONFIG, COST, minutes=0.1, gigabytes=1)


def test_subjects_that_the_first_model_has_seen_are_not_counted_as_test_subjects(trained: TrainingResult) -> None:
    cells = plain(subjects=10, cells=5)
    seen = {"train": tuple(map(str, range(9))), "validation": (), "test": ()}  # nine of the ten subjects with ALL
    card = replace(trained.classifier.card, origin=cells.origin, subjects=seen)
    found = estimate(cells, CONFIG, COST, start=card)
    assert (found.units["test"], found.cells["test"]) == (1 + 2, 5 + 10)
    assert within(cells, CONFIG, COST, gigabytes=2, start=card) == CONFIG
