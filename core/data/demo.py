"""A demo data set of drawn cells in C-NMC's layout, and its marker."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.data.drawing import GENERATOR, DrawnCell, draw_cell, subject_style
from core.data.parallel import for_each
from core.errors import DataError
from core.types import Progress, silent

MARKER = "DRAWN.json"
FOLDER = "C-NMC_Leukemia"
_FOLDS = 3
_CELLS_AN_IMAGE = 3
_POSITIVE_SUBJECTS = 0.62  # as in the real set: 47 of 73 subjects, and about two thirds of the cells


@dataclass(frozen=True)
class DemoCell:
    """One cell of a demo set: everything that its pixels follow from."""

    seed: int
    subject: int
    number: int
    positive: bool

    @property
    def path(self) -> str:
        """Path below the data set's folder, as C-NMC names it."""
        label = "all" if self.positive else "hem"
        subject = f"{'' if self.positive else 'H'}{self.subject}"
        image, cell = self.number // _CELLS_AN_IMAGE + 1, self.number % _CELLS_AN_IMAGE + 1
        return f"training_data/fold_{self.subject % _FOLDS}/{label}/UID_{subject}_{image}_{cell}_{label}.bmp"

    def draw(self) -> DrawnCell:
        """Draw it, with its masks."""
        key = [GENERATOR, self.seed, int(self.positive), self.subject]
        style = subject_style(np.random.default_rng(key))
        return draw_cell(np.random.default_rng([*key, 1, self.number]), positive=self.positive, style=style)


def demo_cells(*, cells: int = 600, subjects: int = 24, seed: int = 0) -> list[DemoCell]:
    """Plan a demo set: subjects of both classes with equal shares of the cells, folds that share no subject.

    Raises:
        ValueError: If there are fewer than two subjects, or fewer cells than subjects.
    """
    if subjects < 2:
        raise ValueError(f"Expected at least 2 subjects, one of each class. Received: {subjects}.")
    if cells < subjects:
        raise ValueError(f"Expected at least one cell a subject. Received: {cells} cells of {subjects} subjects.")
    positive_subjects = min(subjects - 1, max(1, round(_POSITIVE_SUBJECTS * subjects)))
    planned = []
    for place in range(subjects):
        positive = place < positive_subjects
        subject = place + 1 if positive else place - positive_subjects + 1
        share = cells * (place + 1) // subjects - cells * place // subjects
        planned += [DemoCell(seed, subject, number, positive) for number in range(share)]
    return planned


def write_demo(out: Path, *, cells: int = 600, subjects: int = 24, seed: int = 0, progress: Progress = silent) -> Path:
    """Draw a demo set into `out/C-NMC_Leukemia`; a set that is already there in full is kept.

    Args:
        out: Folder to create the data set in.
        cells: Number of cells.
        subjects: Number of subjects.
        seed: Same seed, same files.
        progress: Called as cells get drawn; may raise `Cancelled`.

    Returns:
        The data set's folder.

    Raises:
        ValueError: If the numbers are impossible.
        DataError: If the folder holds another data set.
    """
    planned = demo_cells(cells=cells, subjects=subjects, seed=seed)
    root = claim(out, {"drawn": True, "generator": GENERATOR, "seed": seed, "cells": cells, "subjects": subjects})
    missing = [(root, cell) for cell in planned if not (root / cell.path).exists()]
    for_each(_write, missing, total=len(planned), text="Drawing cells", progress=progress)
    return root


def claim(out: Path, marker: dict[str, object]) -> Path:
    """Create `out/C-NMC_Leukemia` with its marker, or check that it carries the same one.

    Raises:
        DataError: If the folder cannot be made or holds something else.
    """
    root = out / FOLDER
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"Expected a folder that can be written. Received: {out} ({error.strerror}).") from error
    file = root / MARKER
    if file.exists():
        if drawn_marker(root) != marker:
            raise DataError(
                f"Expected an empty folder or the same drawn set. Received: {root}, which holds another one."
            )
    elif any(root.iterdir()):
        raise DataError(f"Expected an empty folder or a drawn set. Received: {root}, which holds other files.")
    else:
        file.write_text(json.dumps(marker), encoding="utf-8")
    return root


def drawn_marker(root: Path) -> dict[str, object] | None:
    """Read the marker of a drawn set, in the folder itself or in its data set folder; None for real cells."""
    for file in (root / MARKER, root / FOLDER / MARKER):
        if file.is_file():
            try:
                marker = json.loads(file.read_text(encoding="utf-8"))
            except (OSError, ValueError, RecursionError):
                continue
            if isinstance(marker, dict) and marker.get("drawn") is True:
                return marker
    return None


def write_image(file: Path, cell: DrawnCell) -> None:
    """Write a drawn cell as a 24-bit BMP; the file appears whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_bytes(cv2.imencode(".bmp", cell.image[..., ::-1])[1].tobytes())
    partial.replace(file)


def _write(task: tuple[Path, DemoCell]) -> None:
    root, cell = task
    write_image(root / cell.path, cell.draw())
