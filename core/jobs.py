"""Jobs: trainings and comparisons on a Dask cluster, so that nothing that shows them ever waits for them."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from core import networks, store
from core.card import TrainingConfig
from core.comparison import Comparison
from core.config import Settings
from core.data.dataset import CellDataset
from core.errors import Cancelled, JobError, LeukoscopeError
from core.training import TrainingEvent
from core.worker import TrainingOutcome, cancel_flag, run_comparison, run_training

State = Literal["queued", "running", "cancelling", "cancelled", "done", "failed", "lost"]
ENDED: tuple[State, ...] = ("cancelled", "done", "failed", "lost")
_WORKERS = 2  # so that a comparison need not wait for a training
_PATIENCE_SECONDS = 30.0  # for a cluster to answer


@dataclass(frozen=True, eq=False)
class Job:
    """One job as it stands at the moment of the call.

    Attributes:
        id: Unique id.
        kind: "training" or "comparison".
        title: What it is, for people.
        state: Where it stands.
        created: When it was submitted, UTC.
        config: Hyperparameters of a training, else None.
        event: Last report of a training, else None.
        done: Steps done of a comparison.
        total: Steps of a comparison.
        text: What a comparison is doing.
        started: `time.time()` at which a worker took it up, or None.
        ended: `time.time()` at which it ended, or None.
        problem: Why it failed or was lost, one sentence.
        outcome: `TrainingOutcome` or `Comparison` once it is done.
    """

    id: str
    kind: Literal["training", "comparison"]
    title: str
    state: State = "queued"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    config: TrainingConfig | None = None
    event: TrainingEvent | None = None
    done: int = 0
    total: int = 0
    text: str = ""
    started: float | None = None
    ended: float | None = None
    problem: str = ""
    outcome: TrainingOutcome | Comparison | None = None

    @property
    def elapsed(self) -> float:
        """Seconds that a worker has spent on it."""
        return 0.0 if self.started is None else (self.ended or time.time()) - self.started


class JobEngine:
    """Submits jobs to a Dask cluster and follows them; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._futures: dict[str, Any] = {}
        self._client: Any = None
        self._cluster: Any = None

    def submit_training(self, dataset: CellDataset, config: TrainingConfig, *, name: str) -> str:
        """Queue a training; the model is stored under `name` when it is done.

        Returns:
            The job's id.

        Raises:
            ValueError: If the name cannot be a model's, or the network cannot be built.
            JobError: If the name is taken by a stored model or another training, or no cluster can be had.
        """
        networks.check(config.architecture, image_size=config.image_size, pretrained=config.pretrained)
        if (self._settings.models / store.check_name(name)).exists():
            raise JobError(f"Expected a new model name. Received: {name}, which exists already.")
        if any(job.title == name and job.state not in ENDED for job in self.jobs("training")):
            raise JobError(f"Expected a new model name. Received: {name}, which is being trained.")
        job = Job(_new_id(), "training", name, config=config)
        return self._submit(job, run_training, dataset, config, name, self._settings)

    def submit_comparison(self, dataset: CellDataset, *, models: Sequence[str], features: str, seed: int = 0) -> str:
        """Queue a comparison.

        Returns:
            The job's id.

        Raises:
            JobError: If no cluster can be had.
        """
        job = Job(_new_id(), "comparison", f"{len(models)} models on {features}")
        return self._submit(job, run_comparison, dataset, tuple(models), features, seed, self._settings)

    def jobs(self, kind: str | None = None) -> list[Job]:
        """All jobs of this session of the engine, newest first."""
        with self._lock:
            found = [job for job in self._jobs.values() if kind is None or job.kind == kind]
        return sorted(found, key=lambda job: job.created, reverse=True)

    def job(self, job_id: str) -> Job:
        """One job.

        Raises:
            JobError: If there is none of this id.
        """
        with self._lock:
            if job_id not in self._jobs:
                raise JobError(f"Expected the id of a job. Received: {job_id}, which this server does not know.")
            return self._jobs[job_id]

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop: at once while it is queued, within a batch or a model while it runs."""
        from distributed import Event

        with self._lock:
            job = self.job(job_id)
            if job.state in ENDED:
                return
            future = self._futures.get(job_id)
            if job.state == "queued":
                self._change(job_id, state="cancelled", ended=time.time())
            else:
                self._change(job_id, state="cancelling")
        Event(cancel_flag(job_id), client=self._client).set()  # a worker may have taken it up unheard
        if job.state == "queued" and future is not None:
            future.cancel()

    def wait(self, job_id: str, seconds: float) -> Job:
        """Wait until a job has ended, at most so long; return it as it stands then."""
        limit = time.monotonic() + seconds
        while self.job(job_id).state not in ENDED and time.monotonic() < limit:
            time.sleep(0.05)
        return self.job(job_id)

    def close(self) -> None:
        """Stop the local cluster, if one was started."""
        with self._lock:
            client, cluster, self._client, self._cluster = self._client, self._cluster, None, None
        if client is not None:
            client.close()
        if cluster is not None:
            cluster.close()

    def _submit(self, job: Job, work: Callable[..., Any], *arguments: object) -> str:
        client = self._connected()
        with self._lock:
            self._jobs[job.id] = job
        client.subscribe_topic(job.id, lambda event: self._heard(job.id, event[1]))
        future = client.submit(work, job.id, *arguments, key=job.id, pure=False, retries=0)
        with self._lock:
            self._futures[job.id] = future
        future.add_done_callback(lambda ended: self._ended(job.id, ended))
        return job.id

    def _connected(self) -> Any:  # noqa: ANN401  # distributed carries no types
        with self._lock:
            if self._client is None or self._client.status == "closed":  # closed: a cluster elsewhere went away
                self._client, self._cluster = _connect(self._settings)
            return self._client

    def _heard(self, job_id: str, message: dict[str, Any]) -> None:
        with self._lock:
            job = self._jobs[job_id]
            if job.state in ENDED:
                return
            changes: dict[str, Any] = {"state": "running"} if job.state == "queued" else {}
            if job.started is None:
                changes["started"] = time.time()
            if "event" in message:
                fields = dict(message["event"])
                changes["event"] = TrainingEvent(**{**fields, "history": tuple(fields["history"])})
            elif "total" in message:
                changes |= {"done": message["done"], "total": message["total"], "text": message["text"]}
            self._jobs[job_id] = replace(job, **changes)

    def _ended(self, job_id: str, future: Any) -> None:  # noqa: ANN401
        changes: dict[str, Any] = {"ended": time.time()}
        if future.status == "finished":
            changes |= {"state": "done", "outcome": future.result()}
        elif future.status == "cancelled":  # not by a user: then the job has ended already, or ends in `Cancelled`
            changes |= {"state": "lost", "problem": "The connection to the cluster ended before this job was done."}
        else:
            error = future.exception()
            changes |= _failure(error)
        self._change(job_id, **changes)
        with self._lock:
            self._futures.pop(job_id, None)

    def _change(self, job_id: str, **changes: Any) -> None:  # noqa: ANN401
        with self._lock:
            job = self._jobs[job_id]
            if job.state not in ENDED:
                self._jobs[job_id] = replace(job, **changes)


def _new_id() -> str:
    return uuid.uuid4().hex[:12]


def _failure(error: BaseException | None) -> dict[str, Any]:
    from distributed import KilledWorker

    if isinstance(error, Cancelled):
        return {"state": "cancelled"}
    if isinstance(error, KilledWorker):
        return {
            "state": "lost",
            "problem": "The process that ran this job ended before it was done, perhaps out of memory.",
        }
    if isinstance(error, (LeukoscopeError, ValueError, MemoryError)):
        return {"state": "failed", "problem": str(error) or type(error).__name__}
    return {"state": "failed", "problem": f"Unexpected error: {type(error).__name__}: {error}"}


def _connect(settings: Settings) -> tuple[Any, Any]:
    import dask
    from distributed import Client, LocalCluster
    from distributed.comm.addressing import get_address_host_port

    try:
        if settings.dask:
            get_address_host_port(settings.dask)  # a client that fails over a bad address would not clean up
            return Client(settings.dask, timeout=_PATIENCE_SECONDS, set_as_default=False), None
        with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
            cluster = LocalCluster(
                n_workers=_WORKERS,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",  # any free port: with None it must be 8787
                local_directory=str(settings.cache / "dask"),
                silence_logs=logging.CRITICAL,
            )
        return Client(cluster, set_as_default=False), cluster
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        where = settings.dask or "on this machine"
        raise JobError(f"Expected a Dask cluster {where}. Received: no answer ({error}).") from error
