"""Jobs: trainings and comparisons on a Dask cluster, so that nothing that shows them ever waits for them."""

import logging
import math
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import networks, store
from core.checkpoints import FILE
from core.cluster import connect
from core.config import Settings
from core.data.dataset import CellDataset
from core.errors import JobError
from core.hyperparameters import TrainingConfig
from core.job import ENDED, SERVER_ENDED, Job, State, ending, job_data, news, reopened, with_lines
from core.owner import this_process
from core.records import JobRecords
from core.training import TrainingEvent
from core.types import Progress, silent
from core.worker import cancel_flag, run_comparison, run_training

__all__ = ["ENDED", "Job", "JobEngine", "State"]

_WRITE_SECONDS = 1.0  # between two writes of progress, and two looks at what other servers have written
_logger = logging.getLogger(__name__)


class JobEngine:
    """Submits jobs to a Dask cluster, follows them, and keeps their records; safe to share between threads.

    Jobs of this engine are read from memory and written through to the database; those of other servers, and of earlier
    ones, are read from there.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._me = str(this_process())
        self._lock = threading.RLock()
        self._records: JobRecords | None = None
        self._jobs: dict[str, Job] = {}
        self._stored: dict[str, Job] = {}
        self._looked = -math.inf
        self._runs: dict[str, str] = {}  # a job that is resumed is another run under another Dask key
        self._futures: dict[str, Any] = {}
        self._unwritten: set[str] = set()
        self._wake = threading.Event()
        self._writer: threading.Thread | None = None
        self._client: Any = None
        self._cluster: Any = None

    def submit_training(self, dataset: CellDataset, config: TrainingConfig, *, name: str, who: str = "local") -> str:
        """Queue a training; the model is stored under `name` when it is done.

        Returns:
            The job's id.

        Raises:
            ValueError: If the name cannot be a model's, or the network cannot be built.
            ModelError: If there is no model to start from.
            JobError: If the name is taken by a stored model or another training, or no cluster or database can be had.
        """
        networks.check(config.architecture, image_size=config.image_size, pretrained=config.pretrained)
        self._check_free(store.check_name(name))
        if config.start_from:
            store.card(self._settings.models, config.start_from)
        job = Job(_new_id(), "training", name, who=who, config=config, data=job_data(dataset))
        return self._submit(job, run_training, dataset, config, name, self._sent(), self._checkpoint(job.id))

    def submit_comparison(
        self, dataset: CellDataset, *, models: Sequence[str], features: str, seed: int = 0, who: str = "local"
    ) -> str:
        """Queue a comparison.

        Returns:
            The job's id.

        Raises:
            JobError: If no cluster or database can be had.
        """
        job = Job(_new_id(), "comparison", f"{len(models)} models on {features}", who=who, data=job_data(dataset))
        return self._submit(job, run_comparison, dataset, tuple(models), features, seed, self._sent())

    def resume(self, job_id: str, *, progress: Progress = silent) -> str:
        """Queue a training that was cut off again, from its last checkpoint on, under the same id.

        Args:
            job_id: The job.
            progress: Called while its data set is opened again.

        Returns:
            The job's id.

        Raises:
            DataError: If its data set cannot be opened.
            JobError: If it cannot be resumed, its cells have changed since, its name is taken by now, or no cluster can
                be had.
        """
        job = self.job(job_id)
        if not self.can_resume(job) or job.data is None or job.config is None:
            raise JobError(f"Expected an unfinished training with a checkpoint. Received: {job.title}, {job.state}.")
        self._check_free(job.title)
        dataset = reopened(job.data, self._settings, progress)
        client = self._connected()
        again = replace(
            job,
            state="queued",
            event=None,
            started=None,
            ended=None,
            problem="",
            log=with_lines(job.log, "Queued again, from the last checkpoint."),
        )
        with self._lock:
            if not self._open_records().take(again, self._me):
                raise JobError(f"Expected an unfinished training. Received: {job.title}, which runs again already.")
            self._jobs[job_id] = again
            self._stored.pop(job_id, None)
        arguments = (dataset, job.config, job.title, self._sent(), self._checkpoint(job_id))
        return self._start(client, job_id, run_training, *arguments)

    def can_resume(self, job: Job) -> bool:
        """Whether a job is a training that was cancelled, failed or lost and has left a checkpoint."""
        if job.kind != "training" or job.state not in ("cancelled", "failed", "lost"):
            return False
        return job.data is not None and job.config is not None and (self._checkpoint(job.id) / FILE).is_file()

    def remove(self, job_id: str) -> None:
        """Forget an ended job and delete its checkpoint; a stored model stays.

        Raises:
            JobError: If it has not ended, or there is none of this id.
        """
        with self._lock:
            job = self.job(job_id)
            if job.state not in ENDED:
                raise JobError(f"Expected a job that has ended. Received: {job.title}, {job.state}.")
            self._open_records().remove(job_id)
            for known in (self._jobs, self._stored):
                known.pop(job_id, None)
        shutil.rmtree(self._checkpoint(job_id), ignore_errors=True)

    def jobs(self, kind: str | None = None) -> list[Job]:
        """All jobs on record, newest first.

        Raises:
            JobError: If the database cannot be read.
        """
        self._look()
        with self._lock:
            known = {**self._stored, **self._jobs}
        found = [job for job in known.values() if kind is None or job.kind == kind]
        return sorted(found, key=lambda job: job.created, reverse=True)

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

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop: at once while it is queued, within a batch or a model while it runs."""
        from distributed import Event

        with self._lock:
            job = self.job(job_id)
            if job.state in ENDED:
                return
            if job_id not in self._jobs:  # another server runs it and will see this
                self._open_records().ask_to_cancel(job_id)
                self._looked = -math.inf
                return
            client, run, future = self._client, self._runs[job_id], self._futures.get(job_id)
            if job.state == "queued":
                self._change(job_id, "Cancelled.", state="cancelled", ended=time.time())
            else:
                self._change(job_id, "Asked to stop.", state="cancelling")
        Event(cancel_flag(run), client=client).set()  # a worker may have taken it up unheard
        if job.state == "queued" and future is not None:
            future.cancel()

    def wait(self, job_id: str, seconds: float) -> Job:
        """Wait until a job has ended, at most so long; return it as it stands then."""
        limit = time.monotonic() + seconds
        while self.job(job_id).state not in ENDED and time.monotonic() < limit:
            time.sleep(0.05)
        return self.job(job_id)

    def close(self) -> None:
        """Stop the local cluster, if one was started; jobs that run are lost and can be resumed."""
        with self._lock:
            for job_id in [job_id for job_id, job in self._jobs.items() if job.state not in ENDED]:
                self._change(job_id, SERVER_ENDED, state="lost", problem=SERVER_ENDED, ended=time.time())
            client, cluster, self._client, self._cluster = self._client, self._cluster, None, None
            writer = self._writer
            self._wake.set()
        if client is not None:
            client.close()
        if cluster is not None:
            cluster.close()
        if writer is not None:
            writer.join()

    def _check_free(self, name: str) -> None:
        if (self._settings.models / name).exists():
            raise JobError(f"Expected a new model name. Received: {name}, which exists already.")
        if any(job.title == name and job.state not in ENDED for job in self.jobs("training")):
            raise JobError(f"Expected a new model name. Received: {name}, which is being trained.")

    def _checkpoint(self, job_id: str) -> Path:
        return self._settings.checkpoints / job_id

    def _sent(self) -> Settings:
        """What a worker needs of the settings: not the database, whose URL may hold a password."""
        return replace(self._settings, database_url=None)

    def _open_records(self) -> JobRecords:
        with self._lock:
            if self._records is None:
                self._records = JobRecords(self._settings.database)
            return self._records

    def _look(self) -> None:
        """Read what other servers have written, at most now and then, and bury what ran on one that is gone."""
        with self._lock:
            if time.monotonic() - self._looked < _WRITE_SECONDS:
                return
            records = self._open_records()
            records.bury()
            found = records.all()
            self._looked = time.monotonic()
            for job_id, job in list(self._jobs.items()):
                taken_over = job_id not in found or found[job_id][1] != self._me
                if job.state in ENDED and job_id not in self._unwritten and taken_over:
                    del self._jobs[job_id]
            self._stored = {job_id: job for job_id, (job, _) in found.items() if job_id not in self._jobs}

    def _submit(self, job: Job, work: Callable[..., Any], *arguments: object) -> str:
        client = self._connected()
        job = replace(job, log=with_lines((), "Queued."))
        with self._lock:
            self._open_records().add(job, self._me)
            self._jobs[job.id] = job
        return self._start(client, job.id, work, *arguments)

    def _start(self, client: Any, job_id: str, work: Callable[..., Any], *arguments: object) -> str:  # noqa: ANN401
        run = f"{job_id}-{_new_id()}"
        with self._lock:
            self._runs[job_id] = run
        client.subscribe_topic(run, lambda event: self._heard(job_id, run, event[1]))
        future = client.submit(work, run, *arguments, key=run, pure=False, retries=0)
        with self._lock:
            self._futures[job_id] = future
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="job records", daemon=True)
                self._writer.start()
        future.add_done_callback(lambda ended: self._ended(job_id, run, ended))
        return job_id

    def _connected(self) -> Any:  # noqa: ANN401  # distributed carries no types
        with self._lock:
            if self._client is None or self._client.status == "closed":  # closed: a cluster elsewhere went away
                self._client, self._cluster = connect(self._settings)
            return self._client

    def _heard(self, job_id: str, run: str, message: dict[str, Any]) -> None:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state in ENDED or self._runs.get(job_id) != run:
                return
            changes: dict[str, Any] = {"state": "running"} if job.state == "queued" else {}
            said = []
            if job.started is None:
                changes["started"] = time.time()
                said.append("A worker took it up.")
            if "event" in message:
                fields = dict(message["event"])
                changes["event"] = TrainingEvent(**{**fields, "history": tuple(fields["history"])})
                said += news(job.event, changes["event"])
            elif "total" in message:
                changes |= {"done": message["done"], "total": message["total"], "text": message["text"]}
                said += [message["text"]] if message["text"] != job.text else []
            self._jobs[job_id] = replace(job, log=with_lines(job.log, *said), **changes)
            self._unwritten.add(job_id)
            if said:
                self._wake.set()

    def _ended(self, job_id: str, run: str, future: Any) -> None:  # noqa: ANN401
        with self._lock:
            if self._runs.get(job_id) != run:
                return
        changes = ending(future)
        said = changes.get("problem") or f"{str(changes['state']).capitalize()}."
        self._change(job_id, said, ended=time.time(), **changes)
        with self._lock:
            self._futures.pop(job_id, None)
        if changes["state"] == "done":
            shutil.rmtree(self._checkpoint(job_id), ignore_errors=True)

    def _change(self, job_id: str, said: str, **changes: Any) -> None:  # noqa: ANN401
        """Change a job that has not ended: first on record, then for those who look."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state in ENDED:
                return
            job = replace(job, log=with_lines(job.log, said), **changes)
            try:
                self._open_records().save(job, self._me)
            except JobError as error:
                _logger.warning("%s", error)
                self._unwritten.add(job_id)
            self._jobs[job_id] = job

    def _write(self) -> None:
        """Keep the records up to date for as long as jobs run."""
        while True:
            self._wake.wait(_WRITE_SECONDS)
            self._wake.clear()
            try:
                with self._lock:
                    live = {job_id for job_id, job in self._jobs.items() if job.state not in ENDED}
                    if not live and (not self._unwritten or self._client is None):
                        self._writer = None
                        return
                    wanted = self._written(live)
                for job_id in wanted:
                    self.cancel(job_id)
            except JobError as error:  # the next turn tries again
                _logger.warning("%s", error)

    def _written(self, live: set[str]) -> set[str]:
        """Write what has changed; return the jobs that somebody elsewhere wants to stop, or runs by now."""
        records = self._open_records()
        taken_over = set()
        for job_id in list(self._unwritten):
            if job_id in self._jobs and not records.save(self._jobs[job_id], self._me) and job_id in live:
                taken_over.add(job_id)
            self._unwritten.discard(job_id)
        records.beat(live, self._me)
        wanted = records.asked_to_cancel(live) | taken_over
        return {job_id for job_id in wanted if self._jobs[job_id].state in ("queued", "running")}


def _new_id() -> str:
    return uuid.uuid4().hex[:12]
