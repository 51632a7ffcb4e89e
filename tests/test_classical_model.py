"""A scikit-learn model: from pixels to a score, by the functions that described its training cells."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.classical_model import ClassicalModel, check_card
from core.classical_training import ClassicalResult
from core.data import pixels
from core.data.dataset import CellDataset
from core.errors import Cancelled, DataError, ModelError
from core.features.blocks import VERSION, described
from core.training import TrainingResult

BLACK = np.zeros((64, 64, 3), dtype=np.uint8)


@pytest.fixture
def model(fitted: ClassicalResult) -> ClassicalModel:
    return fitted.model


def files(drawn: CellDataset, result: ClassicalResult) -> list[Path]:
    return [drawn.file(path) for path in result.reports["test"].cells["path"]]


def test_the_scores_of_files_are_those_of_its_test(
    model: ClassicalModel, fitted: ClassicalResult, drawn: CellDataset
) -> None:
    found = model.score_files(files(drawn, fitted))
    np.testing.assert_allclose(found, fitted.reports["test"].score, atol=1e-12)


def test_a_prepared_image_is_scored_as_its_file_is(
    model: ClassicalModel, fitted: ClassicalResult, drawn: CellDataset
) -> None:
    first = files(drawn, fitted)[:3]
    prepared = [model.prepare(pixels.decode_file(file)) for file in first]
    np.testing.assert_allclose(model.scores(np.stack(prepared)), model.score_files(first), atol=1e-12)


def test_the_numbers_of_an_image_are_those_of_its_blocks_one_after_the_other(
    model: ClassicalModel, fitted: ClassicalResult, drawn: CellDataset
) -> None:
    image = pixels.decode_file(files(drawn, fitted)[0])
    expected = described(image, ["morphology", "texture"])
    np.testing.assert_array_equal(
        model.prepare(image), np.concatenate([expected["morphology"], expected["texture"]], dtype=np.float32)
    )
    assert model.prepare(image).dtype == np.float32


def test_a_score_is_the_decision_by_the_logistic_function(model: ClassicalModel) -> None:
    numbers = np.random.default_rng(0).normal(size=(5, 36)).astype(np.float32)
    np.testing.assert_allclose(model.scores(numbers), 1 / (1 + np.exp(-model.decisions(numbers))))
    np.testing.assert_allclose(model.decisions(numbers), model.pipeline.decision_function(numbers))


def test_an_image_without_a_cell_is_refused_on_upload_and_scored_in_a_comparison(
    model: ClassicalModel, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"^Expected a stained cell on a black background\. Received: an image without"):
        model.prepare(BLACK)
    assert np.isnan(model.numbers(BLACK)).all()
    assert np.isfinite(model.scores(model.numbers(BLACK)[np.newaxis])).all()


def test_an_image_without_a_cell_is_refused_by_a_model_of_pixels_too(model: ClassicalModel) -> None:
    assert model.card.pipeline is not None
    made = replace(model.card.pipeline, features="grayscale")
    with pytest.raises(DataError, match=r"^Expected a stained cell"):
        replace(model, card=replace(model.card, pipeline=made)).prepare(BLACK)


def test_a_file_that_cannot_be_read_is_named(model: ClassicalModel, tmp_path: Path) -> None:
    (tmp_path / "notes.bmp").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"^notes\.bmp: Expected "):
        model.score_files([tmp_path / "notes.bmp"])


def test_no_cells_have_no_scores(model: ClassicalModel) -> None:
    assert model.scores(np.zeros((0, 36))).shape == model.score_files([]).shape == (0,)


def test_scoring_files_can_be_cancelled(model: ClassicalModel, fitted: ClassicalResult, drawn: CellDataset) -> None:
    def cancel(done: int, total: int, text: str) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        model.score_files(files(drawn, fitted), progress=cancel)


def test_a_card_of_today_is_good(model: ClassicalModel) -> None:
    check_card(model.card)


def test_features_of_another_version_are_refused(model: ClassicalModel) -> None:
    assert model.card.pipeline is not None
    card = replace(model.card, pipeline=replace(model.card.pipeline, block_version=VERSION + 1))
    with pytest.raises(ModelError, match=rf"^Expected features of version {VERSION}\. Received: svc with features of"):
        check_card(card)


@pytest.mark.parametrize("library", ["scikit-learn", "xgboost-cpu"])
def test_a_model_that_another_minor_version_fitted_is_refused(library: str, model: ClassicalModel) -> None:
    assert model.card.pipeline is not None
    made = replace(model.card.pipeline, libraries=(library,))
    parts = model.card.versions[library].split(".")
    patch = {**model.card.versions, library: f"{parts[0]}.{parts[1]}.99"}
    check_card(replace(model.card, pipeline=made, versions=patch))
    minor = {**model.card.versions, library: f"{parts[0]}.{int(parts[1]) + 1}.0"}
    with pytest.raises(
        ModelError, match=rf"^Expected a model fitted by {library} {parts[0]}\.{parts[1]}\. Received: svc"
    ):
        check_card(replace(model.card, pipeline=made, versions=minor))
    with pytest.raises(ModelError, match=r"fitted by none; fit it again on the Compare page\.$"):
        check_card(replace(model.card, pipeline=made, versions={}))


@pytest.mark.parametrize(
    ("features", "reason"),
    [
        ("nuclei", r"^svc: Expected features out of "),
        ("embedding:demo", r"^Expected features of the cell alone\. Received: svc on Embedding of demo\.$"),
    ],
)
def test_features_that_are_not_those_of_the_cell_are_refused(features: str, reason: str, model: ClassicalModel) -> None:
    assert model.card.pipeline is not None
    with pytest.raises(ModelError, match=reason):
        check_card(replace(model.card, pipeline=replace(model.card.pipeline, features=features)))


def test_the_card_of_a_network_is_refused(trained: TrainingResult) -> None:
    with pytest.raises(ModelError, match=r"^Expected a scikit-learn model\. Received: tiny, a network\.$"):
        check_card(trained.classifier.card)


def test_what_the_model_sees_are_the_standardised_numbers_that_its_estimator_reads(
    model: ClassicalModel, fitted: ClassicalResult, drawn: CellDataset
) -> None:
    numbers = np.stack(
        [*(model.numbers(pixels.decode_file(file)) for file in files(drawn, fitted)[:3]), model.numbers(BLACK)]
    )
    vectors, scores = model.seen(numbers)
    blocks, scale, _ = (step for _, step in model.pipeline.steps)
    np.testing.assert_allclose(vectors, scale.transform(blocks.transform(numbers)), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(scores, model.scores(numbers))
    assert np.isfinite(vectors).all()
