"""Open a data set from wherever it is: a folder or a zip."""

from collections.abc import Sequence
from pathlib import Path

from core.config import Settings
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
