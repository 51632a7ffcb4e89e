"""`Run`: one attempt at a job on the cluster, as tasks side by side."""

import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from core.job import WORKER_ENDED, Ending, ending
from core.series import Work
from core.worker import Line, cancel_flag

_ATTEMPTS = 3  # at a task whose worker ended before it had begun with it


class Run:
    """The tasks of one attempt at a job: submits them, hears what they say and how they end.

    A task that only waited at a worker that ended is submitted again; one that had begun is lost.

    Args:
        client: Of the cluster; distributed carries no types.
        job_id: The job.
        heard: Called with the number of a task, or None for what goes first, and its message.
        ended: Called once with the number of each task and its ending.
    """

    def __init__(
        self,
        client: Any,  # noqa: ANN401
        job_id: str,
        *,
        heard: Callable[["Run", int | None, dict[str, Any]], None],
        ended: Callable[["Run", int, Ending], None],
    ) -> None:
        self.id = f"{job_id}-{uuid.uuid4().hex[:12]}"
        self._client = client
        self._heard = heard
        self._ended = ended
        self._lock = threading.Lock()
        self._works: Mapping[int, Work] = {}
        self._futures: dict[int | None, Any] = {}
        self._attempts: dict[int | None, int] = {}
        self._begun: set[int | None] = set()
        self._cancelled = False

    def start(self, works: Mapping[int, Work], *, first: Work | None = None) -> None:
        """Submit tasks.

        Args:
            works: One for each task, by its number.
            first: What must be done before any of them; where it fails, they all end as it did.
        """
        self._works = works
        self._client.subscribe_topic(self.id, lambda event: self._hear(event[1]))
        if first is None:
            self._submit_all()
        else:
            self._submit(None, first)

    def cancel(self) -> None:
        """Ask all tasks to stop: those that have not begun are dropped, the others see it at their next report."""
        from distributed import Event

        with self._lock:
            self._cancelled = True
            waiting = [future for number, future in self._futures.items() if number not in self._begun]
        Event(cancel_flag(self.id), client=self._client).set()  # a worker may have taken one up unheard
        for future in waiting:
            future.cancel()

    def _submit_all(self) -> None:
        for number, work in self._works.items():
            self._submit(number, work)

    def _submit(self, number: int | None, work: Work) -> None:
        with self._lock:
            attempt = self._attempts[number] = self._attempts.get(number, 0) + 1
            line = Line(self.id, number, attempt)
            future = self._client.submit(work.function, line, *work.arguments, key=line.key, pure=False, retries=0)
            self._futures[number] = future
        future.add_done_callback(lambda found: self._end(number, work, found))

    def _hear(self, message: dict[str, Any]) -> None:
        number = message.get("task")
        with self._lock:
            self._begun.add(number)
        self._heard(self, number, message)

    def _end(self, number: int | None, work: Work, future: Any) -> None:  # noqa: ANN401
        how = ending(future)
        with self._lock:
            cancelled = self._cancelled
            waited = number not in self._begun and self._attempts[number] < _ATTEMPTS
        if how.state == "lost" and cancelled:
            how = Ending("cancelled")
        elif how.problem == WORKER_ENDED and waited:
            self._submit(number, work)
            return
        if number is not None:
            self._ended(self, number, how)
        elif how.state == "done" and not cancelled:
            self._submit_all()
        else:
            how = Ending("cancelled") if cancelled else how
            for each in self._works:
                self._ended(self, each, how)
