"""The drawn demo set in C-NMC's layout."""

import json
from collections import Counter
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from core.data import cnmc
from core.data.dataset import CellDataset
from core.data.demo import MARKER, DemoCell, claim, demo_cells, drawn_marker, write_demo, write_image
from core.data.pixels import decode
from core.errors import Cancelled, DataError


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_default_set_has_six_hundred_cells_of_fifteen_and_nine_subjects() -> None:
    planned = demo_cells()
    assert len(planned) == 600
    assert len({cell.subject for cell in planned if cell.positive}) == 15
    assert len({cell.subject for cell in planned if not cell.positive}) == 9
    assert set(Counter((cell.positive, cell.subject) for cell in planned).values()) == {25}


@pytest.mark.parametrize(
    ("subjects", "positive"),
    [(2, 1), (3, 2), (8, 5), (73, 45)],  # 0.62 of them, and one left for the other class
)
def test_both_classes_have_subjects_however_few_there_are(subjects: int, positive: int) -> None:
    planned = demo_cells(cells=subjects, subjects=subjects)
    assert sum(cell.positive for cell in planned) == positive
    assert len({(cell.positive, cell.subject) for cell in planned}) == subjects


def test_cells_that_cannot_be_shared_evenly_differ_by_one_at_most() -> None:
    counts = Counter((cell.positive, cell.subject) for cell in demo_cells(cells=20, subjects=6))
    assert sum(counts.values()) == 20
    assert set(counts.values()) == {3, 4}


@pytest.mark.parametrize(("cells", "subjects"), [(10, 1), (10, 0), (3, 4)])
def test_impossible_numbers_are_wrong_arguments(tmp_path: Path, cells: int, subjects: int) -> None:
    with pytest.raises(ValueError, match="Expected at least"):
        write_demo(tmp_path, cells=cells, subjects=subjects)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("cell", "path"),
    [
        (DemoCell(0, 4, 0, positive=True), "training_data/fold_1/all/UID_4_1_1_all.bmp"),
        (DemoCell(0, 3, 7, positive=False), "training_data/fold_0/hem/UID_H3_3_2_hem.bmp"),
    ],
)
def test_a_cell_is_named_as_c_nmc_names_it(cell: DemoCell, path: str) -> None:
    assert cell.path == path


def test_every_planned_path_parses_back_and_no_fold_shares_a_subject() -> None:
    planned = demo_cells(cells=200, subjects=10)
    assert len({cell.path for cell in planned}) == 200
    folds: dict[str, set[str]] = {}
    for cell in planned:
        path = PurePosixPath(cell.path)
        name = cnmc.cell_name(path.stem)
        assert name.label == cnmc.folder_label(path) == ("ALL" if cell.positive else "HEM")
        assert name.subject == f"{'' if cell.positive else 'H'}{cell.subject}"
        folds.setdefault(name.subject, set()).add(cnmc.fold(path))
    assert all(len(of_subject) == 1 for of_subject in folds.values())
    assert set.union(*folds.values()) == {"fold_0", "fold_1", "fold_2"}


def test_the_index_reads_the_drawn_set_as_it_was_planned(drawn: CellDataset) -> None:
    planned = demo_cells(cells=72, subjects=12, seed=0)
    assert list(drawn.table["path"]) == sorted(cell.path for cell in planned)
    assert drawn.table["label"].value_counts().to_dict() == {"ALL": 42, "HEM": 30}  # 7 and 5 subjects with 6 cells
    assert drawn.table["subject"].nunique() == 12
    assert set(drawn.table["width"]) == set(drawn.table["height"]) == {450}
    assert drawn.table["sha256"].is_unique
    assert (drawn.origin, drawn.unreadable, drawn.notes) == ("drawn, seed 0", (), ())
    assert drawn.drawn


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    one, same, other = (
        files(write_demo(tmp_path / name, cells=4, subjects=2, seed=seed))
        for name, seed in (("one", 3), ("same", 3), ("other", 4))
    )
    assert one == same
    images = [name for name in one if name.endswith(".bmp")]
    assert len(images) == len({one[name] for name in images}) == 4
    assert all(one[name] != other[name] for name in images)


def test_a_cell_does_not_depend_on_how_many_are_drawn_with_it() -> None:
    few, many = ({cell.path: cell for cell in demo_cells(cells=cells, subjects=2, seed=0)} for cells in (2, 40))
    assert set(few) < set(many)
    for path, cell in few.items():
        assert cell == many[path]


def test_the_marker_says_that_the_cells_are_drawn(tmp_path: Path) -> None:
    root = write_demo(tmp_path, cells=2, subjects=2, seed=9)
    assert root == tmp_path / "C-NMC_Leukemia"
    marker = {"drawn": True, "generator": 2, "seed": 9, "cells": 2, "subjects": 2}
    assert json.loads((root / MARKER).read_text(encoding="utf-8")) == marker
    assert drawn_marker(root) == drawn_marker(tmp_path) == marker
    assert drawn_marker(root / "training_data") is None


def test_a_set_that_is_there_in_full_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_demo(tmp_path, cells=2, subjects=2)
    before = files(root)
    reports: list[tuple[int, int, str]] = []

    def draw(_: DemoCell) -> None:
        raise AssertionError("draws again")

    monkeypatch.setattr(DemoCell, "draw", draw)
    write_demo(tmp_path, cells=2, subjects=2, progress=lambda *report: reports.append(report))
    assert files(root) == before
    assert reports == [(2, 2, "Drawing cells")]


def test_a_set_that_was_cancelled_is_completed(tmp_path: Path) -> None:
    def cancel_at_sixteen(done: int, total: int, text: str) -> None:
        if done == 16:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        write_demo(tmp_path, cells=18, subjects=2, progress=cancel_at_sixteen)
    assert len(list(tmp_path.rglob("*.bmp"))) == 16
    reports: list[int] = []
    root = write_demo(tmp_path, cells=18, subjects=2, progress=lambda done, *_: reports.append(done))
    assert reports == [16, 18]
    assert sorted(name for name in files(root) if name != MARKER) == sorted(
        cell.path for cell in demo_cells(cells=18, subjects=2)
    )


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "C-NMC_Leukemia" / "real.bmp"
    other.parent.mkdir()
    other.touch()
    with pytest.raises(DataError, match="which holds other files"):
        write_demo(tmp_path, cells=2, subjects=2)
    assert list(files(tmp_path)) == ["C-NMC_Leukemia/real.bmp"]


@pytest.mark.parametrize("other", [{"seed": 1}, {"cells": 3}, {"subjects": 3, "cells": 3}])
def test_a_folder_with_another_drawn_set_is_refused(tmp_path: Path, other: dict[str, int]) -> None:
    root = write_demo(tmp_path, cells=2, subjects=2)
    before = files(root)
    with pytest.raises(DataError, match="which holds another one"):
        write_demo(tmp_path, **{"cells": 2, "subjects": 2, **other})
    assert files(root) == before


def test_a_damaged_marker_counts_as_another_set(tmp_path: Path) -> None:
    (claim(tmp_path, {"drawn": True}) / MARKER).write_bytes(b"\xff")
    with pytest.raises(DataError, match="which holds another one"):
        claim(tmp_path, {"drawn": True})


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"Expected a folder that can be written\. Received: .*Not a directory"):
        claim(tmp_path / "file", {})


def test_a_cell_is_written_as_the_rgb_pixels_that_were_drawn(tmp_path: Path) -> None:
    cell = DemoCell(0, 1, 0, positive=True).draw()
    write_image(tmp_path / "new" / "cell.bmp", cell)
    data = (tmp_path / "new" / "cell.bmp").read_bytes()
    assert len(data) == 450 * 450 * 3 + 450 * 2 + 54  # rows are padded to four bytes
    np.testing.assert_array_equal(decode(data), cell.image)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["cell.bmp"]


def test_a_write_that_is_cut_off_leaves_no_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_image(tmp_path / "cell.bmp", DemoCell(0, 1, 0, positive=True).draw())
    assert not (tmp_path / "cell.bmp").exists()
