"""Edits are a log that can be applied, undone, exported and imported."""

import os
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from core.config import Settings
from core.data.dataset import EXCLUDED, CellDataset
from core.data.edits import Decision, applied, decide, edited, edits_file, from_csv, log, standing, to_csv, undo
from core.data.persons import persons
from core.data.split import split
from core.errors import DataError


def decision(dataset: CellDataset, row: int, action: str = "exclude", label: str = "", note: str = "") -> Decision:
    cell = dataset.labelled.iloc[row]
    return Decision(cell["sha256"], cell["path"], action, label, note)  # type: ignore[arg-type]


def row_of(dataset: CellDataset, label: str) -> int:
    return list(dataset.labelled["label"]).index(label)


def test_each_folder_has_a_file_of_its_own_in_the_workspace(tmp_path: Path) -> None:
    place = Settings(tmp_path, tmp_path / "models", None)
    one, other = edits_file(place, tmp_path / "a"), edits_file(place, tmp_path / "b")
    assert one != other
    assert one.parent == other.parent == tmp_path / "edits"
    assert one == edits_file(place, tmp_path / "b" / ".." / "a")


def test_without_a_file_there_is_no_decision_and_nothing_to_undo(tmp_path: Path) -> None:
    assert log(tmp_path / "none.csv") == ()
    assert undo(tmp_path / "none.csv") == ()
    assert not list(tmp_path.iterdir())


def test_decisions_are_read_back_as_they_were_made(drawn: CellDataset, tmp_path: Path) -> None:
    file = tmp_path / "new" / "edits.csv"
    wanted = [decision(drawn, 0, note='smeared, "two" cells\nsee file'), decision(drawn, 1, "relabel", "HEM")]
    decide(file, wanted)
    found = log(file)
    assert [replace(one, decided="") for one in found] == wanted
    assert len({one.decided for one in found}) == 1
    assert [entry.name for entry in file.parent.iterdir()] == ["edits.csv"]


def test_a_decision_that_cannot_be_written_leaves_the_log_as_it_was(
    drawn: CellDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "edits.csv"
    decide(file, [decision(drawn, 0)])
    before = file.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for write in (lambda: decide(file, [decision(drawn, 1)]), lambda: undo(file)):
        with pytest.raises(DataError, match=r"^Expected room for the edits in .*edits\.csv\. Received: No space left"):
            write()
    assert file.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["edits.csv"]


def test_the_last_decision_about_a_content_holds(drawn: CellDataset, tmp_path: Path) -> None:
    file = tmp_path / "edits.csv"
    decide(file, [decision(drawn, 0)])
    decide(file, [decision(drawn, 0, "keep")])
    (holding,) = standing(log(file)).values()
    assert holding.action == "keep"
    assert len(log(file)) == 2


def test_undo_takes_back_one_step_at_a_time(drawn: CellDataset, tmp_path: Path) -> None:
    file = tmp_path / "edits.csv"
    decide(file, [decision(drawn, 0)])
    decide(file, [decision(drawn, 1), decision(drawn, 2)])
    assert [one.path for one in undo(file)] == list(drawn.labelled["path"].iloc[1:3])
    assert len(log(file)) == 1
    assert len(undo(file)) == 1
    assert log(file) == ()
    assert undo(file) == ()


def test_relabelled_and_excluded_cells_are_changed_and_counted(drawn: CellDataset) -> None:
    leukemic, healthy = row_of(drawn, "ALL"), row_of(drawn, "HEM")
    found = edited(drawn, [decision(drawn, leukemic, "relabel", "HEM"), decision(drawn, healthy)])
    paths = drawn.labelled["path"]
    assert found.table.set_index("path").loc[paths.iloc[leukemic], "label"] == "HEM"
    assert found.table.set_index("path").loc[paths.iloc[healthy], "part"] == EXCLUDED
    assert found.edits == {"relabelled": 1, "excluded": 1}
    assert len(found.labelled) == len(drawn.labelled) - 1
    assert len(found.candidates) == len(drawn.labelled)
    assert found.fingerprint() != drawn.fingerprint()
    assert list(found.table.columns) == list(drawn.table.columns)
    assert found.table.dtypes.equals(drawn.table.dtypes)


@pytest.mark.parametrize("action", ["keep", "relabel"])
def test_a_confirmed_label_changes_nothing_and_counts_nothing(drawn: CellDataset, action: str) -> None:
    found = edited(drawn, [decision(drawn, 0, action, drawn.labelled["label"].iloc[0])])
    pd.testing.assert_frame_equal(found.table, drawn.table)
    assert found.edits == {"relabelled": 0, "excluded": 0}


def test_without_decisions_the_data_set_is_the_same(drawn: CellDataset) -> None:
    assert edited(drawn, ()) is drawn


def test_all_copies_of_a_content_follow_one_decision(drawn: CellDataset) -> None:
    twins = drawn.table.copy()
    twins.loc[1, "sha256"] = twins.loc[0, "sha256"]
    found = edited(replace(drawn, table=twins), [Decision(twins.loc[0, "sha256"], "x", "exclude")])
    assert found.edits["excluded"] == 2


def test_a_label_of_another_choice_of_classes_is_not_applied_and_said(drawn: CellDataset) -> None:
    found = edited(drawn, [decision(drawn, 0, "relabel", "blast")])
    pd.testing.assert_frame_equal(found.table, drawn.table)
    assert found.notes[-1] == "1 edits name another class (blast) and were not applied."


def test_subjects_stay_one_person_when_the_cell_that_joins_them_is_excluded(drawn: CellDataset) -> None:
    table = drawn.table.copy()
    first = table.index[table["subject"] == "1"][0]
    other = table.index[table["subject"] == "2"][0]
    table.loc[other, "sha256"] = table.loc[first, "sha256"]
    joined = replace(drawn, table=table)
    found = edited(joined, [Decision(table.loc[first, "sha256"], "x", "exclude")])
    assert persons(found.candidates)["2"] == "1"
    for seed in range(5):
        sides = split(found, seed=seed).sides
        assert sides["1"] == sides["2"]


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ({}, "No edits were applied."),
        ({"relabelled": 0, "excluded": 0}, "No edits were applied."),
        ({"added": 0, "added_subjects": 0}, "No edits were applied."),
        ({"added": 37, "added_subjects": 1}, "37 cells of 1 subject added after review."),
        (
            {"added": 1, "added_subjects": 1, "excluded": 2},
            "1 cell of 1 subject added and 2 cells left out after review.",
        ),
        (
            {"added": 1200, "added_subjects": 3, "relabelled": 1, "excluded": 1},
            "1,200 cells of 3 subjects added, 1 label changed and 1 cell left out after review.",
        ),
        ({"relabelled": 1, "excluded": 0}, "1 label changed after review."),
        ({"relabelled": 2, "excluded": 1}, "2 labels changed and 1 cell left out after review."),
        ({"relabelled": 0, "excluded": 1200}, "1,200 cells left out after review."),
    ],
)
def test_what_was_applied_is_said_in_words(edits: dict[str, int], words: str) -> None:
    assert applied(edits) == words


def test_an_exported_log_is_imported_as_what_holds(drawn: CellDataset) -> None:
    wanted = [decision(drawn, 0), decision(drawn, 1, "relabel", "HEM", "looks mature"), decision(drawn, 0, "keep")]
    assert from_csv("\ufeff" + to_csv(wanted), drawn) == (wanted[2], wanted[1])


HEADER = "sha256,path,action,label,note,decided\n"
KNOWN = "KNOWN"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Expected the columns sha256, path, action, label, note, decided. Received: none."),
        ("a,b\n1,2\n", "Received: a, b."),
        (HEADER, "Expected at least one decision. Received: a file without any."),
        (HEADER + f"{KNOWN},x,burn,,,\n", "Expected one of keep, relabel, exclude. Received: line 2, burn."),
        (HEADER + f"{KNOWN},x,relabel,,,\n", "Expected one of the classes HEM and ALL. Received: line 2, none."),
        (HEADER + f"{KNOWN},x,keep\n", "Expected 6 values a row. Received: another number in line 2."),
        (HEADER + f"{KNOWN},x,keep,,,,too many\n", "Expected 6 values a row. Received: another number in line 2."),
        (HEADER + "abc,x,keep,,,\n", "Expected a SHA-256 of 64 hexadecimal digits. Received: line 2, abc."),
        (HEADER + f"{'0' * 64},x.bmp,keep,,,\n", "Received: line 2, x.bmp, which is not among them."),
        (HEADER + f"{KNOWN},x,keep,,{'n' * 1001},\n", "Expected notes of up to 1,000 characters."),
        (HEADER + f'{KNOWN},"x,keep,,,\n', "Expected a CSV file of decisions."),
    ],
)
def test_a_file_that_is_no_log_of_this_data_set_is_refused_in_one_sentence(
    drawn: CellDataset, text: str, sentence: str
) -> None:
    with pytest.raises(DataError) as refused:
        from_csv(text.replace(KNOWN, drawn.table["sha256"].iloc[0]), drawn)
    assert sentence in str(refused.value)


def test_a_damaged_file_is_refused_and_stays_as_it_is(drawn: CellDataset, tmp_path: Path) -> None:
    file = tmp_path / "edits.csv"
    file.write_bytes(b"\xff\xfe")
    for use in (lambda: log(file), lambda: decide(file, [decision(drawn, 0)]), lambda: undo(file)):
        with pytest.raises(DataError, match="Expected a file of edits that can be read"):
            use()
    assert file.read_bytes() == b"\xff\xfe"
