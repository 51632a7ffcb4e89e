"""Commands that try a recipe several times: cross-validate and learning-curve."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from core import terminal
from core.cli.options import (
    Architecture,
    Augmented,
    BatchSize,
    Epochs,
    Folder,
    Grayscale,
    ImageSize,
    Json,
    LearningRate,
    Positive,
    Seed,
    Unreviewed,
    opened,
)
from core.config import settings

if TYPE_CHECKING:
    from core.cross_validation import CrossValidation
    from core.hyperparameters import Augmentation
    from core.job import Job
    from core.jobs import JobEngine
    from core.learning_curve import LearningCurve

Out = Annotated[Path | None, typer.Option(help="File to write, .csv or .json.")]


def cross_validate(
    folder: Folder,
    folds: Annotated[int, typer.Option(help="Number of folds, at least 3.")] = 5,
    architecture: Architecture = "leuko-net",
    epochs: Epochs = 10,
    batch_size: BatchSize = 32,
    learning_rate: LearningRate = 1e-3,
    augmentation: Augmented = "turns",
    image_size: ImageSize = 200,
    grayscale: Grayscale = False,
    subjects_share: Annotated[float, typer.Option(help="Share of the training subjects of each fold to use.")] = 1.0,
    seed: Seed = 0,
    out: Out = None,
    positive: Positive = None,
    without_edits: Unreviewed = False,
    as_json: Json = False,
) -> None:
    """Test each person once, by a network that never saw them; folds are trained side by side."""
    from core.cross_validation import CrossValidation
    from core.hyperparameters import TrainingConfig

    _check(out)
    config = TrainingConfig(
        architecture=architecture,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        augmentation=cast("Augmentation", augmentation),
        image_size=image_size,
        grayscale=grayscale,
        subjects_share=subjects_share,
        seed=seed,
    )
    dataset = opened(folder, positive, with_hash=True, reviewed=not without_edits)
    job = _run(lambda engine: engine.submit_cross_validation(dataset, config, folds=folds, who="command line"))
    _show(CrossValidation.read(job.result), out=out, as_json=as_json)


def learning_curve(
    folder: Folder,
    shares: Annotated[str, typer.Option(help="Shares of the training subjects, separated by commas.")] = "",
    repetitions: Annotated[int, typer.Option(help="Trainings for each share.")] = 1,
    architecture: Architecture = "leuko-net",
    epochs: Epochs = 10,
    batch_size: BatchSize = 32,
    learning_rate: LearningRate = 1e-3,
    augmentation: Augmented = "turns",
    image_size: ImageSize = 200,
    grayscale: Grayscale = False,
    seed: Seed = 0,
    out: Out = None,
    positive: Positive = None,
    without_edits: Unreviewed = False,
    as_json: Json = False,
) -> None:
    """Train on more and more subjects and test on the same ones: would more subjects help?"""
    from core.hyperparameters import TrainingConfig
    from core.learning_curve import SHARES, LearningCurve

    _check(out)
    config = TrainingConfig(
        architecture=architecture,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        augmentation=cast("Augmentation", augmentation),
        image_size=image_size,
        grayscale=grayscale,
        seed=seed,
    )
    chosen = _numbers(shares) if shares else SHARES
    dataset = opened(folder, positive, with_hash=True, reviewed=not without_edits)
    job = _run(
        lambda engine: engine.submit_learning_curve(
            dataset, config, shares=chosen, repetitions=repetitions, who="command line"
        )
    )
    _show(LearningCurve.read(job.result), out=out, as_json=as_json)


def _check(out: Path | None) -> None:
    if out is not None and out.suffix.lower() not in (".csv", ".json"):
        raise ValueError(f"Expected a file that ends in .csv or .json. Received: {out}.")


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"Expected numbers such as 0.25,0.5,1. Received: {text}.") from None


def _run(submit: "Callable[[JobEngine], str]") -> "Job":
    """Run a job on the cluster to its end.

    Raises:
        JobError: If nothing of it was tested.
    """
    from core.errors import JobError
    from core.jobs import ENDED, JobEngine

    engine = JobEngine(settings())
    progress = terminal.progress()
    try:
        with terminal.muted():  # workers start here, and keep quiet
            job_id = submit(engine)
        job = engine.job(job_id)
        while job.state not in ENDED:
            progress(sum(part.state == "done" for part in job.parts), len(job.parts), _under_way(job))
            job = engine.wait(job_id, 1.0)
    finally:
        engine.close()
    if job.state != "done":
        raise JobError(job.problem or f"The job was {job.state}.")
    return job


def _under_way(job: "Job") -> str:
    running = [
        f"{part.title}, epoch {part.event.epoch}" for part in job.parts if part.state == "running" and part.event
    ]
    return "; ".join(running) or job.text or "Waiting for a worker"


def _show(found: "CrossValidation | LearningCurve", *, out: Path | None, as_json: bool) -> None:
    if out is not None:
        csv = out.suffix.lower() == ".csv"
        out.write_text(found.export().to_csv(index=False) if csv else found.to_json(), encoding="utf-8")
    if as_json:
        terminal.show(_as_json(found), as_json=True)
        return
    typer.echo(found.table().round(3).to_string(index=False))
    for trial in found.failed:
        typer.echo(f"{trial.title}: {trial.problem}")
    stamps = f" ({', '.join(found.stamps)})" if found.stamps else ""
    typer.echo(f"{found.sentence}{stamps}", err=True)


def _as_json(found: "CrossValidation | LearningCurve") -> dict[str, Any]:
    """What a script needs: no curves."""
    known: dict[str, Any] = json.loads(found.to_json())
    known.pop("roc", None)
    rows = {"table": json.loads(found.table().to_json(orient="records")), "sentence": found.sentence}
    return {**rows, **known}
