"""A Dask cluster elsewhere: refused where it differs from the server, used, and outlived."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from core import cluster
from core.config import PROJECT_ROOT, Settings
from core.data.dataset import CellDataset
from core.errors import JobError
from core.hyperparameters import TrainingConfig
from core.jobs import JobEngine
from core.protocol import Plan

ENDLESS = TrainingConfig(epochs=1000, patience=1000, image_size=48, batch_size=16)
LIMIT = 180.0  # seconds; far more than anything here takes
WORKER = "tcp://10.0.0.7:40001"


class Elsewhere:
    """A client of a cluster whose scheduler has what this server has, and whose only worker has what a test says."""

    def __init__(self, *, python: str = "3.11.7.final.0", worker: Mapping[str, str] | Exception) -> None:
        self._python = python
        self._worker = worker

    def sync(self, function: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        return asyncio.run(function())

    async def get_versions(self, *, check: bool) -> dict[str, Any]:
        here = {"host": [("python", "3.11.9.final.0")]}
        return {"client": here, "scheduler": here, "workers": {WORKER: {"host": [("python", self._python)]}}}

    async def run_on_scheduler(self, probe: Callable[[], dict[str, str]]) -> dict[str, str]:
        return probe()

    async def run(self, probe: Callable[[], dict[str, str]], *, on_error: str) -> dict[str, Any]:
        if isinstance(self._worker, TimeoutError):
            await asyncio.sleep(LIMIT)
        return {WORKER: self._worker}


@pytest.mark.parametrize(
    "worker", [cluster.installed(), OSError("gone"), TimeoutError()], ids=["same", "gone", "frozen"]
)
def test_a_cluster_with_the_same_versions_is_used(
    worker: Mapping[str, str] | Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_CHECK_SECONDS", 0.05)
    cluster._check_versions(Elsewhere(worker=worker))


@pytest.mark.parametrize(
    ("elsewhere", "problem"),
    [
        (Elsewhere(worker={}), "no LeukoScope that can be imported; put its folder on PYTHONPATH there"),
        (Elsewhere(worker={**cluster.installed(), "LeukoScope": "older"}), "another version of LeukoScope"),
        (Elsewhere(worker={**cluster.installed(), "numpy": "1.0"}), f"numpy 1.0 instead of {version('numpy')}"),
        (Elsewhere(python="3.12.1.final.0", worker={}), r"Python 3.12.1 instead of 3.11.9"),
    ],
    ids=["none", "older", "numpy", "Python"],
)
def test_a_worker_that_differs_is_refused_with_what_differs(elsewhere: Elsewhere, problem: str) -> None:
    with pytest.raises(JobError) as refusal:
        cluster._check_versions(elsewhere)
    expected = "Expected a cluster with the same versions as this server."
    assert str(refusal.value) == f"{expected} Received: {WORKER} with {problem}."


def test_a_changed_module_is_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = cluster.installed()
    (tmp_path / "cluster.py").write_text("changed = True\n")
    monkeypatch.setattr(cluster, "__file__", str(tmp_path / "cluster.py"))
    after = cluster.installed()
    assert {name for name in before if before[name] != after[name]} == {"LeukoScope"}


def settings_in(tree: Mapping[str, Any], *above: str) -> dict[str, Any]:
    """A tree of settings as Dask names them, with dots."""
    found: dict[str, Any] = {}
    for name, value in tree.items():
        found |= settings_in(value, *above, name) if isinstance(value, Mapping) else {".".join((*above, name)): value}
    return found


def test_the_file_for_a_cluster_elsewhere_has_the_settings_of_the_local_one() -> None:
    file = PROJECT_ROOT / "docs" / "cluster.yaml"
    assert settings_in(yaml.safe_load(file.read_text(encoding="utf-8"))) == cluster._CHOICES


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts `dask` in another folder, with another home and none of our variables."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEUKOSCOPE_")}
    (tmp_path / "elsewhere").mkdir()

    def run(*arguments: str, path: str = "") -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            cwd=tmp_path / "elsewhere",
            env={**environment, "HOME": str(tmp_path), "PYTHONPATH": path, "KERAS_HOME": ""},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ends.callback(process.wait)
        ends.callback(process.kill)
        return process

    with ExitStack() as ends:
        yield run


@pytest.mark.slow
def test_a_cluster_of_other_processes_trains_and_its_end_is_told(
    start: Callable[..., subprocess.Popen[bytes]],
    drawn: CellDataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    database_url: str,
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE_SECONDS", 5.0)
    file = tmp_path / "scheduler.json"
    local = ("--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0")
    scheduler = start("scheduler", *local, "--scheduler-file", str(file), path=str(PROJECT_ROOT))
    wait_for(file.exists)
    address = yaml.safe_load(file.read_text())["address"]
    worker = ("worker", address, "--nworkers", "1", "--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard")
    engine = JobEngine(Settings(tmp_path / "home", tmp_path / "models", address, database_url))
    try:
        start(*worker, path=str(PROJECT_ROOT))
        job_id = engine.submit_training(drawn, ENDLESS, name="elsewhere")
        wait_for(lambda: engine.job(job_id).event is not None and len(engine.job(job_id).event.history) > 0)
        scheduler.kill()
        job = engine.wait(job_id, 30)
        assert (job.state, job.problem) == ("lost", "The connection to the cluster ended before this job was done.")
        assert engine.can_resume(job)
        wait_for(lambda: engine._client.status == "closed")  # it waits for the scheduler to come back
        with pytest.raises(JobError, match=f"^Expected a Dask cluster {address}. Received: no answer"):
            engine.submit_comparison(drawn, Plan(("SVC",), "pixels"))
        assert [one.id for one in engine.jobs()] == [job_id]
    finally:
        engine.close()


def wait_for(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)
