"""Commands about data: demo, index, check, sheet and download."""

from pathlib import Path
from typing import Annotated

import typer

from core import terminal
from core.cli.options import Folder, Json, Positive, Seed, opened
from core.config import settings


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


def index(
    folder: Folder,
    with_hash: Annotated[bool, typer.Option("--hash", help="Also hash every file and name the groups.")] = False,
    positive: Positive = None,
    as_json: Json = False,
) -> None:
    """Count the cells of a data set and list what cannot be used."""
    from core.data.summary import summary

    terminal.show(summary(opened(folder, positive, with_hash=with_hash)), as_json=as_json)


def check(folder: Folder, positive: Positive = None, as_json: Json = False) -> None:
    """Look for duplicates, leaks, contradicting labels and bad images."""
    from core.data.findings import findings
    from core.data.measures import measured

    dataset = opened(folder, positive, with_hash=True)
    cells = measured(dataset, cache=settings().cache, progress=terminal.progress())
    terminal.show(findings(dataset, cells), as_json=as_json)


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
    dataset = opened(folder, positive, with_hash=True)
    cells = measured(dataset, cache=settings().cache, progress=terminal.progress())
    found = data_sheet(dataset, cells, log(edits_file(settings(), dataset.root)), progress=terminal.progress())
    if out is not None:
        text = to_json(found) if out.suffix.lower() == ".json" else to_html(found, dataset, cells)
        out.write_text(text, encoding="utf-8")
    if as_json or out is None:
        terminal.show(found, as_json=as_json)
    else:
        terminal.show({"file": str(out)}, as_json=False)


def download(
    out: Annotated[Path, typer.Option(help="Folder to download into.")],
    as_json: Json = False,
) -> None:
    """Fetch C-NMC 2019 from Kaggle."""
    from core.data.kaggle import download as fetch

    terminal.show({"root": str(fetch(out, progress=terminal.progress()))}, as_json=as_json)
