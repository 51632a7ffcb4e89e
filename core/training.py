"""Train a network on the training subjects of a data set and test it on the test subjects."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from core import fitting, networks, outcome, warm_start
from core.batches import Batches
from core.calibrator import best
from core.card import ModelCard
from core.checkpoints import Checkpoints
from core.classifier import Classifier
from core.data.dataset import CellDataset
from core.data.pixel_cache import CachedPixels, cached_pixels
from core.data.split import USED, Side, Split, split
from core.evaluation import EvaluationReport, report
from core.hyperparameters import TrainingConfig
from core.operating_point import Choice, threshold
from core.versions import library_versions

if TYPE_CHECKING:
    import keras

_CHOICE = Choice()  # of the operating point


@dataclass(frozen=True)
class TrainingEvent:
    """One step of a training, for whoever watches.

    Attributes:
        stage: What is going on: cells are read, a network is trained, or it is tested.
        done: Steps finished in this stage: files, batches or cells.
        total: Steps of this stage.
        epoch: Epoch under way, from 1; 0 outside training. Its validation cells are being scored while all its batches
            are done and the history does not hold it yet.
        history: One dict for each finished epoch.
        images_per_second: Rate of training; 0 where unknown.
        running: Curves of the epoch under way: a few dicts with the `share` of it and what the history holds of
            training cells.
        seconds_left: What the training takes at most from here; 0 where unknown.
    """

    stage: Literal["reading", "training", "testing"]
    done: int
    total: int
    epoch: int = 0
    history: tuple[dict[str, float], ...] = ()
    images_per_second: float = 0.0
    running: tuple[dict[str, float], ...] = ()
    seconds_left: float = 0.0


Listener = Callable[[TrainingEvent], None]


def ignore(event: TrainingEvent) -> None:
    """Do nothing: the default listener."""


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """A trained classifier and its reports on the subjects that it was not fitted on.

    Attributes:
        classifier: The network with its card.
        reports: By side ("validation", "test"), at the same operating point.
    """

    classifier: Classifier
    reports: dict[str, EvaluationReport]

    @property
    def report(self) -> EvaluationReport:
        """On the test subjects."""
        return self.reports["test"]


def train(  # noqa: PLR0913  # what, how, who hears of it, and its places
    dataset: CellDataset,
    config: TrainingConfig,
    *,
    name: str,
    listener: Listener = ignore,
    checkpoint: Path | None = None,
    start: Classifier | None = None,
    sides: Split | None = None,
    cache: Path | None = None,
    cache_all: bool = False,
) -> TrainingResult:
    """Train one network by subject.

    Args:
        dataset: Hashed, labelled cells.
        config: Hyperparameters; its seed also decides the split.
        name: Name of the model.
        listener: Called after each batch and epoch; what it raises (`Cancelled`) ends the training.
        checkpoint: Folder of this training's checkpoint. Where it holds one, training goes on from there.
        start: The model that `config.start_from` names. Subjects that it has seen are not tested on.
        sides: The split, such as one fold of a cross-validation; None for the one that the configuration asks for.
        cache: Folder for prepared pixels, kept for the next training; None for one that is removed afterwards.
        cache_all: Whether it also holds the cells left out, so that trainings on more or fewer subjects share a file.

    Returns:
        The classifier with the weights of the epoch with the best validation AUROC, and its reports on the validation
        and the test subjects at the threshold that was chosen on the former.

    Raises:
        ValueError: If training cannot start from `start`, or the scores are no numbers any more.
        SplitImpossible: If there are too few subjects.
        DataError: If the cells are not hashed or a file cannot be read.
        ModelError: If the checkpoint is damaged or another training's.
        WeightsUnavailable: If pretrained weights were asked for and cannot be had.
    """
    warm_start.check(start, config, dataset)
    if sides is None:
        never_test = warm_start.seen(start.card, dataset) if start else frozenset()
        sides = split(dataset, seed=config.seed, share=config.subjects_share, never_test=never_test)
    tables = {side: sides.cells(dataset, side) for side in USED}
    truth = {side: dataset.truth(table) for side, table in tables.items()}
    network = warm_start.network(start, config)
    with _folder(cache) as folder:
        more = sides.cells(dataset, "left out") if cache_all else None
        cells = _cells(dataset, tables, more, config, folder, listener)
        history = fitting.fit(
            network,
            Batches(cells["train"], truth["train"], config.batch_size, config.augmentation, config.seed),
            fitting.Validation(cells["validation"], truth["validation"]),
            config,
            report=_reporter(listener),
            checkpoints=_checkpoints(checkpoint, dataset, config, start),
        )
        listener(TrainingEvent("testing", 0, len(tables["test"]), history=history))
        score = {
            side: fitting.scores(network, cells[side], progress=_scoring(listener, side, len(tables["test"]), history))
            for side in ("validation", "test")
        }
    cut = threshold(truth["validation"], score["validation"], _CHOICE)
    reports: dict[str, EvaluationReport] = {
        side: report(tables[side], score[side], classes=dataset.classes, threshold=cut)
        for side in ("validation", "test")
    }
    card = _card(dataset, config, sides, network, name=name, history=history)
    card = replace(card, subjects={**card.subjects, **warm_start.recorded(start)})
    listener(TrainingEvent("testing", len(tables["test"]), len(tables["test"]), history=history))
    return TrainingResult(Classifier(network, _tested(card, reports["validation"], reports["test"])), reports)


@contextmanager
def _folder(cache: Path | None) -> Iterator[Path]:
    if cache is not None:
        yield cache
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # some systems keep what is mapped
        yield Path(folder)


def _cells(
    dataset: CellDataset,
    tables: Mapping[Side, pd.DataFrame],
    more: pd.DataFrame | None,
    config: TrainingConfig,
    cache: Path,
    listener: Listener,
) -> dict[Side, CachedPixels]:
    def progress(done: int, total: int, text: str) -> None:  # noqa: ARG001  # the stage says it
        listener(TrainingEvent("reading", done, total))

    table = pd.concat([*(tables[side] for side in USED), more])
    cells = cached_pixels(dataset, table, config.preprocessing, cache=cache, progress=progress)
    ends = np.cumsum([0, *(len(tables[side]) for side in USED)])
    return {side: cells[start:end] for side, start, end in zip(USED, ends[:-1], ends[1:], strict=True)}


def _reporter(listener: Listener) -> fitting.Report:
    def report_moment(at: fitting.Moment) -> None:
        rates = {"images_per_second": at.images_per_second, "seconds_left": at.seconds_left}
        listener(TrainingEvent("training", at.done, at.total, at.epoch, at.history, running=at.running, **rates))

    return report_moment


def _scoring(listener: Listener, side: Side, total: int, history: fitting.History) -> Callable[[int], None]:
    """Tell of the test cells that are scored; those of validation come before them."""

    def report_part(done: int) -> None:
        listener(TrainingEvent("testing", done if side == "test" else 0, total, history=history))

    return report_part


def _checkpoints(
    folder: Path | None, dataset: CellDataset, config: TrainingConfig, start: Classifier | None
) -> Checkpoints | None:
    if folder is None:
        return None
    return Checkpoints(folder, dataset.fingerprint(), config, start.card.model_sha256 if start else "")


def _card(
    dataset: CellDataset,
    config: TrainingConfig,
    sides: Split,
    network: "keras.Model",
    *,
    name: str,
    history: tuple[dict[str, float], ...],
) -> ModelCard:
    return ModelCard(
        name=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        architecture=config.architecture,
        parameters=int(network.count_params()),
        classes=dataset.classes,
        preprocessing=config.preprocessing,
        explained_layer=networks.NETWORKS[config.architecture].explained_layer,
        threshold=0.5,
        threshold_source="",
        config=config,
        origin=dataset.origin,
        data_fingerprint=dataset.fingerprint(),
        split_by=sides.by,
        split_seed=sides.seed,
        subjects={side: sides.units(side) for side in USED},
        cells={side: len(sides.cells(dataset, side)) for side in USED},
        reduced=sides.reduced,
        validation={},
        test={},
        confusion_matrix=((0, 0), (0, 0)),
        history=history,
        versions=library_versions(),
        edits=dict(dataset.edits),
    )


def _tested(card: ModelCard, validation: EvaluationReport, test: EvaluationReport) -> ModelCard:
    calibrator = best(validation.truth, validation.score, validation.units)
    card = replace(card, threshold_source=_CHOICE.source, calibrator=calibrator)
    return outcome.tested(card, {"validation": validation, "test": test})
