"""The pace of a training, by a clock that the test sets."""

import pytest

from core.pace import Pace


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def told(pace: Pace) -> tuple[float, float]:
    return pace.images_per_second, pace.seconds_left


def test_the_rate_leaves_the_first_batch_out_and_the_time_counts_training_and_scoring(clock: Clock) -> None:
    pace = Pace(100, 20, epochs=3, clock=clock)
    pace.begin()
    assert told(pace) == (0, 0)
    clock.now += 30  # the network is made ready
    pace.trained(10)
    assert told(pace) == (0, 0)
    clock.now += 2
    pace.trained(20)
    assert told(pace) == (5, (300 - 20) / 5 + (3 + 1) * 20 / 5)  # a scored cell as a trained one, until it is known
    clock.now += 6
    pace.trained(100)
    rate = 90 / 8
    assert told(pace) == (rate, 200 / rate + 4 * 20 / rate)
    pace.score()
    clock.now += 1.5
    pace.finish()
    assert told(pace) == (rate, 200 / rate + 3 * 1.5)  # after two more epochs, and of the test cells


def test_until_the_next_epoch_has_a_rate_that_of_the_last_one_holds(clock: Clock) -> None:
    pace = Pace(100, 20, epochs=2, clock=clock)
    for seconds in (10, 5):
        pace.begin()
        pace.trained(50)
        assert pace.images_per_second == (0 if seconds == 10 else 5)
        clock.now += seconds
        pace.trained(100)
        pace.score()
        clock.now += 1
        pace.finish()
    assert told(pace) == (10, 1)  # the test cells are left


def test_an_epoch_of_one_batch_has_the_rate_of_that_batch(clock: Clock) -> None:
    pace = Pace(10, 5, epochs=1, clock=clock)
    pace.begin()
    clock.now += 4
    pace.trained(10)
    assert told(pace) == (2.5, 2 * 5 / 2.5)


def test_epochs_that_an_earlier_attempt_has_finished_are_not_left(clock: Clock) -> None:
    pace = Pace(100, 0, epochs=4, finished=3, clock=clock)
    pace.begin()
    pace.trained(50)
    clock.now += 5
    pace.trained(100)
    assert told(pace) == (10, 0)


def test_a_clock_that_stands_still_gives_no_rate(clock: Clock) -> None:
    pace = Pace(100, 20, epochs=1, clock=clock)
    pace.begin()
    pace.trained(50)
    pace.trained(100)
    assert told(pace) == (0, 0)
