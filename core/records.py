"""Records of jobs: rows of the database, which outlive the server that runs them."""

import math
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, insert, select, update
from sqlalchemy.orm import Session

from core.database import JobRow, opened, transaction
from core.hyperparameters import TrainingConfig
from core.job import ENDED, KINDS, SERVER_ENDED, STATES, Job, JobData, Part, State, with_lines
from core.owner import owner
from core.training import TrainingEvent

_SILENCE = timedelta(seconds=20)  # after which a server elsewhere, which should report each second, counts as gone


class JobRecords:
    """The table of jobs, safe to share between threads; each method is one short transaction or raises `JobError`."""

    def __init__(self, url: str) -> None:
        self._engine = opened(url)
        self._read: dict[str, tuple[tuple[str, str, datetime], Job]] = {}

    def _session(self) -> AbstractContextManager[Session]:
        return transaction(self._engine, "jobs")

    def add(self, job: Job, who_runs: str) -> None:
        """Write a new job that this owner runs."""
        with self._session() as session:
            session.execute(insert(JobRow).values(id=job.id, owner=who_runs, **_columns(job)))

    def save(self, job: Job, who_runs: str) -> bool:
        """Write how a job stands; False where another server has taken it over or it was removed."""
        with self._session() as session:
            wanted = update(JobRow).where(JobRow.id == job.id, JobRow.owner == who_runs)
            columns = _columns(job)
            if job.state in ("queued", "running"):  # a wish to cancel that came from elsewhere stays
                columns["state"] = case((JobRow.state == "cancelling", "cancelling"), else_=job.state)
            return _rows(session.execute(wanted.values(**columns))) == 1

    def beat(self, ids: Iterable[str], who_runs: str) -> None:
        """Say that this owner is alive and still runs these jobs."""
        with self._session() as session:
            wanted = update(JobRow).where(JobRow.id.in_(list(ids)), JobRow.owner == who_runs)
            session.execute(wanted.values(heartbeat=datetime.now(UTC)))

    def take(self, job: Job, who_runs: str) -> bool:
        """Start an ended job again under this owner; False where another server was quicker."""
        with self._session() as session:
            wanted = update(JobRow).where(JobRow.id == job.id, JobRow.state.in_(ENDED))
            return _rows(session.execute(wanted.values(owner=who_runs, **_columns(job)))) == 1

    def ask_to_cancel(self, job_id: str) -> None:
        """Leave word for the server that runs a job."""
        with self._session() as session:
            wanted = update(JobRow).where(JobRow.id == job_id, JobRow.state.in_(("queued", "running")))
            session.execute(wanted.values(state="cancelling"))

    def asked_to_cancel(self, ids: Iterable[str]) -> set[str]:
        """Those of these jobs that somebody wants to be cancelled."""
        with self._session() as session:
            wanted = select(JobRow.id).where(JobRow.id.in_(list(ids)), JobRow.state == "cancelling")
            return set(session.scalars(wanted))

    def remove(self, job_id: str) -> None:
        """Delete the record of an ended job."""
        with self._session() as session:
            session.execute(delete(JobRow).where(JobRow.id == job_id, JobRow.state.in_(ENDED)))

    def bury(self) -> None:
        """Mark as lost what a server ran that is gone."""
        alive = JobRow.state.not_in(ENDED)
        with self._session() as session:
            for job_id, who_runs, heartbeat in session.execute(
                select(JobRow.id, JobRow.owner, JobRow.heartbeat).where(alive)
            ).all():
                if _gone(who_runs, heartbeat):
                    found = session.scalars(select(JobRow.log).where(JobRow.id == job_id)).first() or []
                    session.execute(
                        update(JobRow)
                        .where(JobRow.id == job_id, JobRow.owner == who_runs, alive)
                        .values(
                            state="lost",
                            problem=SERVER_ENDED,
                            ended=heartbeat,  # the last that was heard
                            log=list(with_lines(tuple(found), SERVER_ENDED)),
                        )
                    )

    def all(self) -> dict[str, tuple[Job, str]]:
        """Each job with its owner, by id; a row that has not changed since the last call is not read again."""
        with self._session() as session:
            stamps = {
                job_id: (state, who_runs, heartbeat)
                for job_id, state, who_runs, heartbeat in session.execute(
                    select(JobRow.id, JobRow.state, JobRow.owner, JobRow.heartbeat)
                )
            }
            kept = {job_id: found for job_id, found in self._read.items() if stamps.get(job_id) == found[0]}
            changed = [job_id for job_id in stamps if job_id not in kept]
            for start in range(0, len(changed), 500):  # databases limit the number of values
                wanted = select(JobRow).where(JobRow.id.in_(changed[start : start + 500]))
                kept |= {row.id: (stamps[row.id], _job(row)) for row in session.scalars(wanted)}
        self._read = kept
        return {job_id: (job, stamp[1]) for job_id, (stamp, job) in kept.items()}


def _gone(who_runs: str, heartbeat: datetime) -> bool:
    found = owner(who_runs)
    alive = found.alive if found is not None else False
    return not alive if alive is not None else datetime.now(UTC) - heartbeat > _SILENCE


def _rows(result: Any) -> int:  # noqa: ANN401  # SQLAlchemy's types do not say that an update has a count
    return int(result.rowcount)


def _columns(job: Job) -> dict[str, Any]:
    return {
        "kind": job.kind,
        "title": job.title,
        "state": job.state,
        "who": job.who,
        "created": job.created,
        "started": _moment(job.started),
        "ended": _moment(job.ended),
        "config": None if job.config is None else asdict(job.config),
        "data": None if job.data is None else asdict(job.data),
        "progress": _finite(_progress(job)),
        "log": list(job.log),
        "problem": job.problem,
        "result": _finite(dict(job.result)) or None,
        "heartbeat": datetime.now(UTC),
    }


def _progress(job: Job) -> dict[str, Any]:
    if job.event is not None:
        return {"event": asdict(job.event)}
    steps = {"done": job.done, "total": job.total, "text": job.text}
    return {**steps, "parts": [asdict(part) for part in job.parts]} if job.parts else steps


def _job(row: JobRow) -> Job:
    progress = row.progress or {}
    event = progress.get("event")
    return Job(
        id=row.id,
        kind=next((kind for kind in KINDS if kind == row.kind), "comparison"),
        title=row.title,
        state=_state(row.state),
        who=row.who,
        created=row.created,
        config=_config(row.config),
        data=None if row.data is None else JobData(**{**row.data, "positive": tuple(row.data["positive"])}),
        event=None if event is None else _event(event),
        done=progress.get("done", 0),
        total=progress.get("total", 0),
        text=progress.get("text", ""),
        parts=tuple(_part(fields) for fields in progress.get("parts", ())),
        started=None if row.started is None else row.started.timestamp(),
        ended=None if row.ended is None else row.ended.timestamp(),
        log=tuple(row.log),
        problem=row.problem,
        result=row.result or {},
    )


def _state(name: str) -> State:
    return next((state for state in STATES if state == name), "lost")


def _part(fields: dict[str, Any]) -> Part:
    event = fields["event"]
    return Part(fields["title"], _state(fields["state"]), None if event is None else _event(event), fields["problem"])


def _config(fields: dict[str, Any] | None) -> TrainingConfig | None:
    """Hyperparameters as they were; None where another version of LeukoScope knew others."""
    try:
        return None if fields is None else TrainingConfig(**fields)
    except (TypeError, ValueError):
        return None


def _event(fields: dict[str, Any]) -> TrainingEvent | None:
    curves = {
        name: tuple(
            {key: math.nan if value is None else float(value) for key, value in point.items()}
            for point in fields.get(name, ())
        )
        for name in ("history", "running")
    }
    try:
        return TrainingEvent(**{**fields, **curves})
    except TypeError:  # written by another version
        return None


def _finite(value: Any) -> Any:  # noqa: ANN401
    """What JSON can hold: numbers that are none become null."""
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
