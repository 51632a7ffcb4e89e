"""`Ledger`: all jobs as this server knows them, and the thread that keeps their records up to date."""

import logging
import math
import threading
import time
from collections.abc import Callable

from core.errors import JobError
from core.job import ENDED, Job
from core.owner import this_process
from core.records import JobRecords

_WRITE_SECONDS = 1.0  # between two writes of progress, and two looks at what other servers have written
_logger = logging.getLogger(__name__)


class Ledger:
    """Jobs of this server in memory, written through to the database; those of others as the database has them.

    It may be shared between threads; while jobs run, a thread writes what has changed and that this server is alive.

    Args:
        database: SQLAlchemy's URL; opened at the first need.
        stop: Told of each job that another server has been asked to cancel or has taken over; called without a lock.
    """

    def __init__(self, database: str, *, stop: Callable[[str], None]) -> None:
        self._database = database
        self._stop = stop
        self._me = str(this_process())
        self._lock = threading.RLock()
        self._records: JobRecords | None = None
        self._jobs: dict[str, Job] = {}
        self._stored: dict[str, Job] = {}
        self._looked = -math.inf
        self._unwritten: set[str] = set()
        self._wake = threading.Event()
        self._writer: threading.Thread | None = None
        self._closed = False

    def add(self, job: Job) -> None:
        """Write a new job of this server."""
        with self._lock:
            self._opened().add(job, self._me)
            self._follow(job)

    def take(self, job: Job) -> bool:
        """Make an ended job one of this server again; False where another server was quicker."""
        with self._lock:
            if not self._opened().take(job, self._me):
                return False
            self._stored.pop(job.id, None)
            self._follow(job)
            return True

    def change(self, job_id: str, edit: Callable[[Job], Job], *, at_once: bool = False) -> Job | None:
        """Change a job of this server that has not ended.

        Args:
            job_id: The job.
            edit: Makes the new job from the one there is.
            at_once: Write it to the database before anybody sees it, not with the next second's changes.

        Returns:
            The job as it is now; None where it has ended before, or is none of this server.
        """
        with self._lock:
            before = self._jobs.get(job_id)
            if before is None or before.state in ENDED:
                return None
            job = edit(before)
            if not at_once or not self._saved(job):
                self._unwritten.add(job_id)
            self._jobs[job_id] = job
            if job.log != before.log:
                self._wake.set()
            return job

    def cancel_elsewhere(self, job_id: str) -> bool:
        """Leave word for the server that runs a job; False where that is this one."""
        with self._lock:
            if job_id in self._jobs:
                return False
            self._opened().ask_to_cancel(job_id)
            self._looked = -math.inf
            return True

    def remove(self, job_id: str) -> None:
        """Forget an ended job.

        Raises:
            JobError: If it has not ended, or there is none of this id.
        """
        with self._lock:
            job = self.job(job_id)
            if job.state not in ENDED:
                raise JobError(f"Expected a job that has ended. Received: {job.title}, {job.state}.")
            self._opened().remove(job_id)
            for known in (self._jobs, self._stored):
                known.pop(job_id, None)

    def jobs(self) -> list[Job]:
        """All jobs, newest first.

        Raises:
            JobError: If the database cannot be read.
        """
        self._look()
        with self._lock:
            known = {**self._stored, **self._jobs}
        return sorted(known.values(), key=lambda job: job.created, reverse=True)

    def job(self, job_id: str) -> Job:
        """One job.

        Raises:
            JobError: If there is none of this id, or the database cannot be read.
        """
        with self._lock:
            if self._jobs.get(job_id) is None or self._jobs[job_id].state in ENDED:
                self._look()
            found = self._jobs.get(job_id) or self._stored.get(job_id)
        if found is None:
            raise JobError(f"Expected the id of a job. Received: {job_id}, which this server does not know.")
        return found

    def close(self, edit: Callable[[Job], Job]) -> None:
        """Change all jobs of this server that have not ended, and end the thread that writes."""
        with self._lock:
            for job_id in list(self._jobs):
                self.change(job_id, edit, at_once=True)
            self._closed = True
            writer = self._writer
            self._wake.set()
        if writer is not None:
            writer.join()

    def _opened(self) -> JobRecords:
        with self._lock:
            if self._records is None:
                self._records = JobRecords(self._database)
            return self._records

    def _follow(self, job: Job) -> None:
        self._jobs[job.id] = job
        self._closed = False
        if self._writer is None:
            self._writer = threading.Thread(target=self._write, name="job records", daemon=True)
            self._writer.start()

    def _saved(self, job: Job) -> bool:
        try:
            self._opened().save(job, self._me)
        except JobError as error:
            _logger.warning("%s", error)
            return False
        return True

    def _look(self) -> None:
        """Read what other servers have written, at most now and then, and bury what ran on one that is gone."""
        with self._lock:
            if time.monotonic() - self._looked < _WRITE_SECONDS:
                return
            records = self._opened()
            records.bury()
            found = records.all()
            self._looked = time.monotonic()
            for job_id, job in list(self._jobs.items()):
                taken_over = job_id not in found or found[job_id][1] != self._me
                if job.state in ENDED and job_id not in self._unwritten and taken_over:
                    del self._jobs[job_id]
            self._stored = {job_id: job for job_id, (job, _) in found.items() if job_id not in self._jobs}

    def _write(self) -> None:
        """Keep the records up to date for as long as jobs run."""
        while True:
            self._wake.wait(_WRITE_SECONDS)
            self._wake.clear()
            try:
                with self._lock:
                    live = {job_id for job_id, job in self._jobs.items() if job.state not in ENDED}
                    if not live and (not self._unwritten or self._closed):
                        self._writer = None
                        return
                    wanted = self._written(live)
                for job_id in wanted:
                    self._stop(job_id)
            except JobError as error:  # the next turn tries again
                _logger.warning("%s", error)

    def _written(self, live: set[str]) -> set[str]:
        """Write what has changed; return the jobs that somebody elsewhere wants to stop, or runs by now."""
        records = self._opened()
        taken_over = set()
        for job_id in list(self._unwritten):
            if job_id in self._jobs and not records.save(self._jobs[job_id], self._me) and job_id in live:
                taken_over.add(job_id)
            self._unwritten.discard(job_id)
        records.beat(live, self._me)
        wanted = records.asked_to_cancel(live) | taken_over
        return {job_id for job_id in wanted if self._jobs[job_id].state in ("queued", "running")}
