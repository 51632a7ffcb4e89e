"""Cases: kept whole or not at all, found, reviewed, deleted for good."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select, update

from core.audit import AuditLog
from core.cases.case import Answer, Case, CaseCell
from core.cases.cases import Cases
from core.cases.review import Review, added, standing, undone
from core.config import Settings
from core.database import CaseRow, opened
from core.errors import Cancelled, DataError, JobError
from core.gates.finding import Finding
from core.types import ByteArray

NOBODY = "f" * 32
STOPPED = Finding("cell", False, "There are two cells.", {"cells": 2.0})
CELLS = (
    CaseCell("a.bmp", "aa" * 32, Answer("ALL", 0.75, 0.8, 0.5, "leuko", "cd" * 32, findings=())),
    CaseCell("b.bmp", "bb" * 32, Answer("HEM", 0.25, None, 0.5, "leuko", "cd" * 32)),
    CaseCell("c.bmp", "cc" * 32, Answer(None, None, None, 0.5, "leuko", "cd" * 32, STOPPED.reason, (STOPPED,))),
)
CASE = Case("Bed 4", "ada", ("HEM", "ALL"), CELLS)
COLOURS = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
IMAGES: Sequence[ByteArray | None] = (COLOURS, COLOURS[::-1], None)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(tmp_path / "workspace", tmp_path / "models", None, database_url)


@pytest.fixture
def cases(settings: Settings) -> Cases:
    return Cases(settings)


def folders(settings: Settings) -> set[str]:
    place = settings.home / "cases"
    return {path.name for path in place.iterdir()} if place.exists() else set()


def actions(settings: Settings) -> list[str]:
    return [entry.action for entry in AuditLog(settings.database).entries()]


def test_nothing_is_kept_before_somebody_says_so(cases: Cases, settings: Settings) -> None:
    assert (cases.search(), folders(settings), actions(settings)) == ([], set(), [])


def test_what_is_read_back_is_what_was_kept(cases: Cases, settings: Settings) -> None:
    before = datetime.now(UTC)
    case_id = cases.save(CASE, IMAGES.__getitem__)
    case = Cases(settings).read(case_id)
    assert case == replace(CASE, id=case_id, created=case.created)
    assert before <= case.created <= datetime.now(UTC)
    np.testing.assert_array_equal(cases.image(case_id, 0), COLOURS)
    np.testing.assert_array_equal(cases.image(case_id, 1), COLOURS[::-1])
    assert cases.image(case_id, 2) is None
    assert {path.name for path in (settings.home / "cases" / case_id).iterdir()} == {"0000.png", "0001.png"}


def test_names_can_be_replaced_by_numbers(cases: Cases) -> None:
    case = cases.read(cases.save(CASE, IMAGES.__getitem__, pseudonymous=True))
    assert [cell.name for cell in case.cells] == ["Cell 1", "Cell 2", "Cell 3"]


def test_reviews_from_before_the_case_was_kept_come_along_and_are_not_logged_again(
    cases: Cases, settings: Settings
) -> None:
    rows = added((), Review(0, "agree", "ada"), cells=3, classes=CASE.classes)
    rows = undone(added(rows, Review(1, "unsure", "eve", comment="?"), cells=3, classes=CASE.classes), "ada")
    case = cases.read(cases.save(replace(CASE, reviews=rows), IMAGES.__getitem__))
    assert case.reviews == rows
    (saved,) = AuditLog(settings.database).entries()
    assert json.loads(saved.details) == {"case": case.id, "cells": 3, "reviews": 3}


def test_a_case_that_is_cancelled_while_it_is_written_leaves_nothing(cases: Cases, settings: Settings) -> None:
    seen = []

    def cancel(done: int, total: int, text: str) -> None:
        seen.append((done, total, text))
        if done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        cases.save(CASE, IMAGES.__getitem__, progress=cancel)
    assert seen == [(0, 3, "Keeping cells"), (1, 3, "Keeping cells")]
    assert (cases.search(), folders(settings), actions(settings)) == ([], set(), [])


def test_a_review_is_a_row_and_undo_another_one(cases: Cases, settings: Settings) -> None:
    case_id = cases.save(CASE, IMAGES.__getitem__)
    cases.review(case_id, Review(0, "agree", "ada"))
    cases.review(case_id, Review(0, "override", "eve", "HEM", "cytoplasm"))
    case = cases.undo(case_id, "eve")
    assert case == Cases(settings).read(case_id)
    assert [(review.number, review.decision) for review in case.reviews] == [
        (1, "agree"),
        (2, "override"),
        (3, "withdraw"),
    ]
    assert standing(case.reviews)[0].decision == "agree"
    with pytest.raises(ValueError, match=r"^Expected a reviewer with a review to take back\. Received: eve\.$"):
        cases.undo(case_id, "eve")
    with pytest.raises(ValueError, match=r"^Expected one of the classes HEM, ALL\. Received: 'AML'\.$"):
        cases.review(case_id, Review(0, "override", "eve", "AML"))


def test_the_audit_log_learns_of_each_act_but_neither_names_nor_comments(cases: Cases, settings: Settings) -> None:
    case_id = cases.save(CASE, IMAGES.__getitem__)
    cases.review(case_id, Review(0, "override", "eve", "HEM", "cytoplasm"))
    cases.undo(case_id, "eve")
    cases.delete(case_id, who="ada")
    log = AuditLog(settings.database)
    assert log.verify().problem == ""
    saved, reviewed, taken_back, deleted = log.entries()
    assert (saved.who, saved.action, json.loads(saved.details)) == (
        "ada",
        "save case",
        {"case": case_id, "cells": 3, "reviews": 0},
    )
    assert (reviewed.who, reviewed.action, reviewed.file_sha256) == ("eve", "review", "aa" * 32)
    assert (reviewed.model_sha256, reviewed.threshold) == ("cd" * 32, 0.5)
    assert (reviewed.label, reviewed.probability) == ("ALL", 0.8)
    assert json.loads(reviewed.details) == {
        "case": case_id,
        "review": 1,
        "decision": "override",
        "label": "HEM",
        "commented": True,
    }
    assert json.loads(taken_back.details) == {"case": case_id, "review": 2, "withdraws": 1}
    assert (deleted.action, json.loads(deleted.details)) == ("delete case", {"case": case_id, "cells": 3})
    told = " ".join(str(entry) for entry in log.entries())
    assert not any(word in told for word in ("Bed 4", "a.bmp", "cytoplasm"))


def test_a_review_of_a_cell_without_an_answer_says_which_gate_stopped_it(cases: Cases, settings: Settings) -> None:
    cases.review(cases.save(CASE, IMAGES.__getitem__), Review(2, "agree", "eve"))
    (entry,) = AuditLog(settings.database).entries(last=1)
    assert (entry.label, entry.probability, entry.stopped_by) == ("", None, "cell")


def test_cases_are_found_by_title_reviewer_class_and_day(cases: Cases, settings: Settings) -> None:
    first = cases.save(replace(CASE, title="Ärger, bed 1", cells=CELLS[:1]), IMAGES.__getitem__)
    second = cases.save(replace(CASE, title="bed 2", who="bob", cells=CELLS[1:2]), IMAGES.__getitem__)
    cases.review(first, Review(0, "agree", "Eve"))
    cases.review(second, Review(0, "override", "Zoe", "ALL"))
    cases.undo(second, "Zoe")
    old = datetime(2026, 1, 31, 23, 59, tzinfo=UTC)
    with opened(settings.database).begin() as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == first).values(created=old))

    def found(**wanted: object) -> list[str]:
        return [{first: "first", second: "second"}[entry.id] for entry in cases.search(**wanted)]  # type: ignore[arg-type]

    assert found() == ["second", "first"]
    assert found(title="äRGER") == ["first"]
    assert found(title="bed") == ["second", "first"]
    assert found(title="%") == []
    assert (found(reviewer="eve"), found(reviewer="ada"), found(reviewer="bob")) == (["first"], ["first"], ["second"])
    assert (found(label="ALL"), found(label="HEM")) == (["first"], ["second"])  # the override was taken back
    assert (found(since=old.date()), found(until=old.date())) == (["second", "first"], ["first"])
    assert found(since=old.date() + timedelta(days=1)) == ["second"]
    assert found(title="bed", reviewer="eve", label="HEM") == []


def test_an_entry_says_how_many_cells_which_classes_and_who_reviewed(cases: Cases) -> None:
    case_id = cases.save(CASE, IMAGES.__getitem__)
    cases.review(case_id, Review(0, "agree", "eve"))
    (entry,) = cases.search()
    assert (entry.id, entry.title, entry.who, entry.cells) == (case_id, "Bed 4", "ada", 3)
    assert (entry.labels, entry.reviewers) == (("ALL", "HEM"), ("eve",))


def test_a_deleted_case_leaves_nothing_and_the_others_stay(cases: Cases, settings: Settings) -> None:
    other = cases.save(replace(CASE, title="other"), IMAGES.__getitem__)
    case_id = cases.save(replace(CASE, title="Unmistakable"), IMAGES.__getitem__)
    cases.review(case_id, Review(0, "comment", "eve", comment="Very particular"))
    cases.delete(case_id, who="ada")
    assert [entry.id for entry in cases.search()] == [other]
    assert folders(settings) == {other}
    for gone in (lambda: cases.read(case_id), lambda: cases.delete(case_id, who="ada")):
        with pytest.raises(DataError, match=rf"^Expected the id of a case that is kept\. Received: {case_id}\.$"):
            gone()
    with pytest.raises(DataError, match=r"^Expected a cell of a case that is kept\. "):
        cases.image(case_id, 0)
    np.testing.assert_array_equal(cases.image(other, 0), COLOURS)


def test_what_was_deleted_can_no_more_be_found_in_the_file_of_the_database(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "workspace", tmp_path / "models", None)
    cases = Cases(settings)
    case_id = cases.save(replace(CASE, title="Unmistakable"), IMAGES.__getitem__)
    cases.review(case_id, Review(0, "comment", "eve", comment="Very particular"))

    def written() -> bytes:
        return b"".join(path.read_bytes() for path in settings.home.glob("leukoscope.sqlite*"))

    assert b"Unmistakable" in written()
    assert b"Very particular" in written()
    cases.delete(case_id, who="ada")
    for word in (b"Unmistakable", b"Very particular", b"a.bmp"):
        assert word not in written()


def test_where_the_database_refuses_no_picture_stays(cases: Cases, settings: Settings) -> None:
    """Two reviews have the same number."""
    twice = (Review(0, "agree", "ada", number=1), Review(0, "agree", "ada", number=1))
    with pytest.raises(JobError, match=r"^Expected a database of cases that answers\."):
        cases.save(replace(CASE, reviews=twice), IMAGES.__getitem__)
    assert (cases.search(), folders(settings), actions(settings)) == ([], set(), [])


def test_where_a_picture_cannot_be_written_no_row_stays(cases: Cases, settings: Settings) -> None:
    settings.home.mkdir(parents=True, exist_ok=True)
    (settings.home / "cases").write_text("a file where a folder should be")
    with pytest.raises(DataError, match=r"^Expected room for the pictures of a case\. Received: "):
        cases.save(CASE, IMAGES.__getitem__)
    (settings.home / "cases").unlink()
    assert (cases.search(), actions(settings)) == ([], [])


def test_a_deletion_that_the_database_refuses_leaves_the_case_whole(
    cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = cases.save(CASE, IMAGES.__getitem__)

    def refuse(*_: object) -> None:
        raise JobError("Expected a database of cases that answers. Received: none.")

    monkeypatch.setattr("core.cases.cases.delete_case", refuse)
    with pytest.raises(JobError):
        cases.delete(case_id, who="ada")
    assert len(cases.read(case_id).cells) == 3
    np.testing.assert_array_equal(cases.image(case_id, 0), COLOURS)


def test_a_case_whose_server_ended_half_way_is_whole_again_at_the_next_search(cases: Cases, settings: Settings) -> None:
    case_id = cases.save(CASE, IMAGES.__getitem__)
    place = settings.home / "cases"
    for state in (".saving-", ".deleting-"):  # saved but not named; asked to be deleted, but still in the database
        (place / case_id).rename(place / f"{state}{case_id}")
        cases.search()
        np.testing.assert_array_equal(cases.image(case_id, 0), COLOURS)


def test_a_picture_that_is_gone_or_was_changed_is_refused(cases: Cases, settings: Settings) -> None:
    case_id = cases.save(CASE, IMAGES.__getitem__)
    place = settings.home / "cases" / case_id
    (place / "0000.png").write_bytes((place / "0001.png").read_bytes())
    with pytest.raises(DataError, match=r"^Expected the picture of a cell .* Received: a file that was changed\.$"):
        cases.image(case_id, 0)
    (place / "0001.png").unlink()
    with pytest.raises(DataError, match=r"^Expected the picture of a cell that was kept\. Received: .*No such file"):
        cases.image(case_id, 1)


@pytest.mark.parametrize("wrong", ["", "../../elsewhere", NOBODY[:-1]])
def test_an_id_that_is_none_reaches_no_file(wrong: str, cases: Cases, settings: Settings) -> None:
    (settings.home / "elsewhere").mkdir(parents=True)
    with pytest.raises(DataError, match=r"^Expected the id of a case that is kept\. "):
        cases.delete(wrong, who="ada")
    assert (settings.home / "elsewhere").is_dir()


@pytest.mark.parametrize(
    "case",
    [
        replace(CASE, title=" "),
        replace(CASE, cells=()),
        replace(CASE, reviews=(Review(3, "agree", "ada", number=1),)),
    ],
    ids=["no title", "no cells", "a review of no cell"],
)
def test_what_is_no_case_is_refused(case: Case, cases: Cases) -> None:
    with pytest.raises(ValueError, match=r"^Expected "):
        cases.save(case, IMAGES.__getitem__)
    assert cases.search() == []


def test_a_title_that_is_too_long_is_cut(cases: Cases, settings: Settings) -> None:
    case_id = cases.save(replace(CASE, title="x" * 201), IMAGES.__getitem__)
    with opened(settings.database).connect() as connection:
        assert connection.execute(select(CaseRow.title)).scalar_one() == "x" * 200
    assert cases.read(case_id).title == "x" * 200
