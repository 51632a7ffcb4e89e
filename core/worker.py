"""What a Dask worker does with a job: train or compare, report, and look whether it shall stop."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core import store
from core.card import ModelCard
from core.champion import challenged
from core.comparison import Comparison, compare
from core.config import Settings, prepare_environment
from core.data.dataset import CellDataset
from core.errors import Cancelled
from core.evaluation import EvaluationReport
from core.hyperparameters import TrainingConfig
from core.training import TrainingEvent, train

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


class _Reporter:
    """A worker's line to the engine: reports now and then, and raises `Cancelled` once it shall stop."""

    def __init__(self, run: str) -> None:
        from distributed import Event, get_worker

        self._run = run
        self._worker = get_worker()
        self._flag = Event(cancel_flag(run))
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
            self._worker.log_event(self._run, message)

    def _abandoned(self) -> bool:
        """Whether no client wants the result any more: on a cluster elsewhere a run would go on as a ghost."""
        task = self._worker.state.tasks.get(self._run)
        return task is None or task.state == "cancelled"


def run_training(
    run: str, dataset: CellDataset, config: TrainingConfig, name: str, settings: Settings, checkpoint: Path
) -> TrainingOutcome:
    """Train a network and store it under `name`, from the last checkpoint on where there is one.

    Args:
        run: Id of this attempt; the key of its Dask task.
        dataset: The cells.
        config: Hyperparameters.
        name: Name of the model.
        settings: Where the models are.
        checkpoint: Folder for what an unfinished training leaves.

    Raises:
        Cancelled: Once the run's cancel flag is set, or nobody waits for it any more.
    """
    prepare_environment()
    reporter = _Reporter(run)
    finished = 0

    def listen(event: TrainingEvent) -> None:
        nonlocal finished
        urgent = len(event.history) != finished
        finished = len(event.history)
        reporter.send({"event": asdict(event)}, urgent=urgent)

    result = train(
        dataset,
        config,
        name=name,
        listener=listen,
        checkpoint=checkpoint,
        start=store.load(settings.models, config.start_from) if config.start_from else None,
        cache=settings.cache,
    )

    def compared(done: int, total: int, text: str) -> None:  # noqa: ARG001  # the stage says it
        listen(TrainingEvent("testing", done, total, history=result.classifier.card.history))

    classifier = challenged(result.classifier, result.report, dataset, store_folder=settings.models, progress=compared)
    return TrainingOutcome(store.save(classifier, settings.models), result.report)


def run_comparison(
    run: str, dataset: CellDataset, models: tuple[str, ...], features: str, seed: int, settings: Settings
) -> Comparison:
    """Compare models of the store that `settings` name.

    Raises:
        Cancelled: Once the run's cancel flag is set, or nobody waits for it any more.
    """
    prepare_environment()
    reporter = _Reporter(run)

    def progress(done: int, total: int, text: str) -> None:
        reporter.send({"done": done, "total": total, "text": text}, urgent=True)

    return compare(
        dataset, models=models, features=features, store_folder=settings.models, seed=seed, progress=progress
    )
