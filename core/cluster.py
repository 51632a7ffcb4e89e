"""The Dask cluster that jobs run on: processes of this machine, or one elsewhere."""

import copy
import logging
from typing import Any

from core.config import Settings
from core.errors import JobError

_WORKERS = 2  # so that a comparison need not wait for a training
_MEMORY_SHARE = 0.45  # of the machine's memory for each; beyond it the worker ends, and nothing else
_PATIENCE_SECONDS = 30.0  # for a cluster to answer
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
        JobError: If no cluster can be had.
    """
    import dask
    from distributed import Client, LocalCluster
    from distributed.comm.addressing import get_address_host_port
    from distributed.system import MEMORY_LIMIT

    try:
        if settings.dask:
            get_address_host_port(settings.dask)  # a client that fails over a bad address would not clean up
            return Client(settings.dask, timeout=_PATIENCE_SECONDS, set_as_default=False), None
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
