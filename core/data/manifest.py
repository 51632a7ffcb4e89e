"""Draw a tree as large as C-NMC itself from its manifest: same names and folders, drawn pixels."""

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from core.data import cnmc
from core.data.dataset import PRELIMINARY_TEST
from core.data.demo import FOLDER, claim, write_image
from core.data.drawing import GENERATOR, draw_cell, subject_style
from core.data.parallel import for_each
from core.errors import DataError
from core.types import Progress, silent


@dataclass(frozen=True)
class ManifestTree:
    """What was drawn.

    Attributes:
        root: The data set's folder.
        images: Number of images.
        notes: What a user must know, one sentence each.
    """

    root: Path
    images: int
    notes: tuple[str, ...]


def write_from_manifest(out: Path, manifest: Path, *, progress: Progress = silent) -> ManifestTree:
    """Draw every image of a manifest, each from its SHA-256 and class alone, at 450 x 450.

    Files that are identical in the manifest are therefore identical here, even under two subjects. The class of a
    training image is in its name, of a preliminary test image in the label table that is looked for below the
    manifest's folder, and of a final test image in its hash.

    Args:
        out: Folder to create the data set in.
        manifest: CSV with the columns `path` and `sha256`, plain or compressed.
        progress: Called as cells get drawn; may raise `Cancelled`.

    Raises:
        DataError: If the manifest cannot be read or names no image, or the folder holds another data set.
    """
    rows = _read(manifest)
    images = rows[rows["path"].str.lower().str.endswith(".bmp")]
    if images.empty:
        raise DataError(f"Expected at least one .bmp in {manifest}. Received: none.")
    tables = rows[rows["path"].str.lower().str.endswith(".csv")]
    digest = hashlib.sha256("\n".join(rows["path"] + rows["sha256"]).encode()).hexdigest()
    root = claim(out, {"drawn": True, "generator": GENERATOR, "seed": None, "manifest": digest})
    notes = []
    listed: dict[str, str] = {}
    for path, sha256 in zip(tables["path"], tables["sha256"], strict=True):
        found = _label_table(manifest.parent, PurePosixPath(path).name, sha256)
        if found is None:
            notes.append(f"{path} was not found beside the manifest, so the preliminary test images carry no label.")
            continue
        target = root.parent / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(found.read_bytes())
        if cnmc.is_label_table(found):
            labels = cnmc.label_table(found)["label"]
            listed |= dict(zip(labels.index, labels, strict=True))
    positive = _classes(images, listed)
    missing = [
        (out / path, sha256, positive[sha256])
        for path, sha256 in zip(images["path"], images["sha256"], strict=True)
        if not (out / path).exists()
    ]
    for_each(_write, missing, total=len(images), text="Drawing cells", progress=progress)
    return ManifestTree(root, len(images), tuple(notes))


def _read(manifest: Path) -> pd.DataFrame:
    try:
        rows = pd.read_csv(manifest, dtype=str).fillna("")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DataError(f"Expected a manifest (CSV with path and sha256). Received: {manifest} ({error}).") from error
    if not {"path", "sha256"} <= set(rows.columns):
        raise DataError(f"Expected the columns path and sha256 in {manifest}. Received: {', '.join(rows.columns)}.")
    bad = [path for path in rows["path"] if not _is_inside(PurePosixPath(path))]
    if bad or not rows["sha256"].str.fullmatch("[0-9a-f]{64}").all():
        raise DataError(
            f"Expected paths below {FOLDER} and SHA-256 hashes in {manifest}. Received: {bad[:1] or 'bad hashes'}."
        )
    try:
        for path in rows["path"].map(PurePosixPath):
            if cnmc.is_cell_name(path.stem):
                cnmc.cell_name(path.stem)
    except ValueError as error:
        raise DataError(f"{manifest}: {error}") from error
    return rows


def _is_inside(path: PurePosixPath) -> bool:
    return path.parts[:1] == (FOLDER,) and ".." not in path.parts


def _label_table(folder: Path, name: str, sha256: str) -> Path | None:
    candidates = (file for file in sorted(folder.rglob(name)) if file.is_file())
    return next((file for file in candidates if hashlib.sha256(file.read_bytes()).hexdigest() == sha256), None)


def _classes(images: pd.DataFrame, listed: dict[str, str]) -> dict[str, bool]:
    """Whether each content is drawn as a positive cell; of names that disagree the first in path order decides."""
    classes: dict[str, bool] = {}
    for path, sha256 in sorted(zip(images["path"], images["sha256"], strict=True)):
        name = PurePosixPath(path)
        if cnmc.is_cell_name(name.stem):
            classes.setdefault(sha256, cnmc.cell_name(name.stem).label == cnmc.POSITIVE)
    for path, sha256 in zip(images["path"], images["sha256"], strict=True):
        name = PurePosixPath(path)
        label = listed.get(name.name, "") if cnmc.part(name) == PRELIMINARY_TEST else ""
        by_hash = int(sha256[:2], 16) < 256 * 2 // 3
        classes.setdefault(sha256, label == cnmc.POSITIVE if label else by_hash)
    return classes


def _write(task: tuple[Path, str, bool]) -> None:
    file, sha256, positive = task
    rng = np.random.default_rng([GENERATOR, int(sha256, 16), int(positive)])
    write_image(file, draw_cell(rng, positive=positive, style=subject_style(rng)))
