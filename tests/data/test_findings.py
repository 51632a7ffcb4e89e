import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from core.data.findings import findings
from core.data.hashing import hashed
from core.data.index import index
from core.data.measures import measured
from core.data.quality import CHECKS


def found(folder: Path, cache: Path) -> dict[str, object]:
    dataset = hashed(index(folder), cache=cache)
    return findings(dataset, measured(dataset, cache=cache))


def test_a_copy_under_another_subject_in_another_fold_is_found_in_every_count(
    drawn_folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "C-NMC_Leukemia"
    shutil.copytree(drawn_folder, copy)
    cell = copy / "training_data" / "fold_1" / "all" / "UID_1_1_1_all.bmp"
    shutil.copy(cell, copy / "training_data" / "fold_2" / "all" / "UID_2_9_9_all.bmp")
    shutil.copy(cell, copy / "training_data" / "fold_0" / "hem" / "UID_H3_9_9_hem.bmp")
    (copy / "training_data" / "fold_0" / "hem" / "UID_H3_9_8_hem.bmp").write_bytes(b"")
    result = found(copy, tmp_path / "cache")
    assert result["cells"] == 74
    assert result["exact_duplicates"] == 2
    assert result["cross_fold_duplicates"] == 1
    assert result["cross_subject_groups"] == [["1", "2", "H3"]]
    assert result["conflicting_labels"] == 1
    assert [file["file"] for file in result["unusable"]] == ["training_data/fold_0/hem/UID_H3_9_8_hem.bmp"]
    assert set(result["quality"]) == set(CHECKS)
    json.dumps(result)


def test_a_file_with_damaged_pixels_is_unusable_and_not_flagged(drawn_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "C-NMC_Leukemia"
    shutil.copytree(drawn_folder, copy)
    dataset = hashed(index(copy), cache=tmp_path / "cache")
    (copy / dataset.table["path"][0]).unlink()
    result = findings(dataset, measured(dataset, cache=tmp_path / "cache"))
    (file,) = result["unusable"]
    assert file["file"] == dataset.table["path"][0]
    assert file["reason"].startswith("Expected a readable file.")


@pytest.mark.real_data
def test_the_real_cells_hold_two_near_duplicates_and_two_cells_with_debris(real_cells: Path, tmp_path: Path) -> None:
    result = found(real_cells / "cnmc-sample" / "C-NMC_Leukemia", tmp_path)
    assert (result["cells"], result["exact_duplicates"], result["near_duplicates"]) == (40, 0, 2)
    flags = pd.Series(result["quality"])
    assert flags[flags > 0].to_dict() == {"debris": 2}
