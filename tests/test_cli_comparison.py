"""`compare` and `comparisons`: what they print and write, what is kept, and what they refuse."""

import re
from pathlib import Path

import pytest

from core.card import RESEARCH_NOTICE, ModelCard
from core.caveats import DRAWN
from core.comparison import Comparison
from core.config import settings
from core.history import History
from core.operating_point import Choice
from tests.test_cli import Run, reviewed, run, stored

__all__ = ["reviewed", "run", "stored"]  # fixtures
RIDGE = ("--models", "RidgeClassifier")


def test_compare_prints_each_model_with_its_figures(run: Run, drawn_folder: Path, stored: ModelCard) -> None:
    compared = run("compare", drawn_folder, "--models", "SVC, tiny", "--features", "grayscale", "--json")
    assert (compared.code, compared.err) == (0, "")
    assert compared.json["split_by"] == "subject"
    assert sum(compared.json["cells"].values()) == 72
    assert sum(compared.json["subjects"].values()) == 12
    rows = {row["model"]: row for row in compared.json["models"]}
    assert set(rows) == {"SVC", "tiny", "majority", "area only"}
    assert rows["tiny"]["stamp"] == "drawn cells"
    assert rows["tiny"]["roc_auc"] == pytest.approx(stored.test["roc_auc"])
    assert rows["tiny"]["fit_seconds"] is None
    assert rows["SVC"]["fit_seconds"] > 0
    assert compared.json["plan"]["features"] == "grayscale"
    assert DRAWN in compared.json["notes"]


def test_compare_prints_tables_for_people_and_what_may_be_said_beside_them(run: Run, drawn_folder: Path) -> None:
    printed = run("compare", drawn_folder, *RIDGE)
    panels = [panel.splitlines() for panel in printed.out.split("\n\n")]
    assert [panel[0].split()[:2] for panel in panels] == [["Model", "ROC"], ["Model", "Sensitivity"], ["Model", "PR"]]
    for panel in panels:
        assert {row.split()[0] for row in panel[1:]} == {"RidgeClassifier", "area", "majority"}
    for said in (RESEARCH_NOTICE, DRAWN, "RidgeClassifier cannot be told from area only on so few subjects"):
        assert said in printed.err


def test_the_plan_takes_each_option(run: Run, drawn_folder: Path) -> None:
    options = ("--protocol", "folds", "--folds", 3, "--prevalence", 0.2, "--tuned", "--seed", 4)
    options = (*options, "--features", "area+colours", "--operating-point", "sensitivity>=0.9")
    found = run("compare", drawn_folder, *RIDGE, *options, "--json")
    assert found.json["plan"] == {
        "models": ["RidgeClassifier"],
        "features": "area+colours",
        "protocol": "folds",
        "folds": 3,
        "seed": 4,
        "prevalence": 0.2,
        "choice": {"rule": "sensitivity", "at_least": 0.9, "threshold": 0.5},
        "tuned": True,
    }
    assert found.json["cells"]["test"] == 72
    (auc,) = [row for row in found.json["intervals"] if (row["model"], row["figure"]) == ("RidgeClassifier", "roc_auc")]
    assert auc["low"] <= auc["value"] <= auc["high"]
    assert auc["sd"] is not None


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("balanced", Choice()),
        ("youden", Choice()),
        ("sensitivity=0.9", Choice("sensitivity", 0.9)),
        ("specificity>=0.8", Choice("specificity", 0.8)),
        ("threshold=-0.25", Choice("by hand", threshold=-0.25)),
    ],
)
def test_an_operating_point_can_be_named(text: str, choice: Choice, run: Run, drawn_folder: Path) -> None:
    found = run("compare", drawn_folder, *RIDGE, "--operating-point", text, "--json").json["plan"]["choice"]
    assert Choice(**found) == choice


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("found.csv", "model,stamp,accuracy"),
        ("found.JSON", '{"format": '),
        ("found.md", "# Comparison of models"),
        ("found.tex", "% \\usepackage{booktabs}"),
        ("found.html", "<!doctype html>"),
    ],
)
def test_a_comparison_is_written_as_its_suffix_says(
    name: str, start: str, run: Run, drawn_folder: Path, tmp_path: Path
) -> None:
    assert run("compare", drawn_folder, *RIDGE, "--out", tmp_path / name).code == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_the_reporting_sheet_describes_the_stored_network(
    run: Run, drawn_folder: Path, stored: ModelCard, tmp_path: Path
) -> None:
    run("compare", drawn_folder, "--models", "tiny", "--out", tmp_path / "sheet.html")
    assert f"{stored.parameters:,} parameters" in (tmp_path / "sheet.html").read_text(encoding="utf-8")


def test_one_that_is_kept_is_listed_shown_and_written_again(run: Run, drawn_folder: Path, tmp_path: Path) -> None:
    assert run("comparisons", "--json").json == []
    made = run("compare", drawn_folder, *RIDGE, "--keep", "--json").json
    (listed,) = run("comparisons", "--json").json
    assert listed["id"] == made["id"]
    assert (listed["who"], listed["origin"], listed["stamps"]) == ("command line", "drawn, seed 0", ["drawn cells"])
    (line,) = run("comparisons").out.splitlines()
    assert line.startswith(f"{made['id']}  ")
    assert " · best: " in line
    shown = run("comparisons", "--show", made["id"], "--out", tmp_path / "again.json", "--json")
    assert shown.json == {name: value for name, value in made.items() if name != "id"}
    kept = History(settings().database).read(made["id"])
    assert Comparison.from_json((tmp_path / "again.json").read_text()).to_json() == kept.to_json()


def test_without_keep_nothing_is_kept_and_with_it_people_are_told_the_id(run: Run, drawn_folder: Path) -> None:
    run("compare", drawn_folder, *RIDGE)
    assert run("comparisons").out == ""
    told = run("compare", drawn_folder, *RIDGE, "--keep").err.splitlines()[-1]
    assert re.fullmatch(r"Kept as [0-9a-f]{32}\.", told)


def test_two_can_be_set_side_by_side(run: Run, drawn_folder: Path) -> None:
    first = run("compare", drawn_folder, *RIDGE, "--keep", "--json").json["id"]
    second = run("compare", drawn_folder, *RIDGE, "--features", "colours", "--keep", "--json").json["id"]
    both = run("comparisons", "--show", first, "--beside", second, "--json").json
    assert both["same_cells"]
    assert both["differences"] == [
        "What the classical models see: Shape and texture in the first run, Colour histograms in the second run."
    ]
    assert [row["model"] for row in both["models"]] == ["RidgeClassifier", "majority", "area only"]
    people = run("comparisons", "--show", first, "--beside", second)
    assert people.out.splitlines()[0].split() == ["model", "first", "second", "difference", "low", "high"]
    assert both["differences"][0] in people.err


def test_compare_applies_the_edits_and_says_how_many(run: Run, reviewed: Path) -> None:
    compared = run("compare", reviewed, *RIDGE, "--json").json
    assert compared["edits"] == {"relabelled": 1, "excluded": 2}
    assert sum(compared["cells"].values()) == 70
    untouched = run("compare", reviewed, *RIDGE, "--without-edits", "--json").json
    assert (untouched["edits"], sum(untouched["cells"].values())) == ({}, 72)
    assert "1 label changed and 2 cells left out after review.\n" in run("compare", reviewed, *RIDGE).err


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("compare {drawn} --protocol loops", r"Expected a protocol out of fixed, folds, random\. Received: loops\."),
        ("compare {drawn} --protocol folds --folds 2", r"Expected at least 3 folds"),
        ("compare {drawn} --prevalence 1", r"Expected a prevalence between 0 and 1\. Received: 1\."),
        ("compare {drawn} --operating-point best", r"Expected an operating point such as .*Received: best\."),
        ("compare {drawn} --operating-point sensitivity", r"Expected an operating point .*Received: sensitivity\."),
        ("compare {drawn} --operating-point sensitivity=2", r"Expected a sensitivity or specificity above 0 and up to"),
        (
            "compare {drawn} --out found.pdf",
            r"Expected a file that ends in \.csv, .* or \.html\. Received: found\.pdf\.",
        ),
        ("compare {missing} --out found.csv", r"Expected a folder\. Received: .*, which is missing\."),
        ("comparisons --show none", r"Expected the id of a comparison that is kept\. Received: none\."),
        ("comparisons --out found.csv", r"Expected --show ID with --beside and --out\. Received: none\."),
        ("comparisons --beside some", r"Expected --show ID with --beside and --out\. Received: none\."),
        ("comparisons --show some --out found.pdf", r"Expected a file that ends in "),
    ],
)
def test_bad_input_exits_with_2_and_one_sentence(
    command: str, reason: str, run: Run, drawn_folder: Path, tmp_path: Path
) -> None:
    code, out, err = run(*command.format(drawn=drawn_folder, missing=tmp_path / "missing").split())
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert re.match(reason, err)


def test_fit_stores_a_classical_model_that_classify_uses(run: Run, drawn_folder: Path) -> None:
    made = run("fit", drawn_folder, "--out", "ridge", "--operating-point", "sensitivity=0.9", "--json")
    assert (made.code, made.err) == (0, "")
    assert (made.json["name"], made.json["pipeline"]["estimator"]) == ("ridge", "RidgeClassifier")
    assert "sensitivity of at least 90%" in made.json["threshold_source"]
    said = run("classify", *sorted(drawn_folder.rglob("*.bmp"))[:6], "--model", "ridge", "--json")
    assert (said.code, len(said.json)) == (0, 6)
    reasons = [row["error"] for row in said.json if "label" not in row]  # so few cells leave most scores unclear
    assert all(reason.startswith("The score is too near the threshold") for reason in reasons)


def test_fit_refuses_what_is_no_classical_model(run: Run, drawn_folder: Path) -> None:
    refused = run("fit", drawn_folder, "--out", "knn", "--model", "KNN")
    assert refused.code == 2
    assert refused.err.strip().endswith("Received: KNN.")
