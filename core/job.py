"""`Job`: what is known of one piece of work on the cluster, for whoever shows or stores it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from core.config import Settings
from core.data.dataset import CellDataset
from core.data.hashing import hashed
from core.data.library import open_dataset, reviewed
from core.errors import Cancelled, JobError, LeukoscopeError
from core.hyperparameters import TrainingConfig
from core.training import TrainingEvent
from core.types import Progress
from core.worker import TrainingOutcome

Kind = Literal["training", "comparison", "cross-validation", "learning curve", "fitting"]
KINDS: tuple[Kind, ...] = get_args(Kind)
State = Literal["queued", "running", "cancelling", "cancelled", "done", "failed", "lost"]
STATES: tuple[State, ...] = get_args(State)
ENDED: tuple[State, ...] = ("cancelled", "done", "failed", "lost")
SERVER_ENDED = "The server ended while this job ran."
WORKER_ENDED = "The process that ran this job ended before it was done, perhaps out of memory."
CLUSTER_ENDED = "The connection to the cluster ended before this job was done."
_LOG_LINES = 50
_STAGES = {"reading": "Reading cells.", "training": "Training.", "testing": "Scoring the test subjects."}


@dataclass(frozen=True)
class JobData:
    """Which cells a job works on, so that the same can be opened again.

    Attributes:
        root: Folder of the data set.
        positive: Class folders that count as positive; none where the layout says it.
        origin: Whose subjects these are.
        fingerprint: Of the labelled cells, edits applied.
        edits: Number of cells that reviewers had changed or added.
    """

    root: str
    positive: tuple[str, ...]
    origin: str
    fingerprint: str
    edits: int


@dataclass(frozen=True)
class Part:
    """One of several pieces of a job that are done side by side.

    Attributes:
        title: What it is, for people.
        state: Where it stands.
        event: Its last report, or None.
        problem: Why it failed or was lost, one sentence.
    """

    title: str
    state: State = "queued"
    event: TrainingEvent | None = None
    problem: str = ""

    def fraction(self, epochs: int) -> float:
        """How much of it is over, in [0, 1], if it trains so many epochs at most."""
        if self.state in ENDED:
            return 1.0
        if self.event is None or self.event.stage == "reading":
            return 0.0
        if self.event.stage == "testing":
            return 1.0
        within = self.event.done / self.event.total if self.event.total else 0.0
        return min(1.0, (self.event.epoch - 1 + within) / epochs)


@dataclass(frozen=True, eq=False)
class Job:
    """One job as it stands at the moment of the call.

    Attributes:
        id: Unique id.
        kind: A key of `KINDS`.
        title: What it is, for people.
        state: Where it stands.
        who: Login of the person who asked for it, or "local".
        created: When it was submitted, UTC.
        config: Hyperparameters; None for a comparison, and for the fitting of a scikit-learn model.
        data: The cells it works on; None where they are not known.
        event: Last report of a training, else None.
        done: Steps done of the fitting of a scikit-learn model; files read of a job with several parts, before they
            begin.
        total: Steps of the same.
        text: What the job is doing, if it is not a training.
        parts: The trainings of a cross-validation or a learning curve, the assessments of a comparison; none of a
            training.
        started: `time.time()` at which a worker took it up, or None.
        ended: `time.time()` at which it ended, or None.
        log: Its last lines, the oldest first, each with its time.
        problem: Why it failed or was lost, one sentence.
        result: What it left: `{"model": name}` of a training or fitting, the `plan` of a comparison and whether it was
            `kept` in the history under the job's id, the fields of a `CrossValidation` or `LearningCurve` as far as
            their parts have ended; {} before.
        outcome: Of a training or fitting once it is done, as long as the server that ran it runs.
    """

    id: str
    kind: Kind
    title: str
    state: State = "queued"
    who: str = "local"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    config: TrainingConfig | None = None
    data: JobData | None = None
    event: TrainingEvent | None = None
    done: int = 0
    total: int = 0
    text: str = ""
    parts: tuple[Part, ...] = ()
    started: float | None = None
    ended: float | None = None
    log: tuple[str, ...] = ()
    problem: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    outcome: TrainingOutcome | None = None

    @property
    def elapsed(self) -> float:
        """Seconds that a worker has spent on it."""
        return 0.0 if self.started is None else (self.ended or time.time()) - self.started


def job_data(dataset: CellDataset) -> JobData:
    """What a record keeps of a hashed data set."""
    folders = set(dataset.table["class_name"])
    named = (dataset.positive,) if dataset.positive in folders else tuple(dataset.positive.split(" + "))
    return JobData(
        root=str(dataset.root.resolve()),
        positive=tuple(name for name in named if name in folders),
        origin=dataset.origin,
        fingerprint=dataset.fingerprint() if dataset.hashed else "",
        edits=sum(dataset.edits.get(name, 0) for name in ("added", "relabelled", "excluded")),
    )


def reopened(data: JobData, settings: Settings, progress: Progress) -> CellDataset:
    """The data set of a record, with what reviewers have done to it.

    Raises:
        DataError: If it cannot be opened.
        JobError: If it is gone, or its cells are others by now.
    """
    root = Path(data.root)
    if not root.is_dir():
        raise JobError(f"Expected the folder with the cells of this training. Received: {root}, which is missing.")
    found = open_dataset(root, settings, positive=data.positive, progress=progress)
    found = hashed(found, cache=settings.cache, progress=progress)
    found = reviewed(found, settings)
    if found.fingerprint() != data.fingerprint:
        raise JobError(
            "Expected the cells that this training began with. Received: other ones; files, labels or reviews have "
            "changed since. Start a new training."
        )
    return found


def with_lines(log_lines: tuple[str, ...], *said: str) -> tuple[str, ...]:
    """A log with new lines at its end, each with the time; it keeps its last lines only."""
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return (*log_lines, *(f"{now}  {one}" for one in said))[-_LOG_LINES:]


def saying(job: Job, *said: str, **changes: Any) -> Job:  # noqa: ANN401
    """A job with some fields changed and new lines in its log."""
    return replace(job, log=with_lines(job.log, *said), **changes)


def news(before: TrainingEvent | None, now: TrainingEvent) -> list[str]:
    """What is new in a training's report: its stage, and the epochs that were finished."""
    said = [] if before is not None and before.stage == now.stage else [_STAGES[now.stage]]
    known = len(before.history) if before is not None else 0
    for number, epoch in enumerate(now.history[known:], start=known + 1):
        sides = (("training", ""), ("validation", "val_"))
        said.append(f"Epoch {number}: {'; '.join(_in_words(epoch, side, prefix) for side, prefix in sides)}.")
    return said


def _in_words(epoch: Mapping[str, float], side: str, prefix: str) -> str:
    names = {"loss": "loss", "accuracy": "accuracy", "auroc": "ROC AUC"}
    known = {name: epoch[f"{prefix}{key}"] for key, name in names.items() if f"{prefix}{key}" in epoch}
    return f"{side} cells: {', '.join(f'{name} {value:.3f}' for name, value in known.items())}"


@dataclass(frozen=True, eq=False)
class Ending:
    """How a task of the cluster ended.

    Attributes:
        state: "done", "cancelled", "failed" or "lost".
        outcome: What it returned; None where it did not.
        problem: Why it did not, one sentence.
    """

    state: State
    outcome: Any = None
    problem: str = ""

    @property
    def said(self) -> str:
        """A line for the log."""
        return self.problem or f"{self.state.capitalize()}."


def ending(future: Any) -> Ending:  # noqa: ANN401  # distributed carries no types
    """How a Dask task ended."""
    if future.status == "cancelled":  # not by a user: then its run knows
        return Ending("lost", problem=CLUSTER_ENDED)
    if future.status != "finished":
        return _failure(future.exception())
    try:
        return Ending("done", future.result())
    except Exception as error:  # noqa: BLE001  # a result that cannot be fetched or read is no reason for a ghost
        return _failure(error)


def taken_up(job: Job) -> Job:
    """A job that a worker has spoken of, for the first time or again."""
    state: State = "running" if job.state == "queued" else job.state
    if job.started is not None:
        return replace(job, state=state)
    return saying(job, "A worker took it up.", state=state, started=time.time())


def heard(job: Job, message: Mapping[str, Any]) -> Job:
    """A job of one task after one of its reports."""
    job = taken_up(job)
    if "event" in message:
        event = training_event(message["event"])
        return saying(job, *news(job.event, event), event=event)
    return counted(job, message) if "total" in message else job


def counted(job: Job, message: Mapping[str, Any]) -> Job:
    """A job after a report of steps."""
    said = [message["text"]] if message["text"] != job.text else []
    return saying(job, *said, done=message["done"], total=message["total"], text=message["text"])


def training_event(fields: Mapping[str, Any]) -> TrainingEvent:
    """An event from what a worker has sent of it."""
    return TrainingEvent(**{**fields, **{name: tuple(fields[name]) for name in ("history", "running")}})


def ended(job: Job, how: Ending) -> Job:
    """A job of one task at its end."""
    outcome = how.outcome if isinstance(how.outcome, TrainingOutcome) else None
    result = {} if outcome is None else {"model": outcome.card.name}
    return saying(
        job, how.said, state=how.state, problem=how.problem, outcome=outcome, result=result, ended=time.time()
    )


def broken(job: Job, *, error: Exception) -> Job:
    """A job whose outcome cannot be used."""
    how = _failure(error)
    return saying(job, how.said, state=how.state, problem=how.problem, ended=time.time())


def _failure(error: BaseException | None) -> Ending:
    from distributed import KilledWorker

    if isinstance(error, Cancelled):
        return Ending("cancelled")
    if isinstance(error, KilledWorker):
        return Ending("lost", problem=WORKER_ENDED)
    if isinstance(error, (LeukoscopeError, ValueError, MemoryError)):
        return Ending("failed", problem=str(error) or type(error).__name__)
    return Ending("failed", problem=f"Unexpected error: {type(error).__name__}: {error}")
