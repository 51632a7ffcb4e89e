"""The commands that try a recipe several times: what they print, and what they refuse."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from core.card import RESEARCH_NOTICE
from core.cli import app as cli
from core.config import settings
from core.jobs import JobEngine

Run = Callable[..., tuple[int, str, str]]
TINY = ("--epochs", "1", "--image-size", "48", "--batch-size", "16")


@pytest.fixture
def run(workspace: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command in a workspace of its own; its exit code, and what it prints."""

    def command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["core", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return (int(ended.value.code or 0), *capfd.readouterr())

    return command


@pytest.mark.slow
def test_a_cross_validation_prints_its_table_and_writes_a_file(run: Run, drawn_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "folds.csv"
    code, out, err = run("cross-validate", drawn_folder, "--folds", 3, *TINY, "--out", file, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert [row["figure"] for row in found["table"]][:2] == ["roc_auc", "balanced_accuracy"]
    assert found["stamps"] == ["drawn cells"]
    assert [fold["title"] for fold in found["folds"]] == ["Fold 1", "Fold 2", "Fold 3"]
    rows = pd.read_csv(file)
    assert rows["fold"].tolist() == ["Fold 1", "Fold 2", "Fold 3", "mean", "sd", "pooled"]
    assert set(rows["note"]) == {RESEARCH_NOTICE}
    (job,) = JobEngine(settings()).jobs("cross-validation")
    assert (job.state, job.who) == ("done", "command line")


@pytest.mark.slow
def test_a_learning_curve_says_whether_more_subjects_would_help(run: Run, drawn_folder: Path) -> None:
    code, out, err = run("learning-curve", drawn_folder, "--shares", "0.5,1", *TINY)
    assert code == 0
    assert out.split()[:3] == ["share", "subjects", "cells"]
    assert err.startswith("From ")
    assert err.rstrip().endswith("No edits were applied. (drawn cells)")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (
            ("cross-validate", "--folds", 9),
            "Expected two classes with at least 9 persons each, one for each of 9 folds.",
        ),
        (("cross-validate", "--folds", 2), "Expected at least 3 folds"),
        (("cross-validate", "--out", "folds.txt"), "Expected a file that ends in .csv or .json. Received: folds.txt."),
        (("cross-validate", "--image-size", 40), "Expected images of at least 48 pixels for leuko-net. Received: 40."),
        (("learning-curve", "--shares", "half"), "Expected numbers such as 0.25,0.5,1. Received: half."),
        (("learning-curve", "--shares", "0.5,2"), "Expected a share of subjects in (0, 1]. Received: 2.0."),
    ],
)
def test_what_cannot_be_tried_is_refused_in_one_line(
    run: Run, drawn_folder: Path, arguments: tuple[object, ...], reason: str
) -> None:
    verb, *options = arguments
    code, out, err = run(verb, drawn_folder, *options)
    assert (code, out) == (2, "")
    assert err.startswith(reason)
    assert err.count("\n") == 1
    assert JobEngine(settings()).jobs() == []
