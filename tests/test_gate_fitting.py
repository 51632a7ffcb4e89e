"""Gates, reference and check of a trained model, found on its own cells."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import gate_fitting
from core.classical_model import ClassicalModel
from core.classical_training import ClassicalResult
from core.classifier import Classifier
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.morphology import morphology
from core.data.segmentation import segment
from core.errors import Cancelled, ModelError
from core.gates.before_model import DEFAULT
from core.reference import small_picture
from core.training import TrainingResult
from core.types import Progress, silent


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


def test_training_cells_are_kept_as_the_model_sees_them(model: Classifier | ClassicalModel, drawn: CellDataset) -> None:
    found = gate_fitting._on_its_cells(model, drawn, 0, silent)[0].reference
    training = drawn.labelled[drawn.labelled["subject"].isin(model.card.subjects["train"])].sort_values("path")
    assert found.path.tolist() == training["path"].tolist()
    assert found.subject.tolist() == training["subject"].tolist()
    assert found.positive.tolist() == (training["label"] == "ALL").tolist()
    assert (found.total, 0 < found.usual < float("inf")) == (len(training), True)
    image = pixels.decode_file(drawn.file(found.path[3]))
    (vector,), _ = model.seen(np.stack([model.prepare(image)]))
    np.testing.assert_allclose(found.vectors[3], vector, rtol=2e-3, atol=2e-3)
    cell = segment(image)
    measures = list(morphology(cell.crop(image), cell.cell).values())
    np.testing.assert_allclose(found.measures[3], measures, rtol=1e-6)
    assert found.pictures[3] == small_picture(image, cell)


def test_no_more_training_cells_are_kept_than_are_wanted_and_always_the_same(
    fitted: ClassicalResult, drawn: CellDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_fitting, "CELLS", 5)
    first, second, other = (
        gate_fitting._on_its_cells(fitted.model, drawn, seed, silent)[0].reference for seed in (0, 0, 1)
    )
    assert len(first.path) == 5
    assert first.written() == second.written()
    assert first.path.tolist() != other.path.tolist()
    assert first.total == fitted.model.card.cells["train"]


def test_a_network_is_given_gates_training_cells_and_a_check_of_its_maps(
    trained: TrainingResult, drawn: CellDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[list[Path]] = []

    def record(model: Classifier, files: list[Path], *, progress: Progress) -> dict[str, str]:
        checked.append(files)
        return {"problem": "None."}

    monkeypatch.setattr(gate_fitting, "sanity_record", record)
    found = gate_fitting.gated(trained.classifier, drawn)
    assert found.gates.settings() == gate_fitting.fitted(trained.classifier, drawn).settings()
    assert found.reference is not None
    assert found.card == replace(trained.classifier.card, sanity={"problem": "None."})
    test = drawn.labelled[drawn.labelled["subject"].isin(found.card.subjects["test"])].sort_values("path")
    (files,) = checked
    assert len(files) == 8
    assert (files[0], files[-1]) == (drawn.file(test["path"].iloc[0]), drawn.file(test["path"].iloc[-1]))


def test_a_scikit_learn_model_is_given_gates_and_training_cells_and_no_check(
    fitted: ClassicalResult, drawn: CellDataset
) -> None:
    found = gate_fitting.gated(fitted.model, drawn)
    assert found.gates.training is not None
    assert found.reference is not None
    assert found.card == fitted.model.card
    assert gate_fitting.known(fitted.model, drawn).sanity == {}
