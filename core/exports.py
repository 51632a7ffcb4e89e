"""`EXPORTS`: the files that a comparison can be taken away as, by their suffix."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core import checklist, printed, store
from core.card import ModelCard
from core.caveats import caveats
from core.comparison import Comparison

Cards = Mapping[str, ModelCard]


@dataclass(frozen=True)
class Export:
    """One kind of file.

    Attributes:
        title: Its name, for people.
        mime: Its media type.
        meaning: What is in it, for people.
        write: From a comparison, and the cards of the stored models in it, to the file's text.
    """

    title: str
    mime: str
    meaning: str
    write: Callable[[Comparison, Cards], str]


def to_csv(comparison: Comparison) -> str:
    """All figures with their bounds, and beside each row what a reader of the file alone must know."""
    said = " ".join(caveats(comparison.origin, comparison.split_by).values())
    return str(comparison.export().assign(caveats=said).to_csv(index=False, lineterminator="\n"))


EXPORTS: dict[str, Export] = {
    ".csv": Export("CSV", "text/csv", "All figures with their intervals.", lambda found, _: to_csv(found)),
    ".json": Export(
        "JSON", "application/json", "Everything, the score of each cell included.", lambda found, _: found.to_json()
    ),
    ".md": Export(
        "Markdown", "text/markdown", "Tables and sentences as text.", lambda found, _: printed.to_markdown(found)
    ),
    ".tex": Export("LaTeX", "application/x-tex", "Tables for a paper.", lambda found, _: printed.to_latex(found)),
    ".html": Export(
        "Reporting sheet",
        "text/html",
        "CLAIM and TRIPOD+AI: what the records can answer is filled in, the rest is marked open.",
        lambda found, cards: checklist.to_html(checklist.reporting_sheet(found, cards)),
    ),
}


def cards(comparison: Comparison, folder: Path) -> dict[str, ModelCard]:
    """Cards of the stored models in a comparison, by name; those that are gone or damaged are missing.

    Args:
        comparison: The comparison.
        folder: The model store.
    """
    names = {row.model for row in comparison.rows}
    return {model.name: model.card for model in store.models(folder) if model.card is not None and model.name in names}


def export(file: Path | str) -> Export:
    """The kind of file that a name stands for.

    Raises:
        ValueError: If its suffix is none of `EXPORTS`.
    """
    found = EXPORTS.get(Path(file).suffix.lower())
    if found is None:
        known = list(EXPORTS)
        raise ValueError(f"Expected a file that ends in {', '.join(known[:-1])} or {known[-1]}. Received: {file}.")
    return found
