"""Edits: what reviewers decided about single cells, kept as a log in one small CSV file beside the data."""

import hashlib
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from core.config import Settings
from core.data import csv_log
from core.data.dataset import EXCLUDED, TRAINING, CellDataset
from core.errors import DataError

Action = Literal["keep", "relabel", "exclude"]
ACTIONS: tuple[Action, ...] = get_args(Action)
LONGEST_NOTE = 1000  # characters
_writing = threading.Lock()  # two sessions may review at once


@dataclass(frozen=True)
class Decision:
    """What was decided about one content; all files with these bytes follow.

    Attributes:
        sha256: The content.
        path: Its file, for people.
        action: "keep" confirms the label, "relabel" changes it, "exclude" takes the cell out of every training,
            test and comparison.
        label: The new label where the action is "relabel", else "".
        note: Why.
        decided: UTC time, ISO 8601; the decisions of one step share it.
    """

    sha256: str
    path: str
    action: Action
    label: str = ""
    note: str = ""
    decided: str = ""


COLUMNS = tuple(field.name for field in fields(Decision))


def edits_file(settings: Settings, root: Path) -> Path:
    """Where the decisions about the data set in a folder are kept."""
    place = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:12]
    return settings.home / "edits" / f"{place}.csv"


def log(file: Path) -> tuple[Decision, ...]:
    """Read all decisions, the oldest first; none where there is no file.

    Raises:
        DataError: If the file cannot be read or is no log of decisions.
    """
    try:
        return _parsed(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, DataError) as error:
        raise DataError(
            f"Expected a file of edits that can be read. Received: {file}: {error} Mend or remove it."
        ) from error


def decide(file: Path, decisions: Sequence[Decision]) -> None:
    """Add decisions as one step; a later decision about a content replaces the earlier one.

    Raises:
        DataError: If the file that is there cannot be read, or the new one cannot be written.
    """
    if not decisions:
        return
    with _writing:
        before = log(file)
        now = datetime.now(UTC).isoformat()
        _write(file, (*before, *(replace(decision, decided=now) for decision in decisions)))


def undo(file: Path) -> tuple[Decision, ...]:
    """Take the last step back; the decisions of it, none where there was no step.

    Raises:
        DataError: If the file that is there cannot be read, or the new one cannot be written.
    """
    with _writing:
        before = log(file)
        kept = tuple(decision for decision in before if decision.decided != before[-1].decided)
        if before:
            _write(file, kept)
        return before[len(kept) :]


def standing(decisions: Sequence[Decision]) -> dict[str, Decision]:
    """The decision that holds for each content: the last one."""
    return {decision.sha256: decision for decision in decisions}


def edited(dataset: CellDataset, decisions: Sequence[Decision]) -> CellDataset:
    """Apply decisions to the labelled cells of the training part.

    Args:
        dataset: A hashed data set with named classes.
        decisions: The log.

    Returns:
        The same rows: relabelled cells carry the new label, excluded ones the part "excluded". `edits` counts both. A
        new label that is no class of this data set is not applied; a note says so.
    """
    holding = standing(decisions)
    if not holding or not all(dataset.classes):
        return dataset
    table = dataset.table
    can_be = (table["label"] != "") & (table["part"] == TRAINING)
    action = table["sha256"].map({sha256: decision.action for sha256, decision in holding.items()}).where(can_be)
    new = table["sha256"].map({sha256: decision.label for sha256, decision in holding.items()})
    foreign = (action == "relabel") & ~new.isin(dataset.classes)
    relabelled = (action == "relabel") & ~foreign & (new != table["label"])
    excluded = action == "exclude"
    notes = dataset.notes
    if foreign.any():
        names = ", ".join(sorted(set(new[foreign])))
        notes = (*notes, f"{foreign.sum():,} edits name another class ({names}) and were not applied.")
    return replace(
        dataset,
        table=table.assign(
            label=new.where(relabelled, table["label"]).astype(table["label"].dtype),
            part=pd.Series(EXCLUDED, index=table.index).where(excluded, table["part"]).astype(table["part"].dtype),
        ),
        notes=notes,
        edits={**dataset.edits, "relabelled": int(relabelled.sum()), "excluded": int(excluded.sum())},
    )


def applied(edits: Mapping[str, int]) -> str:
    """How many edits were applied, in words.

    Args:
        edits: Cells by what happened to them: "added", with the number of "added_subjects"; "relabelled"; "excluded".
    """
    added, relabelled, excluded = (edits.get(name, 0) for name in ("added", "relabelled", "excluded"))
    said = [
        f"{_number(added, 'cell')} of {_number(edits.get('added_subjects', 0), 'subject')} added" if added else "",
        f"{_number(relabelled, 'label')} changed" if relabelled else "",
        f"{_number(excluded, 'cell')} left out" if excluded else "",
    ]
    *first, last = [part for part in said if part] or [""]
    return f"{', '.join(first)}{' and ' if first else ''}{last} after review." if last else "No edits were applied."


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def to_csv(decisions: Sequence[Decision]) -> str:
    """The log as CSV, one row a decision, the oldest first."""
    return csv_log.written((asdict(decision) for decision in decisions), COLUMNS)


def from_csv(text: str, dataset: CellDataset) -> tuple[Decision, ...]:
    """Read decisions that `to_csv` wrote, perhaps on another machine.

    Args:
        text: The CSV file.
        dataset: The data set that they are about.

    Returns:
        The decision that holds for each content, the oldest first.

    Raises:
        DataError: If the text has other columns, a row has another form, or a row names a content or a class that
            this data set does not have; the sentence names the line.
    """
    decisions = _parsed(text)
    if not decisions:
        raise DataError("Expected at least one decision. Received: a file without any.")
    table = dataset.table
    known = set(table.loc[(table["label"] != "") & table["part"].isin((TRAINING, EXCLUDED)), "sha256"])
    for line, decision in enumerate(decisions, start=2):
        if decision.sha256 not in known:
            raise DataError(
                f"Expected cells that are labelled for training here. Received: line {line}, {decision.path}, which is "
                "not among them."
            )
        if decision.action == "relabel" and decision.label not in dataset.classes:
            raise DataError(
                f"Expected one of the classes {' and '.join(dataset.classes)}. "
                f"Received: line {line}, {decision.label or 'none'}."
            )
    return tuple(standing(decisions).values())


def _parsed(text: str) -> tuple[Decision, ...]:
    return csv_log.parsed(text, COLUMNS, _decision, what="decisions")


def _decision(row: dict[str, str], line: int) -> Decision:
    if row["action"] not in ACTIONS:
        raise DataError(f"Expected one of {', '.join(ACTIONS)}. Received: line {line}, {row['action'] or 'none'}.")
    csv_log.sha256_in(row, "sha256", line)
    if len(row["note"]) > LONGEST_NOTE:
        raise DataError(f"Expected notes of up to {LONGEST_NOTE:,} characters. Received: a longer one in line {line}.")
    return Decision(**row)  # type: ignore[arg-type]  # the action was checked


def _write(file: Path, decisions: Sequence[Decision]) -> None:
    csv_log.keep(file, to_csv(decisions).encode(), what=f"the edits in {file}")
