"""Colour drift: which subjects' cells have another colour than the rest, as from another stain or camera."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from core.types import FloatArray

CHANNELS = {
    "red": ("redder", "less red"),
    "green": ("greener", "less green"),
    "blue": ("bluer", "less blue"),
}
"""Colour measures of `MORPHOLOGY`, and what a subject is whose cells lie above or below the others."""

ALL_SUBJECTS = "all subjects"
LIMIT = 3.5  # |z| beyond which Iglewicz and Hoaglin call a value an outlier
FEWEST_CELLS = 5  # of a subject; the median of fewer says more about the cells than about the slide
FEWEST_SUBJECTS = 5  # to compare with; fewer show no usual range
_DIGITS = 6  # of a grey level; equal colours may differ by rounding
_MEDIAN_ERROR = 1.2533  # standard error of a median over that of a mean, of normal values


def drift(cells: pd.DataFrame, classes: tuple[str, str]) -> pd.DataFrame:
    """Compare the colour of each subject's cells with that of the other subjects.

    Leukemic and healthy cells may differ in colour for a good reason: chromatin binds the stain. So each subject is
    compared with the subjects of its own class, by its cells of the class that most of them have; the distances of both
    classes together give the scale. Where a class has fewer than five subjects to judge, its median would mean little,
    and all subjects are compared with each other; a difference between the classes then counts as drift. A subject
    without a label is always compared with all. How much a colour varies within a cell is not compared: it follows the
    chromatin as much as the stain.

    A subject is an outlier in a channel if its modified z-score is beyond 3.5 and its distance beyond 3.5 standard
    errors of its own median. The score alone would flag subjects for having few cells, whose medians scatter most.

    Args:
        cells: Measured cells with `subject` and `label` ("" where unknown); those without a subject or a colour are
            left out.
        classes: (negative, positive).

    Returns:
        One row a subject, outliers first, then the farthest from the others, last those not judged: `subject`; `label`,
        the class that most of its cells have, or ""; `classes`, all that its cells have; `cells`; `compared`, the name
        of a class, "all subjects", or "" where it is not judged, for fewer than five cells or fewer than five subjects
        to compare with. For each of `CHANNELS` its median in grey levels (0 to 255), `<channel>_away`, the distance
        from the median of the subjects compared with, `<channel>_z`, the modified z-score (both NaN where not judged),
        and `<channel>_out`; `farthest`, the largest |z|; `outlier`; `finding`, in words, or "".

    Source:
        Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers: modified z-score.
    """
    named = cells[(cells["subject"] != "") & cells[list(CHANNELS)].notna().all(axis=1)]
    table = _subjects(named)
    many = table["own"] >= FEWEST_CELLS
    by_class = all(name and (many & (table["label"] == name)).sum() >= FEWEST_SUBJECTS for name in classes)
    if by_class:
        own = named["subject"].map(table["label"])
        named = named[(named["label"] == own) | (own == "")]
    by_subject = named.groupby("subject")
    counts = by_subject.size()
    judged = (counts >= FEWEST_CELLS) & ((counts >= FEWEST_CELLS).sum() >= FEWEST_SUBJECTS)
    table = table.drop(columns="own").join(by_subject[list(CHANNELS)].median())
    table["compared"] = table["label"].where(by_class & table["label"].isin(classes), ALL_SUBJECTS).where(judged, "")
    spread = by_subject[list(CHANNELS)].std()
    for channel in CHANNELS:
        _score(table, channel, spread[channel], counts)
    table["farthest"] = table[[f"{channel}_z" for channel in CHANNELS]].abs().max(axis=1)
    table["outlier"] = table[[f"{channel}_out" for channel in CHANNELS]].any(axis=1)
    table["finding"] = [_finding(row) for row in table.to_dict("records")]
    table = table.reset_index()
    return table.sort_values(["outlier", "farthest"], ascending=False, kind="stable", ignore_index=True)


def _subjects(named: pd.DataFrame) -> pd.DataFrame:
    """Each subject's number of cells, and of those of the class that most have; its classes."""
    held = named.groupby(["subject", "label"]).size().rename("count").reset_index()
    held = held[held["label"] != ""].sort_values(["count", "label"], ascending=[False, True])
    by_subject = held.groupby("subject")["label"]
    table = pd.DataFrame({"cells": named.groupby("subject").size()})
    table["own"] = held.groupby("subject")["count"].first().reindex(table.index).fillna(table["cells"])
    table["label"] = by_subject.first().reindex(table.index, fill_value="")
    table["classes"] = by_subject.agg(lambda labels: ", ".join(sorted(labels))).reindex(table.index, fill_value="")
    return table


def _score(table: pd.DataFrame, channel: str, spread: pd.Series, counts: pd.Series) -> None:
    """Add distance, score and verdict of one channel."""
    judged = table[table["compared"] != ""]
    values = judged[channel]
    own = judged["compared"] != ALL_SUBJECTS
    away = (values - values.median()).round(_DIGITS)
    z = pd.Series(modified_z(away.to_numpy()), index=away.index)
    if own.any():
        of_class = values[own].groupby(judged.loc[own, "label"])
        away[own] = (values[own] - of_class.transform("median")).round(_DIGITS)
        z[own] = modified_z(away[own].to_numpy())  # one scale for both classes: that of a few subjects scatters much
    error = _MEDIAN_ERROR * spread[judged.index].median() / np.sqrt(counts[judged.index])
    table[f"{channel}_away"] = away.reindex(table.index)
    table[f"{channel}_z"] = z.reindex(table.index)
    table[f"{channel}_out"] = ((z.abs() > LIMIT) & (away.abs() > LIMIT * error)).reindex(table.index, fill_value=False)


def modified_z(away: FloatArray) -> FloatArray:
    """Modified z-scores from distances.

    Args:
        away: Distances of values from their median, (values,).

    Returns:
        0.6745 times the distance over the median absolute deviation, (values,). Where that is 0, because more than half
        of the values are the same: the distance over 1.2533 times the mean absolute deviation. All 0 where no value
        differs.

    Source:
        Iglewicz and Hoaglin 1993; with a median absolute deviation of 0 as in IBM's definition of the modified z score.
    """
    if not len(away):
        return away
    apart = np.abs(away)
    median, mean = float(np.median(apart)), float(np.mean(apart))
    if median > 0:
        return 0.6745 * away / median
    return away / (1.253314 * mean) if mean > 0 else np.zeros_like(away)


def _finding(row: Mapping[Hashable, Any]) -> str:
    beyond = {channel: row[f"{channel}_away"] for channel in CHANNELS if row[f"{channel}_out"]}
    if not beyond:
        return ""
    words = []
    means = [beyond[channel] for channel in CHANNELS if channel in beyond]
    if len(means) == len(CHANNELS) and (min(means) > 0 or max(means) < 0):
        words.append(f"{'brighter' if means[0] > 0 else 'darker'} by {abs(float(np.mean(means))):.1f}")
        beyond = {}
    words += [f"{CHANNELS[channel][away < 0]} by {abs(away):.1f}" for channel, away in beyond.items()]
    others = "the other subjects" if row["compared"] == ALL_SUBJECTS else f"the other {row['compared']} subjects"
    return f"{', '.join(words)} grey levels than {others}"


def verdict(found: pd.DataFrame) -> str:
    """A sentence for people: which subjects stand out in colour, or that none does.

    Args:
        found: From `drift`, with at least one subject that is judged.
    """
    judged = found[found["compared"] != ""]
    out = judged[judged["outlier"]]
    if not len(out):
        return f"None of the {len(judged):,} subjects stands out in colour: stain and camera look alike."
    names = ", ".join(out["subject"])
    one = len(out) == 1
    return (
        f"{len(out):,} of {len(judged):,} subjects {'stands' if one else 'stand'} out in colour: {names}. "
        f"{'Its' if one else 'Their'} stain or camera may differ."
    )


def side_by_side(
    cells: pd.DataFrame, found: pd.DataFrame, subject: str, *, count: int = 4
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cells that show a subject's colour, and cells that show the usual one.

    Args:
        cells: The measured cells.
        found: From `drift`.
        subject: One that is judged.
        count: How many cells of each at most.

    Returns:
        The subject's cells nearest to its median colour; and of the most usual subjects one cell each, again the
        nearest to its subject's median.
    """
    row = found.set_index("subject").loc[subject]
    others = found[(found["compared"] == row["compared"]) & ~found["outlier"] & (found["subject"] != subject)]
    usual = others.sort_values("farthest", kind="stable")["subject"].head(count)
    near = [_nearest(cells, found, other).head(1) for other in usual]
    return _nearest(cells, found, subject).head(count), pd.concat([cells.iloc[:0], *near])


def _nearest(cells: pd.DataFrame, found: pd.DataFrame, subject: str) -> pd.DataFrame:
    """Cells of a subject, of the class that most have, the nearest to its median colour first."""
    row = found.set_index("subject").loc[subject]
    own = cells[(cells["subject"] == subject) & (cells["label"] == row["label"])]
    apart = sum((own[channel] - row[channel]).abs() for channel in CHANNELS)
    return own.loc[pd.Series(apart).dropna().sort_values(kind="stable").index]
