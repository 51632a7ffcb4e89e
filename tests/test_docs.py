"""README and docs say what is there: commands, options, settings, files."""

import re
from importlib import import_module
from pathlib import Path

import pytest
import typer.main

from core.cli.app import app
from core.config import PROJECT_ROOT

DOCS = sorted([*PROJECT_ROOT.glob("*.md"), *(PROJECT_ROOT / "docs").rglob("*.md")])
README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
VERBS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # an app of several verbs is a group


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def settings_read() -> set[str]:
    return set(re.findall(r"LEUKOSCOPE_[A-Z_]+", (PROJECT_ROOT / "core" / "config.py").read_text(encoding="utf-8")))


def names(path: Path) -> str:
    return str(path.relative_to(PROJECT_ROOT))


@pytest.mark.parametrize("doc", DOCS, ids=names)
def test_every_make_command_that_a_doc_names_exists(doc: Path) -> None:
    named = set(re.findall(r"`make ([a-z-]+)", doc.read_text(encoding="utf-8")))
    assert named <= make_targets()


@pytest.mark.parametrize("doc", DOCS, ids=names)
def test_every_link_of_a_doc_leads_to_a_file(doc: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", doc.read_text(encoding="utf-8"))
    assert [link for link in links if not (doc.parent / link).exists()] == []


@pytest.mark.parametrize("doc", DOCS, ids=names)
def test_every_file_that_a_doc_names_exists(doc: Path) -> None:
    named = re.findall(
        r"`((?:core|dashboard|assets|docs|tests|benchmarks|\.streamlit)/[\w./]*)`", doc.read_text("utf-8")
    )
    assert [name for name in named if not (PROJECT_ROOT / name).exists()] == []


@pytest.mark.parametrize("doc", DOCS, ids=names)
def test_every_list_of_requirements_that_a_doc_names_exists(doc: Path) -> None:
    named = re.findall(r"pip install -r ([\w.-]+)", doc.read_text("utf-8"))
    assert [name for name in named if not (PROJECT_ROOT / name).is_file()] == []


def test_the_page_on_clusters_names_options_that_exist() -> None:
    text = (PROJECT_ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    known = {
        command: {option for parameter in import_module(module).main.params for option in parameter.opts}
        for command, module in (
            ("scheduler", "distributed.cli.dask_scheduler"),
            ("worker", "distributed.cli.dask_worker"),
        )
    }
    lines = dict(re.findall(r"^\.venv/bin/dask (\w+) (.*)$", text, re.MULTILINE))
    assert set(lines) == set(known)
    for command, line in lines.items():
        assert set(re.findall(r"--[a-z-]+", line)) <= known[command]
    assert set(re.findall(r"`(--[a-z-]+)", text)) <= known["scheduler"] | known["worker"]


def test_the_page_on_clusters_names_settings_that_exist() -> None:
    text = (PROJECT_ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    assert set(re.findall(r"LEUKOSCOPE_[A-Z_]+", text)) == settings_read()


def test_the_readme_lists_every_verb_with_options_that_exist() -> None:
    section = README.split("## Without a page")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| `([\w-]+)([^|]*\|[^|]*)\|$", section, re.MULTILINE))
    assert set(rows) == set(VERBS)
    for verb, text in rows.items():
        options = {option for parameter in VERBS[verb].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", text)) <= options


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_takes_json(verb: str) -> None:
    assert "--json" in {option for parameter in VERBS[verb].params for option in parameter.opts}


def test_the_readme_lists_every_setting() -> None:
    assert set(re.findall(r"`(LEUKOSCOPE_[A-Z_]+)`", README)) == settings_read()


def test_the_readme_maps_every_folder() -> None:
    mapped = set(re.findall(r"^\| `(\w+)/` \|", README, re.MULTILINE))
    ignored = {"workspace", "__pycache__"}
    assert mapped == {path.name for path in PROJECT_ROOT.iterdir() if path.is_dir() and path.name[0] != "."} - ignored


def test_every_requirement_is_pinned_and_imported_somewhere() -> None:
    modules = {
        "scikit-learn": "sklearn",
        "opencv-python-headless": "cv2",
        "xgboost-cpu": "xgboost",
        "pillow": "PIL",
        "SQLAlchemy": "sqlalchemy",
        "ImageHash": "imagehash",
        "tf-keras-vis": "tf_keras_vis",
        "tensorflow": "keras",  # the backend that Keras runs on
        "scikit-image": "skimage",
        "fpdf2": "fpdf",
        "python-gdcm": "pydicom",  # which decodes with it
    }
    lines = (PROJECT_ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.split("#")[0].strip() for line in lines if line.strip() and not line.startswith("#")]
    code = "\n".join(
        file.read_text(encoding="utf-8")
        for name in ("core", "dashboard")
        for file in (PROJECT_ROOT / name).rglob("*.py")
    )
    for pin in pins:
        name, _, version = pin.partition("==")
        assert version, pin
        assert re.search(rf"^\s*(import|from) {modules.get(name, name)}\b", code, re.MULTILINE), pin


def test_nothing_in_the_repository_names_a_machine_path() -> None:
    places = ("/work" + "/", "/root" + "/", "/home" + "/")
    files = [
        file
        for name in ("core", "dashboard", "tests", "benchmarks", "docs")
        for file in (PROJECT_ROOT / name).rglob("*")
        if file.suffix in {".py", ".md", ".toml"}
    ]
    assert [str(file) for file in files if any(place in file.read_text(encoding="utf-8") for place in places)] == []
