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

_AT_ONCE = 64  # files in memory


def classify(
    paths: Annotated[
        list[Path], typer.Argument(help="Images, DICOM files, zips, or folders of them.", show_default=False)
    ],
    model: Annotated[str, typer.Option(help="Name of a stored model.")] = "demo",
    overlay: Annotated[Path | None, typer.Option(help="Folder for Grad-CAM overlays as PNG.")] = None,
    who: Annotated[str, typer.Option(help="Who asks, for the audit log.")] = "local",
    as_json: Json = False,
) -> None:
    """Classify cells as Upload does, and log each answer; a file that is no image is a row with its reason."""
    from core import answer_log, store
    from core.audit import AuditLog
    from core.card import RESEARCH_NOTICE
    from core.classify import classify as answer
    from core.data.upload import cells, looked_at, uploads
    from core.maps import laid_over

    found = list(_files(paths))
    terminal.start_tensorflow()
    classifier = store.load(settings().models, model)
    log = AuditLog(settings().database)
    rows: list[dict[str, Any]] = []
    progress = terminal.progress()
    for start in range(0, len(found), _AT_ONCE):
        files = found[start : start + _AT_ONCE]
        progress(start, len(found), "Classifying cells")
        part = cells(looked_at(uploads((str(path), path.read_bytes()) for path in files)), {})
        answered = answer(classifier, [(cell.name, cell.pixels) for cell in part], explain=overlay is not None)
        log.append(*answer_log.events(part, answered, classifier.card, who=who))
        for cell, prediction in zip(part, answered, strict=True):
            rows.append(
                {"file": prediction.file, "error": prediction.error}
                if prediction.error
                else {
                    "file": prediction.file,
                    "label": prediction.label,
                    "probability": prediction.probability,
                    "calibrated": prediction.calibrated,
                }
            )
            if overlay is not None and prediction.relevance is not None:
                picture = laid_over(classifier, cell.pixels(), prediction.relevance)
                _write(overlay / f"{len(rows):04d}-{Path(cell.name).stem}.png", picture)
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


def _files(paths: list[Path]) -> Iterator[Path]:
    from core.data.upload import SUFFIXES

    for path in paths:
        if path.is_dir():
            yield from sorted(
                file for file in path.rglob("*") if file.suffix.lower().removeprefix(".") in SUFFIXES and file.is_file()
            )
        elif path.exists():
            yield path
        else:
            raise ValueError(f"Expected an image or a folder of images. Received: {path}, which is missing.")


def _write(file: Path, picture: "ByteArray") -> None:
    import cv2

    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())
