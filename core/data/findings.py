"""What is wrong with a data set, in numbers."""

from typing import Any

import pandas as pd

from core.data.dataset import CellDataset
from core.data.duplicates import duplicate_counts
from core.data.quality import flagged


def findings(dataset: CellDataset, cells: pd.DataFrame) -> dict[str, Any]:
    """Sum up duplicates, leaks, contradicting labels and bad images.

    Args:
        dataset: The data set.
        cells: Its measured cells, from `measures.measured`.

    Returns:
        The counts of `duplicates.duplicate_counts`; `quality`: flagged cells by check, at the checks' own thresholds;
        `unusable`: files that could not be indexed or decoded, each with its reason. All of it is JSON.
    """
    undecodable = cells.loc[cells["problem"] != "", ["path", "problem"]]
    return {
        "root": str(dataset.root),
        "cells": len(cells),
        **duplicate_counts(cells),
        "quality": {check: int(count) for check, count in flagged(cells).sum().items()},
        "unusable": [
            *({"file": file.file, "reason": file.reason} for file in dataset.unreadable),
            *({"file": path, "reason": problem} for path, problem in undecodable.itertuples(index=False)),
        ],
    }
