"""`Trial`: one training of several whose models are tested and not kept, such as a fold of a cross-validation."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from core.data.dataset import CellDataset
from core.data.pixel_cache import cached_pixels
from core.data.split import SIDES, USED, Split
from core.errors import DataError
from core.evaluation import EvaluationReport, from_csv, to_csv
from core.hyperparameters import TrainingConfig
from core.training import Listener, ignore, train
from core.types import Progress, silent
from core.whole_file import whole_file

FILE = "outcome.json"


@dataclass(frozen=True)
class TrialPlan:
    """What a trial is to do.

    Attributes:
        title: What tells it from the other trials, for people.
        config: Hyperparameters.
        sides: Who is trained on and who is tested.
    """

    title: str
    config: TrainingConfig
    sides: Split


@dataclass(frozen=True)
class Trial:
    """What became of one trial; small enough for a record.

    Attributes:
        title: Of its plan.
        share: Share of the training and validation persons that it used.
        seed: Of its weights and the order of its cells.
        subjects: Number of subjects (or contents) of each side.
        cells: Number of cells of each side.
        epochs: Epochs that were trained.
        seconds: Time that it took, without what an earlier attempt did.
        threshold: Operating point, chosen on its validation subjects.
        validation: Figures on its validation subjects.
        test: Figures on its test subjects.
        roc: Corners of the ROC curve on its test subjects: (false positive rate, true positive rate).
        confusion_matrix: On its test subjects; rows truth, columns call, negative first.
        by_subject: One dict a test subject: subject, cells, positives, accuracy, mean_score; the worst first.
        problem: Why it has no figures, or "".
    """

    title: str
    share: float = 1.0
    seed: int = 0
    subjects: Mapping[str, int] = field(default_factory=dict)
    cells: Mapping[str, int] = field(default_factory=dict)
    epochs: int = 0
    seconds: float = 0.0
    threshold: float = 0.5
    validation: Mapping[str, float] = field(default_factory=dict)
    test: Mapping[str, float] = field(default_factory=dict)
    roc: tuple[tuple[float, float], ...] = ()
    confusion_matrix: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    by_subject: tuple[Mapping[str, Any], ...] = ()
    problem: str = ""

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> "Trial":
        """From what JSON made of it.

        Raises:
            TypeError: If another version wrote it.
        """
        pairs = {name: tuple((one, two) for one, two in fields[name]) for name in ("roc", "confusion_matrix")}
        return cls(**{**fields, **pairs, "by_subject": tuple(fields["by_subject"])})


@dataclass(frozen=True, eq=False)
class TrialOutcome:
    """A trial with the score of each of its test cells; no report where it failed."""

    trial: Trial
    report: EvaluationReport | None = None

    def to_json(self) -> str:
        """Serialize, with the scores."""
        report = self.report
        tested = {} if report is None else {"classes": report.classes, "scores": to_csv({"test": report})}
        return json.dumps({"trial": asdict(self.trial), **tested})

    @classmethod
    def from_json(cls, text: str) -> "TrialOutcome":
        """Read one back.

        Raises:
            DataError: If the text is none.
        """
        try:
            fields = json.loads(text)
            trial = Trial.read(fields["trial"])
            if "scores" not in fields:
                return cls(trial)
            negative, positive = fields["classes"]
            reports = from_csv(fields["scores"], classes=(negative, positive), threshold=trial.threshold)
            return cls(trial, reports["test"])
        except (DataError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise DataError(f"Expected the outcome of a trial. Received: a damaged one ({error}).") from error


@dataclass(frozen=True, eq=False)
class Trials:
    """Trials that are made for one answer.

    Attributes:
        plans: What they do.
        together: What the outcomes of those that have ended come to: a dataclass that JSON can hold.
    """

    plans: tuple[TrialPlan, ...]
    together: Callable[[Sequence[TrialOutcome]], Any]


def tried(
    dataset: CellDataset,
    plan: TrialPlan,
    *,
    listener: Listener = ignore,
    folder: Path | None = None,
    cache: Path | None = None,
) -> TrialOutcome:
    """Train as planned and test; the model itself is not kept.

    Args:
        dataset: Hashed, labelled cells.
        plan: What to do.
        listener: As in `train`.
        folder: Folder for its checkpoint, from which an unfinished trial goes on, and for its outcome.
        cache: As in `train`.

    Raises:
        As `train` does.
    """
    started = time.monotonic()
    result = train(
        dataset,
        plan.config,
        name="trial",
        listener=listener,
        checkpoint=folder,
        sides=plan.sides,
        cache=cache,
        cache_all=True,
    )
    card, report = result.classifier.card, result.report
    (true_negative, false_positive), (false_negative, true_positive) = report.confusion_matrix().tolist()
    trial = Trial(
        title=plan.title,
        share=plan.sides.share,
        seed=plan.config.seed,
        subjects={side: len(plan.sides.units(side)) for side in USED},
        cells=dict(card.cells),
        epochs=len(card.history),
        seconds=time.monotonic() - started,
        threshold=report.threshold,
        validation=dict(card.validation),
        test=report.figures(),
        roc=report.roc_corners(),
        confusion_matrix=((true_negative, false_positive), (false_negative, true_positive)),
        by_subject=report.subjects(),
    )
    outcome = TrialOutcome(trial, report)
    if folder is not None:
        with whole_file(folder / FILE) as stream:
            stream.write(outcome.to_json().encode())
    return outcome


def finished(folder: Path) -> TrialOutcome | None:
    """What a trial has left in its folder; None where it is not finished, or its outcome is damaged."""
    try:
        return TrialOutcome.from_json((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, DataError):
        return None


def prepare(dataset: CellDataset, plans: Sequence[TrialPlan], *, cache: Path, progress: Progress = silent) -> None:
    """Fill the cache with the pixels of all trials, so that those that run side by side need not each decode them.

    Raises:
        DataError: As `cached_pixels` does.
    """
    first = plans[0]  # what one leaves out another may train on: all sides of all of them are the same cells
    cells = pd.concat([first.sides.cells(dataset, side) for side in SIDES])
    cached_pixels(dataset, cells, first.config.preprocessing, cache=cache, progress=progress)
