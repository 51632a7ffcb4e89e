"""`additions`: cells of a kept case go into a data set, are listed, and are taken out again."""

from hashlib import sha256
from pathlib import Path

import pytest

from core.cases.case import Answer, Case, CaseCell
from core.cases.cases import Cases
from core.cases.review import Review
from core.config import settings
from core.data.dataset import CellDataset
from core.data.demo import write_demo
from core.data.pixels import decode_file
from core.data.split import split
from tests.test_cli import Run, run

__all__ = ["run"]  # a fixture


@pytest.fixture
def case_id(run: Run, tmp_path: Path) -> str:
    """A kept case of three cells of class ALL, one of them overridden, one not reviewed."""
    files = sorted(write_demo(tmp_path / "others", cells=6, subjects=4, seed=7).rglob("*.bmp"))[:3]
    answer = Answer("ALL", 0.9, 0.9, 0.5, "tiny", "cd" * 32)
    cells = tuple(CaseCell(file.name, sha256(file.read_bytes()).hexdigest(), answer) for file in files)
    reviews = (Review(0, "agree", "ada", number=1), Review(1, "override", "bob", "HEM", number=2))
    case = Case("Bed 4", "ada", ("HEM", "ALL"), cells, reviews)
    return Cases(settings()).save(case, lambda place: decode_file(files[place]))


def test_nothing_is_listed_where_nothing_was_added(run: Run, drawn_folder: Path) -> None:
    assert run("additions", drawn_folder, "--json").json == []
    assert run("additions", drawn_folder).out == ""


def test_cells_of_a_case_are_added_counted_and_taken_out(run: Run, drawn_folder: Path, case_id: str) -> None:
    added = run("additions", drawn_folder, "--case", case_id, "--subject", "p17", "--who", "eve", "--json").json
    assert (added["subject"], added["cells"], added["classes"]) == ("P17", 2, "1 ALL and 1 HEM")
    assert added.pop("left_out") == {"not reviewed": 1}
    assert run("additions", drawn_folder, "--json").json == [added]
    assert f"case: {case_id}" in run("additions", drawn_folder).out
    assert run("index", drawn_folder, "--hash", "--json").json["edits"] == {"added": 2, "added_subjects": 1}
    again = run("additions", drawn_folder, "--case", case_id, "--subject", "P17", "--json").json
    assert again == {"cells": 0, "left_out": {"not reviewed": 1, "already in the data set": 2}}
    assert run("additions", drawn_folder, "--take-out", added["added"], "--json").json == {"taken_out": 2}
    assert run("additions", drawn_folder, "--json").json == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--case", "f" * 32, "--subject", "P17"), "Expected the id of a case that is kept."),
        (("--take-out", "yesterday"), "Expected the time of a step: none. Received: yesterday.\n"),
        (("--case", "f" * 32, "--take-out", "now"), "Expected one of --case and --take-out. Received: both.\n"),
    ],
    ids=["no such case", "no such step", "both"],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    run: Run, drawn_folder: Path, options: tuple[str, ...], reason: str
) -> None:
    refused = run("additions", drawn_folder, *options)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith(reason)


def test_a_test_subject_gets_no_cells(run: Run, drawn: CellDataset, drawn_folder: Path, case_id: str) -> None:
    subject = split(drawn).units("test")[0]
    refused = run("additions", drawn_folder, "--case", case_id, "--subject", subject)
    assert (refused.code, refused.out) == (2, "")
    assert f"Received: {subject}, a test subject of this data set." in refused.err
