"""A network's vectors are what its last layer reads, computed once for each content."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import networks
from core.classifier import Classifier
from core.data import parallel, pixels
from core.data.dataset import CellDataset
from core.embedding import network as module
from core.embedding.network import network_vectors, unseen
from core.errors import Cancelled, DataError
from core.training import TrainingResult


@pytest.fixture
def few(drawn: CellDataset) -> CellDataset:
    """The first five cells of the drawn set."""
    return replace(drawn, table=drawn.table.head(5))


@pytest.fixture
def classifier(trained: TrainingResult) -> Classifier:
    found = trained.classifier
    return Classifier(found.network, replace(found.card, model_sha256="of the tests"))


def never() -> Classifier:
    pytest.fail("the network was loaded")


def prepared(dataset: CellDataset, classifier: Classifier) -> np.ndarray:
    return pixels.read([dataset.file(path) for path in dataset.table["path"]], classifier.card.preprocessing)


def test_vectors_are_the_embedding_and_scores_the_networks_own(
    few: CellDataset, classifier: Classifier, tmp_path: Path
) -> None:
    import keras

    found = network_vectors(few, classifier.card, lambda: classifier, cache=tmp_path)
    images = prepared(few, classifier)
    network = classifier.network
    embedding = keras.Model(network.inputs, network.get_layer("embedding").output).predict(images, verbose=0)
    assert found.paths == tuple(few.table["path"])
    assert found.numbers.shape == (5, 128)
    np.testing.assert_allclose(found.numbers, embedding, rtol=1e-5, atol=1e-6)
    assert found.scores is not None
    np.testing.assert_allclose(found.scores, classifier.scores(images), rtol=1e-5)


@pytest.mark.parametrize(("name", "numbers"), [("baseline-cnn", 128), ("leuko-net", 128)])
def test_the_last_layer_alone_turns_vectors_into_scores(
    name: str, numbers: int, few: CellDataset, classifier: Classifier, tmp_path: Path
) -> None:
    built = networks.build(name, (48, 48, 3), seed=1)
    other = Classifier(built, replace(classifier.card, architecture=name))
    found = network_vectors(few, other.card, lambda: other, cache=tmp_path)
    assert found.numbers.shape == (5, numbers)
    weights, bias = built.layers[-1].get_weights()
    np.testing.assert_allclose(found.scores, 1 / (1 + np.exp(-(found.numbers @ weights + bias)[:, 0])), rtol=1e-4)


def test_a_second_pass_loads_nothing_and_gives_the_same(
    few: CellDataset, classifier: Classifier, tmp_path: Path
) -> None:
    assert unseen(few, classifier.card, cache=tmp_path) == 5
    first = network_vectors(few, classifier.card, lambda: classifier, cache=tmp_path)
    assert unseen(few, classifier.card, cache=tmp_path) == 0
    second = network_vectors(few, classifier.card, never, cache=tmp_path)
    np.testing.assert_array_equal(first.numbers, second.numbers)
    np.testing.assert_array_equal(first.scores, second.scores)
    assert first.paths == second.paths


def test_other_weights_see_every_cell_anew(few: CellDataset, classifier: Classifier, tmp_path: Path) -> None:
    network_vectors(few, classifier.card, lambda: classifier, cache=tmp_path)
    assert unseen(few, replace(classifier.card, model_sha256="retrained"), cache=tmp_path) == 5


def test_identical_contents_are_seen_once_and_have_the_same_vector(
    few: CellDataset, classifier: Classifier, tmp_path: Path
) -> None:
    table = few.table.copy()
    table.loc[4, "sha256"] = table.loc[0, "sha256"]
    twins = replace(few, table=table)
    assert unseen(twins, classifier.card, cache=tmp_path) == 4
    found = network_vectors(twins, classifier.card, lambda: classifier, cache=tmp_path)
    assert len(found.paths) == 5
    np.testing.assert_array_equal(found.numbers[4], found.numbers[0])


def test_a_file_that_cannot_be_decoded_is_left_out_and_tried_again(
    few: CellDataset, classifier: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = few.table["path"][1]
    gone = replace(few, table=few.table.assign(path=few.table["path"].replace(broken, "gone.bmp")))
    found = network_vectors(gone, classifier.card, lambda: classifier, cache=tmp_path)
    assert found.paths == tuple(path for path in few.table["path"] if path != broken)
    assert unseen(few, classifier.card, cache=tmp_path) == 1
    assert len(network_vectors(few, classifier.card, lambda: classifier, cache=tmp_path).paths) == 5


def test_where_nothing_can_be_decoded_there_are_no_vectors(
    few: CellDataset, classifier: Classifier, tmp_path: Path
) -> None:
    found = network_vectors(
        replace(few, root=tmp_path / "gone"), classifier.card, lambda: classifier, cache=tmp_path / "cache"
    )
    assert found.paths == ()
    assert len(found.numbers) == 0


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_BATCH", 1)


def cancelled_after(count: int) -> Callable[[int, int, str], None]:
    def progress(done: int, total: int, text: str) -> None:
        assert total == 5
        if done == count and text == "Showing cells to the network":
            raise Cancelled("stop")

    return progress


@pytest.mark.usefixtures("one_by_one")
def test_cancelling_keeps_what_was_seen(few: CellDataset, classifier: Classifier, tmp_path: Path) -> None:
    for seen, left in ((2, 3), (3, 2)):
        with pytest.raises(Cancelled):
            network_vectors(few, classifier.card, lambda: classifier, cache=tmp_path, progress=cancelled_after(seen))
        assert unseen(few, classifier.card, cache=tmp_path) == left
    assert len(network_vectors(few, classifier.card, lambda: classifier, cache=tmp_path).paths) == 5


def test_vectors_of_an_older_version_are_computed_anew(
    few: CellDataset, classifier: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network_vectors(few, classifier.card, lambda: classifier, cache=tmp_path)
    monkeypatch.setattr(module, "_VERSION", 99)
    assert unseen(few, classifier.card, cache=tmp_path) == 5


def test_without_hashes_nothing_is_shown_to_the_network(
    few: CellDataset, classifier: Classifier, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"^Expected a hashed data set\."):
        network_vectors(
            replace(few, table=few.table.assign(sha256="")), classifier.card, lambda: classifier, cache=tmp_path
        )
