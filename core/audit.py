"""`AuditLog`: who did what with which file and model, in a log that shows whether it was tampered with."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core.audit_chain import START, AuditEntry, Verification, entry_hash, verified
from core.database import AuditRow, opened, transaction

Action = Literal["answer", "review", "undo review", "save case", "delete case", "export", "add to data set"]
_LONGEST = 200  # characters of a name or a label
_AT_A_TIME = 1000  # rows in memory


@dataclass(frozen=True)
class Event:
    """What happened.

    Attributes:
        who: The user.
        action: What was done.
        file_sha256: SHA-256 of the file that it was done with, "" where there was none.
        model_sha256: SHA-256 of the model that answered, "" where none did.
        threshold: The model's, of the score for the positive class.
        label: The class that was called, "" where there was no answer.
        probability: What was shown for the positive class, in [0, 1].
        stopped_by: The gate that stopped the file, "" where none did.
        details: Whatever else belongs to it, as JSON has it: what a reviewer decided, the id of a case. Nothing
            that names a patient: a row is never deleted.
    """

    who: str
    action: Action
    file_sha256: str = ""
    model_sha256: str = ""
    threshold: float | None = None
    label: str = ""
    probability: float | None = None
    stopped_by: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class AuditLog:
    """The audit log, safe to share between threads and servers; each method is one transaction or raises `JobError`.

    Each row holds the hash of the row before it, so that a row that is changed, removed or put in breaks the chain.
    Rows that are cut off at the end, and a log that is written anew from some row on, show only against a hash that
    was kept elsewhere: see `head`.
    """

    def __init__(self, url: str) -> None:
        self._engine = opened(url)

    def append(self, *events: Event) -> tuple[AuditEntry, ...]:
        """Write events, all or none of them.

        Returns:
            Their rows, in order.

        Raises:
            ValueError: If the details of one cannot be written as JSON.
            JobError: If the database does not answer.
        """
        with transaction(self._engine, "audit rows", alone=True) as session:
            return append(session, events)

    def entries(self, *, last: int | None = None) -> tuple[AuditEntry, ...]:
        """The newest rows, or all; the oldest of them first.

        Raises:
            JobError: If the database does not answer.
        """
        with transaction(self._engine, "audit rows") as session:
            wanted = _ROWS.order_by(AuditRow.sequence.desc()).limit(last)
            return tuple(AuditEntry(*row) for row in session.execute(wanted))[::-1]

    def head(self) -> str:
        """Hash of the last row, to be kept elsewhere and handed to `verify`; `START` where there is none.

        Raises:
            JobError: If the database does not answer.
        """
        newest = self.entries(last=1)
        return newest[0].sha256 if newest else START

    def verify(self, *, head: str | None = None) -> Verification:
        """Check each row against its own hash and against the row before it.

        Args:
            head: A hash that `head` gave earlier; the log must still hold that row.

        Raises:
            JobError: If the database does not answer.
        """
        rows = _ROWS.order_by(AuditRow.sequence).execution_options(yield_per=_AT_A_TIME)
        with transaction(self._engine, "audit rows") as session, session.execute(rows) as found:
            return verified((AuditEntry(*row) for row in found), None if head is None else head.strip().lower())


def append(session: Session, events: Sequence[Event]) -> tuple[AuditEntry, ...]:
    """Write events as part of a transaction that holds off others (`core.database.transaction`).

    Raises:
        ValueError: If the details of one cannot be written as JSON.
    """
    last = session.execute(_ROWS.order_by(AuditRow.sequence.desc()).limit(1)).first()
    sequence, previous = (0, START) if last is None else (last.sequence, last.sha256)
    time = datetime.now(UTC).isoformat(timespec="microseconds")
    written: list[AuditEntry] = []
    for number, event in enumerate(events, start=sequence + 1):
        written.append(_entry(event, number, time, previous))
        previous = written[-1].sha256
    if written:
        session.execute(insert(AuditRow), [asdict(entry) for entry in written])
    return tuple(written)


_ROWS = select(*AuditRow.__table__.columns)


def _entry(event: Event, sequence: int, time: str, previous: str) -> AuditEntry:
    try:
        details = json.dumps(dict(event.details), sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Expected details that can be written as JSON. Received: {error}.") from error
    content: dict[str, Any] = {
        **{name: value for name, value in vars(event).items() if name != "details"},
        "who": event.who[:_LONGEST],
        "label": event.label[:_LONGEST],
        "threshold": _number(event.threshold),
        "probability": _number(event.probability),
        "details": details,
        "sequence": sequence,
        "time": time,
        "previous": previous,
    }
    return AuditEntry(**content, sha256=entry_hash(content))


def _number(value: float | None) -> float | None:
    """The number as every database gives it back: SQLite knows no NaN and no negative zero."""
    return float(value) + 0.0 if value is not None and math.isfinite(value) else None
