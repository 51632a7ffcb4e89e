"""The hash chain of the audit log: each row holds the hash of the row before it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

START = "0" * 64
"""What the first row gives as the hash of the row before it."""


@dataclass(frozen=True)
class AuditEntry:
    """A row of the log; `core.audit.Event` says what its other attributes mean.

    Attributes:
        sequence: Its number, from 1.
        time: UTC, ISO 8601.
        details: JSON.
        previous: Hash of the row before it; `START` for the first.
        sha256: SHA-256 over the canonical JSON of everything else in the row.
    """

    sequence: int
    time: str
    who: str
    action: str
    file_sha256: str
    model_sha256: str
    threshold: float | None
    label: str
    probability: float | None
    stopped_by: str
    details: str
    previous: str
    sha256: str


@dataclass(frozen=True)
class Verification:
    """Whether the log is whole.

    Attributes:
        rows: How many rows were checked.
        head: Hash of the last of them.
        row: Number of the first row that is not as it was written; None where there is none.
        problem: What is wrong, in one sentence; "" where nothing is.
    """

    rows: int
    head: str
    row: int | None = None
    problem: str = ""


def entry_hash(content: Mapping[str, Any]) -> str:
    """Hash of a row: of JSON with sorted keys, no spaces, and all but ASCII escaped.

    Args:
        content: The attributes of an `AuditEntry` but for `sha256`.

    Returns:
        SHA-256 in hexadecimal digits.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def verified(entries: Iterable[AuditEntry], head: str | None) -> Verification:
    """Check each row against its own hash and against the row before it.

    Args:
        entries: All rows, by their number.
        head: The hash of a row that must be among them; None for no such demand.
    """
    rows, before, last = 0, "", START
    kept = head in (None, START)
    for entry in entries:
        fault = _fault(entry, rows + 1, last, before)
        if fault is not None:
            return Verification(rows, last, *fault)
        rows, before, last = rows + 1, last, entry.sha256
        kept = kept or last == head
    if not kept:
        return Verification(
            rows, last, rows + 1, "Rows were cut off at the end or written anew: none has the hash that was kept."
        )
    return Verification(rows, last)


def _fault(entry: AuditEntry, expected: int, last: str, before: str) -> tuple[int, str] | None:
    """The first row that is not as it was written, and what was done to it."""
    if entry.sequence < expected:
        return entry.sequence, f"Row {entry.sequence} was put in: the first row has the number 1."
    if entry.sequence > expected:
        return expected, f"Row {expected} was removed."
    content = asdict(entry)
    sound = content.pop("sha256") == entry_hash(content)
    if entry.previous == last:
        return None if sound else (expected, f"Row {expected} was changed.")
    if entry.previous == before and expected > 1:
        return expected - 1, f"Row {expected - 1} was put in."
    if sound and expected > 1:
        return expected - 1, f"Row {expected - 1} was changed, its hash as well: row {expected} continues another one."
    return expected, f"Row {expected} was changed, or a row before it was removed."
