"""The command line: what it prints, and how it refuses bad input."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest

from core import cost, store
from core.audit import AuditLog
from core.card import ModelCard
from core.cli import app as cli
from core.config import PROJECT_ROOT, settings
from core.data import kaggle
from core.data.dataset import CellDataset
from core.data.edits import Decision, decide, edits_file
from core.data.pixels import Preprocessing
from core.data.quality import CHECKS
from core.errors import DownloadError
from core.training import TrainingResult


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


Run = Callable[..., Ended]


@pytest.fixture
def run(workspace: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process, in a workspace of its own, and catch all that it prints."""

    def command(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["core", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Ended(ended.value.code or 0, *capfd.readouterr())

    return command


@pytest.fixture
def stored(trained: TrainingResult, workspace: Path) -> ModelCard:
    """The tiny network in the model store, under the name `tiny`."""
    return store.save(trained.classifier, workspace.parent / "models")


def python(*arguments: str) -> Ended:
    done = subprocess.run([sys.executable, *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


def test_demo_draws_a_data_set_that_index_counts(run: Run, tmp_path: Path) -> None:
    drawn = run("demo", "--out", tmp_path / "demo", "--cells", 12, "--subjects", 4, "--seed", 3, "--json")
    root = tmp_path / "demo" / "C-NMC_Leukemia"
    assert (drawn.code, drawn.err) == (0, "")
    assert drawn.json == {"root": str(root), "images": 12, "notes": []}
    found = run("index", root, "--json").json
    assert (found["cells"], found["subjects"], found["unreadable"]) == (12, 4, [])
    assert found["origin"] == "drawn, seed 3"


def test_demo_draws_the_images_of_a_manifest(run: Run, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.csv"
    cells = [("fold_0/all/UID_1_1_1_all.bmp", "ab" * 32), ("fold_0/hem/UID_H1_1_1_hem.bmp", "cd" * 32)]
    rows = [f"C-NMC_Leukemia/training_data/{path},{sha256}" for path, sha256 in cells]
    manifest.write_text("\n".join(["path,sha256", *rows]))
    drawn = run("demo", "--out", tmp_path / "demo", "--manifest", manifest, "--json")
    assert drawn.json["images"] == 2
    assert all((tmp_path / "demo" / "C-NMC_Leukemia" / "training_data" / path).is_file() for path, _ in cells)


def test_index_counts_cells_classes_subjects_and_what_cannot_be_used(run: Run, drawn_folder: Path) -> None:
    found = run("index", drawn_folder, "--json")
    assert (found.code, found.err) == (0, "")
    assert found.json["cells"] == 72
    assert found.json["classes"] == {"ALL": 42, "HEM": 30}
    assert found.json["subjects"] == 12
    assert found.json["unreadable"] == []
    assert "groups" not in found.json


def test_index_with_hashes_also_names_the_groups(run: Run, drawn_folder: Path, drawn: CellDataset) -> None:
    found = run("index", drawn_folder, "--hash", "--json").json
    assert (found["groups"], found["persons"], found["exact_duplicates"]) == ([], 12, 0)
    assert found["fingerprint"] == drawn.fingerprint()


@pytest.mark.parametrize("name", ["sheet.html", "sheet.json"])
def test_the_data_sheet_is_written_as_html_or_json(run: Run, drawn_folder: Path, tmp_path: Path, name: str) -> None:
    done = run("sheet", drawn_folder, "--out", tmp_path / name)
    assert done.code == 0
    assert done.out == f"file: {tmp_path / name}\n"
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>" if name.endswith("html") else "{")


def test_the_data_sheet_is_printed_as_json(run: Run, drawn_folder: Path) -> None:
    done = run("sheet", drawn_folder, "--json")
    assert done.json["data"]["cells"] == 72


def test_a_data_sheet_of_another_kind_is_refused(run: Run, drawn_folder: Path, tmp_path: Path) -> None:
    done = run("sheet", drawn_folder, "--out", tmp_path / "sheet.pdf")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Expected a file that ends in .html or .json.")
    assert not (tmp_path / "sheet.pdf").exists()


def test_check_counts_duplicates_leaks_and_bad_images(run: Run, drawn_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "C-NMC_Leukemia"
    shutil.copytree(drawn_folder, copy)
    cell = copy / "training_data" / "fold_1" / "all" / "UID_1_1_1_all.bmp"
    shutil.copy(cell, cell.with_name("UID_4_9_9_all.bmp"))
    found = run("check", copy, "--json")
    assert (found.code, found.err) == (0, "")
    assert (found.json["exact_duplicates"], found.json["cross_subject_groups"]) == (1, [["1", "4"]])
    assert (found.json["near_duplicates"], found.json["conflicting_labels"]) == (0, 0)
    assert set(found.json["quality"]) == set(CHECKS)


@pytest.fixture
def class_folders(tmp_path: Path) -> Path:
    """Two class folders with two small images each, and a text file that calls itself an image."""
    rng = np.random.default_rng(0)
    for name in ("benign", "malignant"):
        (tmp_path / "cells" / name).mkdir(parents=True)
        for number in range(2):
            pixels = rng.integers(0, 256, (20, 20, 3), dtype=np.uint8)
            (tmp_path / "cells" / name / f"{number}.png").write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    (tmp_path / "cells" / "benign" / "text.png").write_text("no image")
    return tmp_path / "cells"


def test_index_lists_unreadable_files_and_takes_the_positive_class(run: Run, class_folders: Path) -> None:
    unnamed = run("index", class_folders, "--json").json
    assert (unnamed["cells"], unnamed["labelled"], unnamed["classes"]) == (4, 0, {"benign": 2, "malignant": 2})
    assert [file["file"] for file in unnamed["unreadable"]] == ["benign/text.png"]
    named = run("index", class_folders, "--positive", "malignant", "--hash", "--json").json
    assert (named["labelled"], named["classes"]) == (4, {"benign": 2, "malignant": 2})


def test_index_reads_a_zip(run: Run, drawn_folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "cells.zip", "w") as archive:
        for file in sorted(drawn_folder.rglob("UID_1_*")):
            archive.write(file, file.relative_to(drawn_folder.parent))
    assert run("index", tmp_path / "cells.zip", "--json").json["classes"] == {"ALL": 6}


def test_without_json_index_prints_a_line_a_fact(run: Run, drawn_folder: Path) -> None:
    lines = run("index", drawn_folder).out.splitlines()
    assert "cells: 72" in lines
    assert 'classes: {"ALL": 42, "HEM": 30}' in lines


def test_train_stores_a_model_and_prints_its_card(run: Run, drawn_folder: Path, workspace: Path) -> None:
    options = ("--epochs", 1, "--image-size", 48, "--batch-size", 16, "--subjects-share", 0.5, "--seed", 2)
    options = (*options, "--normalize-stain", "--crop", "--json")
    trained = run("train", drawn_folder, "--out", "mine", *options)
    assert (trained.code, trained.err) == (0, "")
    card = store.card(workspace.parent / "models", "mine")
    assert trained.json == json.loads(card.to_json())
    assert store.reports(workspace.parent / "models", "mine")["test"].figures() == card.test
    assert (card.config.epochs, card.config.image_size, card.config.batch_size) == (1, 48, 16)
    assert (card.config.seed, card.config.subjects_share, card.reduced) == (2, 0.5, True)
    assert card.gates["training"]["cells"] == card.cells["train"]
    assert card.gates["tested"]["cells"] == card.cells["test"]
    assert card.preprocessing == Preprocessing(48, "rgb", "reinhard", 320)


def test_train_refuses_a_name_that_is_taken_before_it_trains(
    run: Run, drawn_folder: Path, stored: ModelCard, workspace: Path
) -> None:
    refused = run("train", drawn_folder, "--out", "tiny", "--epochs", 1, "--image-size", 48)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == "Expected a new model name or --overwrite. Received: tiny, which exists already.\n"
    assert store.card(workspace.parent / "models", "tiny") == stored
    again = run("train", drawn_folder, "--out", "tiny", "--epochs", 1, "--image-size", 48, "--grayscale", "--overwrite")
    assert again.code == 0
    assert store.card(workspace.parent / "models", "tiny").config.grayscale
    assert "subjects:" not in again.out


def test_train_takes_the_choices_of_the_form(run: Run, drawn_folder: Path, workspace: Path) -> None:
    options = ("--epochs", 1, "--image-size", 48, "--optimizer", "sgd", "--augmentation", "turns and colour")
    options = (*options, "--dropout", 0.4, "--patience", 2, "--no-class-weights", "--json")
    assert run("train", drawn_folder, "--out", "mine", *options).code == 0
    config = store.card(workspace.parent / "models", "mine").config
    assert (config.optimizer, config.augmentation) == ("sgd", "turns and colour")
    assert (config.dropout, config.patience, config.class_weights) == (0.4, 2, False)


def test_train_goes_on_from_a_stored_model_with_its_network_and_pixels(
    run: Run, drawn_folder: Path, stored: ModelCard, workspace: Path
) -> None:
    options = ("--epochs", 1, "--batch-size", 16, "--grayscale", "--architecture", "baseline-cnn")
    assert run("train", drawn_folder, "--out", "mine", *options, "--start-from", "tiny", "--freeze").code == 0
    card = store.card(workspace.parent / "models", "mine")
    assert (card.config.start_from, card.config.freeze) == ("tiny", True)
    assert (card.architecture, card.preprocessing) == (stored.architecture, stored.preprocessing)
    assert not {*stored.subjects["train"], *stored.subjects["validation"]} & set(card.subjects["test"])


def test_train_leaves_subjects_out_to_keep_a_budget_and_says_so(
    run: Run, drawn_folder: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = cost.Cost(reading=1000, starting=0, training=1, scoring=1000, step_bytes=0)  # a second a cell and epoch
    monkeypatch.setattr(cost, "measured_cost", lambda dataset, config: found)
    options = ("--epochs", 2, "--image-size", 48, "--batch-size", 16, "--minutes", 1, "--json")
    trained = run("train", drawn_folder, "--out", "mine", *options)
    card = store.card(workspace.parent / "models", "mine")
    assert (trained.code, card.reduced) == (0, True)
    assert card.cells["train"] * 2 <= 60
    learned = card.cells["train"] + card.cells["validation"]
    assert f"to learn from {learned} cells of " in trained.err
    assert f"Left out: {72 - sum(card.cells.values())} cells of " in trained.err


@pytest.fixture
def reviewed(workspace: Path, drawn: CellDataset) -> Path:
    """The drawn folder, of which a reviewer has relabelled one cell and excluded two."""
    cells = drawn.labelled.groupby("label").head(2)
    new = {"ALL": "HEM", "HEM": "ALL"}[cells["label"].iloc[0]]
    first, *others = cells.iloc[:3].itertuples()
    decide(
        edits_file(settings(), drawn.root),
        [
            Decision(first.sha256, first.path, "relabel", new),
            *(Decision(cell.sha256, cell.path, "exclude") for cell in others),
        ],
    )
    return drawn.root


def test_a_trained_model_carries_how_many_edits_were_applied(run: Run, reviewed: Path, workspace: Path) -> None:
    options = ("--epochs", 1, "--image-size", 48, "--batch-size", 16)
    assert run("train", reviewed, "--out", "mine", *options, "--json").json["edits"] == {"relabelled": 1, "excluded": 2}
    card = store.card(workspace.parent / "models", "mine")
    assert (card.edits, sum(card.cells.values())) == ({"relabelled": 1, "excluded": 2}, 70)
    plain = run("train", reviewed, "--out", "mine", *options, "--without-edits", "--overwrite", "--json").json
    assert (plain["edits"], sum(plain["cells"].values())) == ({}, 72)


def test_index_counts_the_edits(run: Run, reviewed: Path) -> None:
    found = run("index", reviewed, "--hash", "--json").json
    assert found["edits"] == {"relabelled": 1, "excluded": 2}
    assert found["parts"]["excluded"]["cells"] == 2


def test_a_damaged_file_of_edits_is_refused_and_kept(run: Run, reviewed: Path) -> None:
    file = edits_file(settings(), reviewed)
    file.write_text("no log")
    refused = run("check", reviewed)
    assert refused.code == 2
    assert refused.err.startswith("Expected a file of edits that can be read. Received: ")
    assert file.read_text() == "no log"


def test_classify_prints_one_answer_a_file_and_the_reason_where_there_is_none(
    run: Run, drawn_folder: Path, stored: ModelCard, tmp_path: Path
) -> None:
    cell = next(drawn_folder.rglob("*.bmp"))
    (tmp_path / "text.bmp").write_text("no image")
    answered = run("classify", cell, tmp_path / "text.bmp", "--model", "tiny", "--json")
    assert (answered.code, answered.err) == (0, "")
    good, bad = answered.json
    assert set(good) == {"file", "label", "probability", "calibrated"}
    assert good["file"] == str(cell)
    assert good["label"] == stored.classes[int(good["probability"] >= stored.threshold)]
    assert set(bad) == {"file", "error"}
    assert bad["file"] == str(tmp_path / "text.bmp")


def test_classify_walks_folders_and_a_folder_without_images_has_no_answers(
    run: Run, drawn_folder: Path, stored: ModelCard, tmp_path: Path
) -> None:
    answered = run("classify", drawn_folder, "--model", "tiny", "--json").json
    assert [answer["file"] for answer in answered] == sorted(map(str, drawn_folder.rglob("*.bmp")))
    (tmp_path / "empty").mkdir()
    assert run("classify", tmp_path / "empty", "--model", "tiny", "--json").json == []


def test_classify_opens_zips_as_upload_does_and_logs_each_answer(
    run: Run, drawn_folder: Path, stored: ModelCard, tmp_path: Path
) -> None:
    cell = next(drawn_folder.rglob("*.bmp"))
    with zipfile.ZipFile(tmp_path / "cells.zip", "w") as archive:
        archive.write(cell, "one.bmp")
        archive.writestr("notes.png", "no image")
    answered = run("classify", tmp_path, "--model", "tiny", "--who", "ada", "--json").json
    assert [row["file"] for row in answered] == [f"{tmp_path}/cells.zip/one.bmp", f"{tmp_path}/cells.zip/notes.png"]
    entries = AuditLog(settings().database).entries()
    assert [(entry.who, entry.action, entry.stopped_by) for entry in entries] == [
        ("ada", "answer", ""),
        ("ada", "answer", "image"),
    ]
    assert entries[0].file_sha256 == hashlib.sha256(cell.read_bytes()).hexdigest()
    assert "one.bmp" not in str(entries)


def test_classify_writes_an_overlay_for_each_cell_that_it_answers(
    run: Run, drawn_folder: Path, stored: ModelCard, tmp_path: Path
) -> None:
    cells = sorted(drawn_folder.rglob("*.bmp"))[:2]
    answered = run("classify", *cells, "--model", "tiny", "--overlay", tmp_path / "maps", "--json")
    assert len(answered.json) == 2
    assert [file.name for file in sorted((tmp_path / "maps").iterdir())] == [
        f"{number:04d}-{cell.stem}.png" for number, cell in enumerate(cells, start=1)
    ]
    assert cv2.imread(str(next((tmp_path / "maps").iterdir()))).shape == (450, 450, 3)


def test_classify_for_people_keeps_the_notice_off_standard_output(
    run: Run, drawn_folder: Path, stored: ModelCard
) -> None:
    cell = next(drawn_folder.rglob("*.bmp"))
    answered = run("classify", cell, "--model", "tiny")
    assert answered.out.startswith(f"{cell}\t")
    assert answered.err.startswith("For research use only. Not a medical device; not for diagnosis.")
    assert "drawn cells, not on real ones" in answered.err


def test_models_lists_cards_and_damaged_folders(run: Run, stored: ModelCard, workspace: Path) -> None:
    (workspace.parent / "models" / "broken").mkdir()
    broken, tiny = run("models", "--json").json
    assert set(broken) == {"name", "problem"}
    assert broken["name"] == "broken"
    assert tiny["test"] == stored.test
    assert tiny["caveats"] == list(stored.caveats)


def test_models_of_an_empty_store_are_an_empty_list(run: Run) -> None:
    assert run("models", "--json").json == []


def test_download_prints_the_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "kaggle" / kaggle.ROOT).mkdir(parents=True)  # a complete download is used again
    found = run("download", "--out", tmp_path / "kaggle", "--json")
    assert found.json == {"root": str(tmp_path / "kaggle" / kaggle.ROOT)}


def test_a_download_that_fails_says_why(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_internet(out: Path, **options: object) -> Path:
        raise DownloadError("Expected an internet connection to Kaggle. Received: none.")

    monkeypatch.setattr(kaggle, "download", no_internet)
    refused = run("download", "--out", tmp_path, "--json")
    assert refused == (2, "", "Expected an internet connection to Kaggle. Received: none.\n")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("index {missing}", r"Expected a folder\. Received: .*, which is missing\."),
        ("index {text}", r"Expected a zip archive that can be unpacked\. Received: "),
        ("index {empty} --hash", r"Expected a folder with BMP, PNG, JPEG or TIFF images\."),
        ("index {cells} --positive wrong", r"Expected one or more positive classes out of .*Received: \['wrong'\]\."),
        ("index", r"Missing argument"),
        ("index {drawn} --surprise", r"No such option: --surprise"),
        ("index {drawn} {drawn}", r"Got unexpected extra argument"),
        ("train {missing} --out a", r"Expected a folder\. Received: .*, which is missing\."),
        ("train {drawn}", r"Missing option '--out'"),
        ("train {drawn} --out a/b", r"Expected a model name of 1 to 64 letters"),
        ("train {drawn} --out a --architecture resnet", r"Expected one of leuko-net, .* Received: resnet\."),
        ("train {drawn} --out a --image-size 20", r"Expected images of at least 48 pixels for leuko-net\."),
        (
            "train {drawn} --out a --pretrained",
            r"Expected a network with pretrained weights to load them\. Received: leuko-net",
        ),
        ("train {drawn} --out a --epochs 0", r"Expected epochs between 1 and 1000\. Received: 0\."),
        ("train {drawn} --out a --learning-rate 2", r"Expected learning_rate between 1e-07 and 1\. Received: 2\.0\."),
        ("train {drawn} --out a --subjects-share 0", r"Expected subjects_share between 0\.01 and 1\."),
        ("train {drawn} --out a --seed -1", r"Expected seed between 0 and "),
        ("train {drawn} --out a --epochs many", r"Invalid value for '--epochs'"),
        (
            "train {drawn} --out a --optimizer rmsprop",
            r"Expected optimizer out of adam, adamw, sgd\. Received: rmsprop\.",
        ),
        (
            "train {drawn} --out a --augmentation mixup",
            r"Expected augmentation out of off, turns, .* Received: mixup\.",
        ),
        ("train {drawn} --out a --dropout 1", r"Expected dropout between 0 and 0\.9\. Received: 1\.0\."),
        ("train {drawn} --out a --start-from other", r"Expected one of the stored models \(tiny\)\. Received: other\."),
        ("train {drawn} --out a --start-from tiny --pretrained", r"Expected one of --pretrained and --start-from\."),
        ("train {drawn} --out a --freeze --image-size 48", r"Expected a model to start from, or pretrained weights"),
        ("train {cells} --out a --positive benign", r"Expected two classes with at least 3 persons each"),
        ("compare {missing}", r"Expected a folder\."),
        ("compare {drawn} --models KNN", r"Expected models out of SVC, .* Received: KNN\."),
        ("compare {drawn} --features shapes", r"Expected features out of morphology, .* Received: shapes\."),
        ("compare {drawn} --seed x", r"Invalid value for '--seed'"),
        ("classify {missing} --model tiny", r"Expected an image or a folder of images\. Received: .*missing\."),
        ("classify {drawn} --model other", r"Expected one of the stored models \(tiny\)\. Received: other\."),
        ("classify {drawn} --model a/b", r"Expected a model name of 1 to 64 letters"),
        ("classify --model tiny", r"Missing argument"),
        ("classify {drawn} --model tiny --overlay {text}/maps", r"Expected a file or folder that can be used\."),
        ("models --surprise", r"No such option"),
        ("demo", r"Missing option '--out'"),
        ("demo --out {new} --subjects 1", r"Expected at least 2 subjects"),
        ("demo --out {new} --cells 3", r"Expected at least one cell a subject"),
        ("demo --out {text}", r"Expected a folder that can be written\."),
        ("demo --out {new} --manifest {missing}", r"Expected a manifest \(CSV with path and sha256\)"),
        ("download", r"Missing option '--out'"),
        ("surprise", r"No such command 'surprise'"),
    ],
)
def test_bad_input_exits_with_2_and_one_sentence(
    command: str, reason: str, run: Run, drawn_folder: Path, class_folders: Path, stored: ModelCard, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("text")
    places = {name: tmp_path / name for name in ("missing", "new", "empty", "text")}
    filled = command.format(drawn=drawn_folder, cells=class_folders, **places)
    code, out, err = run(*filled.split())
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert re.match(reason, err)


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    shown = run()
    assert (shown.code, shown.err) == (0, "")
    assert all(verb in shown.out for verb in ("demo", "index", "train", "compare", "classify", "models", "download"))
    assert "not for diagnosis" in shown.out


def test_the_module_runs_as_a_program(drawn_folder: Path, tmp_path: Path) -> None:
    good = python("-m", "core", "index", str(drawn_folder), "--json")
    assert (good.code, good.err, good.json["cells"]) == (0, "", 72)
    bad = python("-m", "core", "train", str(drawn_folder), "--out", "a", "--architecture", "resnet", "--json")
    assert (bad.code, bad.out) == (2, "")
    assert bad.err.startswith("Expected one of leuko-net, ")
    assert bad.err.count("\n") == 1


def test_help_is_fast_since_no_heavy_library_is_loaded() -> None:
    names = ("tensorflow", "keras", "sklearn", "pandas", "distributed", "xgboost")
    code = (
        "import sys\n"
        "from core.cli import app as cli\n"
        "sys.argv = ['core', '--help']\n"
        "try:\n"
        "    cli.main()\n"
        "finally:\n"
        f"    print([name for name in {names} if name in sys.modules], file=sys.stderr)"
    )
    assert python("-c", code)[::2] == (0, "[]\n")


def test_no_module_of_core_loads_a_page() -> None:
    code = (
        "import importlib, pkgutil, sys, core\n"
        "for module in pkgutil.walk_packages(core.__path__, 'core.'):\n"
        "    if module.name not in ('core.__main__', 'core.migrations.env'): importlib.import_module(module.name)\n"
        "print([name for name in ('streamlit', 'dashboard', 'tensorflow') if name in sys.modules])"
    )
    assert python("-c", code) == (0, "[]\n", "")
