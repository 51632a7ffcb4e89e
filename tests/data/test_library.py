"""Opening a data set from wherever it is."""

import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from core.config import Settings
from core.data import library
from core.data.additions import Addition, add, additions_folder, remove
from core.data.dataset import CellDataset
from core.data.drawing import GENERATOR
from core.data.edits import Decision, decide, edits_file
from core.data.library import demo_folder, open_dataset, reviewed, state_of_additions, state_of_review
from core.errors import DataError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", models=tmp_path / "models", dask=None)


def test_a_zip_gives_the_same_cells_as_the_folder_it_was_made_of(drawn_folder: Path, settings: Settings) -> None:
    packed = settings.home / "cells.zip"
    packed.parent.mkdir()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(drawn_folder.rglob("*")):
            archive.write(file, file.relative_to(drawn_folder.parent))
    folder, zipped = open_dataset(drawn_folder, settings), open_dataset(packed, settings)
    assert zipped.root.parent == settings.data
    assert list(zipped.table["path"]) == [f"C-NMC_Leukemia/{path}" for path in folder.table["path"]]
    assert zipped.table.drop(columns="path").equals(folder.table.drop(columns="path"))
    assert zipped.origin == folder.origin == "drawn, seed 0"
    assert not zipped.hashed


def test_the_positive_class_is_passed_on(drawn_folder: Path, tmp_path: Path, settings: Settings) -> None:
    cell = next(drawn_folder.rglob("*.bmp")).read_bytes()
    for name in ("a", "b"):
        (tmp_path / "set" / name).mkdir(parents=True)
        (tmp_path / "set" / name / "1.bmp").write_bytes(cell)
    assert open_dataset(tmp_path / "set", settings, positive=["a"]).classes == ("b", "a")


@pytest.mark.parametrize(("name", "reason"), [("none", "which is missing"), ("cells.txt", "a zip archive")])
def test_what_is_neither_folder_nor_zip_is_refused(tmp_path: Path, settings: Settings, name: str, reason: str) -> None:
    (tmp_path / "cells.txt").write_text("no zip", encoding="utf-8")
    with pytest.raises(DataError, match=reason):
        open_dataset(tmp_path / name, settings)


def test_the_demo_set_lies_in_the_workspace(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    reports: list[tuple[int, int, str]] = []

    def draw_nothing(out: Path, **options: object) -> Path:
        options["progress"](0, 600, "Drawing cells")
        return out

    monkeypatch.setattr(library, "write_demo", draw_nothing)
    assert (
        demo_folder(settings, progress=lambda *report: reports.append(report))
        == settings.home / "data" / f"demo-{GENERATOR}"
    )
    assert reports == [(0, 600, "Drawing cells")]


def addition(number: int) -> tuple[Addition, bytes]:
    picture = bytes([number])
    hashes = (sha256(picture).hexdigest(), f"{number:064d}")
    of_review = ("ALL", "agree", "ada", "2026-11-01", "demo", "cd" * 32)
    return Addition(hashes[0], "P1", "ALL", 1, 1, 1, hashes[1], *of_review), picture


def test_a_data_set_is_opened_as_reviewers_left_it(drawn: CellDataset, settings: Settings) -> None:
    assert reviewed(drawn, settings) is drawn
    folder, file = additions_folder(settings, drawn.root), edits_file(settings, drawn.root)
    first = drawn.labelled.iloc[0]
    decide(file, [Decision(first["sha256"], first["path"], "exclude")])
    add(folder, [addition(1), addition(2)])
    assert reviewed(drawn, settings).edits == {"added": 2, "added_subjects": 1, "relabelled": 0, "excluded": 1}


def test_each_state_of_a_review_has_a_name_of_its_own(drawn: CellDataset, settings: Settings) -> None:
    folder, file = additions_folder(settings, drawn.root), edits_file(settings, drawn.root)
    first = drawn.labelled.iloc[0]
    states = [state_of_review(settings, drawn.root)]
    steps = (
        lambda: add(folder, [addition(1)]),
        lambda: decide(file, [Decision(first["sha256"], first["path"], "exclude")]),
        lambda: add(folder, [addition(2)]),
        lambda: remove(folder, {addition(1)[0].sha256}),
    )
    for step in steps:
        step()
        states.append(state_of_review(settings, drawn.root))
    assert states[0] == ""
    assert len(set(states)) == len(states)
    assert state_of_additions(settings, drawn.root) in states[-1]
    remove(folder, {addition(2)[0].sha256})
    assert state_of_additions(settings, drawn.root) == ""
