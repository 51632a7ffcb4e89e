"""What a Dask worker does with a task of a job: train or assess, report, and look whether it shall stop."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core import store
from core.assessment import Assessment, Assignment
from core.card import ModelCard
from core.champion import challenged
from core.classical_training import stored
from core.config import Settings, prepare_environment
from core.data.dataset import CellDataset
from core.errors import Cancelled
from core.evaluation import EvaluationReport
from core.gate_fitting import gated
from core.hyperparameters import TrainingConfig
from core.packed import save
from core.protocol import Plan, assess_alone
from core.protocol import prepare as prepare_features
from core.shared import check_shared
from core.training import Listener, TrainingEvent, train
from core.trial import TrialOutcome, TrialPlan, prepare, tried

_REPORT_SECONDS = 0.25  # between two reports
_CANCEL_SECONDS = 0.5  # between two looks at the cancel flag


@dataclass(frozen=True, eq=False)
class TrainingOutcome:
    """What a finished training leaves: the stored model's card and its report on the test subjects."""

    card: ModelCard
    report: EvaluationReport


def cancel_flag(run: str) -> str:
    """Name of the Dask event that asks a run to stop."""
    return f"cancel-{run}"


@dataclass(frozen=True)
class Line:
    """Where a task reports to.

    Attributes:
        run: Id of the attempt at the job, and the topic of its reports.
        task: Number of the task; None for what goes before the others.
        attempt: How often it has been submitted.
    """

    run: str
    task: int | None
    attempt: int = 1

    @property
    def key(self) -> str:
        """Key of the Dask task."""
        return f"{self.run}-{'first' if self.task is None else self.task}-{self.attempt}"


class _Reporter:
    """A worker's end of the line: reports now and then, and raises `Cancelled` once it shall stop."""

    def __init__(self, line: Line) -> None:
        from distributed import Event, get_worker

        self._line = line
        self._worker = get_worker()
        self._flag = Event(cancel_flag(line.run))
        self._reported = self._looked = 0.0
        self.send({}, urgent=True)

    def send(self, message: dict[str, Any], *, urgent: bool = False) -> None:
        now = time.monotonic()
        if now - self._looked > _CANCEL_SECONDS:
            self._looked = now
            if self._flag.is_set():
                raise Cancelled("Cancelled by the user.")
            if self._abandoned():
                raise Cancelled("The server that started this run is gone.")
        if urgent or now - self._reported > _REPORT_SECONDS:
            self._reported = now
            self._worker.log_event(self._line.run, {**message, "task": self._line.task})

    def _abandoned(self) -> bool:
        """Whether no client wants the result any more: on a cluster elsewhere a run would go on as a ghost."""
        task = self._worker.state.tasks.get(self._line.key)
        return task is None or task.state == "cancelled"

    def steps(self, done: int, total: int, text: str) -> None:
        """Tell of steps, as a `Progress`."""
        self.send({"done": done, "total": total, "text": text})

    def training(self) -> Listener:
        """A listener of a training that tells of each epoch's end at once."""
        finished = (0, "")

        def listen(event: TrainingEvent) -> None:
            nonlocal finished
            urgent = (len(event.history), event.stage) != finished
            finished = (len(event.history), event.stage)
            self.send({"event": asdict(event)}, urgent=urgent)

        return listen


def _prepare(dataset: CellDataset, settings: Settings) -> None:
    """Make this process ready for a task, unless it does not see the folders of the server."""
    check_shared(settings, dataset.root)
    prepare_environment(settings)


def run_training(
    line: Line, dataset: CellDataset, config: TrainingConfig, name: str, settings: Settings, checkpoint: Path
) -> TrainingOutcome:
    """Train a network and store it under `name`, from the last checkpoint on where there is one.

    Args:
        line: Where it reports to.
        dataset: The cells.
        config: Hyperparameters.
        name: Name of the model.
        settings: Where the models are.
        checkpoint: Folder for what an unfinished training leaves.

    Raises:
        Cancelled: Once the run's cancel flag is set, or nobody waits for it any more.
        JobError: If this worker does not see the folders of the server.
    """
    _prepare(dataset, settings)
    listen = _Reporter(line).training()
    result = train(
        dataset,
        config,
        name=name,
        listener=listen,
        checkpoint=checkpoint,
        start=store.network(settings.models, config.start_from) if config.start_from else None,
        cache=settings.cache,
    )

    def compared(done: int, total: int, text: str) -> None:  # noqa: ARG001  # the stage says it
        listen(TrainingEvent("testing", done, total, history=result.classifier.card.history))

    classifier = challenged(result.classifier, result.report, dataset, store_folder=settings.models, progress=compared)
    classifier = gated(classifier, dataset, progress=compared)
    return TrainingOutcome(store.save(classifier, settings.models, reports=result.reports), result.report)


def run_preparation(line: Line, dataset: CellDataset, plans: Sequence[TrialPlan], settings: Settings) -> None:
    """Prepare the pixels of trials that will run side by side.

    Raises:
        Cancelled, JobError: As `run_training`.
    """
    _prepare(dataset, settings)
    prepare(dataset, plans, cache=settings.cache, progress=_Reporter(line).steps)


def run_trial(line: Line, dataset: CellDataset, plan: TrialPlan, settings: Settings, folder: Path) -> TrialOutcome:
    """Train and test as planned, from what an earlier attempt has left in `folder` on.

    Raises:
        Cancelled, JobError: As `run_training`.
    """
    _prepare(dataset, settings)
    listener = _Reporter(line).training()
    return tried(dataset, plan, listener=listener, folder=folder, cache=settings.cache)


def run_features(line: Line, dataset: CellDataset, plan: Plan, settings: Settings) -> None:
    """Compute the numbers that the models of a comparison see, so that no assessment need do it.

    Raises:
        Cancelled, JobError: As `run_training`.
    """
    _prepare(dataset, settings)
    prepare_features(dataset, plan, cache=settings.cache, store_folder=settings.models, progress=_Reporter(line).steps)


def run_assessment(
    line: Line, dataset: CellDataset, plan: Plan, assignment: Assignment, settings: Settings, folder: Path
) -> Assessment:
    """Assess one model on one split, and keep what it comes to in `folder`.

    Raises:
        Cancelled, JobError: As `run_training`.
    """
    _prepare(dataset, settings)
    found = assess_alone(
        dataset,
        plan,
        assignment,
        cache=settings.cache,
        store_folder=settings.models,
        progress=_Reporter(line).steps,
    )
    save(found, folder)
    return found


def run_fitting(
    line: Line, dataset: CellDataset, plan: Plan, model: str, name: str, settings: Settings
) -> TrainingOutcome:
    """Fit a scikit-learn model as a comparison does, and store it under `name`.

    Raises:
        Cancelled, JobError: As `run_training`.
    """
    _prepare(dataset, settings)
    card = stored(dataset, plan, model, name=name, settings=settings, progress=_Reporter(line).steps)
    return TrainingOutcome(card, store.reports(settings.models, name)["test"])
