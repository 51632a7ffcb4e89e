"""The parts of a job, counted together."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import pytest

from core.hyperparameters import TrainingConfig
from core.job import Ending, Job, Part, State
from core.series import Series, Work
from core.tally import Tally, closed
from core.training import TrainingEvent
from core.trial import Trial, TrialOutcome

CONFIG = TrainingConfig()
JOB = Job("1", "cross-validation", "mine", config=CONFIG)
FIRST, SECOND = TrialOutcome(Trial("Fold 1", epochs=1)), TrialOutcome(Trial("Fold 2", epochs=2))
EVENT = TrainingEvent("training", 3, 4, 2, ({"loss": 0.5},))
NOTHING = Work(print)
DONE, LOST = Ending("done", SECOND), Ending("lost", problem="Its worker ended.")


def tally(*finished: int, live: bool = True) -> Tally:
    """Two folds, of which an earlier attempt has finished some."""

    def together(outcomes: Sequence[TrialOutcome]) -> dict[str, Any]:
        trials = [outcome.trial for outcome in outcomes]
        return {"titles": tuple(each.title for each in trials), "problems": tuple(each.problem for each in trials)}

    titles = ("Fold 1", "Fold 2")
    series = Series(
        titles=titles,
        first=NOTHING,
        work=lambda _: NOTHING,
        finished=lambda number: (FIRST, SECOND)[number] if number in finished else None,
        failed=lambda number, problem: TrialOutcome(Trial(titles[number], problem=problem)),
        together=together,
        live=live,
    )
    return Tally(series, resumed=bool(finished))


def states(job: Job) -> list[State]:
    return [part.state for part in job.parts]


def message(event: TrainingEvent) -> dict[str, Any]:
    """As a worker sends it: JSON knows no tuples."""
    fields = asdict(event)
    return {"event": {**fields, "history": list(fields["history"]), "running": list(fields["running"])}, "task": 1}


def test_parts_wait_until_they_are_heard_of() -> None:
    counted = tally()
    job = counted.begun(JOB)
    assert (states(job), counted.missing) == (["queued", "queued"], (0, 1))
    assert job.result == {"titles": (), "problems": ()}
    job = counted.heard(1, {})(job)
    assert (job.state, states(job)) == ("running", ["queued", "running"])
    job = counted.heard(1, message(EVENT))(job)
    assert job.parts[1].event == EVENT
    assert "Fold 2: Epoch 1: " in job.log[-1]
    assert job.started is not None


def test_reading_cells_comes_before_all_parts() -> None:
    counted = tally()
    job = counted.heard(None, {"done": 3, "total": 9, "text": "Reading cells"})(counted.begun(JOB))
    assert (job.state, job.done, job.total, job.text) == ("running", 3, 9, "Reading cells")
    assert states(job) == ["queued", "queued"]


def test_the_last_part_ends_the_job() -> None:
    counted = tally()
    job = counted.ended(1, DONE)(replace(counted.begun(JOB), state="running"))
    assert (job.state, states(job), job.result["titles"]) == ("running", ["queued", "done"], ("Fold 2",))
    job = counted.ended(0, Ending("done", FIRST))(job)
    assert (job.state, job.problem, job.result["titles"]) == ("done", "", ("Fold 1", "Fold 2"))
    assert job.ended is not None
    assert job.log[-1].endswith("Done: 2 of 2 parts are finished.")


def test_a_lost_part_is_a_row_with_its_reason_and_the_rest_counts() -> None:
    counted = tally()
    job = replace(counted.begun(JOB), state="running")
    for number, how in ((1, DONE), (0, LOST)):
        job = counted.ended(number, how)(job)
    assert (job.state, states(job), job.parts[0].problem) == ("done", ["lost", "done"], "Its worker ended.")
    assert job.result == {"titles": ("Fold 1", "Fold 2"), "problems": ("Its worker ended.", "")}


def test_what_is_finished_stays_and_only_the_rest_is_missing() -> None:
    counted = tally(1)
    job = counted.begun(JOB)
    assert (counted.missing, states(job), job.result["titles"]) == ((0,), ["queued", "done"], ("Fold 2",))
    assert counted.ended(0, Ending("done", FIRST))(job).state == "done"


def test_what_is_wanted_once_is_put_together_after_the_last_part() -> None:
    counted = tally(live=False)
    job = counted.ended(1, DONE)(replace(counted.begun(JOB), state="running"))
    assert job.result["titles"] == ()
    assert counted.ended(0, Ending("done", FIRST))(job).result["titles"] == ("Fold 1", "Fold 2")


def test_a_job_whose_parts_were_all_finished_before_ends_at_once() -> None:
    counted = tally(0, 1, live=False)
    job = counted.begun(JOB)
    assert (counted.missing, job.result["titles"]) == ((), ())
    job = counted.closed()(job)
    assert (job.state, job.result["titles"]) == ("done", ("Fold 1", "Fold 2"))


def test_a_cancelled_part_is_no_row_and_keeps_what_is_done() -> None:
    counted = tally()
    job = replace(counted.begun(JOB), state="running")
    job = replace(counted.ended(1, DONE)(job), state="cancelling")
    job = counted.ended(0, Ending("cancelled"))(job)
    assert (job.state, states(job), job.result["titles"]) == ("cancelled", ["cancelled", "done"], ("Fold 2",))


@pytest.mark.parametrize(
    ("parts", "state", "ended", "problem"),
    [
        (("done", "done"), "cancelling", "done", ""),
        (("done", "failed"), "running", "done", ""),
        (("failed", "failed"), "running", "failed", "why"),
        (("failed", "lost"), "running", "lost", "why"),
        (("cancelled", "cancelled"), "running", "cancelled", ""),
    ],
)
def test_what_parts_come_to(parts: tuple[State, ...], state: State, ended: State, problem: str) -> None:
    made = tuple(Part("Fold", part, problem="why" if part in ("failed", "lost") else "") for part in parts)
    job = closed(replace(JOB, state=state, parts=made))
    assert (job.state, job.problem) == (ended, problem)


@pytest.mark.parametrize(
    ("part", "fraction"),
    [
        (Part("Fold"), 0.0),
        (Part("Fold", "running", TrainingEvent("reading", 5, 9)), 0.0),
        (Part("Fold", "running", replace(EVENT, done=2)), 0.15),  # one epoch and a half of ten
        (Part("Fold", "running", TrainingEvent("testing", 0, 9)), 1.0),
        (Part("Fold", "lost"), 1.0),
    ],
)
def test_how_much_of_a_part_is_over(part: Part, fraction: float) -> None:
    assert part.fraction(10) == pytest.approx(fraction)
