"""`Job`: what is known of one training or comparison, for whoever shows or stores it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from core.comparison import Comparison
from core.config import Settings
from core.data.dataset import CellDataset
from core.data.edits import edited, edits_file, log
from core.data.hashing import hashed
from core.data.library import open_dataset
from core.errors import Cancelled, JobError, LeukoscopeError
from core.hyperparameters import TrainingConfig
from core.training import TrainingEvent
from core.types import Progress
from core.worker import TrainingOutcome

State = Literal["queued", "running", "cancelling", "cancelled", "done", "failed", "lost"]
STATES: tuple[State, ...] = get_args(State)
ENDED: tuple[State, ...] = ("cancelled", "done", "failed", "lost")
SERVER_ENDED = "The server ended while this job ran."
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
        edits: Number of cells that reviewers had changed.
    """

    root: str
    positive: tuple[str, ...]
    origin: str
    fingerprint: str
    edits: int


@dataclass(frozen=True, eq=False)
class Job:
    """One job as it stands at the moment of the call.

    Attributes:
        id: Unique id.
        kind: "training" or "comparison".
        title: What it is, for people.
        state: Where it stands.
        who: Login of the person who asked for it, or "local".
        created: When it was submitted, UTC.
        config: Hyperparameters of a training, else None.
        data: The cells it works on; None where they are not known.
        event: Last report of a training, else None.
        done: Steps done of a comparison.
        total: Steps of a comparison.
        text: What a comparison is doing.
        started: `time.time()` at which a worker took it up, or None.
        ended: `time.time()` at which it ended, or None.
        log: Its last lines, the oldest first, each with its time.
        problem: Why it failed or was lost, one sentence.
        result: What it left: `{"model": name}` of a training, `{"table": rows}` of a comparison; {} before.
        outcome: `TrainingOutcome` or `Comparison` once it is done, as long as the server that ran it runs.
    """

    id: str
    kind: Literal["training", "comparison"]
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
    started: float | None = None
    ended: float | None = None
    log: tuple[str, ...] = ()
    problem: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    outcome: TrainingOutcome | Comparison | None = None

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
        edits=sum(dataset.edits.values()),
    )


def reopened(data: JobData, settings: Settings, progress: Progress) -> CellDataset:
    """The data set of a record, edits applied.

    Raises:
        DataError: If it cannot be opened.
        JobError: If it is gone, or its cells are others by now.
    """
    root = Path(data.root)
    if not root.is_dir():
        raise JobError(f"Expected the folder with the cells of this training. Received: {root}, which is missing.")
    found = open_dataset(root, settings, positive=data.positive, progress=progress)
    found = hashed(found, cache=settings.cache, progress=progress)
    found = edited(found, log(edits_file(settings, found.root)))
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


def news(before: TrainingEvent | None, now: TrainingEvent) -> list[str]:
    """What is new in a training's report: its stage, and the epochs that were finished."""
    said = [] if before is not None and before.stage == now.stage else [_STAGES[now.stage]]
    known = len(before.history) if before is not None else 0
    for number, epoch in enumerate(now.history[known:], start=known + 1):
        figures = ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in epoch.items())
        said.append(f"Epoch {number}: {figures}.")
    return said


def ending(future: Any) -> dict[str, Any]:  # noqa: ANN401  # distributed carries no types
    """What the end of its Dask task means for a job: its new state, and its outcome or problem."""
    if future.status == "cancelled":  # not by a user: then the job has ended already, or ends in `Cancelled`
        return {"state": "lost", "problem": "The connection to the cluster ended before this job was done."}
    if future.status != "finished":
        return _failure(future.exception())
    try:
        return _success(future.result())
    except Exception as error:  # noqa: BLE001  # a result that cannot be fetched or read is no reason for a ghost
        return _failure(error)


def _success(outcome: TrainingOutcome | Comparison) -> dict[str, Any]:
    if isinstance(outcome, TrainingOutcome):
        return {"state": "done", "outcome": outcome, "result": {"model": outcome.card.name}}
    if isinstance(outcome, Comparison):
        return {"state": "done", "outcome": outcome, "result": _in_short(outcome)}
    return {"state": "done"}


def _in_short(comparison: Comparison) -> dict[str, Any]:
    """What a record keeps of a comparison: its table and what the rows have in common, without each cell's score."""
    return {
        "table": comparison.table().to_dict(orient="records"),
        "features": comparison.features,
        "origin": comparison.origin,
        "split_by": comparison.split_by,
        "cells": dict(comparison.cells),
        "subjects": dict(comparison.subjects),
        "edits": dict(comparison.edits),
    }


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
