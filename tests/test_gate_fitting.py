"""Gates of a trained model, fitted on its own cells."""

from dataclasses import replace
from pathlib import Path

import pytest

from core import gate_fitting
from core.classical_model import ClassicalModel
from core.classical_training import ClassicalResult
from core.data.dataset import CellDataset
from core.errors import Cancelled, ModelError
from core.gates.before_model import DEFAULT
from core.store import Classifier
from core.training import TrainingResult


@pytest.fixture(params=["network", "scikit-learn"])
def model(
    request: pytest.FixtureRequest, trained: TrainingResult, fitted: ClassicalResult
) -> Classifier | ClassicalModel:
    return trained.classifier if request.param == "network" else fitted.model


def test_gates_know_the_training_cells_and_count_the_test_cells(
    model: Classifier | ClassicalModel, drawn: CellDataset
) -> None:
    found = gate_fitting.fitted(model, drawn)
    cells, subjects = model.card.cells, model.card.subjects
    assert found.training is not None
    assert (found.training.cells, found.training.subjects) == (cells["train"], len(subjects["train"]))
    assert found.limits.cells == cells["train"]
    assert all(found.limits.low[name] <= low for name, low in DEFAULT.low.items())
    assert found.band is not None
    assert (found.band.cells, found.band.threshold) == (cells["validation"], model.card.threshold)
    assert found.tested is not None
    assert (found.tested.cells, found.tested.subjects) == (cells["test"], len(subjects["test"]))
    assert sum(found.tested.stopped.values()) == round((1 - found.tested.answered) * cells["test"])


def test_the_same_cells_give_the_same_gates(trained: TrainingResult, drawn: CellDataset) -> None:
    first, second = (gate_fitting.fitted(trained.classifier, drawn) for _ in range(2))
    assert first.settings() == second.settings()


def test_no_more_cells_of_a_side_are_looked_at_than_are_wanted(
    trained: TrainingResult, drawn: CellDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_fitting, "MOST", 10)
    found = gate_fitting.fitted(trained.classifier, drawn)
    assert found.limits.cells == 10
    assert found.tested is not None
    assert found.tested.cells == 10


def test_other_cells_are_refused(trained: TrainingResult, drawn: CellDataset) -> None:
    other = replace(drawn, table=drawn.table.iloc[1:])
    with pytest.raises(ModelError, match=r"Expected the cells that tiny was trained on. Received: others."):
        gate_fitting.fitted(trained.classifier, other)


def test_a_cell_that_cannot_be_read_any_more_is_left_out(
    trained: TrainingResult, drawn: CellDataset, drawn_folder: Path, tmp_path: Path
) -> None:
    """The table is that of the training; one training file has gone since."""
    for path in drawn.table["path"]:
        target = tmp_path / "cells" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(drawn.file(path).read_bytes())
    moved = replace(drawn, root=tmp_path / "cells")
    subject = trained.classifier.card.subjects["train"][0]
    moved.file(drawn.labelled[drawn.labelled["subject"] == subject]["path"].iloc[0]).unlink()
    found = gate_fitting.fitted(trained.classifier, moved)
    assert found.training is not None
    assert found.training.cells == trained.classifier.card.cells["train"] - 1


def test_it_can_be_cancelled(trained: TrainingResult, drawn: CellDataset) -> None:
    def cancel(done: int, total: int, text: str) -> None:
        assert text == "Setting the gates on training cells"
        raise Cancelled

    with pytest.raises(Cancelled):
        gate_fitting.fitted(trained.classifier, drawn, progress=cancel)


def test_a_model_is_given_its_gates(trained: TrainingResult, drawn: CellDataset) -> None:
    found = gate_fitting.gated(trained.classifier, drawn)
    assert found.gates.settings() == gate_fitting.fitted(trained.classifier, drawn).settings()
    assert found.card is trained.classifier.card
