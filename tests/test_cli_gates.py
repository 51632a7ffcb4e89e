"""`gates`: what it prints and writes, and what it refuses."""

from dataclasses import replace
from pathlib import Path

from core import store
from core.card import ModelCard
from core.config import settings
from tests.test_cli import Run, run, stored

__all__ = ["run", "stored"]  # fixtures


def test_a_stored_model_is_given_its_gates(run: Run, drawn_folder: Path, stored: ModelCard) -> None:
    given = run("gates", drawn_folder, "--model", "tiny", "--json")
    assert given.code == 0
    card = store.card(settings().models, "tiny")
    assert given.json == {"model": "tiny", **card.gates}
    assert replace(card, gates={}, gates_sha256="") == stored
    training = store.load(settings().models, "tiny").gates.training
    assert training is not None
    assert training.cells == stored.cells["train"]


def test_other_cells_than_the_models_are_refused(run: Run, tmp_path: Path, stored: ModelCard) -> None:
    assert run("demo", "--out", tmp_path / "other", "--cells", "12", "--subjects", "6").code == 0
    given = run("gates", tmp_path / "other", "--model", "tiny")
    assert given.code == 2
    assert "Expected the cells that tiny was trained on. Received: others." in given.err
    assert store.card(settings().models, "tiny") == stored
