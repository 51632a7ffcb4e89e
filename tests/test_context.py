"""A cell of the training set among the training cells of its model."""

from dataclasses import replace

import numpy as np
import pytest

from core.classical_model import ClassicalModel
from core.classical_training import ClassicalResult
from core.classifier import Classifier
from core.context import context
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.morphology import MORPHOLOGY
from core.errors import DataError
from core.reference import Reference, unpacked
from core.training import TrainingResult
from tests.test_reference import reference


@pytest.fixture(params=["network", "scikit-learn"])
def model(
    request: pytest.FixtureRequest, trained: TrainingResult, fitted: ClassicalResult
) -> Classifier | ClassicalModel:
    return trained.classifier if request.param == "network" else fitted.model


def kept(model: Classifier | ClassicalModel, drawn: CellDataset, cells: int = 3) -> Reference:
    """The first cells of the data set as the model sees them."""
    images = [pixels.decode_file(drawn.file(path)) for path in drawn.table["path"][:cells]]
    vectors, _ = model.seen(np.stack([model.prepare(image) for image in images]))
    found = reference(vectors, [False] * cells)
    return replace(found, measures=np.ones((cells, len(MORPHOLOGY)), np.float32))


def test_a_training_cell_is_the_one_most_like_itself(model: Classifier | ClassicalModel, drawn: CellDataset) -> None:
    image = pixels.decode_file(drawn.file(drawn.table["path"][1]))
    found = context(model, kept(model, drawn), image, count=2)
    assert found.alike.cells[0].row == 1
    assert found.alike.cells[0].distance < 0.05 * found.alike.cells[1].distance + 1e-6
    assert len(found.alike.cells) == 2
    assert found.classes == model.card.classes


def test_its_measures_stand_among_theirs_and_five_are_put_into_words(
    trained: TrainingResult, drawn: CellDataset
) -> None:
    image = pixels.decode_file(drawn.file(drawn.table["path"][0]))
    found = context(trained.classifier, kept(trained.classifier, drawn), image)
    assert [each.name for each in found.standings] == list(MORPHOLOGY)
    assert found.standings[0].below == (1.0, None)
    assert len(found.sentences) == 5
    assert found.sentences[0] == "Larger than all healthy (HEM) training cells."
    assert unpacked(found.small).any()


def test_a_picture_without_a_cell_has_no_measures(trained: TrainingResult, drawn: CellDataset) -> None:
    black = np.zeros((450, 450, 3), np.uint8)
    found = context(trained.classifier, kept(trained.classifier, drawn), black)
    assert (found.standings, found.sentences) == ((), ())


def test_a_scikit_learn_model_refuses_a_picture_without_a_cell(fitted: ClassicalResult, drawn: CellDataset) -> None:
    with pytest.raises(DataError, match="Expected a stained cell on a black background"):
        context(fitted.model, kept(fitted.model, drawn), np.zeros((450, 450, 3), np.uint8))


def test_training_cells_of_another_model_are_refused(trained: TrainingResult) -> None:
    with pytest.raises(ValueError, match="Expected a vector of 2 numbers"):
        context(trained.classifier, reference([[0, 1]], [True]), np.zeros((450, 450, 3), np.uint8))
