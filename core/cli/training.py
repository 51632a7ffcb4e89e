"""The command that trains."""

import json
from typing import TYPE_CHECKING, Annotated, cast

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
    from core.classifier import Classifier
    from core.data.dataset import CellDataset
    from core.hyperparameters import Augmentation, Optimizer, TrainingConfig


def train(
    folder: Folder,
    out: Annotated[str, typer.Option(help="Name of the model.")],
    architecture: Architecture = "leuko-net",
    pretrained: Annotated[bool, typer.Option(help="Start from ImageNet weights where the network has them.")] = False,
    start_from: Annotated[
        str, typer.Option(help="Stored model whose weights, network and pixels training goes on from.")
    ] = "",
    freeze: Annotated[
        bool, typer.Option("--freeze", help="Train only the last layer; with --start-from or --pretrained.")
    ] = False,
    epochs: Epochs = 10,
    batch_size: BatchSize = 32,
    learning_rate: LearningRate = 1e-3,
    optimizer: Annotated[str, typer.Option(help="adam, adamw or sgd.")] = "adam",
    augmentation: Augmented = "turns",
    dropout: Annotated[float, typer.Option(help="Share of the last layer's inputs left out in each step.")] = 0.2,
    patience: Annotated[int, typer.Option(help="Epochs without a better validation AUROC before it stops.")] = 8,
    no_class_weights: Annotated[
        bool, typer.Option("--no-class-weights", help="Let each cell count the same, whatever its class.")
    ] = False,
    image_size: ImageSize = 200,
    grayscale: Grayscale = False,
    normalize_stain: Annotated[
        bool, typer.Option("--normalize-stain", help="Give each cell the same mean colour and contrast first.")
    ] = False,
    crop: Annotated[
        bool, typer.Option("--crop", help="Show the network a square of constant scale around the cell.")
    ] = False,
    subjects_share: Annotated[float, typer.Option(help="Share of the training subjects to use.")] = 1.0,
    minutes: Annotated[
        float, typer.Option(min=0, help="Leave subjects out until it takes at most so long; 0: no limit.")
    ] = 0,
    gigabytes: Annotated[
        float, typer.Option(min=0, help="Leave subjects out until it needs at most so much memory; 0: no limit.")
    ] = 0,
    seed: Seed = 0,
    positive: Positive = None,
    without_edits: Unreviewed = False,
    overwrite: Annotated[bool, typer.Option(help="Replace a model of the same name.")] = False,
    as_json: Json = False,
) -> None:
    """Train a network by subject and store it."""
    from core import networks, store
    from core.champion import challenged
    from core.gate_fitting import gated
    from core.hyperparameters import TrainingConfig

    if pretrained and start_from:
        raise ValueError("Expected one of --pretrained and --start-from. Received: both.")
    config = TrainingConfig(
        architecture=architecture,
        pretrained=pretrained,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        optimizer=cast("Optimizer", optimizer),
        augmentation=cast("Augmentation", augmentation),
        dropout=dropout,
        patience=patience,
        class_weights=not no_class_weights,
        freeze=freeze,
        image_size=image_size,
        grayscale=grayscale,
        normalize_stain=normalize_stain,
        crop=crop,
        subjects_share=subjects_share,
        seed=seed,
    )
    folder_of_models = settings().models
    if start_from:
        config = store.card(folder_of_models, start_from).continued(config)
    networks.check(config.architecture, image_size=config.image_size, pretrained=pretrained)
    if (folder_of_models / store.check_name(out)).exists() and not overwrite:
        raise ValueError(f"Expected a new model name or --overwrite. Received: {out}, which exists already.")
    from core.training import TrainingEvent
    from core.training import train as fit

    progress = terminal.progress()

    def listen(event: TrainingEvent) -> None:
        text = f"Epoch {event.epoch} of {config.epochs}" if event.stage == "training" else event.stage.capitalize()
        progress(event.done, event.total, text)

    dataset = opened(folder, positive, with_hash=True, reviewed=not without_edits)
    terminal.start_tensorflow()
    start = store.network(folder_of_models, start_from) if start_from else None
    limits = {"minutes": minutes or None, "gigabytes": gigabytes or None}
    if any(limits.values()):
        config = _affordable(dataset, config, start, limits)
    result = fit(dataset, config, name=out, listener=listen, start=start, cache=settings().cache)
    classifier = challenged(result.classifier, result.report, dataset, store_folder=folder_of_models, progress=progress)
    classifier = gated(classifier, dataset, progress=progress)
    card = store.save(classifier, folder_of_models, reports=result.reports, overwrite=overwrite)
    terminal.show(json.loads(card.to_json()), as_json=as_json, leave_out=("subjects", "reliability", "by_subject"))


def _affordable(
    dataset: "CellDataset", config: "TrainingConfig", start: "Classifier | None", limits: dict[str, float | None]
) -> "TrainingConfig":
    """The configuration that fits the limits; what it takes and leaves out is said on standard error."""
    from core.budget import estimate, within
    from core.cost import measured_cost

    cost = measured_cost(dataset, config)
    card = start.card if start else None
    fitting = within(dataset, config, cost, **limits, start=card)
    found = estimate(dataset, fitting, cost, start=card)
    typer.echo(f"{found.sentence} {found.left_out}".strip(), err=True)
    return fitting
