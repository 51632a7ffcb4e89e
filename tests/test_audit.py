"""The audit log: what is written, and that whatever is done to it shows."""

import hashlib
import json
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from core.audit import AuditLog, Event
from core.audit_chain import START, entry_hash
from core.config import PROJECT_ROOT
from core.database import opened
from core.errors import JobError
from core.migrations.versions import v0003_audit_log_and_cases as migration

ANSWER = Event("ada", "answer", "ab" * 32, "cd" * 32, 0.5, "ALL", 0.75)


@pytest.fixture
def log(database_url: str) -> AuditLog:
    log = AuditLog(database_url)
    log.append(ANSWER, Event("ada", "answer", "ef" * 32, stopped_by="cell"))
    log.append(Event("eve", "review", details={"decision": "override", "label": "HEM"}))
    log.append(Event("eve", "export"))
    return log


def tamper(url: str, *statements: str) -> None:
    """Change the table as somebody would who may do everything with the database."""
    engine = opened(url)
    if engine.dialect.name == "sqlite":
        off = [f"DROP TRIGGER {name}" for name in ("audit_log_no_update", "audit_log_no_delete", "audit_log_in_order")]
    else:
        off = ["ALTER TABLE audit_log DISABLE TRIGGER audit_log_only_grows"]
    with engine.begin() as connection:
        for statement in (*off, *statements):
            connection.exec_driver_sql(statement)


def rewritten(log: AuditLog, number: int, **changes: Any) -> str:
    """A statement that changes a row and gives it a hash that fits."""
    content = asdict(log.entries()[number - 1]) | changes
    content.pop("sha256")
    columns = ", ".join(f"{name} = '{value}'" for name, value in changes.items())
    return f"UPDATE audit_log SET {columns}, sha256 = '{entry_hash(content)}' WHERE sequence = {number}"  # noqa: S608


def test_a_row_says_who_did_what_when_with_which_file_and_model(database_url: str) -> None:
    before = datetime.now(UTC)
    (entry,) = AuditLog(database_url).append(ANSWER)
    (read,) = AuditLog(database_url).entries()
    assert read == entry
    assert (read.sequence, read.previous, read.details) == (1, START, "{}")
    assert (read.who, read.action, read.file_sha256, read.model_sha256) == ("ada", "answer", "ab" * 32, "cd" * 32)
    assert (read.threshold, read.label, read.probability, read.stopped_by) == (0.5, "ALL", 0.75, "")
    assert before <= datetime.fromisoformat(read.time) <= datetime.now(UTC)


def test_each_row_holds_the_hash_of_the_one_before_it(log: AuditLog) -> None:
    entries = log.entries()
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4]
    assert [entry.previous for entry in entries] == [START, *(entry.sha256 for entry in entries[:-1])]
    assert json.loads(entries[2].details) == {"decision": "override", "label": "HEM"}
    assert [entry.action for entry in log.entries(last=2)] == ["review", "export"]
    assert log.head() == entries[3].sha256


def test_the_hash_of_a_row_can_be_computed_by_hand(database_url: str) -> None:
    """Independent of the module: sorted keys, no spaces, ASCII."""
    (entry,) = AuditLog(database_url).append(Event("Zoë", "answer", threshold=0.5))
    text = (
        '{"action":"answer","details":"{}","file_sha256":"","label":"","model_sha256":"","previous":"'
        + "0" * 64
        + '","probability":null,"sequence":1,"stopped_by":"","threshold":0.5,"time":"'
        + entry.time
        + '","who":"Zo\\u00eb"}'
    )
    assert entry.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_a_log_that_nobody_touched_is_whole(log: AuditLog, database_url: str) -> None:
    found = AuditLog(database_url).verify()
    assert (found.rows, found.head, found.row, found.problem) == (4, log.head(), None, "")


def test_an_empty_log_is_whole_and_has_the_first_head(database_url: str) -> None:
    log = AuditLog(database_url)
    assert (log.head(), log.verify().rows, log.verify(head=START).problem) == (START, 0, "")
    assert log.append() == ()


@pytest.mark.parametrize(
    ("statement", "row", "said"),
    [
        ("UPDATE audit_log SET label = 'HEM' WHERE sequence = 1", 1, "Row 1 was changed."),
        ("UPDATE audit_log SET probability = 0.25 WHERE sequence = 1", 1, "Row 1 was changed."),
        ("UPDATE audit_log SET details = 'no JSON' WHERE sequence = 4", 4, "Row 4 was changed."),
        ("UPDATE audit_log SET time = 'noon' WHERE sequence >= 2", 2, "Row 2 was changed."),
        ("DELETE FROM audit_log WHERE sequence = 1", 1, "Row 1 was removed."),
        ("DELETE FROM audit_log WHERE sequence IN (2, 3)", 2, "Row 2 was removed."),
        (
            "UPDATE audit_log SET sequence = 0 WHERE sequence = 1",
            0,
            "Row 0 was put in: the first row has the number 1.",
        ),
        (
            "UPDATE audit_log SET previous = '' WHERE sequence = 1",
            1,
            "Row 1 was changed, or a row before it was removed.",
        ),
    ],
)
def test_the_first_row_that_was_changed_or_removed_is_named(
    statement: str, row: int, said: str, log: AuditLog, database_url: str
) -> None:
    tamper(database_url, statement)
    found = log.verify()
    assert (found.row, found.problem, found.rows) == (row, said, max(0, row - 1))


def test_a_row_whose_hash_was_made_to_fit_is_found_by_the_next(log: AuditLog, database_url: str) -> None:
    tamper(database_url, rewritten(log, 2, stopped_by="quality"))
    found = log.verify()
    assert found.row == 2
    assert found.problem == "Row 2 was changed, its hash as well: row 3 continues another one."


def test_a_removed_row_is_found_where_the_later_ones_were_numbered_anew(log: AuditLog, database_url: str) -> None:
    tamper(
        database_url,
        "DELETE FROM audit_log WHERE sequence = 2",
        "UPDATE audit_log SET sequence = 2 WHERE sequence = 3",
        "UPDATE audit_log SET sequence = 3 WHERE sequence = 4",
    )
    found = log.verify()
    assert (found.row, found.problem) == (2, "Row 2 was changed, or a row before it was removed.")


def test_a_row_that_was_put_in_is_found(log: AuditLog, database_url: str) -> None:
    """Between rows 2 and 3: the later ones are moved, and the new one continues row 2."""
    copy = rewritten(log, 3, who="mallory").replace("WHERE sequence = 3", "WHERE sequence = 103")
    tamper(
        database_url,
        "UPDATE audit_log SET sequence = 5 WHERE sequence = 4",
        "INSERT INTO audit_log SELECT 103, time, who, action, file_sha256, model_sha256, threshold, label, "
        "probability, stopped_by, details, previous, sha256 FROM audit_log WHERE sequence = 3",
        "UPDATE audit_log SET sequence = 4 WHERE sequence = 3",
        copy,
        "UPDATE audit_log SET sequence = 3 WHERE sequence = 103",
    )
    found = log.verify()
    assert (found.row, found.problem) == (3, "Row 3 was put in.")


def test_rows_cut_off_at_the_end_show_against_a_hash_that_was_kept(log: AuditLog, database_url: str) -> None:
    kept, earlier = log.head(), log.entries()[1].sha256
    log.append(ANSWER)
    assert log.verify(head=f" {kept.upper()}\n").problem == ""
    tamper(database_url, "DELETE FROM audit_log WHERE sequence >= 4")
    assert (log.verify().problem, log.verify(head=earlier).problem) == ("", "")
    found = log.verify(head=kept)
    assert (found.row, found.rows) == (4, 3)
    assert found.problem == "Rows were cut off at the end or written anew: none has the hash that was kept."


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET label = 'HEM' WHERE sequence = 1",
        "DELETE FROM audit_log WHERE sequence = 4",
        "DELETE FROM audit_log",
    ],
)
def test_the_database_refuses_to_change_or_delete_a_row(statement: str, log: AuditLog, database_url: str) -> None:
    with pytest.raises(DBAPIError, match="the audit log can only grow"), opened(database_url).begin() as connection:
        connection.exec_driver_sql(statement)
    assert log.verify().rows == 4


def test_a_row_cannot_be_replaced_nor_the_table_emptied(log: AuditLog, database_url: str) -> None:
    engine = opened(database_url)
    statement = "REPLACE INTO audit_log SELECT * FROM audit_log WHERE sequence = 2"
    if engine.dialect.name == "postgresql":
        statement = "TRUNCATE audit_log"
    with pytest.raises(DBAPIError, match="the audit log can only grow"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert log.verify().problem == ""


def test_events_are_written_all_or_none(log: AuditLog) -> None:
    with pytest.raises(ValueError, match=r"^Expected details that can be written as JSON\. Received: .*JSON.*\.$"):
        log.append(ANSWER, Event("ada", "answer", details={"share": float("nan")}))
    assert log.verify().rows == 4


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.0, 1 / 3, 1])
def test_every_number_is_read_back_as_it_was_hashed(value: float, database_url: str) -> None:
    log = AuditLog(database_url)
    log.append(Event("ada", "answer", threshold=value, probability=value))
    assert log.verify().problem == ""


def test_a_name_that_is_too_long_is_cut_before_it_is_hashed(database_url: str) -> None:
    log = AuditLog(database_url)
    (entry,) = log.append(Event("é" * 201, "answer"))
    assert (entry.who, log.verify().problem) == ("é" * 200, "")


def test_servers_that_write_at_the_same_time_make_one_chain(database_url: str) -> None:
    script = (
        "import sys; from core.audit import AuditLog, Event; log = AuditLog(sys.argv[1])\n"
        "for _ in range(20): log.append(Event(sys.argv[2], 'answer'), Event(sys.argv[2], 'export'))"
    )
    AuditLog(database_url)
    servers = [
        subprocess.Popen([sys.executable, "-c", script, database_url, name], cwd=PROJECT_ROOT, stderr=subprocess.PIPE)
        for name in ("first", "second", "third")
    ]
    assert [server.communicate()[1] for server in servers] == [b"", b"", b""]
    log = AuditLog(database_url)
    assert (log.verify().rows, log.verify().problem) == (120, "")
    entries = log.entries()
    assert all(one.who == other.who for one, other in zip(entries[::2], entries[1::2], strict=True))


def test_a_database_that_does_not_answer_is_said_so(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AuditLog(database_url)
    elsewhere: Engine = create_engine("sqlite://", poolclass=NullPool)  # without any table
    monkeypatch.setattr(log, "_engine", elsewhere)
    with pytest.raises(JobError, match=r"^Expected a database of audit rows that answers\. Received: no such table"):
        log.head()


def test_both_databases_refuse_with_the_same_words() -> None:
    refusals = [text for text in (*migration._SQLITE, *migration._POSTGRESQL) if "BEGIN " in text]
    assert len(refusals) == 4
    assert all("the audit log can only grow" in text for text in refusals)
