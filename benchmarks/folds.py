"""Folds of a cross-validation on two Dask workers over one, each with one thread."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.config import settings
from core.data.dataset import CellDataset
from core.data.demo import write_demo
from core.data.drawing import GENERATOR
from core.data.hashing import hashed
from core.data.index import index
from core.hyperparameters import TrainingConfig
from core.jobs import JobEngine

CELLS, SUBJECTS, DATA_SEED = 600, 24, 8
FOLDS, ROUNDS = 4, 3
CONFIG = TrainingConfig(epochs=3, image_size=96)
ONE_THREAD = dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"), "1")
LIMIT = 3600.0  # seconds


def run() -> None:
    """Print the seconds that all folds take, alternately, and the median of their ratio."""
    place = settings()
    root = write_demo(place.data / f"bench-folds-{GENERATOR}", cells=CELLS, subjects=SUBJECTS, seed=DATA_SEED)
    dataset = hashed(index(root), cache=place.cache)
    print(
        f"{FOLDS} folds of {CELLS} drawn cells of {SUBJECTS} subjects, {CONFIG.image_size} px, {CONFIG.epochs} epochs"
    )
    times: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as folder, _engine(1, Path(folder)) as one, _engine(2, Path(folder)) as two:
        for number in range(ROUNDS + 1):
            for workers, engine in ((1, one), (2, two)):
                seconds = _seconds(engine, dataset, epochs=CONFIG.epochs if number else 1)
                if number:  # in the first round TensorFlow is imported and pixels are prepared
                    times[workers].append(seconds)
    ratios = np.array(times[1]) / np.array(times[2])
    for workers, found in times.items():
        print(f"{workers} worker{'s' * (workers > 1)}: {', '.join(f'{seconds:.1f}' for seconds in found)} s")
    print(f"two workers over one: {np.median(ratios):.2f} (load of the machine now {os.getloadavg()[0]:.1f})")


@contextmanager
def _engine(workers: int, folder: Path) -> Iterator[JobEngine]:
    from distributed import LocalCluster

    home = folder / str(workers)
    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",
        local_directory=str(home),
        env=ONE_THREAD,
        silence_logs=50,
    ) as cluster:
        engine = JobEngine(replace(settings(), home=home, dask=cluster.scheduler_address))
        yield engine
        engine.close()


def _seconds(engine: JobEngine, dataset: CellDataset, *, epochs: int) -> float:
    """Time from the moment that a worker takes the job up until its last fold is tested."""
    started = time.time()
    job_id = engine.submit_cross_validation(dataset, replace(CONFIG, epochs=epochs), folds=FOLDS)
    job = engine.wait(job_id, LIMIT)
    if job.state != "done" or job.ended is None or any(part.state != "done" for part in job.parts):
        raise RuntimeError(f"Expected all folds to be tested. Received: {job.state}. {job.problem}")
    return job.ended - started
