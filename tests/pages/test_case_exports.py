"""A case is taken away as PDF, CSV and JSON, and the audit log learns of each file before anybody has it."""

import codecs
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.audit import AuditEntry, AuditLog
from core.cases.case import Case
from core.config import settings
from core.errors import JobError
from dashboard import resources
from dashboard.components.case_exports import case_exports
from tests.cases.test_report import CASE, reviewed

Files = dict[str, Callable[[], bytes]]


def page(case: "Case") -> None:  # AppTest runs its text alone, without our imports
    from dashboard.components.case_exports import case_exports
    from tests.cases.test_pdf import image
    from tests.cases.test_report import CARD

    case_exports(case, image, image, card=CARD, intervals={}, who="Łucja")


@pytest.fixture
def files(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Files]:
    """What the download buttons of the page hand out when they are clicked, by their label."""
    found: Files = {}
    button = st.download_button

    def noted(label: str, data: Callable[[], bytes], **more: Any) -> bool:
        found[label] = data
        return button(label, data, **more)

    monkeypatch.setattr(st, "download_button", noted)
    yield found
    st.cache_resource.clear()


def opened(case: Case = CASE) -> AppTest:
    app = AppTest.from_function(page, kwargs={"case": case}, default_timeout=60).run()
    assert not app.exception
    return app


def log() -> tuple[AuditEntry, ...]:
    return AuditLog(settings().database).entries()


def buttons(app: AppTest) -> list[str]:
    return [button.label for kind in ("button", "download_button") for button in app.get(kind)]


def test_at_first_a_pdf_can_be_made_and_the_others_downloaded_and_nothing_is_logged(files: Files) -> None:
    assert buttons(opened()) == ["Make the PDF", "Download as CSV", "Download as JSON"]
    assert log() == ()


def test_a_pdf_that_was_made_can_be_downloaded_until_the_case_changes(files: Files) -> None:
    app = opened()
    app.button(key="case_exports_make").click().run()
    assert not app.exception
    assert buttons(app) == ["Download as PDF", "Download as CSV", "Download as JSON"]
    content = files["Download as PDF"]()
    assert content.startswith(b"%PDF")
    assert content == files["Download as PDF"]()
    app.run()
    assert "Download as PDF" in buttons(app)
    again = AppTest.from_function(page, kwargs={"case": replace(CASE, reviews=reviewed((0, "unsure", "", "")))})
    again.session_state["case_exports_made"] = app.session_state["case_exports_made"]
    assert "Make the PDF" in buttons(again.run(timeout=60))


def test_the_choice_of_cells_is_counted_and_makes_another_pdf(files: Files) -> None:
    app = opened()
    choice = app.button_group(key="case_exports_which")
    assert choice.options == ["All (4)", "Positive, overridden, unsure (3)", "None (0)"]
    app.button(key="case_exports_make").click().run()
    app.button_group(key="case_exports_which").set_value("none").run()
    assert "Make the PDF" in buttons(app)
    app.button(key="case_exports_make").click().run()
    content = files["Download as PDF"]()
    assert content.count(b"/Type /Page\n") == 1


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_file_that_is_downloaded_is_logged_with_its_hash(kind: str, files: Files) -> None:
    opened()
    content = files[f"Download as {kind.upper()}"]()
    (entry,) = log()
    assert (entry.action, entry.who, entry.model_sha256, entry.threshold) == ("export", "Łucja", "cd" * 32, 0.25)
    assert json.loads(entry.details) == {
        "format": kind,
        "cells": 4,
        "case": "ab" * 16,
        "report_sha256": hashlib.sha256(content).hexdigest(),
    }
    assert b"Nucleoli." in content


def test_a_spreadsheet_reads_the_csv_as_utf_8(files: Files) -> None:
    opened()
    content = files["Download as CSV"]()
    assert content.startswith(codecs.BOM_UTF8)
    assert "Łucja" in content.decode("utf-8-sig")


def test_a_pdf_is_logged_each_time_it_is_downloaded(files: Files) -> None:
    app = opened()
    app.button(key="case_exports_make").click().run()
    assert log() == ()
    files["Download as PDF"]()
    files["Download as PDF"]()
    assert [json.loads(entry.details)["format"] for entry in log()] == ["pdf", "pdf"]


def test_what_cannot_be_logged_is_not_handed_out(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any, **more: Any) -> None:
        raise JobError("The database does not answer.")

    opened()
    monkeypatch.setattr(resources, "log_export", broken)
    with pytest.raises(JobError):
        files["Download as CSV"]()


def test_a_case_that_cannot_be_drawn_is_said(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any, **more: Any) -> bytes:
        raise JobError("The database does not answer.")

    monkeypatch.setitem(case_exports.__globals__, "as_pdf", broken)
    app = opened()
    app.button(key="case_exports_make").click().run()
    assert app.error[0].value == "The database does not answer."
    assert not app.exception
