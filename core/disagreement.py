"""Test cells on which models differ."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.standings import Row


def complete(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows that were tested on all cells."""
    most = max((len(row.report.cells) for row in rows if row.report is not None), default=0)
    return tuple(row for row in rows if row.report is not None and len(row.report.cells) == most)


def disagreements(rows: Sequence[Row], models: Sequence[str] | None = None) -> pd.DataFrame:
    """Test cells that models call differently, the most divided first.

    Args:
        rows: Of one comparison.
        models: At least two; by default all that were tested on all cells, the baselines left out.

    Returns:
        `path`, `subject`, `positive`, `wrong` (number of models that call it wrong), and the probability that each
        model gives, by its name; no row with fewer than two models.
    """
    reports = {
        row.model: row.report
        for row in complete(rows)
        if row.report is not None and (row.kind != "baseline" if models is None else row.model in models)
    }
    if len(reports) < 2:
        return pd.DataFrame(columns=["path", "subject", "positive", "wrong", *reports])
    first = next(iter(reports.values()))
    wrong = np.sum([report.called != first.truth for report in reports.values()], axis=0)
    divided = np.minimum(wrong, len(reports) - wrong)
    table = first.cells[["path", "subject", "positive"]].assign(
        wrong=wrong, **{name: report.cells["probability"] for name, report in reports.items()}
    )
    order = np.lexsort((table["path"], -wrong, -divided))
    chosen: pd.DataFrame = table.iloc[order[divided[order] > 0]].reset_index(drop=True)
    return chosen
