"""Persons behind subject ids: subjects that share a byte-identical cell are one person for every split."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def shared_cells(cells: pd.DataFrame) -> pd.DataFrame:
    """Pairs of subjects that share byte-identical cells.

    Args:
        cells: Rows with `sha256` and `subject`.

    Returns:
        One row a pair of subjects with the columns `subject`, `other` (in sorted order) and `cells`, the number of
        contents that both hold; most first.
    """
    held = cells.loc[cells["subject"] != "", ["sha256", "subject"]].drop_duplicates()
    held = held[held["sha256"].duplicated(keep=False)]
    pairs = held.merge(held, on="sha256", suffixes=("", "_other")).rename(columns={"subject_other": "other"})
    pairs = pairs[pairs["subject"] < pairs["other"]]
    counts = pairs.groupby(["subject", "other"], as_index=False).size().rename(columns={"size": "cells"})
    return counts.sort_values(["cells", "subject", "other"], ascending=[False, True, True], ignore_index=True)


def persons(cells: pd.DataFrame) -> dict[str, str]:
    """Map each subject to the person it stands for, named by the group's first subject.

    Args:
        cells: Rows with `sha256` and `subject`.
    """
    subjects = sorted(set(cells["subject"]) - {""})
    pairs = shared_cells(cells)
    position = {subject: number for number, subject in enumerate(subjects)}
    links = (
        np.ones(len(pairs), dtype=np.int8),
        ([position[subject] for subject in pairs["subject"]], [position[other] for other in pairs["other"]]),
    )
    _, component = connected_components(coo_array(links, shape=(len(subjects), len(subjects))), directed=False)
    first: dict[int, str] = {}
    return {
        subject: first.setdefault(int(number), subject) for subject, number in zip(subjects, component, strict=True)
    }


def groups(cells: pd.DataFrame) -> list[list[str]]:
    """Groups of two or more subjects that stand for one person, each in sorted order."""
    members: dict[str, list[str]] = {}
    for subject, person in persons(cells).items():
        members.setdefault(person, []).append(subject)
    return [group for group in members.values() if len(group) > 1]
