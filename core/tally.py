"""`Tally`: follows the trials of a job, side by side, and counts together those that have ended."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from core.job import Ending, Job, Part, State, counted, news, saying, taken_up, training_event
from core.trial import Trial, TrialOutcome, Trials

Edit = Callable[[Job], Job]


class Tally:
    """The outcomes of a job's trials so far.

    What is computed is computed before a job is changed, so that nobody who looks at jobs waits for it.

    Args:
        trials: What the job is made of.
        outcomes: Of those that an earlier attempt has finished, by their number.
    """

    def __init__(self, trials: Trials, outcomes: Mapping[int, TrialOutcome]) -> None:
        self._trials = trials
        self._outcomes = dict(outcomes)
        self._open = set(range(len(trials.plans))) - set(outcomes)

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers of the trials that have not ended."""
        return tuple(sorted(self._open))

    def begun(self, job: Job) -> Job:
        """The job before any of the missing trials begins."""
        parts = tuple(
            Part(plan.title, "done" if number in self._outcomes else "queued")
            for number, plan in enumerate(self._trials.plans)
        )
        return replace(job, parts=parts, result=self._result())

    def heard(self, number: int | None, message: Mapping[str, Any]) -> Edit:
        """What a report changes.

        Args:
            number: Of the trial; None for the preparation of all.
            message: What was reported.
        """
        if number is None:
            return lambda job: counted(taken_up(job), message) if "total" in message else taken_up(job)
        event = training_event(message["event"]) if "event" in message else None

        def edit(job: Job) -> Job:
            job = taken_up(job)
            part = job.parts[number]
            if event is None:
                return _with_part(job, number, state="running")
            said = [f"{part.title}: {line}" for line in news(part.event, event)]
            return saying(_with_part(job, number, state="running", event=event), *said)

        return edit

    def ended(self, number: int, how: Ending) -> Edit:
        """What the end of a trial changes; the last one ends the job."""
        title = self._trials.plans[number].title
        if isinstance(how.outcome, TrialOutcome):
            self._outcomes[number] = how.outcome
        elif how.problem:
            self._outcomes[number] = TrialOutcome(Trial(title, problem=how.problem))
        self._open.discard(number)
        result, last = self._result(), not self._open

        def edit(job: Job) -> Job:
            job = _with_part(job, number, state=how.state, problem=how.problem)
            job = saying(job, f"{title}: {how.said}", result=result)
            return closed(job) if last else job

        return edit

    def _result(self) -> dict[str, Any]:
        return asdict(self._trials.together([self._outcomes[number] for number in sorted(self._outcomes)]))


def closed(job: Job) -> Job:
    """A job whose parts have all ended: done if one of them was; what became of the others stands with them."""
    states = {part.state for part in job.parts}
    problems = [part.problem for part in job.parts if part.problem]
    if job.state == "cancelling" and states != {"done"}:
        state: State = "cancelled"
    elif "done" in states:
        state = "done"
    else:
        state = next(state for state in ("lost", "failed", "cancelled") if state in states)
    problem = problems[0] if problems and state in ("lost", "failed") else ""
    done = sum(part.state == "done" for part in job.parts)
    said = f"{state.capitalize()}: {done} of {len(job.parts)} trainings are finished."
    return saying(job, said, state=state, problem=problem, ended=time.time())


def _with_part(job: Job, number: int, **changes: Any) -> Job:  # noqa: ANN401
    parts = list(job.parts)
    parts[number] = replace(parts[number], **changes)
    return replace(job, parts=tuple(parts))
