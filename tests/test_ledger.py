"""The ledger: jobs of this server in memory and on record, those of others as the database has them."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.errors import JobError
from core.job import Job, saying
from core.ledger import Ledger

JOB = Job("1", "training", "first")
LIMIT = 60.0  # seconds; far more than anything here takes


def ledger(url: str, stopped: list[str] | None = None) -> Ledger:
    return Ledger(url, stop=(stopped if stopped is not None else []).append)


def wait_for(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def ended(job: Job) -> Job:
    return saying(job, "Done.", state="done")


def test_a_change_is_seen_here_at_once_and_by_other_servers(database_url: str) -> None:
    mine, other = ledger(database_url), ledger(database_url)
    mine.add(JOB)
    changed = mine.change("1", lambda job: replace(job, state="running"), at_once=True)
    assert changed is not None
    assert mine.job("1").state == other.job("1").state == "running"
    mine.change("1", lambda job: saying(job, "An epoch."))
    wait_for(lambda: bool(other.job("1").log))
    mine.close(ended)
    wait_for(lambda: other.job("1").state == "done")


def test_a_job_that_has_ended_is_not_changed_any_more(database_url: str) -> None:
    mine = ledger(database_url)
    mine.add(JOB)
    mine.change("1", ended, at_once=True)
    assert mine.change("1", lambda job: replace(job, state="running")) is None
    assert mine.change("unknown", ended) is None
    assert mine.job("1").state == "done"
    mine.close(ended)


def test_a_wish_to_cancel_reaches_the_server_that_runs_the_job(database_url: str) -> None:
    stopped: list[str] = []
    mine, other = ledger(database_url, stopped), ledger(database_url)
    mine.add(JOB)
    assert not mine.cancel_elsewhere("1")
    assert other.cancel_elsewhere("1")
    wait_for(lambda: "1" in stopped)
    mine.close(ended)


def test_an_ended_job_is_taken_once(database_url: str) -> None:
    mine, other = ledger(database_url), ledger(database_url)
    mine.add(JOB)
    assert not other.take(JOB)
    mine.change("1", ended, at_once=True)
    assert other.take(JOB)
    assert not mine.take(JOB)
    wait_for(lambda: mine.job("1").state == "queued")
    for one in (mine, other):
        one.close(ended)


def test_only_an_ended_job_can_be_removed(database_url: str) -> None:
    mine = ledger(database_url)
    mine.add(JOB)
    with pytest.raises(JobError, match=r"^Expected a job that has ended\. Received: first, queued\.$"):
        mine.remove("1")
    mine.close(ended)
    mine.remove("1")
    assert mine.jobs() == []
