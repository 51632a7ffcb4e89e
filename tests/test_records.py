"""Records of jobs, and what becomes of those whose server is gone."""

import math
import os
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from core.data.dataset import CellDataset
from core.database import JobRow, opened
from core.errors import JobError
from core.hyperparameters import TrainingConfig
from core.job import SERVER_ENDED, Job, JobData, Part, job_data, news, with_lines
from core.owner import Owner, this_process
from core.records import JobRecords
from core.training import TrainingEvent

ME = str(this_process())
DATA = JobData("/cells", ("blast",), "cells", "ab" * 32, 3)
EVENT = TrainingEvent(
    "training", 2, 9, 2, ({"loss": 0.5, "val_auroc": 0.75},), 123.5, ({"share": 0.5, "loss": 0.25},), 60.5
)
JOB = Job("1", "training", "first", config=TrainingConfig(epochs=3), data=DATA, event=EVENT, log=("a", "b"))


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


@pytest.fixture
def records(url: str) -> JobRecords:
    return JobRecords(url)


def set_heartbeat(url: str, moment: datetime) -> None:
    with Session(opened(url)) as session, session.begin():
        session.execute(update(JobRow).values(heartbeat=moment))


def state(records: JobRecords, job_id: str = "1") -> str:
    return records.all()[job_id][0].state


def test_a_record_holds_all_that_is_known_of_a_job(records: JobRecords, url: str) -> None:
    job = replace(JOB, state="done", who="me", started=10.25, ended=20.5, problem="none", result={"model": "first"})
    records.add(job, ME)
    found, owner = JobRecords(url).all()["1"]
    assert owner == ME
    assert {**vars(found), "event": None} == {**vars(job), "event": None}
    assert found.event is not None
    assert asdict(found.event) == asdict(EVENT)


def test_a_record_holds_the_progress_of_a_comparison(records: JobRecords) -> None:
    records.add(Job("2", "comparison", "5 models on pixels", done=2, total=5, text="Comparing models"), ME)
    found, _ = records.all()["2"]
    assert (found.kind, found.done, found.total, found.text) == ("comparison", 2, 5, "Comparing models")
    assert (found.config, found.data, found.event) == (None, None, None)


def test_a_record_holds_the_parts_of_a_job_and_how_they_stand(records: JobRecords) -> None:
    parts = (Part("Fold 1", "running", EVENT), Part("Fold 2", "lost", problem="It ended."), Part("Fold 3"))
    job = Job("3", "cross-validation", "5 folds", done=1, total=2, text="Reading cells", parts=parts)
    records.add(job, ME)
    found, _ = records.all()["3"]
    assert (found.kind, found.parts, found.text) == ("cross-validation", parts, "Reading cells")


def test_a_figure_that_is_no_number_stays_none(records: JobRecords) -> None:
    none = ({"loss": math.inf, "val_auroc": math.nan},)
    records.add(replace(JOB, event=replace(EVENT, history=none, running=none)), ME)
    found, _ = records.all()["1"]
    assert found.event is not None
    for curve in (found.event.history, found.event.running):
        assert [math.isnan(value) for value in curve[0].values()] == [True, True]


def test_a_record_from_before_curves_grew_within_an_epoch_is_read(records: JobRecords, url: str) -> None:
    records.add(JOB, ME)
    old = {name: value for name, value in asdict(EVENT).items() if name not in ("running", "seconds_left")}
    with Session(opened(url)) as session, session.begin():
        session.execute(update(JobRow).values(progress={"event": old}))
    found, _ = JobRecords(url).all()["1"]
    assert found.event == replace(EVENT, running=(), seconds_left=0)


def test_the_log_tells_of_stages_and_finished_epochs_in_words() -> None:
    first = {"loss": 0.7, "accuracy": 0.5, "auroc": 0.6, "val_loss": 0.8, "val_accuracy": 0.4, "val_auroc": 0.55}
    before = TrainingEvent("training", 9, 9, 1)
    told = news(before, TrainingEvent("training", 9, 9, 1, (first,)))
    assert told == [
        "Epoch 1: training cells: loss 0.700, accuracy 0.500, ROC AUC 0.600; "
        "validation cells: loss 0.800, accuracy 0.400, ROC AUC 0.550."
    ]
    assert news(None, before) == ["Training."]
    assert news(before, TrainingEvent("training", 9, 9, 1)) == []


def test_hyperparameters_of_another_version_do_not_hide_the_job(records: JobRecords, url: str) -> None:
    records.add(JOB, ME)
    with Session(opened(url)) as session, session.begin():
        session.execute(update(JobRow).values(config={"unheard of": 1}))
    found, _ = JobRecords(url).all()["1"]
    assert (found.title, found.config) == ("first", None)


def test_a_record_that_has_not_changed_is_not_read_again(records: JobRecords) -> None:
    records.add(JOB, ME)
    first, _ = records.all()["1"]
    assert records.all()["1"][0] is first
    records.save(replace(JOB, state="running"), ME)
    assert records.all()["1"][0] is not first
    assert state(records) == "running"


GONE = replace(this_process(), started=this_process().started - 3600)
PARENT = replace(this_process(), pid=os.getppid(), started=psutil.Process(os.getppid()).create_time())
ELSEWHERE = replace(this_process(), place="another machine")


@pytest.mark.parametrize(
    ("owner", "silent", "expected"),
    [
        (GONE, 0, "lost"),
        (PARENT, 3600, "running"),  # it lives, however busy
        (ELSEWHERE, 0, "running"),
        (ELSEWHERE, 3600, "lost"),
    ],
    ids=["gone", "alive", "elsewhere", "elsewhere and silent"],
)
def test_a_job_is_lost_once_its_server_is_gone(
    owner: Owner, silent: int, expected: str, records: JobRecords, url: str
) -> None:
    last_heard = datetime.now(UTC) - timedelta(seconds=silent)
    records.add(replace(JOB, state="running"), str(owner))
    set_heartbeat(url, last_heard)
    records.bury()
    found, _ = records.all()["1"]
    assert found.state == expected
    if expected == "lost":
        assert (found.problem, found.ended) == (SERVER_ENDED, pytest.approx(last_heard.timestamp(), abs=1e-5))
        assert found.log[:2] == ("a", "b")
        assert found.log[2].endswith(f"UTC  {SERVER_ENDED}")


def test_a_job_that_had_ended_is_not_lost_with_its_server(records: JobRecords) -> None:
    records.add(replace(JOB, state="done"), str(GONE))
    records.bury()
    assert state(records) == "done"


def test_an_ended_job_is_taken_up_again_by_one_server_only(records: JobRecords) -> None:
    records.add(replace(JOB, state="lost"), str(GONE))
    first, second = str(this_process()), str(this_process())
    assert records.take(replace(JOB, state="queued"), first)
    assert not records.take(replace(JOB, state="queued"), second)
    assert records.all()["1"][1] == first
    assert not records.save(replace(JOB, state="running"), str(GONE))
    assert state(records) == "queued"


def test_a_wish_to_cancel_outlives_a_report_of_progress(records: JobRecords) -> None:
    records.add(replace(JOB, state="running"), ME)
    assert records.asked_to_cancel(["1"]) == set()
    records.ask_to_cancel("1")
    records.save(replace(JOB, state="running"), ME)
    assert (state(records), records.asked_to_cancel(["1"])) == ("cancelling", {"1"})
    records.save(replace(JOB, state="cancelled"), ME)
    records.ask_to_cancel("1")
    assert (state(records), records.asked_to_cancel(["1"])) == ("cancelled", set())


def test_only_ended_jobs_are_removed(records: JobRecords) -> None:
    records.add(replace(JOB, state="running"), ME)
    records.remove("1")
    assert state(records) == "running"
    records.save(replace(JOB, state="done"), ME)
    records.remove("1")
    assert records.all() == {}


def test_a_database_that_is_gone_is_an_error_in_one_sentence(records: JobRecords, url: str) -> None:
    with opened(url).begin() as connection:
        connection.exec_driver_sql("DROP TABLE jobs")
    reason = r'(no such table: jobs|relation "jobs" does not exist)'
    with pytest.raises(JobError, match=rf"^Expected a database of jobs that answers\. Received: {reason}\.$"):
        records.all()


def test_a_log_keeps_its_last_fifty_lines() -> None:
    lines = with_lines((), *(str(number) for number in range(60)))
    assert [text.split("UTC  ")[1] for text in lines] == [str(number) for number in range(10, 60)]


def test_what_is_kept_of_a_data_set_opens_it_again(drawn: CellDataset) -> None:
    data = job_data(drawn)
    assert (data.root, data.origin, data.edits) == (str(drawn.root.resolve()), drawn.origin, 0)
    assert data.fingerprint == drawn.fingerprint()


@pytest.mark.parametrize(
    ("positive", "expected"),
    [(("blast",), ("blast",)), (("blast", "early"), ("blast", "early")), (("a + b",), ("a + b",))],
)
def test_the_positive_folders_are_kept_by_name(
    positive: tuple[str, ...], expected: tuple[str, ...], drawn: CellDataset
) -> None:
    names = ["blast", "early", "normal", "a + b"] * 18
    dataset = replace(drawn, table=drawn.table.assign(class_name=names), classes=("", "")).with_positive(positive)
    assert job_data(dataset).positive == expected
