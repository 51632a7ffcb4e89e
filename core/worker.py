"""What a Dask worker does with a job: train or compare, report, and look whether it shall stop."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from core import store
from core.card import ModelCard, TrainingConfig
from core.comparison import Comparison, compare
from core.config import Settings, prepare_environment
from core.data.dataset import CellDataset
from core.errors import Cancelled
from core.evaluation import EvaluationReport
from core.training import TrainingEvent, train

_REPORT_SECONDS = 0.25  # between two reports
_CANCEL_SECONDS = 0.5  # between two looks at the cancel flag


@dataclass(frozen=True, eq=False)
class TrainingOutcome:
    """What a finished training leaves: the stored model's card and its report on the test subjects."""

    card: ModelCard
    report: EvaluationReport


def cancel_flag(job_id: str) -> str:
    """Name of the Dask event that asks a job to stop."""
    return f"cancel-{job_id}"


class _Reporter:
    """A worker's line to the engine: reports now and then, and raises `Cancelled` once the flag is set."""

    def __init__(self, job_id: str) -> None:
        from distributed import Event, get_worker

        self._job_id = job_id
        self._worker = get_worker()
        self._flag = Event(cancel_flag(job_id))
        self._reported = self._looked = 0.0
        self.send({}, urgent=True)

    def send(self, message: dict[str, Any], *, urgent: bool = False) -> None:
        now = time.monotonic()
        if now - self._looked > _CANCEL_SECONDS:
            self._looked = now
            if self._flag.is_set():
                raise Cancelled("Cancelled by the user.")
        if urgent or now - self._reported > _REPORT_SECONDS:
            self._reported = now
            self._worker.log_event(self._job_id, message)


def run_training(
    job_id: str, dataset: CellDataset, config: TrainingConfig, name: str, settings: Settings
) -> TrainingOutcome:
    """Train a network and store it under `name`.

    Raises:
        Cancelled: Once the job's cancel flag is set.
    """
    prepare_environment()
    reporter = _Reporter(job_id)
    finished = 0

    def listen(event: TrainingEvent) -> None:
        nonlocal finished
        urgent = len(event.history) != finished
        finished = len(event.history)
        reporter.send({"event": asdict(event)}, urgent=urgent)

    result = train(dataset, config, name=name, listener=listen)
    return TrainingOutcome(store.save(result.classifier, settings.models), result.report)


def run_comparison(
    job_id: str, dataset: CellDataset, models: tuple[str, ...], features: str, seed: int, settings: Settings
) -> Comparison:
    """Compare models of the store that `settings` name.

    Raises:
        Cancelled: Once the job's cancel flag is set.
    """
    prepare_environment()
    reporter = _Reporter(job_id)

    def progress(done: int, total: int, text: str) -> None:
        reporter.send({"done": done, "total": total, "text": text}, urgent=True)

    return compare(
        dataset, models=models, features=features, store_folder=settings.models, seed=seed, progress=progress
    )
