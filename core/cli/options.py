"""Options and arguments that several commands share, and the data set that they name."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core import terminal
from core.config import settings

if TYPE_CHECKING:
    from core.data.dataset import CellDataset

Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Folder = Annotated[Path, typer.Argument(help="Folder or zip of a data set.", show_default=False)]
Positive = Annotated[
    list[str] | None, typer.Option("--positive", help="Class folder that counts as positive; may be repeated.")
]
Unreviewed = Annotated[bool, typer.Option("--without-edits", help="Use cells and labels as found; apply no review.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Architecture = Annotated[str, typer.Option(help="leuko-net, baseline-cnn, mobilenet-v2 or efficientnet-b0.")]
Epochs = Annotated[int, typer.Option(help="Most passes over the training cells.")]
BatchSize = Annotated[int, typer.Option(help="Cells a step.")]
LearningRate = Annotated[float, typer.Option(help="First step size; it falls to zero.")]
Augmented = Annotated[str, typer.Option("--augmentation", help="off, turns, or 'turns and colour'.")]
ImageSize = Annotated[int, typer.Option(help="Edge of the network's input in pixels.")]
Grayscale = Annotated[bool, typer.Option(help="Drop the colour.")]


def opened(folder: Path, positive: list[str] | None, *, with_hash: bool, reviewed: bool = True) -> "CellDataset":
    """The data set of a folder or zip, with the reviews of its cells applied where they may be."""
    from core.data.hashing import hashed  # here, since --help shall be fast
    from core.data.library import open_dataset
    from core.data.library import reviewed as with_reviews

    dataset = open_dataset(folder, settings(), positive=positive or (), progress=terminal.progress())
    if not with_hash:
        return dataset
    found = hashed(dataset, cache=settings().cache, progress=terminal.progress())
    return with_reviews(found, settings()) if reviewed else found
