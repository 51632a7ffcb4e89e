"""Counts of a data set, as the command line prints them and the Explore page shows them."""

from typing import Any

import pandas as pd

from core.data.dataset import CellDataset
from core.data.persons import groups, persons
from core.data.split import SIDES, Split


def summary(dataset: CellDataset) -> dict[str, Any]:
    """Count cells, classes, subjects and parts; with hashes also the groups of subjects that are one person."""
    table = dataset.table
    known = table[table["subject"] != ""]
    found: dict[str, Any] = {
        "root": str(dataset.root),
        "origin": dataset.origin,
        "cells": len(table),
        "labelled": int((table["label"] != "").sum()),
        "classes": _classes(dataset, table),
        "subjects": int(known["subject"].nunique()),
        "parts": {
            str(part): {"cells": len(rows), "classes": _classes(dataset, rows), "subjects": _subjects(rows)}
            for part, rows in table.groupby("part", sort=True)
        },
        "folds": {
            str(fold): {"cells": len(rows), "classes": _classes(dataset, rows), "subjects": _subjects(rows)}
            for fold, rows in table[table["fold"] != ""].groupby("fold", sort=True)
        },
        "image_sizes": {str(size): int(count) for size, count in _sizes(table).value_counts().items()},
        "unreadable": [{"file": file.file, "reason": file.reason} for file in dataset.unreadable],
        "notes": list(dataset.notes),
    }
    if dataset.hashed:
        found["groups"] = groups(known)
        found["persons"] = len(set(persons(known).values()))
        found["edits"] = dict(dataset.edits)
        found["exact_duplicates"] = int(table["sha256"].duplicated().sum())
        found["fingerprint"] = dataset.fingerprint() if len(dataset.labelled) else None
    return found


def _classes(dataset: CellDataset, rows: pd.DataFrame) -> dict[str, int]:
    """Labelled cells by class; by class folder where no positive class has been named."""
    column = "label" if all(dataset.classes) else "class_name"
    counts = rows.loc[rows[column] != "", column].value_counts()
    return {str(name): int(counts[name]) for name in sorted(counts.index)}


def _subjects(rows: pd.DataFrame) -> int:
    return int(rows.loc[rows["subject"] != "", "subject"].nunique())


def _sizes(rows: pd.DataFrame) -> pd.Series:
    return rows["width"].astype(str) + "x" + rows["height"].astype(str)


def side_counts(dataset: CellDataset, sides: Split) -> pd.DataFrame:
    """Count each side of a split.

    Returns:
        One row a side that has cells, indexed by its name, with the columns `cells`, one for each class, and
        `subjects` where the data set names them.
    """
    cells = dataset.labelled.assign(side=sides.of(dataset.labelled))
    cells = cells[cells["side"] != ""]
    counts = pd.DataFrame({"cells": cells.groupby("side").size()})
    for name in reversed(dataset.classes):
        counts[name] = cells[cells["label"] == name].groupby("side").size()
    if dataset.has_subjects:
        counts["subjects"] = cells.groupby("side")["subject"].nunique()
    order = [side for side in SIDES if side in counts.index]
    return counts.loc[order].fillna(0).astype(int)
