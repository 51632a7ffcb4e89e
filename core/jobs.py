"""Jobs: trainings and comparisons on a Dask cluster, so that nothing that shows them ever waits for them."""

import shutil
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from core import learning_curve, networks, store
from core.checkpoints import FILE
from core.cluster import connect
from core.comparison import Comparison
from core.comparison_series import comparison_series
from core.config import Settings
from core.data.dataset import CellDataset
from core.errors import JobError
from core.history import History
from core.hyperparameters import TrainingConfig
from core.job import ENDED, SERVER_ENDED, Ending, Job, Kind, State, broken, ended, heard, job_data, reopened, saying
from core.ledger import Ledger
from core.protocol import Plan
from core.run import Run
from core.series import Series, Work
from core.shared import shared
from core.tally import Edit, Tally
from core.trial_series import trial_series
from core.types import Progress, silent
from core.worker import run_fitting, run_training

__all__ = ["ENDED", "Job", "JobEngine", "State"]


class JobEngine:
    """Submits jobs to a Dask cluster, follows them, and keeps their records; safe to share between threads.

    A job is one task of the cluster, or several side by side: the folds of a cross-validation, the trainings of a
    learning curve, the models of a comparison on each of its splits.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.RLock()
        self._ledger = Ledger(settings.database, stop=self.cancel)
        self._runs: dict[str, Run] = {}  # a job that is resumed is another run
        self._client: Any = None
        self._cluster: Any = None

    def submit_training(self, dataset: CellDataset, config: TrainingConfig, *, name: str, who: str = "local") -> str:
        """Queue a training; the model is stored under `name` when it is done.

        Returns:
            The job's id.

        Raises:
            ValueError: If the name cannot be a model's, or the network cannot be built.
            ModelError: If there is no model to start from.
            JobError: If the name is taken by a stored model or another training, or no cluster or database can be had.
        """
        networks.check(config.architecture, image_size=config.image_size, pretrained=config.pretrained)
        self._check_free(store.check_name(name))
        if config.start_from:
            store.network_card(self._settings.models, config.start_from)
        job = Job(_new_id(), "training", name, who=who, config=config, data=job_data(dataset))
        return self._submit(job, self._training(job.id, dataset, config, name))

    def submit_comparison(self, dataset: CellDataset, plan: Plan, *, who: str = "local") -> str:
        """Queue a comparison, whose models and splits are assessed side by side; the history keeps what it comes to.

        Args:
            dataset: Hashed, labelled cells.
            plan: What is compared.
            who: Who asks for it.

        Returns:
            The job's id, and that of the comparison in the history.

        Raises:
            ValueError: If a model is unknown or there are too few folds.
            SplitImpossible: If there are too few persons.
            JobError: If no cluster or database can be had.
        """
        job = Job(_new_id(), "comparison", plan.title, who=who)
        return self._submit_series(replace(job, data=job_data(dataset)), self._comparison(job, dataset, plan))

    def submit_fitting(self, dataset: CellDataset, plan: Plan, model: str, *, name: str, who: str = "local") -> str:
        """Queue the fitting of a scikit-learn model as a comparison fits it; it is stored under `name`.

        Args:
            dataset: Hashed, labelled cells.
            plan: The comparison's.
            model: A key of `core.estimators.ESTIMATORS`.
            name: Of the stored model.
            who: Who asks for it.

        Returns:
            The job's id.

        Raises:
            ValueError: If the name cannot be a model's.
            JobError: If the name is taken, or no cluster or database can be had.
        """
        self._check_free(store.check_name(name))
        job = Job(_new_id(), "fitting", name, who=who, data=job_data(dataset))
        return self._submit(job, Work(run_fitting, (dataset, plan, model, name, shared(self._settings))))

    def submit_cross_validation(
        self, dataset: CellDataset, config: TrainingConfig, *, folds: int = 5, title: str = "", who: str = "local"
    ) -> str:
        """Queue a cross-validation, whose folds are trained side by side; no model is stored.

        Args:
            dataset: Hashed, labelled cells.
            config: Hyperparameters; its seed also decides the folds.
            folds: Number of folds, at least three.
            title: What people will know it by; the network's name if "".
            who: Who asks for it.

        Returns:
            The job's id.

        Raises:
            ValueError: If the network cannot be built, starts from a stored model, or there are too few folds.
            SplitImpossible: If there are too few persons.
            JobError: If no cluster or database can be had.
        """
        job = Job(_new_id(), "cross-validation", title, who=who)
        return self._submit_trials(job, dataset, config, {"count": folds})

    def submit_learning_curve(
        self,
        dataset: CellDataset,
        config: TrainingConfig,
        *,
        shares: Sequence[float] = learning_curve.SHARES,
        repetitions: int = 1,
        title: str = "",
        who: str = "local",
    ) -> str:
        """Queue trainings on more and more subjects, side by side; no model is stored.

        Args:
            dataset: Hashed, labelled cells.
            config: Hyperparameters; its seed also decides the test subjects.
            shares: Shares of the training subjects.
            repetitions: Trainings for each share.
            title: As for a cross-validation.
            who: Who asks for it.

        Returns:
            The job's id.

        Raises:
            ValueError: If the network cannot be built, starts from a stored model, or a share is out of range.
            SplitImpossible: If there are too few persons.
            JobError: If no cluster or database can be had.
        """
        job = Job(_new_id(), "learning curve", title, who=who)
        return self._submit_trials(job, dataset, config, {"shares": tuple(shares), "repetitions": repetitions})

    def resume(self, job_id: str, *, progress: Progress = silent) -> str:
        """Queue a job that was cut off again under the same id: what is finished stays, the rest goes on.

        Args:
            job_id: The job.
            progress: Called while its data set is opened again.

        Returns:
            The job's id.

        Raises:
            DataError: If its data set cannot be opened.
            JobError: If it cannot be resumed, its cells have changed since, its name is taken by now, or no cluster can
                be had.
        """
        job = self.job(job_id)
        if not self.can_resume(job) or job.data is None:
            raise JobError(f"Expected an unfinished job that has left something. Received: {job.title}, {job.state}.")
        if job.kind == "training":
            self._check_free(job.title)
        dataset = reopened(job.data, self._settings, progress)
        client = self._connected()
        said = "Queued again, from what is finished."
        again = saying(job, said, state="queued", event=None, started=None, ended=None, problem="")
        if job.kind == "training" and job.config is not None:
            self._take(again)
            return self._start_task(client, job_id, self._training(job_id, dataset, job.config, job.title))
        series = self._series(job, dataset)
        tally = Tally(series, resumed=True)
        self._take(tally.begun(again))
        return self._start_series(client, job_id, series, tally)

    def can_resume(self, job: Job) -> bool:
        """Whether a job was cut off, or parts of it were, and can go on from what is finished."""
        if job.data is None or job.state not in ENDED or (job.config is None and job.kind != "comparison"):
            return False
        if job.kind == "training":
            return job.state != "done" and (self._checkpoint(job.id) / FILE).is_file()
        return any(part.state != "done" for part in job.parts)

    def remove(self, job_id: str) -> None:
        """Forget an ended job and delete what an unfinished one has left; a stored model stays.

        Raises:
            JobError: If it has not ended, or there is none of this id.
        """
        self._ledger.remove(job_id)
        shutil.rmtree(self._checkpoint(job_id), ignore_errors=True)

    def jobs(self, *kinds: Kind) -> list[Job]:
        """All jobs on record, or those of some kinds, newest first.

        Raises:
            JobError: If the database cannot be read.
        """
        return [job for job in self._ledger.jobs() if not kinds or job.kind in kinds]

    def job(self, job_id: str) -> Job:
        """One job.

        Raises:
            JobError: If there is none of this id, or the database cannot be read.
        """
        return self._ledger.job(job_id)

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop: at once while it is queued, within a batch or a model while it runs."""
        if self.job(job_id).state in ENDED or self._ledger.cancel_elsewhere(job_id):
            return
        run = self._runs.get(job_id)
        if self._ledger.change(job_id, _stopping, at_once=True) is not None and run is not None:
            run.cancel()

    def wait(self, job_id: str, seconds: float) -> Job:
        """Wait until a job has ended, at most so long; return it as it stands then."""
        limit = time.monotonic() + seconds
        while self.job(job_id).state not in ENDED and time.monotonic() < limit:
            time.sleep(0.05)
        return self.job(job_id)

    def close(self) -> None:
        """Stop the local cluster, if one was started; jobs that run are lost and can be resumed."""
        self._ledger.close(lambda job: saying(job, SERVER_ENDED, state="lost", problem=SERVER_ENDED, ended=time.time()))
        with self._lock:
            client, cluster, self._client, self._cluster = self._client, self._cluster, None, None
        if client is not None:
            client.close()
        if cluster is not None:
            cluster.close()

    def _check_free(self, name: str) -> None:
        if (self._settings.models / name).exists():
            raise JobError(f"Expected a new model name. Received: {name}, which exists already.")
        if any(job.title == name and job.state not in ENDED for job in self.jobs("training", "fitting")):
            raise JobError(f"Expected a new model name. Received: {name}, which is being trained.")

    def _checkpoint(self, job_id: str) -> Path:
        return self._settings.checkpoints / job_id

    def _connected(self) -> Any:  # noqa: ANN401  # distributed carries no types
        with self._lock:
            if self._client is None or self._client.status == "closed":  # closed: a cluster elsewhere went away
                self._client, self._cluster = connect(self._settings)
            return self._client

    def _training(self, job_id: str, dataset: CellDataset, config: TrainingConfig, name: str) -> Work:
        return Work(run_training, (dataset, config, name, shared(self._settings), self._checkpoint(job_id)))

    def _submit(self, job: Job, work: Work) -> str:
        client = self._connected()
        self._ledger.add(saying(job, "Queued."))
        return self._start_task(client, job.id, work)

    def _submit_trials(self, job: Job, dataset: CellDataset, config: TrainingConfig, asked: Mapping[str, Any]) -> str:
        networks.check(config.architecture, image_size=config.image_size, pretrained=config.pretrained)
        title = job.title or networks.NETWORKS[config.architecture].title
        job = replace(job, title=title, config=config, data=job_data(dataset), result=asked)
        return self._submit_series(job, self._series(job, dataset))

    def _submit_series(self, job: Job, series: Series) -> str:
        tally = Tally(series)
        client = self._connected()
        self._ledger.add(saying(tally.begun(job), "Queued."))
        return self._start_series(client, job.id, series, tally)

    def _series(self, job: Job, dataset: CellDataset) -> Series:
        """What a job of several parts is made of; its result says what was asked for."""
        folder = self._checkpoint(job.id)
        if job.kind == "comparison":
            return self._comparison(job, dataset, Plan.read(job.result["plan"]))
        if job.config is None:
            raise JobError(f"Expected a job with its hyperparameters. Received: {job.title}, which has none.")
        return trial_series(job.kind, dataset, job.config, job.result, settings=self._settings, folder=folder)

    def _comparison(self, job: Job, dataset: CellDataset, plan: Plan) -> Series:
        def keep(found: Comparison) -> None:
            history = History(self._settings.database)
            history.add(job.id, found, title=job.title, who=job.who, created=job.created)

        folder = self._checkpoint(job.id)
        return comparison_series(dataset, plan, settings=self._settings, folder=folder, keep=keep)

    def _take(self, job: Job) -> None:
        if not self._ledger.take(job):
            raise JobError(f"Expected an unfinished job. Received: {job.title}, which runs again already.")

    def _start_task(self, client: Any, job_id: str, work: Work) -> str:  # noqa: ANN401
        run = self._run(
            client,
            job_id,
            heard=lambda _, message: lambda job: heard(job, message),
            ended=lambda _, how: lambda job: ended(job, how),
        )
        run.start({0: work})
        return job_id

    def _start_series(self, client: Any, job_id: str, series: Series, tally: Tally) -> str:  # noqa: ANN401
        run = self._run(client, job_id, heard=tally.heard, ended=tally.ended)
        if tally.missing:
            run.start({number: series.work(number) for number in tally.missing}, first=series.first)
        else:  # the server ended between the last part and its record
            self._tidy(job_id, self._ledger.change(job_id, tally.closed(), at_once=True))
        return job_id

    def _run(
        self,
        client: Any,  # noqa: ANN401
        job_id: str,
        *,
        heard: Callable[[int | None, Mapping[str, Any]], Edit],
        ended: Callable[[int, Ending], Edit],
    ) -> Run:
        """A run whose reports and ends change its job, as long as the job has no newer one."""

        def hear(run: Run, number: int | None, message: Mapping[str, Any]) -> None:
            if self._runs.get(job_id) is run:
                self._ledger.change(job_id, heard(number, message))

        def end(run: Run, number: int, how: Ending) -> None:
            if self._runs.get(job_id) is not run:
                return
            try:
                edit = ended(number, how)
            except Exception as error:  # noqa: BLE001  # what cannot be put together is no reason for a ghost
                edit = partial(broken, error=error)
                run.cancel()
            self._tidy(job_id, self._ledger.change(job_id, edit, at_once=True))

        run = self._runs[job_id] = Run(client, job_id, heard=hear, ended=end)
        return run

    def _tidy(self, job_id: str, job: Job | None) -> None:
        """Forget the run of a job that has ended, and delete its checkpoints if nothing of it is missing."""
        if job is None or job.state in ENDED:
            self._runs.pop(job_id, None)
        if job is not None and job.state == "done" and not self.can_resume(job):
            shutil.rmtree(self._checkpoint(job_id), ignore_errors=True)


def _stopping(job: Job) -> Job:
    if job.state == "queued":
        return saying(job, "Cancelled.", state="cancelled", ended=time.time())
    return saying(job, "Asked to stop.", state="cancelling")


def _new_id() -> str:
    return uuid.uuid4().hex[:12]
