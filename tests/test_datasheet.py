"""The data sheet says what the parts that it gathers say, and stands alone."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from core import datasheet
from core.data.dataset import CellDataset
from core.data.edits import Decision, edited
from core.data.findings import findings
from core.data.hashing import hashed
from core.data.index import index
from core.data.measures import measured
from core.data.summary import summary
from core.datasheet import data_sheet, headlines, to_html, to_json
from core.drift import drift
from core.effects import effects
from core.errors import Cancelled
from core.figures import exploration as figures
from core.shortcuts import shortcuts
from core.suspects import out_of_fold, suspects


@pytest.fixture(scope="module")
def cells(drawn: CellDataset, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return measured(drawn, cache=tmp_path_factory.mktemp("measures"))


def test_each_part_is_what_its_own_module_finds(drawn: CellDataset, cells: pd.DataFrame) -> None:
    sheet = data_sheet(drawn, cells)
    assert sheet["data"] == summary(drawn)
    assert sheet["findings"] == findings(drawn, cells)
    assert sheet["split"]["sides"]["test"]["cells"] + sheet["split"]["sides"]["train"]["cells"] < 72
    strongest = shortcuts(cells, drawn.classes)[0]
    assert (sheet["shortcuts"]["properties"][0]["name"], sheet["shortcuts"]["properties"][0]["auroc"]) == (
        strongest.name,
        strongest.auroc,
    )
    assert [one["g"] for one in sheet["effects"]["measures"]] == [one.g for one in effects(cells, drawn.classes)]
    assert len(sheet["colour_drift"]["outliers"]) == drift(cells, drawn.classes)["outlier"].sum()
    doubted = suspects(cells, out_of_fold(cells, drawn.classes), drawn.classes)
    assert sheet["label_suspects"]["suspects"] == len(doubted)
    assert sheet["label_suspects"]["judged"] == 72
    assert sheet["edits"] == {"applied": {}, "in_words": "No edits were applied.", "decisions": []}


def test_the_sheet_is_json(drawn: CellDataset, cells: pd.DataFrame) -> None:
    sheet = data_sheet(drawn, cells)
    assert json.loads(to_json(sheet))["data"]["fingerprint"] == drawn.fingerprint()


def test_edits_are_counted_and_listed_and_excluded_cells_are_not_audited(
    drawn: CellDataset, cells: pd.DataFrame
) -> None:
    cell = drawn.labelled.iloc[0]
    decisions = [Decision(cell["sha256"], cell["path"], "exclude", "", "<b>smeared</b>", "2026-11-25T00:00:00+00:00")]
    changed = edited(drawn, decisions)
    rows = cells.assign(part=changed.table["part"])
    sheet = data_sheet(changed, rows, decisions)
    assert sheet["edits"]["in_words"] == "1 cell left out after review."
    assert sheet["label_suspects"]["judged"] == 71
    assert [one["path"] for one in sheet["edits"]["decisions"]] == [cell["path"]]
    html = to_html(sheet, changed, rows)
    assert "&lt;b&gt;smeared&lt;/b&gt;" in html
    assert "<b>smeared" not in html


def test_the_page_needs_nothing_else_and_says_what_it_is_for(drawn: CellDataset, cells: pd.DataFrame) -> None:
    html = to_html(data_sheet(drawn, cells), drawn, cells)
    assert "For research use only" in html
    assert "These are drawn cells, not real ones." in html
    outside = re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"'](?!data:)[^\"']+", html)
    assert outside == []
    assert html.count('class="plotly-graph-div"') == 7
    assert drawn.fingerprint() in html


def test_the_figures_show_what_the_sheet_found_and_no_audit_runs_twice(
    drawn: CellDataset, cells: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = data_sheet(drawn, cells)
    drawn_from = pd.DataFrame(sheet["colour_drift"]["judged"])
    found = drift(cells, drawn.classes)
    assert len(drawn_from) == 12
    assert figures.colour_drift(drawn_from, classes=drawn.classes) == figures.colour_drift(found, classes=drawn.classes)
    for audit in ("shortcuts", "effects", "drift", "out_of_fold"):
        monkeypatch.delattr(datasheet, audit)
    html = to_html(json.loads(to_json(sheet)), drawn, cells)
    assert [title in html for title in ("Single properties", "Differences between", "Colour by subject")] == [True] * 3


def test_a_subject_cannot_end_the_script_that_draws_it(drawn: CellDataset, cells: pd.DataFrame) -> None:
    evil = "</script><script>alert(1)</script>"
    table = drawn.table.assign(subject=drawn.table["subject"].replace("1", evil))
    renamed = replace(drawn, table=table)
    rows = cells.assign(subject=table["subject"])
    assert "<script>alert(1)" not in to_html(data_sheet(renamed, rows), renamed, rows)


def test_without_subjects_the_parts_that_need_them_say_so(tmp_path: Path, drawn_folder: Path) -> None:
    for label in ("all", "hem"):
        (tmp_path / "set" / label).mkdir(parents=True)
        for number, file in enumerate(sorted(drawn_folder.rglob(f"*_{label}.bmp"))[:6]):
            (tmp_path / "set" / label / f"{number}.bmp").write_bytes(file.read_bytes())
    dataset = hashed(index(tmp_path / "set", positive=["all"]), cache=tmp_path / "cache")
    rows = measured(dataset, cache=tmp_path / "cache")
    sheet = data_sheet(dataset, rows)
    for part in ("shortcuts", "effects", "colour_drift", "label_suspects"):
        assert sheet[part]["problem"].startswith("Expected ")
    assert sheet["split"]["by"] == "cell"
    html = to_html(sheet, dataset, rows)
    assert sheet["shortcuts"]["problem"] in html
    assert html.count('class="plotly-graph-div"') == 2
    assert json.loads(to_json(sheet)) == sheet


def test_the_headlines_carry_the_counts(drawn: CellDataset, cells: pd.DataFrame) -> None:
    sheet = data_sheet(drawn, cells)
    said = headlines(sheet)
    assert said[0] == "72 cells of 12 subjects (42 ALL, 30 HEM); 0 files could not be used."
    assert said[1] == "0 files repeat an earlier one. 0 pairs look alike; 0 contents carry both labels."
    assert said[3] == sheet["shortcuts"]["verdict"][0]
    assert said[-2] == f"{sheet['label_suspects']['suspects']} of 72 labels are suspects."
    assert said[-1] == "No edits were applied."
    assert all(sentence in to_html(sheet, drawn, cells) for sentence in said[:2])


def test_a_cancel_stops_between_two_parts(drawn: CellDataset, cells: pd.DataFrame) -> None:
    def stop(done: int, total: int, text: str) -> None:
        if done == 2:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        data_sheet(drawn, cells, progress=stop)


@pytest.mark.real_data
def test_the_real_cells_have_a_sheet(real_cells: Path, tmp_path: Path) -> None:
    dataset = hashed(index(real_cells / "cnmc-sample" / "C-NMC_Leukemia"), cache=tmp_path)
    rows = measured(dataset, cache=tmp_path)
    sheet = data_sheet(dataset, rows)
    assert sheet["data"]["cells"] == 40
    impossible = [part for part, found in sheet.items() if isinstance(found, dict) and "problem" in found]
    assert impossible == ["colour_drift"]  # two or three cells a subject show no colour of the subject
    assert "drawn cells" not in to_html(sheet, dataset, rows)
