"""The Dask cluster that jobs run on: processes of this machine, or one elsewhere."""

import asyncio
import copy
import hashlib
import logging
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.config import Settings
from core.errors import JobError
from core.versions import library_versions

_WORKERS = 2  # so that a comparison need not wait for a training
_MEMORY_SHARE = 0.45  # of the machine's memory for each; beyond it the worker ends, and nothing else
_PATIENCE_SECONDS = 30.0  # for a cluster to answer
_SILENCE_SECONDS = 20  # of a cluster elsewhere, after which its jobs are lost; Dask's own 30 would be told too late
_CHECK_SECONDS = 10.0  # for its workers to say what they have
_SCHEDULER = "the scheduler"
_OWN = "LeukoScope"  # its code counts as one of the libraries
_CHOICES = {
    "distributed.scheduler.allowed-failures": 0,  # a killed worker's job is lost, and not started again unasked
    "distributed.worker.memory.target": False,  # nothing lies in a worker that could be moved to disk
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,  # a worker whose network keeps its memory would pause for ever
}


def connect(settings: Settings) -> tuple[Any, Any]:
    """Start a cluster of local processes, or find the one that the settings name.

    Returns:
        The client, and the local cluster or None.

    Raises:
        JobError: If no cluster can be had, or one elsewhere has other versions than this server.
    """
    import dask
    from distributed import Client, LocalCluster
    from distributed.comm.addressing import get_address_host_port
    from distributed.system import MEMORY_LIMIT

    try:
        if settings.dask:
            get_address_host_port(settings.dask)  # a client that fails over a bad address would not clean up
            with dask.config.set({"distributed.comm.timeouts.tcp": f"{_SILENCE_SECONDS}s"}):
                client = Client(settings.dask, timeout=_PATIENCE_SECONDS, set_as_default=False)
            try:
                _check_versions(client)
            except BaseException:
                client.close()
                raise
            return client, None
        with dask.config.set(_CHOICES):
            cluster = LocalCluster(
                n_workers=_WORKERS,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",  # any free port: with None it must be 8787
                local_directory=str(settings.cache / "dask"),
                silence_logs=logging.CRITICAL,
                memory_limit=int(MEMORY_LIMIT * _MEMORY_SHARE),
                config=copy.deepcopy(dask.config.config),  # for a worker that is started again, too
            )
        return Client(cluster, set_as_default=False), cluster
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        where = settings.dask or "on this machine"
        raise JobError(f"Expected a Dask cluster {where}. Received: no answer ({error}).") from error


def installed() -> dict[str, str]:
    """Versions of what a server and its workers must have in common, and the first digits of the hash of our code."""
    code = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        code.update(file.read_bytes())
    libraries = {name: number for name, number in library_versions().items() if name != "python"}
    return {_OWN: code.hexdigest()[:8], **libraries, "distributed": version("distributed"), "pandas": version("pandas")}


def _check_versions(client: Any) -> None:  # noqa: ANN401
    """Refuse a cluster where a job would not start, would end its workers, or train another model than here.

    Raises:
        JobError: If its scheduler or a worker has other versions, or no LeukoScope.
    """
    found = _answers(client, lambda: client.get_versions(check=False))
    if found is None:
        return
    here = _python(found["client"])
    for place, about in {_SCHEDULER: found["scheduler"], **found["workers"]}.items():
        python = _python(about) if about else here
        if python.split(".")[:2] != here.split(".")[:2]:  # a function that is sent there would not run at all
            raise JobError(_stranger(place, f"Python {python} instead of {here}"))
    probe = _probe()
    scheduler = _answers(client, lambda: client.run_on_scheduler(probe))
    workers = _answers(client, lambda: client.run(probe, on_error="return"))
    for place, answer in {_SCHEDULER: scheduler, **(workers or {})}.items():
        if isinstance(answer, Mapping):  # else a worker that has just gone
            problem = _difference(installed(), answer)
            if problem:
                raise JobError(_stranger(place, problem))


def _answers(client: Any, ask: Callable[[], Any]) -> Any:  # noqa: ANN401
    """What all that are asked answer, or None where one of them stands still: the others may well work."""

    async def in_time() -> Any:  # noqa: ANN401
        return await asyncio.wait_for(ask(), _CHECK_SECONDS)

    try:
        return client.sync(in_time)
    except TimeoutError:
        return None


def _python(about: Mapping[str, Any]) -> str:
    return str(dict(about["host"])["python"]).removesuffix(".final.0")


def _probe() -> Callable[[], dict[str, str]]:
    def probe() -> dict[str, str]:  # within a function, so that it is sent as code: our modules may be missing there
        import importlib

        try:
            found: dict[str, str] = importlib.import_module("core.cluster").installed()
        except ImportError:
            found = {}
        except AttributeError:  # one that could not say
            found = {"LeukoScope": "older"}
        return found

    return probe


def _difference(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    if _OWN not in there:
        return "no LeukoScope that can be imported; put its folder on PYTHONPATH there"
    if here[_OWN] != there[_OWN]:
        return "another version of LeukoScope"
    wrong = {name: there.get(name, "none") for name, number in here.items() if there.get(name) != number}
    return ", ".join(f"{name} {number} instead of {here[name]}" for name, number in wrong.items())


def _stranger(place: str, problem: str) -> str:
    return f"Expected a cluster with the same versions as this server. Received: {place} with {problem}."
