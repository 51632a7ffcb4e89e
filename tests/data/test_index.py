"""Indexing folders: names and headers only, and a reason for each file that is left out."""

import json
import os
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from core.data import image_header
from core.data.dataset import FINAL_TEST, PRELIMINARY_TEST, TRAINING, CellDataset
from core.data.index import index
from core.errors import Cancelled, DataError

BMP = cv2.imencode(".bmp", np.full((3, 4, 3), 7, dtype=np.uint8))[1].tobytes()
LABELS = "Patient_ID,new_names,labels\n"
PRELIMINARY = "validation_data/C-NMC_test_prelim_phase_data"
FINAL = "testing_data/C-NMC_test_final_phase_data"
LABEL_CSV = "validation_data/C-NMC_test_prelim_phase_data_labels.csv"


def put(root: Path, *paths: str, data: bytes = BMP) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def reasons(dataset: CellDataset) -> dict[str, str]:
    return {file.file: file.reason for file in dataset.unreadable}


@pytest.fixture
def cnmc(tmp_path: Path) -> Path:
    root = put(
        tmp_path / "C-NMC_Leukemia",
        "training_data/fold_0/all/UID_1_2_3_all.bmp",
        "training_data/fold_0/hem/UID_H3_1_1_hem.bmp",
        "training_data/fold_1/hem/UID_h3_1_2_hem.bmp",
        f"{PRELIMINARY}/1.bmp",
        f"{PRELIMINARY}/2.bmp",
        f"{FINAL}/1.bmp",
    )
    return put(root, LABEL_CSV, data=f"{LABELS}UID_57_1_1_all.bmp,1.bmp,1\nUID_H49_1_1_hem.bmp,2.bmp,0\n".encode())


def test_the_layout_of_c_nmc_gives_labels_subjects_parts_and_folds(cnmc: Path) -> None:
    found = index(cnmc)
    columns = ["path", "class_name", "label", "subject", "part", "fold"]
    assert [tuple(row) for row in found.table[columns].to_numpy()] == [
        (f"{FINAL}/1.bmp", "", "", "", FINAL_TEST, ""),
        ("training_data/fold_0/all/UID_1_2_3_all.bmp", "ALL", "ALL", "1", TRAINING, "fold_0"),
        ("training_data/fold_0/hem/UID_H3_1_1_hem.bmp", "HEM", "HEM", "H3", TRAINING, "fold_0"),
        ("training_data/fold_1/hem/UID_h3_1_2_hem.bmp", "HEM", "HEM", "H3", TRAINING, "fold_1"),
        (f"{PRELIMINARY}/1.bmp", "ALL", "ALL", "57", PRELIMINARY_TEST, ""),
        (f"{PRELIMINARY}/2.bmp", "HEM", "HEM", "H49", PRELIMINARY_TEST, ""),
    ]
    assert (found.root, found.classes, found.origin) == (cnmc, ("HEM", "ALL"), "C-NMC")
    assert found.unreadable == found.notes == ()


def test_each_row_holds_the_size_of_the_image_and_of_the_file_and_no_hash_yet(cnmc: Path) -> None:
    for row in index(cnmc).table.itertuples():
        assert (row.width, row.height, row.bytes, row.sha256) == (4, 3, len(BMP), "")


def test_indexing_decodes_no_pixels(cnmc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*_: object) -> None:
        raise AssertionError("decodes")

    monkeypatch.setattr(cv2, "imdecode", decode)
    monkeypatch.setattr(cv2, "imread", decode)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    assert len(index(cnmc).table) == 6


def test_the_choice_of_a_positive_class_changes_nothing_in_c_nmc(cnmc: Path) -> None:
    assert index(cnmc, positive=["HEM"]).classes == ("HEM", "ALL")


def test_a_table_at_the_top_does_not_label_the_final_test_set(cnmc: Path) -> None:
    (cnmc / LABEL_CSV).rename(cnmc / "labels.csv")
    labels = index(cnmc).table.set_index("path")["label"]
    assert labels[f"{PRELIMINARY}/1.bmp"] == "ALL"
    assert labels[f"{FINAL}/1.bmp"] == ""


def test_without_its_table_the_preliminary_test_set_is_unlabelled(cnmc: Path) -> None:
    (cnmc / LABEL_CSV).unlink()
    table = index(cnmc).table
    assert set(table.loc[table["part"] == PRELIMINARY_TEST, "label"]) == {""}


@pytest.mark.parametrize(
    "row",
    [
        b"UID_x.bmp,1.bmp,1",
        b",1.bmp,1",
        b"UID_57_1_1_all.bmp,,1",
        b"UID_57_1_1_all.bmp,1.bmp,",
        b"UID_57_1_1_all.bmp,1.bmp,yes",
        "UID_57_1_1_all.bmp,Müller.bmp,1".encode("latin-1"),
        b'UID_57_1_1_all.bmp,"1.bmp,1',
    ],
)
def test_a_malformed_label_table_is_listed_and_its_images_stay_unlabelled(cnmc: Path, row: bytes) -> None:
    put(cnmc, LABEL_CSV, data=LABELS.encode() + row + b"\n")
    found = index(cnmc)
    assert list(reasons(found)) == [LABEL_CSV]
    assert "C-NMC_test_prelim_phase_data_labels.csv" in reasons(found)[LABEL_CSV]
    assert len(found.table) == 6
    assert set(found.table.loc[found.table["part"] == PRELIMINARY_TEST, "label"]) == {""}


def test_cells_that_the_table_names_but_nobody_has_are_noted(cnmc: Path) -> None:
    (cnmc / PRELIMINARY / "2.bmp").unlink()
    assert index(cnmc).notes == ("1 of 2 cells named by the label table in validation_data have no image here.",)


def test_other_files_are_counted_and_hidden_ones_are_not(cnmc: Path) -> None:
    put(cnmc, "readme.txt", "other.csv", data=b"a,b,c\n")
    put(cnmc, ".DS_Store", "__MACOSX/UID_1_1_1_all.bmp", ".hidden/UID_1_1_1_all.bmp", data=b"x")
    assert index(cnmc).notes == ("2 files that are no images were left out.",)


TRUNCATED = "the file is cut off"
NO_NAME = "Expected a name like UID_H12_3_1_hem. Received: "


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("training_data/fold_0/all/cell7.bmp", BMP, f"{NO_NAME}cell7."),
        ("training_data/fold_0/all/UID_1_all.bmp", BMP, f"{NO_NAME}UID_1_all."),
        (f"{PRELIMINARY}/UID_9.bmp", BMP, f"{NO_NAME}UID_9."),
        ("training_data/fold_0/all/UID_1_1_1_all.bmp", b"", "Expected an image. Received: an empty file of 0 bytes."),
        ("training_data/fold_0/all/UID_1_1_1_all.bmp", BMP[:60], TRUNCATED),
        ("training_data/fold_0/all/UID_1_1_1_all.png", b"text", "Received: bytes of another kind."),
        (
            "training_data/fold_0/all/UID_H1_1_1_hem.bmp",
            BMP,
            "Expected the same class in folder and name. Received: ALL and HEM.",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_listed_with_its_reason(cnmc: Path, path: str, data: bytes, reason: str) -> None:
    found = index(put(cnmc, path, data=data))
    assert list(reasons(found)) == [path]
    assert reason in reasons(found)[path]
    assert len(found.table) == 6


def test_links_to_folders_in_a_circle_or_to_nothing_are_listed_and_links_to_files_are_followed(cnmc: Path) -> None:
    folder = cnmc / "training_data" / "fold_0" / "all"
    (folder / "UID_8_1_1_all.bmp").symlink_to("UID_1_2_3_all.bmp")
    (folder / "again").symlink_to(cnmc)
    (folder / "UID_5_1_1_all.bmp").symlink_to("missing.bmp")
    (folder / "UID_6_1_1_all.bmp").symlink_to("UID_6_1_1_all.bmp")
    found = index(cnmc)
    assert [Path(file).name for file in reasons(found)] == ["UID_5_1_1_all.bmp", "UID_6_1_1_all.bmp", "again"]
    assert all("links are not followed" in reason for reason in reasons(found).values())
    assert "8" in set(found.table["subject"])
    assert len(found.table) == 7


def test_a_name_in_another_encoding_is_listed(cnmc: Path) -> None:
    folder = os.fsencode(cnmc / "training_data" / "fold_0")
    with Path(os.fsdecode(folder + b"/M\xfcller.bmp")).open("wb") as file:
        file.write(BMP)
    Path(os.fsdecode(folder + b"/K\xf6ln")).mkdir()
    found = index(cnmc)
    assert list(reasons(found)) == ["training_data/fold_0/K\ufffdln", "training_data/fold_0/M\ufffdller.bmp"]
    assert "Expected a name in UTF-8" in next(iter(reasons(found).values()))
    json.dumps(reasons(found), ensure_ascii=False).encode()


def test_folders_and_files_that_may_not_be_read_are_listed(cnmc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_folder = os.open

    def refuse(path: Path, *options: int) -> int:
        if Path(path).name == "fold_1":
            raise PermissionError(13, "Permission denied")
        return open_folder(path, *options)

    def refuse_table(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr("core.data.cnmc.is_label_table", refuse_table)
    assert reasons(index(cnmc)) == {
        "training_data/fold_1": "Expected a readable folder. Received: Permission denied.",
        LABEL_CSV: "Expected a readable file. Received: Permission denied.",
    }


def test_class_folders_stay_unlabelled_until_a_class_is_called_positive(tmp_path: Path) -> None:
    root = put(tmp_path / "smears", "blast/1.bmp", "normal/deep/1.PNG", "other/1.tif")
    found = index(root)
    assert list(found.table["class_name"]) == ["blast", "normal", "other"]
    assert set(found.table["label"]) == set(found.table["subject"]) == set(found.table["fold"]) == {""}
    assert (found.classes, found.origin) == (("", ""), "smears")
    chosen = index(root, positive=["blast"])
    assert chosen.classes == ("rest", "blast")
    assert list(chosen.table["label"]) == ["blast", "rest", "rest"]


def test_single_folders_above_the_class_folders_are_stepped_through(tmp_path: Path) -> None:
    found = index(put(tmp_path, "set/images/a/1.bmp", "set/images/b/1.bmp"))
    assert list(found.table["class_name"]) == ["a", "b"]


def test_an_image_beside_the_class_folders_is_listed(tmp_path: Path) -> None:
    found = index(put(tmp_path, "a/1.bmp", "b/1.bmp", "1.bmp"))
    assert reasons(found) == {"1.bmp": "Expected an image inside a class folder (a, b). Received: one beside them."}


def test_an_unknown_positive_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"out of \['a', 'b'\].*Received: \['c'\]"):
        index(put(tmp_path, "a/1.bmp", "b/1.bmp"), positive=["c"])


@pytest.mark.parametrize("paths", [("1.bmp", "2.bmp"), ("a/1.bmp", "a/2.bmp")])
def test_images_in_one_folder_are_no_data_set(tmp_path: Path, paths: tuple[str, ...]) -> None:
    with pytest.raises(DataError, match=r"or two or more class folders\. Received: .* with 2 images in one folder\."):
        index(put(tmp_path, *paths))


def test_a_folder_without_images_is_refused_with_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Expected a folder with BMP.*with 0 other files"):
        index(tmp_path)
    with pytest.raises(DataError, match="with 2 other files"):
        index(put(tmp_path, "a.txt", "b/c.csv", data=b"x"))


def test_a_missing_folder_and_a_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Expected a folder\. Received: .*none, which is missing\."):
        index(tmp_path / "none")
    with pytest.raises(DataError, match=r"which is a file\."):
        index(put(tmp_path, "a.bmp") / "a.bmp")


def test_a_folder_in_which_no_image_can_be_used_is_refused_with_the_first_reason(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Received: none; Expected an image\. Received: an empty file of 0 bytes\."):
        index(put(tmp_path, "a/1.bmp", "b/1.bmp", data=b""))


def test_a_huge_image_is_listed_and_not_decoded(tmp_path: Path) -> None:
    huge = bytearray(BMP)
    huge[18:26] = struct.pack("<ii", 100_000, 100_000)
    put(tmp_path, "a/huge.bmp", data=bytes(huge))
    found = index(put(tmp_path, "a/1.bmp", "b/1.bmp"))
    assert "Expected at most 50,000,000 pixels" in reasons(found)["a/huge.bmp"]


@pytest.mark.parametrize(
    ("marker", "origin"),
    [
        ('{"drawn": true, "seed": 3}', "drawn, seed 3"),
        ('{"drawn": true, "seed": null}', "drawn from a manifest"),
        ('{"drawn": false}', "C-NMC"),
        ("{", "C-NMC"),
        ("[]", "C-NMC"),
    ],
)
def test_the_marker_of_a_drawn_set_tells_its_origin(cnmc: Path, marker: str, origin: str) -> None:
    put(cnmc, "DRAWN.json", data=marker.encode())
    for root in (cnmc, cnmc.parent):
        assert index(root).origin == origin
        assert index(root).notes == ()


def test_the_origin_of_the_current_folder_is_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(put(tmp_path / "smears", "a/1.bmp", "b/1.bmp"))
    assert index(Path()).origin == "smears"


def test_progress_counts_images_and_may_cancel(cnmc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reports: list[tuple[int, int, str]] = []
    index(cnmc, progress=lambda *report: reports.append(report))
    assert reports == [(0, 6, "Reading file headers"), (6, 6, "Reading file headers")]

    def cancel(done: int, total: int, text: str) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        index(cnmc, progress=cancel)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the images whose headers were read."""
    names: list[str] = []
    size = image_header.size

    def spy(source: str) -> tuple[int, int]:
        names.append(Path(source).name)
        return size(source)

    monkeypatch.setattr(image_header, "size", spy)
    return names


def kept_file(cache: Path) -> Path:
    (file,) = (cache / "index").iterdir()
    return file


def same(first: CellDataset, second: CellDataset) -> bool:
    pd.testing.assert_frame_equal(first.table, second.table)
    return all(
        getattr(first, name) == getattr(second, name) for name in ("root", "classes", "origin", "unreadable", "notes")
    )


def test_an_unchanged_folder_is_not_read_again(cnmc: Path, tmp_path: Path, opened: list[str]) -> None:
    put(cnmc, "readme.txt", "training_data/fold_0/all/broken.bmp", data=b"x")
    (cnmc / PRELIMINARY / "2.bmp").unlink()
    first = index(cnmc, cache=tmp_path / "cache")
    assert len(opened) == 5
    assert len(first.notes) == 2
    reports: list[tuple[int, int, str]] = []
    second = index(cnmc, cache=tmp_path / "cache", progress=lambda *report: reports.append(report))
    assert len(opened) == 5
    assert same(first, second)
    assert reports == [(5, 5, "Reading file headers")]


def test_the_positive_class_is_chosen_anew_from_what_was_kept(tmp_path: Path, opened: list[str]) -> None:
    root = put(tmp_path / "smears", "blast/1.bmp", "normal/1.bmp")
    assert index(root, cache=tmp_path / "cache").classes == ("", "")
    for positive in ("blast", "normal"):
        assert index(root, positive=[positive], cache=tmp_path / "cache").positive == positive
    assert index(root, cache=tmp_path / "cache").classes == ("", "")
    assert opened == ["1.bmp", "1.bmp"]


def changes() -> dict[str, tuple[Callable[[Path], object], list[str], int]]:
    """What happens to one file, the headers that are read then, and the number of cells after it."""
    cell = "training_data/fold_0/all/UID_1_2_3_all.bmp"
    wide = cv2.imencode(".bmp", np.zeros((3, 40, 3), dtype=np.uint8))[1].tobytes()
    return {
        "grows": (lambda root: put(root, cell, data=wide), ["UID_1_2_3_all.bmp"], 6),
        "is written again": (lambda root: os.utime(root / cell, ns=(0, 1)), ["UID_1_2_3_all.bmp"], 6),
        "is added": (lambda root: put(root, cell.replace("UID_1", "UID_2")), ["UID_2_2_3_all.bmp"], 7),
        "is removed": (lambda root: (root / cell).unlink(), [], 5),
        "is renamed": (
            lambda root: (root / cell).rename(root / cell.replace("UID_1", "UID_2")),
            ["UID_2_2_3_all.bmp"],
            6,
        ),
        "is emptied": (lambda root: put(root, cell, data=b""), ["UID_1_2_3_all.bmp"], 5),
        "is no table any more": (lambda root: put(root, LABEL_CSV, data=b"x"), [], 6),
    }


@pytest.mark.parametrize(("change", "read_again", "cells"), changes().values(), ids=changes().keys())
def test_what_changes_is_noticed_and_only_that_is_read_again(
    cnmc: Path,
    tmp_path: Path,
    opened: list[str],
    change: Callable[[Path], object],
    read_again: list[str],
    cells: int,
) -> None:
    index(cnmc, cache=tmp_path / "cache")
    opened.clear()
    change(cnmc)
    found = index(cnmc, cache=tmp_path / "cache")
    assert opened == read_again
    assert len(found.table) == cells
    assert same(found, index(cnmc))


def test_a_link_whose_target_changes_is_noticed(cnmc: Path, tmp_path: Path, opened: list[str]) -> None:
    elsewhere = put(tmp_path / "elsewhere", "cell.bmp")
    (cnmc / "training_data/fold_0/all/UID_8_1_1_all.bmp").symlink_to(elsewhere / "cell.bmp")
    index(cnmc, cache=tmp_path / "cache")
    opened.clear()
    os.utime(elsewhere / "cell.bmp", ns=(0, 1))
    index(cnmc, cache=tmp_path / "cache")
    assert opened == ["UID_8_1_1_all.bmp"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 3],
        lambda text: "[]\n{}",
        lambda text: "null\nnull",
        lambda text: text.replace('"version": 1', '"version": 0'),
        lambda text: text.replace('"path": [[', '"path": [["more", '),
        lambda text: "[" * 100_000,
        lambda text: "\udcff",
    ],
)
def test_a_damaged_cache_is_ignored_and_written_anew(
    cnmc: Path, tmp_path: Path, opened: list[str], damage: Callable[[str], str]
) -> None:
    first = index(cnmc, cache=tmp_path / "cache")
    file = kept_file(tmp_path / "cache")
    whole = file.read_text()
    file.write_bytes(damage(whole).encode(errors="surrogateescape"))
    assert same(first, index(cnmc, cache=tmp_path / "cache"))
    assert len(opened) == 12
    assert kept_file(tmp_path / "cache").read_text() == whole


def test_where_only_the_list_of_files_is_damaged_all_are_read_again(
    cnmc: Path, tmp_path: Path, opened: list[str]
) -> None:
    index(cnmc, cache=tmp_path / "cache")
    file = kept_file(tmp_path / "cache")
    file.write_text(file.read_text()[:-1])
    put(cnmc, "training_data/fold_0/all/UID_9_1_1_all.bmp")
    assert len(index(cnmc, cache=tmp_path / "cache").table) == 7
    assert len(opened) == 6 + 7


def test_two_folders_do_not_share_what_is_kept(cnmc: Path, tmp_path: Path) -> None:
    other = put(tmp_path / "other", "a/1.bmp", "b/1.bmp")
    for _ in range(2):
        assert len(index(cnmc, cache=tmp_path / "cache").table) == 6
        assert len(index(other, cache=tmp_path / "cache").table) == 2


def test_a_cancelled_index_keeps_nothing(cnmc: Path, tmp_path: Path) -> None:
    def cancel(done: int, total: int, text: str) -> None:
        if done:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        index(cnmc, cache=tmp_path / "cache", progress=cancel)
    assert not (tmp_path / "cache").exists()


def test_where_no_cache_can_be_written_the_index_is_made_all_the_same(cnmc: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    assert len(index(cnmc, cache=tmp_path / "cache").table) == 6


def test_nothing_but_the_finished_file_stays_in_the_cache(cnmc: Path, tmp_path: Path) -> None:
    index(cnmc, cache=tmp_path / "cache")
    assert kept_file(tmp_path / "cache").suffix == ".json"


def test_folders_deeper_than_pythons_stack_are_walked_and_too_long_paths_listed(tmp_path: Path) -> None:
    root = put(tmp_path / "smears", "a/1.bmp", "b/1.bmp")
    below = os.open(root / "a", os.O_RDONLY)
    for depth in range(2200):
        os.mkdir("d", dir_fd=below)
        if depth == 1500:
            cell = os.open("deep.bmp", os.O_CREAT | os.O_WRONLY, dir_fd=below)
            os.write(cell, BMP)
            os.close(cell)
        deeper = os.open("d", os.O_RDONLY, dir_fd=below)
        os.close(below)
        below = deeper
    os.close(below)
    found = index(root)
    subprocess.run(["rm", "-r", root / "a"], check=True)  # what pytest cleans up with is recursive
    assert len(found.table) == 3
    assert [file.reason for file in found.unreadable] == ["Expected a readable folder. Received: File name too long."]


def test_a_pipe_that_calls_itself_an_image_is_not_opened(cnmc: Path) -> None:
    os.mkfifo(cnmc / "training_data/fold_0/all/UID_1_1_1_all.bmp")
    found = index(cnmc)
    assert (len(found.table), found.notes) == (6, ("1 files that are no images were left out.",))


@pytest.mark.real_data
def test_the_real_cells_are_twenty_one_leukemic_and_nineteen_healthy_of_nineteen_subjects(real_cells: Path) -> None:
    found = index(real_cells / "cnmc-sample" / "C-NMC_Leukemia")
    assert len(found.table) == 40
    assert found.table["label"].value_counts().to_dict() == {"ALL": 21, "HEM": 19}
    assert found.table["subject"].nunique() == 19
    assert set(found.table["fold"]) == {"fold_0", "fold_1", "fold_2"}
    assert set(found.table["width"]) == set(found.table["height"]) == {450}
    assert found.unreadable == ()
    assert found.notes == ("1,867 of 1,867 cells named by the label table in validation_data have no image here.",)
    assert found.origin == "C-NMC"
