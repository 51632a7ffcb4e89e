"""`Tally`: follows the parts of a job, side by side, and counts together those that have ended."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from core.job import Ending, Job, Part, State, counted, news, saying, taken_up, training_event
from core.series import Series

Edit = Callable[[Job], Job]


class Tally:
    """The outcomes of a job's parts so far.

    What is computed is computed before a job is changed, so that nobody who looks at jobs waits for it.

    Args:
        series: What the job is made of.
        resumed: Whether what an earlier attempt has finished counts.
    """

    def __init__(self, series: Series, *, resumed: bool = False) -> None:
        self._series = series
        numbers = range(len(series.titles))
        kept = {number: series.finished(number) for number in numbers} if resumed else {}
        self._outcomes = {number: outcome for number, outcome in kept.items() if outcome is not None}
        self._open = set(numbers) - set(self._outcomes)

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers of the parts that have not ended."""
        return tuple(sorted(self._open))

    def begun(self, job: Job) -> Job:
        """The job before any of the missing parts begins."""
        parts = tuple(
            Part(title, "done" if number in self._outcomes else "queued")
            for number, title in enumerate(self._series.titles)
        )
        return replace(job, parts=parts, result=self._result(wanted=self._series.live))

    def heard(self, number: int | None, message: Mapping[str, Any]) -> Edit:
        """What a report changes.

        Args:
            number: Of the part; None for the preparation of all.
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
        """What the end of a part changes; the last one ends the job."""
        title = self._series.titles[number]
        if how.state == "done":
            self._outcomes[number] = how.outcome
        elif how.problem:
            self._outcomes[number] = self._series.failed(number, how.problem)
        self._open.discard(number)
        last = not self._open
        result = self._result(wanted=last or self._series.live)

        def edit(job: Job) -> Job:
            job = _with_part(job, number, state=how.state, problem=how.problem)
            job = saying(job, f"{title}: {how.said}", result=result)
            return closed(job) if last else job

        return edit

    def closed(self) -> Edit:
        """What ends a job none of whose parts is missing."""
        result = self._result(wanted=True)
        return lambda job: closed(replace(job, result=result))

    def _result(self, *, wanted: bool) -> Mapping[str, Any]:
        outcomes = [self._outcomes[number] for number in sorted(self._outcomes)] if wanted else []
        return self._series.together(outcomes)


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
    said = f"{state.capitalize()}: {done} of {len(job.parts)} parts are finished."
    return saying(job, said, state=state, problem=problem, ended=time.time())


def _with_part(job: Job, number: int, **changes: Any) -> Job:  # noqa: ANN401
    parts = list(job.parts)
    parts[number] = replace(parts[number], **changes)
    return replace(job, parts=tuple(parts))
