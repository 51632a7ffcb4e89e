"""Jobs on a real Dask cluster of two local processes."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
from distributed.system import MEMORY_LIMIT

from core import cluster, store
from core.compare import carry_out
from core.comparison import CLASSICAL
from core.config import PROJECT_ROOT, Settings, settings
from core.cross_validation import CrossValidation
from core.data.dataset import CellDataset
from core.data.demo import write_demo
from core.data.hashing import hashed
from core.data.index import index
from core.errors import JobError, SplitImpossible
from core.history import History
from core.hyperparameters import TrainingConfig
from core.job import SERVER_ENDED, WORKER_ENDED, Part, job_data
from core.jobs import ENDED, Job, JobEngine
from core.learning_curve import LearningCurve
from core.protocol import Plan
from core.records import JobRecords
from core.series import Work
from core.training import TrainingResult
from core.trial import FILE, Trial, TrialOutcome
from core.worker import Line, TrainingOutcome

SHORT = TrainingConfig(epochs=1, image_size=48, batch_size=16)
ENDLESS = replace(SHORT, epochs=1000, patience=1000)
QUICK = Plan(("SVC",), "pixels")
LIMIT = 180.0  # seconds; far more than anything here takes


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a model store of this module's own and a local cluster."""
    folder = tmp_path_factory.mktemp("jobs")
    return Settings(home=folder / "workspace", models=folder / "models", dask=None)


@pytest.fixture(scope="module")
def engine(place: Settings) -> Iterator[JobEngine]:
    engine = JobEngine(place)
    yield engine
    engine.close()
    assert multiprocessing.active_children() == []


def wait_until(engine: JobEngine, job_id: str, condition: Callable[[Job], bool]) -> Job:
    """The job as soon as the condition holds."""
    limit = time.monotonic() + LIMIT
    while not condition(engine.job(job_id)):
        job = engine.job(job_id)
        assert time.monotonic() < limit, f"waited too long: {job}"
        assert job.state not in ENDED, f"ended before: {job}"
        time.sleep(0.02)
    return engine.job(job_id)


def wait_until_gone(folder: Path) -> None:
    """Return once a folder is deleted, which happens after its job has ended."""
    limit = time.monotonic() + LIMIT
    while folder.exists():
        assert time.monotonic() < limit
        time.sleep(0.02)


def trains(job: Job) -> bool:
    return job.event is not None and job.event.stage == "training"


def has_finished_an_epoch(job: Job) -> bool:
    return job.event is not None and len(job.event.history) > 0


def kill_the_worker_of(engine: JobEngine) -> None:
    client = engine._client
    (worker,) = (address for address, tasks in client.processing().items() if tasks)
    os.kill(client.run(os.getpid)[worker], signal.SIGKILL)


def eats_all_memory(line: Line) -> int:
    """Runs on a worker that is allowed less than this."""
    kept = []
    for number in range(400):
        kept.append(np.full(2**24, number, dtype=np.uint8))
        time.sleep(0.02)
    return len(kept)


def what_is_kept(job: Job) -> tuple[Any, ...]:
    """All of a job but the outcome, which is for those who were there; times to the microsecond."""
    kept = [getattr(job, field.name) for field in fields(Job) if field.name not in ("event", "outcome")]
    whole = [datetime.fromtimestamp(value, UTC) if isinstance(value, float) else value for value in kept]
    return (*whole, None if job.event is None else job.event.history)


def tasks_under_way(dask_worker: Any) -> int:
    """Runs on a worker: how many tasks its threads are busy with."""
    return len(dask_worker.state.all_running_tasks)


def cells_that_vanish(folder: Path) -> CellDataset:
    """Cells that no test has read before, so that none of them is in the pixel cache."""
    root = write_demo(folder, cells=36, subjects=12, seed=1)
    dataset = hashed(index(root), cache=folder)
    shutil.rmtree(root)
    return dataset


def test_a_training_runs_to_its_end_and_stores_the_model(
    engine: JobEngine, place: Settings, drawn: CellDataset
) -> None:
    before = time.time()
    job_id = engine.submit_training(drawn, SHORT, name="first")
    seen = {engine.job(job_id).state}
    wait_until(engine, job_id, lambda job: bool(seen.add(job.state)) or trains(job))
    job = engine.wait(job_id, LIMIT)
    assert seen == {"queued", "running"}
    assert (job.state, job.problem, job.kind, job.title, job.config) == ("done", "", "training", "first", SHORT)
    assert job.started is not None
    assert job.ended is not None
    assert before <= job.started <= job.ended <= time.time()
    assert job.elapsed == job.ended - job.started
    assert job.event is not None
    assert isinstance(job.outcome, TrainingOutcome)
    assert job.outcome.card == store.card(place.models, "first")
    assert job.outcome.card.test == job.outcome.report.figures()
    assert job.event.history == job.outcome.card.history
    assert store.load(place.models, "first").card.name == "first"


def test_a_name_that_is_taken_is_refused_and_the_stored_model_kept(
    engine: JobEngine, place: Settings, drawn: CellDataset, trained: TrainingResult
) -> None:
    store.save(replace(trained.classifier, card=replace(trained.classifier.card, name="taken")), place.models)
    before = (place.models / "taken" / "card.json").read_text()
    listed = engine.jobs()
    with pytest.raises(JobError, match=r"^Expected a new model name\. Received: taken, which exists already\.$"):
        engine.submit_training(drawn, SHORT, name="taken")
    assert engine.jobs() == listed
    assert (place.models / "taken" / "card.json").read_text() == before


def test_a_name_that_is_being_trained_is_refused(engine: JobEngine, drawn: CellDataset) -> None:
    job_id = engine.submit_training(drawn, ENDLESS, name="twice")
    with pytest.raises(JobError, match="Received: twice, which is being trained"):
        engine.submit_training(drawn, SHORT, name="twice")
    engine.cancel(job_id)
    assert engine.wait(job_id, LIMIT).state == "cancelled"


@pytest.mark.parametrize(
    ("changes", "name", "reason"),
    [
        ({"architecture": "resnet"}, "wrong", r"Received: resnet\.$"),
        ({"image_size": 40}, "small", r"Expected images of at least 48 pixels for leuko-net\. Received: 40\.$"),
        ({"pretrained": True}, "weights", r"Received: leuko-net, which has none\.$"),
        ({}, "../up", "Expected a model name of 1 to 64"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_it_is_queued(
    changes: dict[str, Any], name: str, reason: str, engine: JobEngine, drawn: CellDataset
) -> None:
    listed = engine.jobs()
    with pytest.raises(ValueError, match=reason):
        engine.submit_training(drawn, replace(SHORT, **changes), name=name)
    assert engine.jobs() == listed


def test_a_comparison_runs_to_its_end_and_is_kept(engine: JobEngine, place: Settings, drawn: CellDataset) -> None:
    plan = Plan(("SVC", "RidgeClassifier"), "grayscale")
    job_id = engine.submit_comparison(drawn, plan, who="me")
    job = engine.wait(job_id, LIMIT)
    assert (job.state, job.problem, job.kind) == ("done", "", "comparison")
    assert job.title == "2 models on grayscale pixels, 64 x 64, one split"
    assert [(part.title, part.state) for part in job.parts] == [
        ("SVC", "done"),
        ("RidgeClassifier", "done"),
        ("majority", "done"),
        ("area only", "done"),
    ]
    kept = History(place.database)
    (entry,) = (entry for entry in kept.all() if entry.id == job_id)
    assert (entry.title, entry.who, entry.created) == (job.title, "me", job.created)
    found = kept.read(job_id)
    here = carry_out(drawn, plan, cache=place.cache, store_folder=place.models)
    times = ["fit_seconds", "predict_seconds"]
    pd.testing.assert_frame_equal(found.table().drop(columns=times), here.table().drop(columns=times))
    assert Plan.read(job.result["plan"]) == plan
    assert not engine.can_resume(job)
    wait_until_gone(place.checkpoints / job_id)


@pytest.mark.slow
def test_a_cancelled_comparison_keeps_what_is_done_and_is_resumed(
    engine: JobEngine, place: Settings, drawn: CellDataset
) -> None:
    plan = Plan(CLASSICAL, "all", "random", folds=4)
    job_id = engine.submit_comparison(drawn, plan)
    wait_until(engine, job_id, lambda job: any(part.state == "done" for part in job.parts))
    engine.cancel(job_id)
    job = engine.wait(job_id, LIMIT)
    assert (job.state, job.problem) == ("cancelled", "")
    assert {part.state for part in job.parts} == {"cancelled", "done"}
    kept = History(place.database)
    partial = kept.read(job_id)
    assert len(partial.assessments) == sum(part.state == "done" for part in job.parts)
    assert "Cancelled before it was tested." in partial.table()["problem"].tolist()
    assert engine.can_resume(job)
    engine.resume(job_id)
    job = engine.wait(job_id, LIMIT)
    assert (job.state, len(job.parts)) == ("done", 2 * 4 * (len(CLASSICAL) + 2))
    whole = kept.read(job_id)
    assert len(whole.assessments) == len(job.parts)
    before = {(each.model, each.fold, each.random): each.fit_seconds for each in partial.assessments}
    after = {(each.model, each.fold, each.random): each.fit_seconds for each in whole.assessments}
    assert before.items() <= after.items()  # what was finished was not done again


def test_a_classical_model_is_fitted_and_stored(engine: JobEngine, place: Settings, drawn: CellDataset) -> None:
    job_id = engine.submit_fitting(drawn, QUICK, "RidgeClassifier", name="ridge")
    with pytest.raises(JobError, match="Received: ridge, which is being trained"):
        engine.submit_training(drawn, SHORT, name="ridge")
    job = engine.wait(job_id, LIMIT)
    assert job.problem == ""
    assert (job.state, job.kind, job.result) == ("done", "fitting", {"model": "ridge"})
    card = store.card(place.models, "ridge")
    assert isinstance(job.outcome, TrainingOutcome)
    assert job.outcome.card == card
    row = carry_out(drawn, Plan(("RidgeClassifier",), "pixels"), cache=place.cache, store_folder=place.models).row(
        "RidgeClassifier"
    )
    assert card.test["roc_auc"] == pytest.approx(row.figures["roc_auc"])
    assert not engine.can_resume(job)


def test_a_running_training_is_cancelled_and_stores_nothing(
    engine: JobEngine, place: Settings, drawn: CellDataset
) -> None:
    job_id = engine.submit_training(drawn, ENDLESS, name="cancelled")
    wait_until(engine, job_id, trains)
    engine.cancel(job_id)
    assert engine.job(job_id).state in ("cancelling", "cancelled")
    job = engine.wait(job_id, LIMIT)
    assert (job.state, job.problem, job.outcome) == ("cancelled", "", None)
    assert job.ended is not None
    assert not (place.models / "cancelled").exists()
    engine.cancel(job_id)
    assert engine.job(job_id) == job


def test_a_queued_job_is_cancelled_at_once_and_never_runs(
    engine: JobEngine, place: Settings, drawn: CellDataset
) -> None:
    running = [engine.submit_training(drawn, ENDLESS, name=name) for name in ("one", "two")]
    for job_id in running:
        wait_until(engine, job_id, trains)
    queued = engine.submit_training(drawn, SHORT, name="queued")
    assert engine.job(queued).state == "queued"
    engine.cancel(queued)
    job = engine.job(queued)
    assert (job.state, job.started, job.elapsed) == ("cancelled", None, 0)
    for job_id in running:
        engine.cancel(job_id)
    assert {engine.wait(job_id, LIMIT).state for job_id in running} == {"cancelled"}
    assert engine.wait(engine.submit_comparison(drawn, QUICK), LIMIT).state == "done"
    assert engine.job(queued) == job
    assert not (place.models / "queued").exists()


def test_a_job_that_is_cancelled_just_as_a_worker_takes_it_up_leaves_the_worker_free(
    engine: JobEngine, drawn: CellDataset
) -> None:
    submitted = [engine.submit_training(drawn, ENDLESS, name=f"brief-{number}") for number in range(4)]
    for job_id in submitted:
        engine.cancel(job_id)
    assert {engine.wait(job_id, LIMIT).state for job_id in submitted} == {"cancelled"}
    limit = time.monotonic() + LIMIT
    while any(engine._client.run(tasks_under_way).values()):
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_a_job_that_fails_says_why_in_one_sentence(engine: JobEngine, drawn: CellDataset, tmp_path: Path) -> None:
    vanished = cells_that_vanish(tmp_path)
    training = engine.submit_training(vanished, SHORT, name="vanished")
    comparison = engine.submit_comparison(vanished, QUICK)
    found = {name: engine.wait(name, LIMIT) for name in (training, comparison)}
    assert {job.state for job in found.values()} == {"failed"}
    assert {job.outcome for job in found.values()} == {None}
    assert "UID_" in found[training].problem
    assert "No such file or directory" in found[training].problem
    assert "No such file or directory" in found[comparison].problem
    with pytest.raises(ValueError, match=r"Received: KNN\.$"):
        engine.submit_comparison(drawn, Plan(("KNN",)))
    assert not any("\n" in job.problem for job in found.values())


def test_a_killed_worker_loses_its_job_and_the_next_job_runs(
    engine: JobEngine, place: Settings, drawn: CellDataset
) -> None:
    job_id = engine.submit_training(drawn, ENDLESS, name="killed")
    wait_until(engine, job_id, trains)
    kill_the_worker_of(engine)
    job = engine.wait(job_id, LIMIT)
    assert (job.state, job.problem) == ("lost", WORKER_ENDED)
    assert job.log[-1].endswith(WORKER_ENDED)
    assert not (place.models / "killed").exists()
    following = [engine.submit_comparison(drawn, QUICK) for _ in range(2)]
    assert {engine.wait(next_id, LIMIT).state for next_id in following} == {"done"}


@pytest.mark.slow
def test_a_training_whose_worker_was_killed_is_resumed_from_its_last_epoch(
    engine: JobEngine, place: Settings, drawn: CellDataset
) -> None:
    job_id = engine.submit_training(drawn, ENDLESS, name="resumed")
    wait_until(engine, job_id, has_finished_an_epoch)
    kill_the_worker_of(engine)
    lost = engine.wait(job_id, LIMIT)
    assert (lost.state, engine.can_resume(lost)) == ("lost", True)
    assert engine.resume(job_id) == job_id
    assert (engine.job(job_id).problem, engine.job(job_id).event) == ("", None)
    job = wait_until(engine, job_id, trains)
    assert job.event is not None
    assert job.event.epoch > 1
    with pytest.raises(JobError, match=r"^Expected an unfinished job that has left something\. Received: resumed, "):
        engine.resume(job_id)
    engine.cancel(job_id)
    cancelled = engine.wait(job_id, LIMIT)
    assert (cancelled.state, cancelled.problem, engine.can_resume(cancelled)) == ("cancelled", "", True)
    engine.remove(job_id)
    assert not (place.checkpoints / job_id).exists()
    with pytest.raises(JobError, match=f"Received: {job_id}, which this server does not know"):
        engine.job(job_id)


def test_a_training_is_not_resumed_with_other_cells(
    engine: JobEngine, drawn_folder: Path, tmp_path: Path, place: Settings
) -> None:
    copy = tmp_path / drawn_folder.name
    shutil.copytree(drawn_folder, copy)
    dataset = hashed(index(copy), cache=place.cache)
    job_id = engine.submit_training(dataset, ENDLESS, name="changed")
    wait_until(engine, job_id, has_finished_an_epoch)
    engine.cancel(job_id)
    engine.wait(job_id, LIMIT)
    before = engine.job(job_id)
    (copy / dataset.labelled["path"].iloc[0]).unlink()
    with pytest.raises(JobError, match=r"^Expected the cells that this training began with\. Received: other ones"):
        engine.resume(job_id)
    shutil.rmtree(copy)
    with pytest.raises(JobError, match=f"^Expected the folder .* Received: {copy}, which is missing"):
        engine.resume(job_id)
    assert engine.job(job_id) == before


def test_a_training_that_is_done_leaves_no_checkpoint_and_is_not_resumed(
    engine: JobEngine, place: Settings, drawn: CellDataset
) -> None:
    job_id = engine.submit_training(drawn, SHORT, name="whole")
    done = engine.wait(job_id, LIMIT)
    assert (done.state, done.result) == ("done", {"model": "whole"})
    told = [text.split("UTC  ")[1].split(":")[0] for text in done.log]
    short = ("Reading cells.", "Training.", "Scoring the test subjects.")  # a stage may be over before it is told
    assert [text for text in told if text not in short] == ["Queued.", "A worker took it up.", "Epoch 1", "Done."]
    with pytest.raises(JobError, match="Received: whole, done"):
        engine.resume(job_id)
    wait_until_gone(place.checkpoints / job_id)


def test_the_next_server_finds_all_jobs_on_record(engine: JobEngine, place: Settings, drawn: CellDataset) -> None:
    job_id = engine.submit_comparison(drawn, QUICK)
    engine.wait(job_id, LIMIT)
    there = JobEngine(place)
    assert [what_is_kept(job) for job in there.jobs()] == [what_is_kept(job) for job in engine.jobs()]
    found = there.job(job_id)
    assert (found.data, Plan.read(found.result["plan"])) == (job_data(drawn), QUICK)


def test_a_job_is_watched_and_cancelled_from_another_server(
    engine: JobEngine, place: Settings, drawn: CellDataset
) -> None:
    job_id = engine.submit_training(drawn, ENDLESS, name="watched")
    wait_until(engine, job_id, trains)
    other = JobEngine(place)
    assert other.job(job_id).state in ("queued", "running")
    with pytest.raises(JobError, match="Received: watched, which is being trained"):
        other.submit_training(drawn, SHORT, name="watched")
    with pytest.raises(JobError, match=r"^Expected a job that has ended"):
        other.remove(job_id)
    wait_until(other, job_id, has_finished_an_epoch)
    other.cancel(job_id)
    assert engine.wait(job_id, LIMIT).state == "cancelled"
    assert other.wait(job_id, LIMIT).state == "cancelled"
    other.remove(job_id)
    limit = time.monotonic() + LIMIT
    while any(job.id == job_id for job in engine.jobs()):
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.mark.slow
def test_a_worker_out_of_memory_takes_nothing_with_it(
    place: Settings, drawn: CellDataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cluster, "_MEMORY_SHARE", 1.5 * 2**30 / MEMORY_LIMIT)
    engine = JobEngine(replace(place, home=tmp_path))
    try:
        beside = engine.submit_training(drawn, ENDLESS, name="beside")
        wait_until(engine, beside, trains)
        hungry = engine._submit(Job("hungry", "comparison", "hungry"), Work(eats_all_memory))
        job = engine.wait(hungry, LIMIT)
        assert (job.state, job.problem) == ("lost", WORKER_ENDED)
        assert engine.job(beside).state == "running"
        engine.cancel(beside)
        assert engine.wait(beside, LIMIT).state == "cancelled"
    finally:
        engine.close()


@pytest.mark.slow
def test_jobs_are_listed_newest_first_and_by_kind(place: Settings, engine: JobEngine, drawn: CellDataset) -> None:
    first = engine.submit_comparison(drawn, QUICK)
    second = engine.submit_comparison(drawn, Plan(()))
    training = engine.submit_training(drawn, SHORT, name="newest")
    assert [job.id for job in engine.jobs()][:3] == [training, second, first]
    assert [job.id for job in engine.jobs("comparison")][:2] == [second, first]
    assert engine.jobs("training")[0].id == training
    for job_id in (first, second, training):
        assert engine.wait(job_id, LIMIT).state in ENDED


def folds_of(job: Job) -> CrossValidation:
    """As a page reads it from the record."""
    return CrossValidation.read(job.result)


def test_a_cross_validation_tests_each_person_once_and_stores_no_model(
    engine: JobEngine, place: Settings, drawn: CellDataset
) -> None:
    before = store.models(place.models)
    job_id = engine.submit_cross_validation(drawn, SHORT, folds=3, title="mine")
    assert [part.title for part in engine.job(job_id).parts] == ["Fold 1", "Fold 2", "Fold 3"]
    job = engine.wait(job_id, LIMIT)
    assert (job.kind, job.title, job.state, job.problem) == ("cross-validation", "mine", "done", "")
    assert [part.state for part in job.parts] == ["done"] * 3
    found = folds_of(job)
    assert found.stamps == ("drawn cells",)
    assert sorted(found.by_subject()["subject"]) == sorted(set(drawn.labelled["subject"]))
    assert sum(fold.cells["test"] for fold in found.tested) == len(drawn.labelled)
    assert store.models(place.models) == before
    wait_until_gone(place.checkpoints / job_id)
    assert not engine.can_resume(job)
    stored = JobEngine(place).job(job_id)
    assert folds_of(stored) == found
    assert [part.state for part in stored.parts] == ["done"] * 3
    assert [one.id for one in engine.jobs("cross-validation", "learning curve")] == [job_id]


def test_a_cross_validation_that_cannot_be_is_refused_before_it_is_queued(
    engine: JobEngine, drawn: CellDataset
) -> None:
    listed = engine.jobs()
    for config, folds, reason in (
        (SHORT, 9, "one for each of 9 folds"),
        (replace(SHORT, image_size=40), 3, "at least 48 pixels"),
        (replace(SHORT, start_from="first"), 3, "has seen some of them"),
    ):
        with pytest.raises((ValueError, SplitImpossible), match=reason):
            engine.submit_cross_validation(drawn, config, folds=folds)
    assert engine.jobs() == listed


@pytest.mark.slow
def test_a_cancelled_cross_validation_keeps_its_folds_and_resumes_with_the_others(
    engine: JobEngine, place: Settings, drawn: CellDataset
) -> None:
    job_id = engine.submit_cross_validation(drawn, SHORT, folds=5)
    wait_until(engine, job_id, lambda job: any(part.state == "done" for part in job.parts))
    engine.cancel(job_id)
    cancelled = engine.wait(job_id, LIMIT)
    kept = [number for number, part in enumerate(cancelled.parts) if part.state == "done"]
    assert cancelled.state == "cancelled"
    assert 0 < len(kept) < 5
    found = folds_of(cancelled)
    assert found.stamps == ("drawn cells", f"{len(kept)} of 5 folds")
    assert engine.can_resume(JobEngine(place).job(job_id))
    engine.resume(job_id)
    job = engine.wait(job_id, LIMIT)
    assert (job.state, [part.state for part in job.parts]) == ("done", ["done"] * 5)
    assert [number for number, part in enumerate(job.parts) if part.event is None] == kept  # not trained again
    assert [fold for fold in folds_of(job).folds if fold in found.folds] == list(found.folds)
    assert len(folds_of(job).tested) == 5
    wait_until_gone(place.checkpoints / job_id)


@pytest.mark.slow
def test_a_killed_worker_loses_one_fold_alone_and_it_can_be_made_up_for(engine: JobEngine, drawn: CellDataset) -> None:
    job_id = engine.submit_cross_validation(drawn, replace(SHORT, epochs=30, patience=1000), folds=4)
    job = wait_until(engine, job_id, lambda job: any(part.event is not None for part in job.parts))
    lost = next(number for number, part in enumerate(job.parts) if part.event is not None)
    wait_until(engine, job_id, lambda job: (event := job.parts[lost].event) is not None and event.stage == "training")
    client = engine._client
    (worker,) = (
        address for address, keys in client.processing().items() if any(key.endswith(f"-{lost}-1") for key in keys)
    )
    os.kill(client.run(os.getpid)[worker], signal.SIGKILL)
    job = engine.wait(job_id, LIMIT)
    assert job.state == "done"
    expected = ["lost" if number == lost else "done" for number in range(4)]
    assert [part.state for part in job.parts] == expected
    (failed,) = folds_of(job).failed
    assert (failed.title, failed.problem) == (f"Fold {lost + 1}", WORKER_ENDED)
    assert folds_of(job).stamps == ("drawn cells", "3 of 4 folds")
    assert engine.can_resume(job)
    engine.resume(job_id)
    job = engine.wait(job_id, LIMIT)
    assert [part.state for part in job.parts] == ["done"] * 4
    assert (folds_of(job).failed, len(folds_of(job).tested)) == ((), 4)


@pytest.mark.slow
def test_a_learning_curve_tests_the_same_subjects_at_each_point(engine: JobEngine, drawn: CellDataset) -> None:
    job_id = engine.submit_learning_curve(drawn, SHORT, shares=(0.5, 1.0))
    job = engine.wait(job_id, LIMIT)
    assert (job.state, job.title) == ("done", "LeukoNet")
    found = LearningCurve.read(job.result)
    assert [level.share for level in found.levels] == [0.5, 1.0]
    assert len({fold.subjects["test"] for fold in found.tested}) == 1
    assert found.levels[0].subjects < found.levels[1].subjects
    assert found.gain is not None


def test_the_folds_of_a_closed_server_are_kept(place: Settings, drawn: CellDataset, tmp_path: Path) -> None:
    engine = JobEngine(replace(place, home=tmp_path))
    job_id = engine.submit_cross_validation(drawn, ENDLESS, folds=3)
    wait_until(engine, job_id, lambda job: job.state == "running")
    engine.close()
    found = JobEngine(replace(place, home=tmp_path)).job(job_id)
    assert (found.state, found.problem) == ("lost", SERVER_ENDED)
    assert folds_of(found).stamps == ("drawn cells", "0 of 3 folds")
    assert engine.can_resume(found)


def test_folds_that_were_all_finished_when_the_server_ended_are_put_together_without_a_cluster(
    place: Settings, drawn: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = replace(place, home=tmp_path)
    parts = tuple(Part(f"Fold {number}", "running") for number in (1, 2, 3))
    asked = {"count": 3}
    job = Job(
        "cut", "cross-validation", "cut off", "lost", config=SHORT, data=job_data(drawn), parts=parts, result=asked
    )
    JobRecords(here.database).add(job, "nobody")
    for number, part in enumerate(parts):
        folder = here.checkpoints / "cut" / str(number)
        folder.mkdir(parents=True)
        (folder / FILE).write_text(TrialOutcome(Trial(part.title, test={"roc_auc": 0.5})).to_json())
    engine = JobEngine(here)
    monkeypatch.setattr(engine, "_connected", lambda: None)
    engine.resume("cut")
    found = engine.job("cut")
    assert (found.state, [part.state for part in found.parts]) == ("done", ["done"] * 3)
    assert [fold.title for fold in folds_of(found).tested] == ["Fold 1", "Fold 2", "Fold 3"]
    assert not (here.checkpoints / "cut").exists()
    engine.close()


def test_waiting_returns_the_job_as_it_stands_when_the_time_is_over(engine: JobEngine, drawn: CellDataset) -> None:
    job_id = engine.submit_training(drawn, ENDLESS, name="waiting")
    assert engine.wait(job_id, 0.01).state not in ENDED
    engine.cancel(job_id)
    assert engine.wait(job_id, LIMIT).state == "cancelled"


def test_an_unknown_job_is_an_error_that_names_it() -> None:
    engine = JobEngine(settings())
    for call in (engine.job, engine.cancel):
        with pytest.raises(JobError, match=r"^Expected the id of a job\. Received: 123, which this server"):
            call("123")
    assert engine.jobs() == []


def test_two_engines_stand_side_by_side_and_keep_their_files_in_the_workspace(
    engine: JobEngine, place: Settings, drawn: CellDataset, tmp_path: Path
) -> None:
    other = JobEngine(replace(place, home=tmp_path / "other"))
    try:
        submitted = {one: one.submit_comparison(drawn, QUICK) for one in (engine, other)}
        assert {one.wait(job_id, LIMIT).state for one, job_id in submitted.items()} == {"done"}
        for home in (place.home, tmp_path / "other"):
            assert (home / "cache" / "dask").is_dir()
    finally:
        other.close()


def test_an_engine_starts_no_process_before_its_first_job(place: Settings) -> None:
    before = multiprocessing.active_children()
    engine = JobEngine(place)
    engine.close()
    assert multiprocessing.active_children() == before


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1:1", "nonsense", "wat://127.0.0.1:1"])
def test_a_cluster_that_does_not_answer_is_an_error_that_names_it(
    address: str, place: Settings, drawn: CellDataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE_SECONDS", 0.2)
    engine = JobEngine(replace(place, home=tmp_path, dask=address))
    with pytest.raises(JobError, match=f"^Expected a Dask cluster {address}. Received: no answer"):
        engine.submit_training(drawn, SHORT, name="nowhere")
    assert engine.jobs() == []
    engine.close()


def test_a_cluster_elsewhere_runs_jobs_and_outlives_the_engine(place: Settings, drawn: CellDataset) -> None:
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0") as elsewhere:
        engine = JobEngine(replace(place, dask=elsewhere.scheduler_address))
        job = engine.wait(engine.submit_comparison(drawn, QUICK), LIMIT)
        engine.close()
        assert job.state == "done"
        assert job.result["kept"]
        with Client(elsewhere, set_as_default=False) as client:
            assert client.submit(sum, (1, 2)).result(LIMIT) == 3


@pytest.mark.slow
def test_a_server_that_closes_loses_its_jobs_and_no_cluster_goes_on_with_them(
    place: Settings, drawn: CellDataset, tmp_path: Path
) -> None:
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0") as elsewhere:
        engine = JobEngine(replace(place, home=tmp_path, dask=elsewhere.scheduler_address))
        job_id = engine.submit_training(drawn, ENDLESS, name="closed")
        wait_until(engine, job_id, has_finished_an_epoch)
        engine.close()
        following = JobEngine(replace(place, home=tmp_path))
        found = following.job(job_id)
        assert (found.state, found.problem) == ("lost", SERVER_ENDED)
        assert following.can_resume(found)
        limit = time.monotonic() + LIMIT
        with Client(elsewhere, set_as_default=False) as client:
            while any(client.run(tasks_under_way).values()):
                assert time.monotonic() < limit
                time.sleep(0.05)
    assert not (place.models / "closed").exists()


SERVER = """
import sys, time
from pathlib import Path
from core.hyperparameters import TrainingConfig
from core.config import Settings
from core.data.hashing import hashed
from core.data.index import index
from core.jobs import JobEngine

if __name__ == "__main__":
    home, folder = Path(sys.argv[1]), Path(sys.argv[2])
    engine = JobEngine(Settings(home / "workspace", home / "models", None))
    config = TrainingConfig(epochs=1000, patience=1000, image_size=48, batch_size=16)
    job_id = engine.submit_training(hashed(index(folder), cache=home), config, name="orphan")
    while engine.job(job_id).event is None or not engine.job(job_id).event.history:
        time.sleep(0.05)
    print(job_id, *engine._client.run(__import__("os").getpid).values(), flush=True)
    time.sleep(1000)
"""


@pytest.mark.slow
def test_a_killed_server_leaves_no_ghost_and_its_training_can_be_resumed(drawn_folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    command = [sys.executable, str(script), str(tmp_path), str(drawn_folder)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        job_id, *workers = server.stdout.readline().split()
        place = Settings(tmp_path / "workspace", tmp_path / "models", None)
        assert JobEngine(place).job(job_id).state in ("queued", "running")
        server.kill()
    engine = JobEngine(place)
    found = engine.job(job_id)
    assert (found.state, found.problem, engine.can_resume(found)) == ("lost", SERVER_ENDED, True)
    limit = time.monotonic() + LIMIT
    while any(psutil.pid_exists(int(worker)) for worker in workers):
        assert time.monotonic() < limit
        time.sleep(0.05)


@pytest.mark.slow
def test_a_cluster_that_goes_away_loses_its_jobs_and_refuses_new_ones(
    place: Settings, drawn: CellDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(cluster, "_PATIENCE_SECONDS", 3.0)
    elsewhere = LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0")
    engine = JobEngine(replace(place, dask=elsewhere.scheduler_address))
    job_id = engine.submit_training(drawn, ENDLESS, name="gone")
    wait_until(engine, job_id, lambda job: job.state == "running")
    elsewhere.close()
    job = engine.wait(job_id, LIMIT)
    assert job.state == "lost"
    assert job.problem == "The connection to the cluster ended before this job was done."
    limit = time.monotonic() + LIMIT
    while engine._client.status != "closed" and time.monotonic() < limit:
        time.sleep(0.05)
    with pytest.raises(JobError, match="Received: no answer"):
        engine.submit_comparison(drawn, QUICK)
    engine.close()
