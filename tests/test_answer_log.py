"""What the audit log holds of answers."""

import hashlib
from pathlib import Path
from types import SimpleNamespace

from core.answer_log import events, export_event
from core.audit import AuditLog, Event
from core.cases.case import Answer, Case, CaseCell
from core.classify import Prediction
from core.data.upload import Cell, Upload
from core.gates.finding import Finding

CARD = SimpleNamespace(model_sha256="m" * 64, threshold=0.4)
CELL = Cell("Jane Doe.bmp, cell 2", (0, 1, 1.0), Upload("Jane Doe.bmp", lambda: b"pixels", page=3))
SHA256 = hashlib.sha256(b"pixels").hexdigest()


def test_an_answer_is_logged_by_hashes_with_what_was_shown() -> None:
    answer = Prediction("Jane Doe.bmp", "ALL", 0.5, calibrated=0.7)
    (event,) = events([CELL], [answer], CARD, who="me")  # type: ignore[arg-type]  # all of a card that is read
    assert event == Event("me", "answer", SHA256, "m" * 64, 0.4, "ALL", 0.7, "", {"page": 3, "cell": 1})
    assert "Jane" not in str(event)


def test_what_has_no_answer_is_logged_with_the_gate_that_stopped_it() -> None:
    stop = Finding("quality", False, "Too dark.", {})
    answers = [Prediction("a", error="Too dark.", findings=(stop,)), Prediction("b", "HEM", 0.1)]
    stopped, called = events([CELL, CELL], answers, CARD, who="me")  # type: ignore[arg-type]
    assert (stopped.label, stopped.probability, stopped.stopped_by) == ("", None, "quality")
    assert (called.label, called.probability, called.stopped_by) == ("HEM", 0.1, "")


def test_the_log_takes_them(tmp_path: Path) -> None:
    log = AuditLog(f"sqlite:///{tmp_path / 'log.sqlite'}")
    log.append(*events([CELL], [Prediction("a", "HEM", 0.1)], CARD, who="me"))  # type: ignore[arg-type]
    assert [entry.file_sha256 for entry in log.entries()] == [SHA256]
    assert log.verify().problem == ""


def test_a_report_is_logged_by_the_case_and_the_hash_of_the_file() -> None:
    cell = CaseCell("Jane Doe.bmp", SHA256, Answer("ALL", 0.5, None, 0.4, "leuko", "m" * 64))
    case = Case("Jane Doe", "me", ("HEM", "ALL"), (cell, cell), id="c" * 32)
    event = export_event(case, "csv", b"content", who="ada")
    details = {"format": "csv", "cells": 2, "case": "c" * 32, "report_sha256": hashlib.sha256(b"content").hexdigest()}
    assert event == Event("ada", "export", model_sha256="m" * 64, threshold=0.4, details=details)
    assert "Jane" not in str(event)


def test_a_report_of_several_models_is_logged_without_one() -> None:
    cells = [CaseCell("a", "", Answer("ALL", 0.5, None, 0.4, "leuko", sha256)) for sha256 in ("m" * 64, "n" * 64)]
    event = export_event(Case("", "", ("HEM", "ALL"), tuple(cells)), "pdf", b"", who="ada")
    assert (event.model_sha256, event.threshold, event.details["case"]) == ("", None, "")
