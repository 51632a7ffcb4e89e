"""Select and order cells: filters that combine, and how one cell's measures stand among those of its class."""

from collections.abc import Mapping, Sequence

import pandas as pd

from core.data.morphology import MORPHOLOGY
from core.data.quality import CHECKS, QUALITY, flagged

MEASURES: dict[str, str] = {**MORPHOLOGY, **QUALITY}
"""All measures of a cell and what users call them."""


def selected(
    cells: pd.DataFrame,
    *,
    among: Mapping[str, Sequence[str]],
    flags: Sequence[str] = (),
    thresholds: Mapping[str, float] | None = None,
    between: Mapping[str, tuple[float, float]] | None = None,
) -> pd.DataFrame:
    """Keep the rows that meet every filter.

    Args:
        cells: Rows to choose from.
        among: Values to keep by column; a column without any keeps all.
        flags: Keys of `CHECKS`; a row is kept if any of them flags it. None keep all.
        thresholds: As for `quality.flagged`.
        between: Lowest and highest value to keep by column; rows without a value are dropped.

    Raises:
        ValueError: If a check is unknown.
    """
    unknown = sorted(set(flags) - set(CHECKS))
    if unknown:
        raise ValueError(f"Expected checks out of {', '.join(CHECKS)}. Received: {', '.join(unknown)}.")
    kept = pd.Series(True, index=cells.index)
    for column, values in among.items():
        if values:
            kept &= cells[column].isin(values)
    if flags:
        kept &= flagged(cells, thresholds)[list(flags)].any(axis=1)
    for column, (low, high) in (between or {}).items():
        kept &= cells[column].between(low, high)
    return cells[kept]


def profile(cells: pd.DataFrame, path: str) -> pd.DataFrame:
    """How the measures of one cell stand among those of the cells that carry its label.

    Args:
        cells: Measured cells; at least one.
        path: The cell.

    Returns:
        One row a measure of `MEASURES` that the cell has: `measure` (what users call it), `value`, `median` of its
        class, and `percentile`: the share of its class with smaller values, equal ones counting half, in [0, 100].

    Raises:
        KeyError: If there is no cell of this path.
    """
    cell = cells.set_index("path").loc[path]
    peers = cells[cells["label"] == cell["label"]]
    rows: list[tuple[str, float, float, float]] = []
    for name, title in MEASURES.items():
        if pd.isna(cell[name]):
            continue
        values = peers[name].dropna()
        below = (values < cell[name]).mean() + (values == cell[name]).mean() / 2
        rows.append((title, float(cell[name]), float(values.median()), float(100 * below)))
    return pd.DataFrame(rows, columns=["measure", "value", "median", "percentile"])
