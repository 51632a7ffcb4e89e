"""C-NMC's names, folders and label table."""

from pathlib import Path, PurePosixPath

import pytest

from core.data import cnmc
from core.data.cnmc import CellName
from core.data.dataset import FINAL_TEST, PRELIMINARY_TEST, TRAINING
from core.errors import DataError

HEADER = "Patient_ID,new_names,labels\n"


def table(folder: Path, text: str) -> Path:
    file = folder / "labels.csv"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("stem", "parsed"),
    [
        ("UID_1_2_3_all", CellName("1", 2, 3, "ALL")),
        ("UID_H12_30_1_hem", CellName("H12", 30, 1, "HEM")),
        ("UID_h3_1_2_hem", CellName("H3", 1, 2, "HEM")),
        ("uid_7_1_1_ALL", CellName("7", 1, 1, "ALL")),
    ],
)
def test_a_name_gives_subject_image_cell_and_label(stem: str, parsed: CellName) -> None:
    assert cnmc.cell_name(stem) == parsed


def test_subjects_are_compared_without_case() -> None:
    assert cnmc.cell_name("UID_h3_1_1_hem").subject == cnmc.cell_name("UID_H3_1_2_hem").subject


@pytest.mark.parametrize(
    "stem", ["", "UID_1_2_all", "UID_1_2_3_aml", "UID_X1_2_3_all", "UID_1_2_3_all_copy", "cell_1", "UID_H_1_1_hem"]
)
def test_a_name_of_another_form_is_refused_with_itself_in_the_sentence(stem: str) -> None:
    with pytest.raises(ValueError, match=rf"Expected a name like UID_H12_3_1_hem\. Received: {stem}\."):
        cnmc.cell_name(stem)


@pytest.mark.parametrize(("stem", "is_one"), [("UID_1_2", True), ("uid_x", True), ("1", False), ("myUID_1", False)])
def test_a_name_that_starts_with_uid_counts_as_one_of_the_data_set(stem: str, is_one: bool) -> None:
    assert cnmc.is_cell_name(stem) is is_one


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("training_data/fold_0/all/UID_1_1_1_all.bmp", TRAINING),
        ("all/UID_1_1_1_all.bmp", TRAINING),
        ("validation_data/C-NMC_test_prelim_phase_data/1.bmp", PRELIMINARY_TEST),
        ("C-NMC_test_prelim_phase_data/1.bmp", PRELIMINARY_TEST),
        ("testing_data/C-NMC_test_final_phase_data/1.bmp", FINAL_TEST),
        ("C-NMC_test_final_phase_data/1.bmp", FINAL_TEST),
        ("training_data/testing_data.bmp", TRAINING),
    ],
)
def test_the_folders_above_a_file_tell_its_part(path: str, part: str) -> None:
    assert cnmc.part(PurePosixPath(path)) == part


@pytest.mark.parametrize(
    ("path", "fold"), [("training_data/Fold_2/all/a.bmp", "fold_2"), ("fold/a.bmp", ""), ("fold_1.bmp", "")]
)
def test_the_fold_is_named_by_a_folder(path: str, fold: str) -> None:
    assert cnmc.fold(PurePosixPath(path)) == fold


@pytest.mark.parametrize(
    ("path", "label"), [("fold_0/ALL/a.bmp", "ALL"), ("hem/a.bmp", "HEM"), ("all/more/a.bmp", ""), ("a.bmp", "")]
)
def test_only_the_folder_directly_above_a_file_gives_a_label(path: str, label: str) -> None:
    assert cnmc.folder_label(PurePosixPath(path)) == label


@pytest.mark.parametrize(
    ("text", "is_one"),
    [(HEADER, True), ("\ufeff" + HEADER, True), ("a,b,c\n", False), ("", False), ("Patient_ID,new_names\n", False)],
)
def test_a_label_table_is_known_by_its_columns(tmp_path: Path, text: str, is_one: bool) -> None:
    assert cnmc.is_label_table(table(tmp_path, text)) is is_one


def test_a_label_table_gives_subject_and_label_of_each_file_name(tmp_path: Path) -> None:
    rows = cnmc.label_table(table(tmp_path, HEADER + "UID_57_29_1_all.bmp,1.bmp,1\nUID_h49_35_1_hem.bmp,4.bmp,0\n"))
    assert rows.to_dict("index") == {
        "1.bmp": {"subject": "57", "label": "ALL"},
        "4.bmp": {"subject": "H49", "label": "HEM"},
    }


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("UID_x.bmp,1.bmp,1", r"line 3: Expected a name like UID_H12_3_1_hem\. Received: UID_x\."),
        (",1.bmp,1", r"line 3: Expected a name like UID_H12_3_1_hem\. Received: \."),
        ("UID_1_1_1_all.bmp,,1", r"line 3: Expected the file name of UID_1_1_1_all\.bmp\. Received: none\."),
        ("UID_1_1_1_all.bmp,1.bmp,", r"line 3: Expected the label 1 .*\. Received: none\."),
        ("UID_1_1_1_all.bmp,1.bmp,2", r"line 3: Expected the label 1 .*\. Received: 2\."),
        ("UID_1_1_1_all.bmp,1.bmp,0", r"line 3: Expected the label .* that UID_1_1_1_all\.bmp states\. Received: 0\."),
        ("UID_1_1_1_all.bmp,1.bmp,1,more", r"Expected a label table that can be read\. Received: labels\.csv"),
    ],
)
def test_a_malformed_row_is_named_by_its_line(tmp_path: Path, row: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        cnmc.label_table(table(tmp_path, f"{HEADER}UID_9_1_1_all.bmp,9.bmp,1\n{row}\n"))


def test_a_table_in_another_encoding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_bytes(HEADER.encode() + "UID_1_1_1_all.bmp,Müller.bmp,1\n".encode("latin-1"))
    assert cnmc.is_label_table(file)
    with pytest.raises(DataError, match=r"Expected a label table that can be read\. Received: labels\.csv \('utf-8'"):
        cnmc.label_table(file)


def test_a_table_with_other_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Expected the columns Patient_ID, new_names, labels\. Received: a, b\."):
        cnmc.label_table(table(tmp_path, "a,b\n1,2\n"))


@pytest.mark.real_data
def test_the_official_table_has_the_published_counts(real_cells: Path) -> None:
    (file,) = real_cells.rglob("C-NMC_test_prelim_phase_data_labels.csv")
    rows = cnmc.label_table(file)
    assert rows["label"].value_counts().to_dict() == {"ALL": 1219, "HEM": 648}
    assert rows["subject"].nunique() == 28
    assert rows.index.is_unique
