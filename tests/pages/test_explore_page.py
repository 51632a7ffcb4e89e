import io
import shutil
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import DownloadError
from core.types import Progress
from dashboard.components import data
from tests.pages.conftest import Open, texts


def class_folders(root: Path, names: tuple[str, ...], cells: int = 4) -> Path:
    rng = np.random.default_rng(0)
    for name in names:
        (root / name).mkdir(parents=True)
        for number in range(cells):
            image = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
            (root / name / f"{number}.png").write_bytes(cv2.imencode(".png", image)[1].tobytes())
    return root


def test_the_set_is_counted_by_class_subject_fold_and_side_of_the_split(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder)
    assert {metric.label: metric.value for metric in app.metric} == {
        "Cells": "72",
        "ALL": "42 (58%)",
        "HEM": "30 (42%)",
        "Subjects": "12",
        "Unusable files": "0",
    }
    assert [tab.label for tab in app.tabs] == ["By class", "By subject", "By fold"]
    assert "450 x 450 (72)" in texts(app, "caption")
    sides = app.dataframe[0].value
    assert list(sides.index) == ["Train", "Validation", "Test"]
    assert sides["Cells"].sum() == 72
    assert sides["Subjects"].sum() == 12
    assert app.success[0].value == "Checked: none of the 12 subjects stands on two sides of the split."


def test_subjects_that_share_a_cell_are_named_and_counted_as_one_person(
    open_page: Open, drawn_folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "C-NMC_Leukemia"
    shutil.copytree(drawn_folder, copy)
    cell = next(copy.rglob("UID_1_1_1_all.bmp"))
    shutil.copy(cell, cell.with_name("UID_4_9_9_all.bmp"))
    app = open_page("explore", copy)
    assert app.warning[0].value.startswith("1 group of subjects share byte-identical cells.")
    assert app.dataframe[0].value["Counts as one person"].tolist() == ["1, 4"]
    assert app.dataframe[1].value.values.tolist() == [["1", "4", 1]]
    assert app.success


def test_files_that_cannot_be_used_are_listed_with_the_reason(
    open_page: Open, drawn_folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "C-NMC_Leukemia"
    shutil.copytree(drawn_folder, copy)
    (copy / "training_data" / "fold_0" / "all" / "UID_broken.bmp").write_bytes(b"")
    app = open_page("explore", copy)
    assert {metric.label: metric.value for metric in app.metric}["Unusable files"] == "1"
    listed = app.dataframe[0].value
    assert listed["File"].tolist() == ["training_data/fold_0/all/UID_broken.bmp"]
    assert listed["Reason"][0].startswith("Expected a name like UID_H12_3_1_hem.")


def test_a_folder_that_is_missing_is_said_and_there_is_a_way_back(
    open_page: Open, drawn_folder: Path, tmp_path: Path
) -> None:
    app = open_page("explore", drawn_folder)
    app.button_group(key="source_kind").set_value("Folder on this computer").run()
    app.text_input(key="source_folder").set_value(str(tmp_path / "nowhere")).run()
    next(button for button in app.button if button.label == "Open the folder").click().run()
    assert app.error[0].value.startswith("Expected a folder. Received:")
    assert [button.label for button in app.button] == ["Back to the demo data"]


def test_a_folder_typed_in_becomes_the_data_set_of_all_pages(
    open_page: Open, drawn_folder: Path, tmp_path: Path
) -> None:
    app = open_page("explore", drawn_folder)
    folder = class_folders(tmp_path / "set", ("blast", "normal"))
    app.button_group(key="source_kind").set_value("Folder on this computer").run()
    app.text_input(key="source_folder").set_value(str(folder)).run()
    next(button for button in app.button if button.label == "Open the folder").click().run()
    assert app.info[0].value.startswith("2 class folders were found.")
    app.switch_page("app_pages/train.py").run()
    assert app.info[0].value.startswith("2 class folders were found.")


def test_the_user_names_the_positive_class_folders_and_learns_that_there_are_no_subjects(
    open_page: Open, tmp_path: Path
) -> None:
    app = open_page("explore", class_folders(tmp_path / "set", ("blast", "lymphocyte", "monocyte")))
    assert not app.metric
    app.multiselect(key="positive_classes").set_value(["blast"]).run()
    next(button for button in app.button if button.label == "Use these classes").click().run()
    assert {metric.label: metric.value for metric in app.metric}["blast"] == "4 (33%)"
    assert {metric.label: metric.value for metric in app.metric}["rest"] == "8 (67%)"
    assert "a split by subject is impossible" in app.warning[0].value
    assert "Split by cell" in [header.value for header in app.header]
    assert not app.exception


def test_too_few_subjects_are_an_error_in_one_sentence_and_the_cells_are_shown_all_the_same(
    open_page: Open, drawn_folder: Path, tmp_path: Path
) -> None:
    root = tmp_path / "C-NMC_Leukemia" / "training_data" / "fold_0"
    for name in ("UID_1_1_1_all.bmp", "UID_H1_1_1_hem.bmp"):
        target = root / name.split("_")[-1][:3] / name
        target.parent.mkdir(parents=True)
        shutil.copy(next(drawn_folder.rglob(name)), target)
    app = open_page("explore", tmp_path / "C-NMC_Leukemia")
    assert app.error[0].value.startswith("Expected two classes with at least 3 persons each")
    app.button_group(key="explore_view").set_value("Cells").run()
    assert len(app.image) == 2


def test_a_zip_is_unpacked_and_opened(open_page: Open, drawn_folder: Path, tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "set", ("blast", "normal"), cells=3)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for file in sorted(folder.rglob("*.png")):
            archive.write(file, file.relative_to(folder))
    app = open_page("explore", drawn_folder)
    app.button_group(key="source_kind").set_value("Zip file").run()
    app.file_uploader[0].set_value(("set.zip", stream.getvalue(), "application/zip")).run()
    next(button for button in app.button if button.label == "Open the zip").click().run()
    assert app.info[0].value.startswith("2 class folders were found.")


def test_a_zip_that_is_none_is_refused_and_the_old_set_stays(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder)
    app.button_group(key="source_kind").set_value("Zip file").run()
    app.file_uploader[0].set_value(("set.zip", b"no zip", "application/zip")).run()
    next(button for button in app.button if button.label == "Open the zip").click().run()
    assert app.error[0].value.startswith("Expected a zip archive that can be unpacked.")
    assert {metric.label: metric.value for metric in app.metric}["Cells"] == "72"


@pytest.mark.real_data
def test_the_real_cells_are_counted(open_page: Open, real_cells: Path) -> None:
    app = open_page("explore", real_cells / "cnmc-sample" / "C-NMC_Leukemia")
    assert {metric.label: metric.value for metric in app.metric[:5]} == {
        "Cells": "40",
        "ALL": "21 (52%)",
        "HEM": "19 (48%)",
        "Subjects": "19",
        "Unusable files": "0",
    }
    assert "1,867 of 1,867 cells named by the label table" in texts(app, "caption")


def test_a_kaggle_download_that_fails_is_said_in_its_sentence_and_the_old_set_stays(
    open_page: Open, drawn_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(out: Path, *, progress: Progress) -> Path:
        raise DownloadError("Expected an internet connection to Kaggle. Received: none.")

    monkeypatch.setattr(data, "download", offline)
    app = open_page("explore", drawn_folder)
    app.button_group(key="source_kind").set_value("Kaggle").run()
    next(button for button in app.button if button.label == "Download").click().run()
    assert app.error[0].value == "Expected an internet connection to Kaggle. Received: none."
    assert {metric.label: metric.value for metric in app.metric}["Cells"] == "72"


def test_a_kaggle_download_that_is_done_becomes_the_data_set(
    open_page: Open, drawn_folder: Path, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def stand_in(out: Path, *, progress: Progress) -> Path:
        asked.append(out)
        progress(1, 2, "Downloading, MB")
        return drawn_folder

    monkeypatch.setattr(data, "download", stand_in)
    app = open_page("explore", class_folders(tmp_path / "set", ("blast", "normal")), positive=("blast",))
    app.button_group(key="source_kind").set_value("Kaggle").run()
    next(button for button in app.button if button.label == "Download").click().run()
    assert asked == [workspace / "data" / "kaggle"]
    assert {metric.label: metric.value for metric in app.metric}["Cells"] == "72"
