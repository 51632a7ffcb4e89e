"""Commands about models: classify and models."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core import terminal
from core.cli.options import Json
from core.config import settings

if TYPE_CHECKING:
    from core.types import ByteArray


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
    from core.data.pixels import decode_file
    from core.maps import laid_over

    found = list(_images(paths))
    terminal.start_tensorflow()
    classifier = store.load(settings().models, model)
    rows: list[dict[str, Any]] = []
    progress = terminal.progress()
    for start in range(0, len(found), 64):
        files = found[start : start + 64]
        progress(start, len(found), "Classifying cells")
        answered = answer(classifier, [(str(path), path) for path in files], explain=overlay is not None)
        for path, prediction in zip(files, answered, strict=True):
            rows.append(
                {"file": prediction.file, "error": prediction.error}
                if prediction.error
                else {"file": prediction.file, "label": prediction.label, "probability": prediction.probability}
            )
            if overlay is not None and prediction.relevance is not None:
                picture = laid_over(classifier, decode_file(path), prediction.relevance)
                _write(overlay / f"{len(rows):04d}-{path.stem}.png", picture)
    if as_json:
        terminal.show(rows, as_json=True)
        return
    for row in rows:
        typer.echo("\t".join(str(value) for value in row.values()))
    typer.echo(" ".join((RESEARCH_NOTICE, *classifier.card.caveats)), err=True)


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


def _images(paths: list[Path]) -> Iterator[Path]:
    from core.data.image_header import SUFFIXES

    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
        elif path.exists():
            yield path
        else:
            raise ValueError(f"Expected an image or a folder of images. Received: {path}, which is missing.")


def _write(file: Path, picture: "ByteArray") -> None:
    import cv2

    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())
