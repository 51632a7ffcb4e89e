"""A drawn tree with the names and the duplicates of a manifest."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

from core.data import manifest as module
from core.data.hashing import hashed
from core.data.index import index
from core.data.manifest import write_from_manifest
from core.data.persons import groups
from core.data.pixels import decode
from core.errors import Cancelled, DataError

A, B, C, D = (digit * 64 for digit in "abcd")
LOW, HIGH = "00" + "1" * 62, "ff" + "1" * 62  # hashes that are drawn as a leukemic and as a healthy cell
ROOT = "C-NMC_Leukemia"
TRAINING = f"{ROOT}/training_data/fold_0"
PRELIMINARY = f"{ROOT}/validation_data/C-NMC_test_prelim_phase_data"
FINAL = f"{ROOT}/testing_data/C-NMC_test_final_phase_data"
LABELS = b"Patient_ID,new_names,labels\nUID_57_1_1_all.bmp,1.bmp,1\nUID_H49_1_1_hem.bmp,2.bmp,0\n"
LABEL_CSV = f"{ROOT}/validation_data/labels.csv"


def listed(folder: Path, *rows: tuple[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "manifest.csv"
    lines = [f"{path},1080054,{sha256}" for path, sha256 in rows]
    file.write_text("\n".join(["path,bytes,sha256", *lines, ""]), encoding="utf-8")
    return file


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return listed(
        tmp_path / "lists",
        (f"{TRAINING}/all/UID_1_1_1_all.bmp", A),
        (f"{TRAINING}/all/UID_2_1_1_all.bmp", A),
        (f"{TRAINING}/hem/UID_H1_1_1_hem.bmp", B),
        (f"{FINAL}/1.bmp", C),
    )


def test_files_that_are_identical_in_the_manifest_are_identical_here(tmp_path: Path, small: Path) -> None:
    tree = write_from_manifest(tmp_path / "out", small)
    found = hashed(index(tree.root), cache=tmp_path / "cache").table.set_index("path")["sha256"]
    assert found["training_data/fold_0/all/UID_1_1_1_all.bmp"] == found["training_data/fold_0/all/UID_2_1_1_all.bmp"]
    assert found.nunique() == 3


def test_the_tree_has_the_names_and_sizes_of_the_manifest_and_says_that_it_is_drawn(
    tmp_path: Path, small: Path
) -> None:
    tree = write_from_manifest(tmp_path / "out", small)
    assert (tree.root, tree.images, tree.notes) == (tmp_path / "out" / ROOT, 4, ())
    cells = index(tree.root)
    assert cells.origin == "drawn from a manifest"
    assert cells.drawn
    assert groups(hashed(cells, cache=tmp_path / "cache").table) == [["1", "2"]]
    assert {(row.width, row.height) for row in cells.table.itertuples()} == {(450, 450)}
    assert sorted(f"{ROOT}/{path}" for path in cells.table["path"]) == sorted(
        line.split(",")[0] for line in small.read_text().splitlines()[1:]
    )


def test_a_content_is_drawn_from_its_hash_and_class_alone(tmp_path: Path, small: Path) -> None:
    write_from_manifest(tmp_path / "out", small)
    alone = listed(tmp_path / "alone", (f"{TRAINING}/all/UID_9_9_9_all.bmp", A))
    write_from_manifest(tmp_path / "other", alone)
    here = (tmp_path / "out" / TRAINING / "all" / "UID_1_1_1_all.bmp").read_bytes()
    assert here == (tmp_path / "other" / TRAINING / "all" / "UID_9_9_9_all.bmp").read_bytes()


def classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manifest: Path) -> dict[str, bool]:
    """Whether each file of a manifest is drawn as a leukemic cell; nothing is drawn."""
    drawn: dict[str, bool] = {}

    def write(task: tuple[Path, str, bool]) -> None:
        drawn[task[0].relative_to(tmp_path / "out").as_posix()] = task[2]

    monkeypatch.setattr(module, "_write", write)
    write_from_manifest(tmp_path / "out", manifest)
    return drawn


def test_the_label_table_that_has_the_right_hash_is_found_and_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = listed(
        tmp_path / "lists",
        (LABEL_CSV, hashlib.sha256(LABELS).hexdigest()),
        (f"{PRELIMINARY}/1.bmp", HIGH),
        (f"{PRELIMINARY}/2.bmp", LOW),
        (f"{FINAL}/1.bmp", C),
    )
    for folder, data in (("1_other", b"x"), ("2_right", LABELS)):
        (tmp_path / "lists" / folder).mkdir()
        (tmp_path / "lists" / folder / "labels.csv").write_bytes(data)
    drawn = classes(tmp_path, monkeypatch, manifest)
    assert (tmp_path / "out" / LABEL_CSV).read_bytes() == LABELS
    assert drawn[f"{PRELIMINARY}/1.bmp"] is True
    assert drawn[f"{PRELIMINARY}/2.bmp"] is False
    assert write_from_manifest(tmp_path / "out", manifest).notes == ()


def test_without_the_label_table_the_hash_decides_and_a_note_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = listed(tmp_path / "lists", (LABEL_CSV, D), (f"{PRELIMINARY}/1.bmp", HIGH), (f"{PRELIMINARY}/2.bmp", LOW))
    (tmp_path / "lists" / "labels.csv").write_bytes(LABELS)  # of another hash
    drawn = classes(tmp_path, monkeypatch, manifest)
    assert drawn == {f"{PRELIMINARY}/1.bmp": False, f"{PRELIMINARY}/2.bmp": True}
    assert write_from_manifest(tmp_path / "out", manifest).notes == (
        f"{LABEL_CSV} was not found beside the manifest, so the preliminary test images carry no label.",
    )
    assert not (tmp_path / "out" / LABEL_CSV).exists()


def test_another_table_of_the_manifest_is_copied_and_labels_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    manifest = listed(tmp_path / "lists", (f"{ROOT}/other.csv", sha256), (f"{FINAL}/1.bmp", LOW))
    (tmp_path / "lists" / "other.csv").write_bytes(b"a,b\n1,2\n")
    assert classes(tmp_path, monkeypatch, manifest) == {f"{FINAL}/1.bmp": True}
    assert (tmp_path / "out" / ROOT / "other.csv").read_bytes() == b"a,b\n1,2\n"


def test_of_names_that_disagree_on_one_content_the_first_path_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (f"{TRAINING}/hem/UID_H1_1_1_hem.bmp", A), (f"{TRAINING}/all/UID_1_1_1_all.bmp", A)
    assert set(classes(tmp_path, monkeypatch, listed(tmp_path / "lists", *rows)).values()) == {True}


def test_two_thirds_of_unnamed_contents_are_drawn_as_leukemic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(f"{FINAL}/{number}.bmp", f"{number:02x}{'0' * 62}") for number in (0, 169, 170, 255)]
    drawn = classes(tmp_path, monkeypatch, listed(tmp_path / "lists", *rows))
    assert list(drawn.values()) == [True, True, False, False]


def test_a_compressed_manifest_is_read(tmp_path: Path, small: Path) -> None:
    packed = tmp_path / "manifest.csv.gz"
    packed.write_bytes(gzip.compress(small.read_bytes()))
    assert write_from_manifest(tmp_path / "out", packed).images == 4


def test_a_tree_that_was_cancelled_is_completed_without_drawing_a_cell_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = listed(tmp_path / "lists", *((f"{FINAL}/{number}.bmp", f"{number:064x}") for number in range(18)))

    def cancel_at_sixteen(done: int, total: int, text: str) -> None:
        if done == 16:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        write_from_manifest(tmp_path / "out", manifest, progress=cancel_at_sixteen)
    assert len(list((tmp_path / "out" / FINAL).iterdir())) == 16
    reports: list[tuple[int, int, str]] = []
    tree = write_from_manifest(tmp_path / "out", manifest, progress=lambda *report: reports.append(report))
    assert reports == [(16, 18, "Drawing cells"), (18, 18, "Drawing cells")]
    images = [decode(file.read_bytes()) for file in (tree.root).rglob("*.bmp")]
    assert len(images) == 18
    assert all(np.count_nonzero(image) > 10_000 for image in images)


def test_another_manifest_does_not_go_into_the_same_folder(tmp_path: Path, small: Path) -> None:
    write_from_manifest(tmp_path / "out", small)
    other = listed(tmp_path / "other", (f"{FINAL}/1.bmp", D))
    with pytest.raises(DataError, match="which holds another one"):
        write_from_manifest(tmp_path / "out", other)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expected a manifest"),
        ("a,b\n1,2\n", "Expected the columns path and sha256 .* Received: a, b"),
        (f"path,bytes\n{FINAL}/1.bmp,{A}\n", "Expected the columns path and sha256"),
        (f"path,sha256\n../{FINAL}/1.bmp,{A}\n", f"Expected paths below {ROOT}"),
        (f"path,sha256\n{ROOT}/../../1.bmp,{A}\n", f"Expected paths below {ROOT}"),
        (f"path,sha256\n/{FINAL}/1.bmp,{A}\n", f"Expected paths below {ROOT}"),
        (f"path,sha256\nelsewhere/1.bmp,{A}\n", f"Expected paths below {ROOT} .* Received: .'elsewhere/1.bmp'"),
        (f"path,sha256\n.,{A}\n", f"Expected paths below {ROOT}"),
        (f"path,sha256\n,{A}\n", f"Expected paths below {ROOT}"),
        (f"path,sha256\n{FINAL}/1.bmp,\n", "bad hashes"),
        (f"path,sha256\n{FINAL}/1.bmp,{'A' * 64}\n", "bad hashes"),
        (f"path,sha256\n{FINAL}/1.bmp,abc\n", "bad hashes"),
        (f"path,sha256\n{TRAINING}/all/UID_1_all.bmp,{A}\n", "Expected a name like UID_H12_3_1_hem"),
        ("path,sha256\n", "Expected at least one .bmp"),
        (f"path,sha256\n{LABEL_CSV},{A}\n", "Expected at least one .bmp"),
        (f'path,sha256\n{FINAL}/1.bmp,{A},more,and more\n{A}\n"', "Expected"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused_before_anything_is_written(
    tmp_path: Path, text: str, reason: str
) -> None:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=reason):
        write_from_manifest(tmp_path / "out", manifest)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(b"path,sha256\n" * 5000)[:60],
        gzip.compress(b"path,sha256\n" * 5000)[:10] + b"\xff" * 40,
        b"path,sha256\n",
        None,
    ],
    ids=["cut off", "damaged", "not compressed", "missing"],
)
def test_a_damaged_compressed_manifest_is_refused(tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / "manifest.csv.gz").write_bytes(data)
    with pytest.raises(DataError, match=r"Expected a manifest \(CSV with path and sha256\)\. Received: .*manifest"):
        write_from_manifest(tmp_path / "out", tmp_path / "manifest.csv.gz")


@pytest.mark.real_data
def test_the_real_manifest_lists_every_image_and_finds_its_label_table(
    real_cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[Path, str, bool]] = []

    def for_each(_: object, tasks: list[tuple[Path, str, bool]], **options: object) -> None:
        drawn.extend(tasks)
        assert options["total"] == 15_114

    monkeypatch.setattr(module, "for_each", for_each)
    tree = write_from_manifest(tmp_path, real_cells / "cnmc-manifest.csv.gz")
    assert (tree.images, tree.notes) == (15_114, ())
    training = [positive for file, _, positive in drawn if "training_data" in file.parts]
    preliminary = [positive for file, _, positive in drawn if "validation_data" in file.parts]
    assert (training.count(True), training.count(False)) == (7272, 3389)
    assert (preliminary.count(True), preliminary.count(False)) == (1219, 648)
