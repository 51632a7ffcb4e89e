"""Reviewed cells become training cells: kept once, on record, trained on and never tested on."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest

from core import store
from core.audit import AuditLog, Event
from core.cases.case import Answer, Case, CaseCell
from core.cases.contributions import Contributions, steps
from core.cases.review import Review
from core.champion import challenged
from core.config import Settings
from core.data.dataset import ADDED, CellDataset
from core.data.demo import write_demo
from core.data.edits import applied
from core.data.library import reviewed
from core.data.pixels import decode_file
from core.data.split import USED, split
from core.errors import Cancelled, JobError
from core.job import job_data, reopened
from core.training import TrainingResult, train
from core.types import ByteArray, silent
from tests.conftest import TINY

MODEL = "cd" * 32


class Images:
    """Files of cells, as a case has them."""

    def __init__(self, *files: Path | ByteArray | None) -> None:
        self.pixels = [decode_file(file) if isinstance(file, Path) else file for file in files]
        self.hashes = [
            sha256(file.read_bytes() if isinstance(file, Path) else repr(file).encode()).hexdigest() for file in files
        ]

    def __call__(self, place: int) -> ByteArray | None:
        return self.pixels[place]

    def case(self, *decisions: str, called: str = "ALL") -> Case:
        """The model called all cells one class; each decision is a class to override by, "agree", "unsure" or ""."""
        cells = [CaseCell("a.bmp", found, Answer(called, 0.9, 0.9, 0.5, "tiny", MODEL)) for found in self.hashes]
        reviews = [
            Review(place, "override", "bob", decision) if decision in ("ALL", "HEM") else Review(place, decision, "ada")  # type: ignore[arg-type]
            for place, decision in enumerate(decisions)
            if decision
        ]
        return Case("Bed 4", "ada", ("HEM", "ALL"), tuple(cells), tuple(reviews), "ab" * 16)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "workspace", tmp_path / "models", None)


@pytest.fixture
def held(drawn: CellDataset, settings: Settings) -> Contributions:
    return Contributions(drawn, settings, AuditLog(settings.database))


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Drawn cells that are not in `drawn`."""
    return sorted(write_demo(tmp_path_factory.mktemp("others"), cells=8, subjects=4, seed=7).rglob("*.bmp"))


def test_cells_with_a_decision_are_added_with_what_is_known_of_them(held: Contributions, others: list[Path]) -> None:
    images = Images(*others[:4])
    found = held.add(images.case("agree", "HEM", "unsure"), images, "P17", who="eve")
    assert found.left_out == {"unsure": 1, "not reviewed": 1}
    assert held.listed() == found.cells
    first, second = found.cells
    assert [first.label, second.label] == ["ALL", "HEM"]
    assert [first.called, second.called] == ["ALL", "ALL"]
    assert [first.decision, second.decision] == ["agree", "override"]
    assert [first.reviewer, second.reviewer] == ["ada", "bob"]
    assert (first.subject, first.file_sha256, first.case) == ("P17", images.hashes[0], "ab" * 16)
    assert (first.model, first.model_sha256) == ("tiny", MODEL)
    grown = reviewed(held.dataset, held.settings)
    np.testing.assert_array_equal(decode_file(grown.file(second.path)), images.pixels[1])
    assert images.pixels[1] is not None
    assert (second.height, second.width) == images.pixels[1].shape[:2]


def test_the_audit_log_names_files_and_classes_but_no_subject(held: Contributions, others: list[Path]) -> None:
    images = Images(*others[:2])
    found = held.add(images.case("agree", "HEM"), images, "P17", who="eve")
    rows = held.log.entries()
    assert [(row.who, row.action, row.file_sha256, row.label, row.model_sha256) for row in rows] == [
        ("eve", "add to data set", images.hashes[0], "ALL", MODEL),
        ("eve", "add to data set", images.hashes[1], "HEM", MODEL),
    ]
    assert [json.loads(row.details) for row in rows] == [{"case": "ab" * 16, "cells": 2}] * 2
    held.remove({found.cells[1].sha256}, who="eve")
    last = held.log.entries()[-1]
    assert (last.file_sha256, json.loads(last.details)) == (
        images.hashes[1],
        {"case": "ab" * 16, "cells": 1, "taken out": True},
    )
    assert "P17" not in str(held.log.entries())
    assert not held.log.verify().problem


def test_cells_that_the_data_set_has_stay_out(held: Contributions, drawn: CellDataset, others: list[Path]) -> None:
    file = drawn.file(drawn.table["path"].iloc[0])
    packed = cv2.imencode(".jpg", decode_file(drawn.file(drawn.table["path"].iloc[1]))[..., ::-1])[1]
    copy = np.ascontiguousarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1], dtype=np.uint8)
    images = Images(file, copy, others[0], others[0], np.zeros((60, 60, 3), np.uint8), None)
    found = held.add(images.case(*["agree"] * 6), images, "P17", who="eve")
    assert len(found.cells) == 1
    assert found.left_out == {
        "already in the data set": 2,
        "twice in this case": 1,
        "too small or empty to be compared with the data set": 1,
        "without a picture": 1,
    }
    again = replace(held, dataset=reviewed(drawn, held.settings))
    repeated = Images(others[0])
    assert again.add(repeated.case("agree"), repeated, "P18", who="eve").left_out == {"already in the data set": 1}
    assert len(held.log.entries()) == 1


def test_what_is_stopped_on_the_way_leaves_nothing(held: Contributions, others: list[Path]) -> None:
    images = Images(*others[:3])

    def stop(done: int, total: int, text: str) -> None:
        if (done, text) == (2, "Comparing with the data set"):
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        held.add(images.case("agree", "agree", "agree"), images, "P17", who="eve", progress=stop)
    assert (held.listed(), list(held.folder.iterdir()), held.log.entries()) == ((), [], ())


def test_what_the_audit_log_does_not_learn_of_is_not_done(
    held: Contributions, others: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    images = Images(*others[:2])
    (kept,) = held.add(images.case("agree"), images, "P17", who="eve").cells

    def away(log: AuditLog, *events: Event) -> None:
        raise JobError("The database does not answer.")

    monkeypatch.setattr(AuditLog, "append", away)
    with pytest.raises(JobError):
        held.add(images.case("", "agree"), images, "P17", who="eve")
    with pytest.raises(JobError):
        held.remove({kept.sha256}, who="eve")
    assert held.listed() == (kept,)


def test_cells_that_were_added_together_are_a_step_and_can_be_taken_out(
    held: Contributions, others: list[Path]
) -> None:
    images = Images(*others[:3])
    first = held.add(images.case("agree", "agree"), images, "P17", who="eve").cells
    second = held.add(images.case("", "", "agree"), images, "P18", who="eve").cells
    found = steps(held.listed())
    assert list(found.values()) == [second, first]
    assert held.remove({cell.sha256 for cell in found[first[0].added]}, who="eve") == first
    assert held.listed() == second


def test_a_training_goes_on_with_the_added_cells_and_is_compared_on_untouched_test_subjects(
    held: Contributions, drawn: CellDataset, trained: TrainingResult, others: list[Path]
) -> None:
    place = held.settings
    store.save(trained.classifier, place.models, reports=trained.reports)
    images = Images(*others)
    held.add(images.case(*["agree"] * 5, *["HEM"] * 3), images, "P17", who="eve")
    grown = reviewed(drawn, place)
    assert {side: split(grown).units(side) for side in USED[1:]} == {
        side: split(drawn).units(side) for side in USED[1:]
    }

    old = store.network(place.models, "tiny")
    config = old.card.continued(TINY)
    result = train(grown, config, name="next", start=old, cache=place.cache)
    new = challenged(result.classifier, result.report, grown, store_folder=place.models).card
    before = old.card
    assert new.subjects["train"] == tuple(sorted((*before.subjects["train"], "P17")))
    assert (new.subjects["validation"], new.subjects["test"]) == (
        before.subjects["validation"],
        before.subjects["test"],
    )
    assert new.cells == {**before.cells, "train": before.cells["train"] + 8}
    assert new.edits == {"added": 8, "added_subjects": 1}
    assert applied(new.edits) == "8 cells of 1 subject added after review."
    assert not set(result.report.cells["path"]) - set(drawn.table["path"])
    assert new.challenge is not None
    assert (new.challenge.champion, new.challenge.problem) == ("tiny", "")
    assert new.challenge.figures == pytest.approx(before.test)
    assert not {*new.subjects["train"], *before.subjects["train"]} & set(new.subjects["test"])


def test_a_job_that_is_resumed_finds_the_added_cells_or_says_that_they_have_changed(
    held: Contributions, drawn: CellDataset, others: list[Path]
) -> None:
    images = Images(*others[:2])
    found = held.add(images.case("agree", "agree"), images, "P17", who="eve")
    grown = reviewed(drawn, held.settings)
    record = job_data(grown)
    assert record.edits == 2
    again = reopened(record, held.settings, silent)
    assert list(again.table["path"][again.table["part"] == ADDED]) == [cell.path for cell in found.cells]
    held.remove({found.cells[0].sha256}, who="eve")
    with pytest.raises(JobError, match=r"^Expected the cells that this training began with\."):
        reopened(record, held.settings, silent)
