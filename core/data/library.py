"""Open a data set from wherever it is, a folder or a zip, and with what reviewers have done to it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from core.config import Settings
from core.data import additions, edits
from core.data.archive import unpack
from core.data.dataset import CellDataset
from core.data.demo import write_demo
from core.data.drawing import GENERATOR
from core.data.index import index
from core.types import Progress, silent


def open_dataset(
    source: Path, settings: Settings, *, positive: Sequence[str] = (), progress: Progress = silent
) -> CellDataset:
    """Index a folder, or unpack a zip into the workspace and index that; nothing is hashed yet.

    Raises:
        DataError: If the source cannot be used; the sentence says why.
    """
    folder = unpack(source, settings.data, progress=progress) if source.is_file() else source
    return index(folder, positive=positive, cache=settings.cache, progress=progress)


def demo_folder(settings: Settings, *, progress: Progress = silent) -> Path:
    """Folder of the demo set that every new user starts with; drawn on the first call."""
    return write_demo(settings.data / f"demo-{GENERATOR}", progress=progress)


def reviewed(dataset: CellDataset, settings: Settings) -> CellDataset:
    """A hashed data set with the cells that were added to it after review, and its edits applied.

    Raises:
        DataError: If a log of them cannot be read.
    """
    folder = additions.additions_folder(settings, dataset.root)
    added = additions.with_additions(dataset, additions.log(folder), folder)
    return edits.edited(added, edits.log(edits.edits_file(settings, dataset.root)))


def state_of_review(settings: Settings, root: Path) -> str:
    """What tells one state of the additions and edits of the data set in a folder from another; "" without any.

    Raises:
        DataError: If a log of them cannot be read.
    """
    decisions = edits.log(edits.edits_file(settings, root))
    decided = f"{len(decisions)} edits until {decisions[-1].decided}" if decisions else ""
    return " ".join(filter(None, (state_of_additions(settings, root), decided)))


def state_of_additions(settings: Settings, root: Path) -> str:
    """The same of the additions alone, which say what cells there are.

    Raises:
        DataError: If their log cannot be read.
    """
    cells = additions.log(additions.additions_folder(settings, root))
    return f"{len(cells)} additions {hashlib.sha256(repr(cells).encode()).hexdigest()[:16]}" if cells else ""
