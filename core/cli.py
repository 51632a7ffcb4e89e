"""The command line: demo, index, check, sheet, train, compare, classify, models and download, each with `--json`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from core import terminal
from core.config import prepare_environment, settings
from core.errors import LeukoscopeError

if TYPE_CHECKING:
    from core.data.dataset import CellDataset
    from core.hyperparameters import Augmentation, Optimizer, TrainingConfig
    from core.store import Classifier

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="LeukoScope without a page: for scripts and clusters. For research use only; not for diagnosis.",
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Folder = Annotated[Path, typer.Argument(help="Folder or zip of a data set.", show_default=False)]
Positive = Annotated[
    list[str] | None, typer.Option("--positive", help="Class folder that counts as positive; may be repeated.")
]
Unreviewed = Annotated[bool, typer.Option("--without-edits", help="Use the labels as found; apply no review.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]


def main() -> None:
    """Run the command line: exit 0 on success, 2 with one sentence on bad input."""
    prepare_environment()
    try:
        code = app(sys.argv[1:] or ["--help"], prog_name="python -m core", standalone_mode=False)
    except typer.TyperException as error:
        terminal.refuse(error.format_message())
    except OSError as error:
        terminal.refuse(f"Expected a file or folder that can be used. Received: {error}.")
    except (LeukoscopeError, ValueError) as error:
        terminal.refuse(str(error))
    else:
        sys.exit(code)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder to write C-NMC_Leukemia into.")],
    cells: Annotated[int, typer.Option(help="Number of cells.")] = 600,
    subjects: Annotated[int, typer.Option(help="Number of subjects.")] = 24,
    seed: Seed = 0,
    manifest: Annotated[Path | None, typer.Option(help="Draw every image of this manifest instead.")] = None,
    as_json: Json = False,
) -> None:
    """Draw a demo data set in C-NMC's layout."""
    from core.data.demo import write_demo
    from core.data.manifest import write_from_manifest

    if manifest is not None:
        tree = write_from_manifest(out, manifest, progress=terminal.progress())
        terminal.show({"root": str(tree.root), "images": tree.images, "notes": list(tree.notes)}, as_json=as_json)
        return
    root = write_demo(out, cells=cells, subjects=subjects, seed=seed, progress=terminal.progress())
    terminal.show({"root": str(root), "images": cells, "notes": []}, as_json=as_json)


@app.command()
def index(
    folder: Folder,
    with_hash: Annotated[bool, typer.Option("--hash", help="Also hash every file and name the groups.")] = False,
    positive: Positive = None,
    as_json: Json = False,
) -> None:
    """Count the cells of a data set and list what cannot be used."""
    from core.data.summary import summary

    terminal.show(summary(_dataset(folder, positive, with_hash=with_hash)), as_json=as_json)


@app.command()
def check(folder: Folder, positive: Positive = None, as_json: Json = False) -> None:
    """Look for duplicates, leaks, contradicting labels and bad images."""
    from core.data.findings import findings
    from core.data.measures import measured

    dataset = _dataset(folder, positive, with_hash=True)
    cells = measured(dataset, cache=settings().cache, progress=terminal.progress())
    terminal.show(findings(dataset, cells), as_json=as_json)


@app.command()
def sheet(
    folder: Folder,
    out: Annotated[Path | None, typer.Option(help="File to write, .html or .json.")] = None,
    positive: Positive = None,
    as_json: Json = False,
) -> None:
    """Write the data sheet: counts, fingerprint, groups, findings, edits and figures."""
    from core.data.edits import edits_file, log
    from core.data.measures import measured
    from core.datasheet import data_sheet, to_html, to_json

    if out is not None and out.suffix.lower() not in (".html", ".json"):
        raise ValueError(f"Expected a file that ends in .html or .json. Received: {out}.")
    dataset = _dataset(folder, positive, with_hash=True)
    cells = measured(dataset, cache=settings().cache, progress=terminal.progress())
    found = data_sheet(dataset, cells, log(edits_file(settings(), dataset.root)), progress=terminal.progress())
    if out is not None:
        text = to_json(found) if out.suffix.lower() == ".json" else to_html(found, dataset, cells)
        out.write_text(text, encoding="utf-8")
    if as_json or out is None:
        terminal.show(found, as_json=as_json)
    else:
        terminal.show({"file": str(out)}, as_json=False)


@app.command()
def train(
    folder: Folder,
    out: Annotated[str, typer.Option(help="Name of the model.")],
    architecture: Annotated[
        str, typer.Option(help="leuko-net, baseline-cnn, mobilenet-v2 or efficientnet-b0.")
    ] = "leuko-net",
    pretrained: Annotated[bool, typer.Option(help="Start from ImageNet weights where the network has them.")] = False,
    start_from: Annotated[
        str, typer.Option(help="Stored model whose weights, network and pixels training goes on from.")
    ] = "",
    freeze: Annotated[
        bool, typer.Option("--freeze", help="Train only the last layer; with --start-from or --pretrained.")
    ] = False,
    epochs: Annotated[int, typer.Option(help="Most passes over the training cells.")] = 10,
    batch_size: Annotated[int, typer.Option(help="Cells a step.")] = 32,
    learning_rate: Annotated[float, typer.Option(help="First step size; it falls to zero.")] = 1e-3,
    optimizer: Annotated[str, typer.Option(help="adam, adamw or sgd.")] = "adam",
    augmentation: Annotated[str, typer.Option(help="off, turns, or 'turns and colour'.")] = "turns",
    dropout: Annotated[float, typer.Option(help="Share of the last layer's inputs left out in each step.")] = 0.2,
    patience: Annotated[int, typer.Option(help="Epochs without a better validation AUROC before it stops.")] = 8,
    no_class_weights: Annotated[
        bool, typer.Option("--no-class-weights", help="Let each cell count the same, whatever its class.")
    ] = False,
    image_size: Annotated[int, typer.Option(help="Edge of the network's input in pixels.")] = 200,
    grayscale: Annotated[bool, typer.Option(help="Drop the colour.")] = False,
    normalize_stain: Annotated[
        bool, typer.Option("--normalize-stain", help="Give each cell the same mean colour and contrast first.")
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

    dataset = _dataset(folder, positive, with_hash=True, reviewed=not without_edits)
    terminal.start_tensorflow()
    start = store.load(folder_of_models, start_from) if start_from else None
    limits = {"minutes": minutes or None, "gigabytes": gigabytes or None}
    if any(limits.values()):
        config = _affordable(dataset, config, start, limits)
    result = fit(dataset, config, name=out, listener=listen, start=start, cache=settings().cache)
    classifier = challenged(result.classifier, result.report, dataset, store_folder=folder_of_models, progress=progress)
    card = store.save(classifier, folder_of_models, overwrite=overwrite)
    terminal.show(json.loads(card.to_json()), as_json=as_json, leave_out=("subjects", "reliability", "by_subject"))


@app.command()
def compare(
    folder: Folder,
    models: Annotated[str, typer.Option(help="Names, separated by commas; all by default.")] = "",
    features: Annotated[str, typer.Option(help="pixels or grayscale, for the classical models.")] = "pixels",
    seed: Seed = 0,
    positive: Positive = None,
    without_edits: Unreviewed = False,
    as_json: Json = False,
) -> None:
    """Compare classical models and stored networks on the same test subjects."""
    from core import store
    from core.comparison import compare as run
    from core.data.edits import applied

    dataset = _dataset(folder, positive, with_hash=True, reviewed=not without_edits)
    if any(model.card for model in store.models(settings().models)):
        terminal.start_tensorflow()
    result = run(
        dataset,
        models=[name.strip() for name in models.split(",") if name.strip()] or None,
        features=features,
        store_folder=settings().models,
        seed=seed,
        progress=terminal.progress(),
    )
    table = result.table()
    if not as_json:
        typer.echo(table.round(3).to_string(index=False))
        typer.echo(applied(result.edits), err=True)
        return
    common = {
        "split_by": result.split_by,
        "cells": result.cells,
        "subjects": result.subjects,
        "edits": dict(result.edits),
    }
    terminal.show({**common, "models": json.loads(table.to_json(orient="records"))}, as_json=True)


@app.command()
def classify(
    paths: Annotated[list[Path], typer.Argument(help="Images, or folders of images.", show_default=False)],
    model: Annotated[str, typer.Option(help="Name of a stored model.")] = "demo",
    overlay: Annotated[Path | None, typer.Option(help="Folder for Grad-CAM overlays as PNG.")] = None,
    as_json: Json = False,
) -> None:
    """Classify cells; a file that is no image is a row with its reason."""
    from core import store
    from core.card import RESEARCH_NOTICE
    from core.classify import classify as answer

    found = list(_images(paths))
    terminal.start_tensorflow()
    classifier = store.load(settings().models, model)
    rows: list[dict[str, Any]] = []
    progress = terminal.progress()
    for start in range(0, len(found), 64):
        files = found[start : start + 64]
        progress(start, len(found), "Classifying cells")
        for prediction in answer(classifier, [(str(path), path) for path in files], explain=overlay is not None):
            rows.append(
                {"file": prediction.file, "error": prediction.error}
                if prediction.error
                else {"file": prediction.file, "label": prediction.label, "probability": prediction.probability}
            )
            if overlay is not None and prediction.image is not None and prediction.relevance is not None:
                _write_overlay(overlay, len(rows), prediction.file, prediction.image, prediction.relevance)
    if as_json:
        terminal.show(rows, as_json=True)
        return
    for row in rows:
        typer.echo("\t".join(str(value) for value in row.values()))
    typer.echo(" ".join((RESEARCH_NOTICE, *classifier.card.caveats)), err=True)


@app.command()
def models(as_json: Json = False) -> None:
    """List the stored models."""
    from core import store

    rows = [
        {"name": model.name, "problem": model.problem}
        if model.card is None
        else {
            "name": model.name,
            "architecture": model.card.architecture,
            "origin": model.card.origin,
            "created": model.card.created,
            "test": model.card.test,
            "caveats": list(model.card.caveats),
        }
        for model in store.models(settings().models)
    ]
    terminal.show(rows, as_json=as_json)


@app.command()
def download(
    out: Annotated[Path, typer.Option(help="Folder to download into.")],
    as_json: Json = False,
) -> None:
    """Fetch C-NMC 2019 from Kaggle."""
    from core.data.kaggle import download as fetch

    terminal.show({"root": str(fetch(out, progress=terminal.progress()))}, as_json=as_json)


def _affordable(
    dataset: "CellDataset", config: "TrainingConfig", start: "Classifier | None", limits: dict[str, float | None]
) -> "TrainingConfig":
    """The configuration that fits the limits; what it takes and leaves out is said on standard error."""
    from core.budget import estimate, measured_cost, within

    cost = measured_cost(dataset, config)
    card = start.card if start else None
    fitting = within(dataset, config, cost, **limits, start=card)
    found = estimate(dataset, fitting, cost, start=card)
    typer.echo(f"{found.sentence} {found.left_out}".strip(), err=True)
    return fitting


def _dataset(folder: Path, positive: list[str] | None, *, with_hash: bool, reviewed: bool = True) -> Any:  # noqa: ANN401
    from core.data.edits import edited, edits_file, log  # here, since --help shall be fast
    from core.data.hashing import hashed
    from core.data.library import open_dataset

    dataset = open_dataset(folder, settings(), positive=positive or (), progress=terminal.progress())
    if not with_hash:
        return dataset
    found = hashed(dataset, cache=settings().cache, progress=terminal.progress())
    return edited(found, log(edits_file(settings(), found.root))) if reviewed else found


def _images(paths: list[Path]) -> Iterator[Path]:
    from core.data.image_header import SUFFIXES

    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
        elif path.exists():
            yield path
        else:
            raise ValueError(f"Expected an image or a folder of images. Received: {path}, which is missing.")


def _write_overlay(folder: Path, number: int, file: str, image: Any, relevance: Any) -> None:  # noqa: ANN401
    import cv2

    from core.explain import overlay

    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{number:04d}-{Path(file).stem}.png"
    target.write_bytes(cv2.imencode(".png", overlay(image, relevance)[..., ::-1])[1].tobytes())
