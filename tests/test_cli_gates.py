"""`gates`: what it prints and writes, and what it refuses."""

from dataclasses import replace
from pathlib import Path

from core import store
from core.card import ModelCard
from core.config import settings
from core.sanity import SanityCheck, recorded
from tests.test_cli import Run, run, stored

__all__ = ["run", "stored"]  # fixtures


def test_a_stored_model_is_given_gates_training_cells_and_a_check_of_its_maps(
    run: Run, drawn_folder: Path, stored: ModelCard
) -> None:
    given = run("gates", drawn_folder, "--model", "tiny", "--json")
    assert given.code == 0
    card = store.card(settings().models, "tiny")
    kept = {"cells": stored.cells["train"], "of": stored.cells["train"]}
    assert given.json == {"model": "tiny", **card.gates, "reference": kept, "sanity": card.sanity}
    assert replace(card, gates={}, gates_sha256="", reference_sha256="", sanity={}) == stored
    check = recorded(card.sanity)
    assert isinstance(check, SanityCheck)
    assert (check.cells, len(check.stages)) == (8, 5)
    reference = store.reference(settings().models, "tiny")
    assert reference is not None
    assert len(reference.path) == stored.cells["train"]
    training = store.load(settings().models, "tiny").gates.training
    assert training is not None
    assert training.cells == stored.cells["train"]


def test_other_cells_than_the_models_are_refused(run: Run, tmp_path: Path, stored: ModelCard) -> None:
    assert run("demo", "--out", tmp_path / "other", "--cells", "12", "--subjects", "6").code == 0
    given = run("gates", tmp_path / "other", "--model", "tiny")
    assert given.code == 2
    assert "Expected the cells that tiny was trained on. Received: others." in given.err
    assert store.card(settings().models, "tiny") == stored
