"""`audit`: whole, tampered with, cut off, listed."""

import pytest

from core.audit import AuditLog, Event
from core.audit_chain import START
from core.config import settings
from tests.test_audit import tamper
from tests.test_cli import Run, run

__all__ = ["run"]  # a fixture


@pytest.fixture
def log(run: Run) -> AuditLog:
    log = AuditLog(settings().database)
    log.append(Event("ada", "answer", "ab" * 32, threshold=0.5, label="ALL", probability=0.75), Event("ada", "export"))
    return log


def test_a_whole_log_is_said_so_with_its_head(run: Run, log: AuditLog) -> None:
    printed = run("audit", "verify")
    assert (printed.code, printed.err) == (0, "")
    assert printed.out == f"The audit log is whole: 2 rows. Head: {log.head()}\n"
    assert run("audit", "verify", "--json").json == {"rows": 2, "head": log.head(), "row": None, "problem": ""}


def test_a_broken_log_is_refused_with_the_first_row_in_one_sentence(run: Run, log: AuditLog) -> None:
    tamper(settings().database, "UPDATE audit_log SET label = 'HEM' WHERE sequence = 1")
    refused = run("audit", "verify")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == "Expected an audit log that nobody has tampered with. Received: Row 1 was changed.\n"
    as_json = run("audit", "verify", "--json")
    assert (as_json.code, as_json.json["row"]) == (2, 1)


def test_a_head_that_was_kept_finds_rows_cut_off_at_the_end(run: Run, log: AuditLog) -> None:
    head = run("audit", "head").out.strip()
    assert head == log.head() == run("audit", "head", "--json").json["head"]
    assert run("audit", "verify", "--head", head).code == 0
    tamper(settings().database, "DELETE FROM audit_log WHERE sequence = 2")
    assert run("audit", "verify").code == 0
    assert run("audit", "verify", "--head", head).code == 2


def test_rows_are_listed_the_oldest_first(run: Run, log: AuditLog) -> None:
    first, second = run("audit", "list").out.splitlines()
    assert first.split("\t")[0:1] + first.split("\t")[2:8] == ["1", "ada", "answer", "ab" * 32, "", "0.5", "ALL"]
    assert second.split("\t")[3] == "export"
    assert run("audit", "list", "--last", 1).out.splitlines() == [second]
    assert [row["sequence"] for row in run("audit", "list", "--json").json] == [1, 2]


def test_an_empty_log_is_whole(run: Run) -> None:
    assert run("audit", "verify").out == f"The audit log is whole: 0 rows. Head: {START}\n"
    assert run("audit", "list").out == ""


def test_what_audit_cannot_do_is_refused(run: Run) -> None:
    assert run("audit", "mend").code == 2
