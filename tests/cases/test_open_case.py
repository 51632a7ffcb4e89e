"""Cases that are looked at: drafts keep reviews by cell, kept ones write each at once."""

import json
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from core.audit import AuditLog
from core.cases.cases import Cases
from core.cases.open_case import DraftCase, KeptCase, Rows
from core.cases.review import Review, standing
from core.classify import Prediction
from core.config import Settings
from core.data.upload import Cell, Upload

CARD = SimpleNamespace(name="leuko", model_sha256="m" * 64, threshold=0.4, classes=("HEM", "ALL"))
PIXELS = np.full((20, 30, 3), 90, dtype=np.uint8)
PNG = cv2.imencode(".png", PIXELS)[1].tobytes()
CELLS = tuple(Cell(name, (place, -1, 1.0), Upload(name, lambda: PNG)) for place, name in enumerate("abc"))
ANSWERS = (Prediction("a", "ALL", 0.9, 0.8), Prediction("b", "HEM", 0.1), Prediction("c", error="Too dark."))


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(f"sqlite:///{tmp_path / 'log.sqlite'}")


def draft(log: AuditLog, rows: Rows, *places: int) -> DraftCase:
    shown = places or (0, 1, 2)
    return DraftCase([CELLS[at] for at in shown], [ANSWERS[at] for at in shown], CARD, log, rows)  # type: ignore[arg-type]


def test_a_draft_is_a_case_that_is_not_kept(log: AuditLog) -> None:
    case = draft(log, []).case
    assert (case.id, case.title, case.classes, case.reviews) == ("", "", ("HEM", "ALL"), ())
    assert [cell.name for cell in case.cells] == ["a", "b", "c"]
    first, _, third = (cell.answer for cell in case.cells)
    assert (first.label, first.score, first.calibrated, first.threshold) == ("ALL", 0.9, 0.8, 0.4)
    assert (first.model, first.model_sha256, first.error) == ("leuko", "m" * 64, None)
    assert (third.label, third.error) == (None, "Too dark.")
    assert case.cells[0].sha256 == CELLS[0].upload.sha256


def test_the_picture_of_a_draft_is_decoded_and_missing_where_it_cannot_be(log: AuditLog) -> None:
    opened = draft(log, [])
    np.testing.assert_array_equal(opened.pixels(0), PIXELS)
    opened.cells = [Cell("x", (0, -1, 1.0), Upload("x", lambda: b"", problem="No image."))]
    assert opened.pixels(0) is None


def test_reviews_of_a_draft_are_numbered_undone_and_logged(log: AuditLog) -> None:
    opened = draft(log, [])
    opened.review(Review(0, "agree", "ada"))
    opened.review(Review(1, "override", "ada", "ALL", "nucleoli"))
    opened.undo("ada")
    rows = opened.case.reviews
    assert [(row.number, row.place, row.decision, row.withdraws) for row in rows] == [
        (1, 0, "agree", None),
        (2, 1, "override", None),
        (3, 1, "withdraw", 2),
    ]
    assert list(standing(rows)) == [0]
    entries = log.entries()
    assert [(entry.who, entry.action) for entry in entries] == [
        ("ada", "review"),
        ("ada", "review"),
        ("ada", "undo review"),
    ]
    assert json.loads(entries[1].details)["case"] == ""
    assert "nucleoli" not in str(entries)


def test_what_is_no_review_changes_nothing_and_is_not_logged(log: AuditLog) -> None:
    opened = draft(log, [])
    with pytest.raises(ValueError, match=r"^Expected a reviewer's name"):
        opened.review(Review(0, "agree", " "))
    with pytest.raises(ValueError, match=r"^Expected a reviewer with a review to take back"):
        opened.undo("ada")
    assert (opened.case.reviews, opened.rows, log.entries()) == ((), [], ())


def test_reviews_stay_with_their_cells_when_others_are_chosen(log: AuditLog) -> None:
    rows: Rows = []
    draft(log, rows).review(Review(0, "unsure", "ada"))
    draft(log, rows).review(Review(2, "override", "eve", "HEM"))
    fewer = draft(log, rows, 1, 2)
    assert [(row.place, row.number, row.decision) for row in fewer.case.reviews] == [(1, 1, "override")]
    fewer.undo("eve")
    assert [(row.place, row.number, row.withdraws) for row in fewer.case.reviews] == [(1, 1, None), (1, 2, 1)]
    assert list(standing(draft(log, rows).case.reviews)) == [0]
    assert [review.withdraws for _, review in rows] == [None, None, 2]


def test_a_kept_case_writes_each_review_at_once(tmp_path: Path, database_url: str) -> None:
    settings = Settings(tmp_path / "workspace", tmp_path / "models", None, database_url)
    cases, log = Cases(settings), AuditLog(settings.database)
    found = draft(log, [])
    case = found.case
    case_id = cases.save(type(case)("Bed 4", "ada", case.classes, case.cells), found.pixels)
    opened = KeptCase(cases, cases.read(case_id))
    opened.review(Review(1, "agree", "eve"))
    assert opened.case == cases.read(case_id)
    opened.undo("eve")
    assert opened.case == cases.read(case_id)
    assert not standing(opened.case.reviews)
    np.testing.assert_array_equal(opened.pixels(0), PIXELS)
