"""Models that are saved, loaded, damaged and refused."""

import json
import os
import pickle
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from core import networks, store
from core.calibrator import Calibrator
from core.card import ModelCard
from core.classical_model import ClassicalModel
from core.classical_training import ClassicalResult
from core.classifier import Classifier
from core.data.pixels import Preprocessing
from core.errors import ModelError
from core.gates.band import Band, fitted_band
from core.gates.gates import Gates
from core.gates.training_range import TrainingRange
from core.training import TrainingResult
from core.types import ByteArray
from tests.test_reference import THREE


def named(trained: TrainingResult, name: str) -> Classifier:
    return replace(trained.classifier, card=replace(trained.classifier.card, name=name))


def pixels(card: ModelCard, cells: int = 3) -> ByteArray:
    return np.random.default_rng(0).integers(0, 256, (cells, *card.preprocessing.shape), dtype=np.uint8)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_loaded_model_has_the_card_and_the_scores_of_the_saved_one(trained: TrainingResult, tmp_path: Path) -> None:
    written = store.save(named(trained, "first"), tmp_path / "models")
    loaded = store.load(tmp_path / "models", "first")
    assert loaded.card == written == store.card(tmp_path / "models", "first")
    np.testing.assert_array_equal(
        loaded.scores(pixels(loaded.card)), trained.classifier.scores(pixels(trained.classifier.card))
    )


@pytest.mark.parametrize(
    ("name", "colour"), [*((name, "rgb") for name in networks.NETWORKS), ("mobilenet-v2", "grayscale")]
)
def test_every_architecture_survives_the_store(name: str, colour: str, trained: TrainingResult, tmp_path: Path) -> None:
    preprocessing = Preprocessing(48, colour)
    network = networks.build(name, preprocessing.shape, seed=3)
    card = replace(trained.classifier.card, architecture=name, name=name, preprocessing=preprocessing)
    store.save(Classifier(network, card), tmp_path)
    loaded = store.load(tmp_path, name)
    np.testing.assert_array_equal(loaded.scores(pixels(card)), Classifier(network, card).scores(pixels(card)))


def test_no_images_have_no_scores(trained: TrainingResult) -> None:
    assert trained.classifier.scores(pixels(trained.classifier.card, cells=0)).shape == (0,)


def test_a_model_is_a_folder_of_three_files_that_others_can_read(trained: TrainingResult, tmp_path: Path) -> None:
    store.save(named(trained, "first"), tmp_path, reports=trained.reports)
    assert set(contents(tmp_path)) == {"first/model.keras", "first/card.json", "first/scores.csv"}
    assert (tmp_path / "first").stat().st_mode & 0o777 == 0o755


def test_the_scores_of_each_side_are_read_back_to_the_last_bit(trained: TrainingResult, tmp_path: Path) -> None:
    card = store.save(named(trained, "first"), tmp_path, reports=trained.reports)
    assert len(card.scores_sha256) == 64
    found = store.reports(tmp_path, "first")
    assert set(found) == {"validation", "test"}
    for side, report in found.items():
        pd.testing.assert_frame_equal(report.cells, trained.reports[side].cells)
        assert (report.classes, report.threshold) == (("HEM", "ALL"), card.threshold)
    assert found["test"].figures() == card.test
    assert found["validation"].figures() == card.validation
    assert found["test"].confusion_matrix().tolist() == [list(row) for row in card.confusion_matrix]


def test_a_model_without_scores_has_no_reports(trained: TrainingResult, tmp_path: Path) -> None:
    store.save(named(trained, "first"), tmp_path, reports=trained.reports)
    again = store.load(tmp_path, "first")
    assert store.save(again, tmp_path, overwrite=True).scores_sha256 == ""
    assert store.reports(tmp_path, "first") == {}
    assert set(contents(tmp_path)) == {"first/model.keras", "first/card.json"}


@pytest.mark.parametrize("change", [b"test,new,1,ALL,0.5\n", None], ids=["a row more", "removed"])
def test_scores_other_than_those_of_the_card_are_refused(
    change: bytes | None, trained: TrainingResult, tmp_path: Path
) -> None:
    store.save(named(trained, "first"), tmp_path, reports=trained.reports)
    file = tmp_path / "first" / store.SCORES
    if change is None:
        file.unlink()
    else:
        file.write_bytes(file.read_bytes() + change)
    with pytest.raises(
        ModelError, match=r"^Expected first/scores\.csv with the hash in its card\. Received: a missing or"
    ):
        store.reports(tmp_path, "first")
    store.load(tmp_path, "first")


def test_a_file_that_holds_no_scores_is_refused_even_if_its_hash_is_right(
    trained: TrainingResult, tmp_path: Path
) -> None:
    card = store.save(named(trained, "first"), tmp_path, reports=trained.reports)
    (tmp_path / "first" / store.SCORES).write_bytes(b"\xff\xfe")
    vouched = replace(card, scores_sha256=store._sha256(tmp_path / "first" / store.SCORES))
    (tmp_path / "first" / store.CARD).write_text(vouched.to_json())
    with pytest.raises(ModelError, match=r"^Expected first/scores\.csv that can be read\. Received: "):
        store.reports(tmp_path, "first")


@pytest.mark.parametrize("name", ["a", "A-1_b.2", "x" * 64])
def test_a_name_of_letters_digits_dots_dashes_and_underscores_is_kept(name: str) -> None:
    assert store.check_name(name) == name


@pytest.mark.parametrize("name", ["", ".hidden", "..", "a/b", "../a", "a b", "-x", "ä", "x" * 65, "a\n"])
def test_a_name_that_could_be_no_folder_is_refused(name: str, trained: TrainingResult, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^Expected a model name of 1 to 64 letters"):
        store.save(named(trained, name), tmp_path)
    with pytest.raises(ValueError, match=r"^Expected a model name of 1 to 64 letters"):
        store.load(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_model_is_replaced_only_on_request(trained: TrainingResult, tmp_path: Path) -> None:
    store.save(named(trained, "first"), tmp_path)
    other = replace(named(trained, "first").card, threshold=0.125)
    before = contents(tmp_path)
    with pytest.raises(ModelError, match=r"^Expected a new model name\. Received: first, which exists already\.$"):
        store.save(Classifier(trained.classifier.network, other), tmp_path)
    assert contents(tmp_path) == before
    store.save(Classifier(trained.classifier.network, other), tmp_path, overwrite=True)
    assert store.load(tmp_path, "first").card.threshold == 0.125
    assert set(contents(tmp_path)) == {"first/model.keras", "first/card.json"}


class Unsaveable(keras.Model):
    """A network on a full disk."""

    def save(self, filepath: Path, **options: object) -> None:
        filepath.write_bytes(b"half a network")
        raise OSError(28, "No space left on device")


def test_a_save_that_fails_leaves_nothing_behind(trained: TrainingResult, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        store.save(Classifier(Unsaveable(), named(trained, "first").card), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_replacement_that_fails_leaves_the_old_model_untouched(trained: TrainingResult, tmp_path: Path) -> None:
    store.save(named(trained, "first"), tmp_path)
    before = contents(tmp_path)
    with pytest.raises(OSError, match="No space left"):
        store.save(Classifier(Unsaveable(), named(trained, "first").card), tmp_path, overwrite=True)
    assert contents(tmp_path) == before
    store.load(tmp_path, "first")


def test_weights_other_than_those_of_the_card_are_refused(trained: TrainingResult, tmp_path: Path) -> None:
    store.save(named(trained, "first"), tmp_path)
    file = tmp_path / "first" / store.WEIGHTS
    file.write_bytes(file.read_bytes() + b"\0")
    with pytest.raises(ModelError, match=r"^Expected first/model\.keras with the hash in its card"):
        store.load(tmp_path, "first")
    file.unlink()
    with pytest.raises(ModelError, match=r"Received: a missing or changed file\.$"):
        store.load(tmp_path, "first")


def planted(trained: TrainingResult, folder: Path, weights: Path) -> None:
    """Another file in the place of a model's weights, with a card that vouches for it."""
    store.save(named(trained, "planted"), folder)
    shutil.copy(weights, folder / "planted" / store.WEIGHTS)
    card = replace(store.card(folder, "planted"), model_sha256=store._sha256(weights))
    (folder / "planted" / store.CARD).write_text(card.to_json())


def test_a_model_that_carries_code_is_refused_even_if_its_hash_is_right(
    trained: TrainingResult, tmp_path: Path
) -> None:
    inputs = keras.Input((48, 48, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Lambda(lambda values: values + 1)(inputs))
    keras.Model(inputs, keras.layers.Dense(1)(pooled)).save(tmp_path / "lambda.keras")
    planted(trained, tmp_path / "models", tmp_path / "lambda.keras")
    with pytest.raises(ModelError, match=r"^Expected a Keras model that loads in safe mode\. Received: planted \("):
        store.load(tmp_path / "models", "planted")


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(18)], ids=["empty", "text", "empty zip"])
def test_a_file_that_is_no_network_is_refused_even_if_its_hash_is_right(
    content: bytes, trained: TrainingResult, tmp_path: Path
) -> None:
    (tmp_path / "other").write_bytes(content)
    planted(trained, tmp_path / "models", tmp_path / "other")
    with pytest.raises(ModelError, match=r"^Expected a Keras model that loads in safe mode\. Received: planted \("):
        store.load(tmp_path / "models", "planted")


def test_a_scikit_learn_model_is_a_folder_of_three_files_and_scores_as_before(
    fitted: ClassicalResult, tmp_path: Path
) -> None:
    written = store.save(fitted.model, tmp_path, reports=fitted.reports)
    assert set(contents(tmp_path)) == {"svc/model.skops", "svc/card.json", "svc/scores.csv"}
    loaded = store.load(tmp_path, "svc")
    assert isinstance(loaded, ClassicalModel)
    assert loaded.card == written == store.card(tmp_path, "svc")
    numbers = np.random.default_rng(0).normal(size=(5, 36)).astype(np.float32)
    np.testing.assert_allclose(loaded.scores(numbers), fitted.model.scores(numbers), atol=1e-6)
    pd.testing.assert_frame_equal(store.reports(tmp_path, "svc")["test"].cells, fitted.reports["test"].cells)


def test_a_model_of_the_other_kind_replaces_one_whole(
    trained: TrainingResult, fitted: ClassicalResult, tmp_path: Path
) -> None:
    store.save(named(trained, "svc"), tmp_path, reports=trained.reports)
    store.save(fitted.model, tmp_path, overwrite=True)
    assert set(contents(tmp_path)) == {"svc/model.skops", "svc/card.json"}


def test_a_scikit_learn_model_other_than_that_of_its_card_is_refused(fitted: ClassicalResult, tmp_path: Path) -> None:
    store.save(fitted.model, tmp_path)
    file = tmp_path / "svc" / store.PIPELINE
    file.write_bytes(file.read_bytes() + b"\0")
    with pytest.raises(
        ModelError, match=r"^Expected svc/model\.skops with the hash in its card\. Received: a missing or"
    ):
        store.load(tmp_path, "svc")


def test_a_pickle_in_the_place_of_a_scikit_learn_model_is_refused_even_if_its_hash_is_right(
    fitted: ClassicalResult, tmp_path: Path
) -> None:
    store.save(fitted.model, tmp_path)
    (tmp_path / "svc" / store.PIPELINE).write_bytes(pickle.dumps(fitted.model.pipeline))
    card = replace(fitted.model.card, model_sha256=store._sha256(tmp_path / "svc" / store.PIPELINE))
    (tmp_path / "svc" / store.CARD).write_text(card.to_json(), encoding="utf-8")
    with pytest.raises(
        ModelError, match=r"^svc/model\.skops: Expected a file of a scikit-learn model\. Received: a damaged"
    ):
        store.load(tmp_path, "svc")


def test_a_scikit_learn_model_whose_features_have_changed_is_refused(fitted: ClassicalResult, tmp_path: Path) -> None:
    made = fitted.model.card.pipeline
    assert made is not None
    old = replace(fitted.model.card, pipeline=replace(made, block_version=0))
    store.save(replace(fitted.model, card=old), tmp_path)
    with pytest.raises(
        ModelError, match=r"Received: svc with features of version 0; fit it again on the Compare page\."
    ):
        store.load(tmp_path, "svc")


def test_a_scikit_learn_model_is_no_network(trained: TrainingResult, fitted: ClassicalResult, tmp_path: Path) -> None:
    store.save(fitted.model, tmp_path)
    store.save(trained.classifier, tmp_path)
    with pytest.raises(
        ModelError, match=r"^Expected a network\. Received: svc, a scikit-learn model \(SVC on shape and"
    ):
        store.network(tmp_path, "svc")
    with pytest.raises(ModelError, match=r"^Expected a network\. Received: svc"):
        store.network_card(tmp_path, "svc")
    assert store.network(tmp_path, "tiny").card.name == "tiny"
    assert list(store.networks(tmp_path)) == ["tiny"]
    assert [model.name for model in store.models(tmp_path)] == ["svc", "tiny"]


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.7, 1.0])
def test_moving_the_operating_point_moves_every_figure_that_depends_on_it(
    threshold: float, trained: TrainingResult, tmp_path: Path
) -> None:
    before = store.save(named(trained, "first"), tmp_path, reports=trained.reports)
    card = store.set_operating_point(tmp_path, "first", threshold=threshold, source="threshold that was set by hand")
    assert card == store.card(tmp_path, "first") == store.load(tmp_path, "first").card
    found = store.reports(tmp_path, "first")
    assert (card.threshold, card.first_threshold) == (threshold, before.threshold)
    assert card.threshold_source == "threshold that was set by hand"
    for side, figures in (("validation", card.validation), ("test", card.test)):
        truth, called = found[side].truth, found[side].score >= threshold
        assert figures["sensitivity"] == called[truth == 1].mean()
        assert figures["specificity"] == (~called[truth == 0]).mean()
    assert card.confusion_matrix[1][1] == ((found["test"].score >= threshold) & (found["test"].truth == 1)).sum()
    assert card.by_subject == found["test"].subjects()
    same = ("calibrator", "calibration", "reliability", "model_sha256", "scores_sha256", "challenge", "subjects")
    assert {name: getattr(card, name) for name in same} == {name: getattr(before, name) for name in same}


def test_an_operating_point_that_is_moved_back_gives_the_card_of_before(
    trained: TrainingResult, tmp_path: Path
) -> None:
    before = store.save(named(trained, "first"), tmp_path, reports=trained.reports)
    store.set_operating_point(tmp_path, "first", threshold=0.9, source="one")
    store.set_operating_point(tmp_path, "first", threshold=0.1, source="other")
    card = store.set_operating_point(tmp_path, "first", threshold=before.threshold, source=before.threshold_source)
    assert card == replace(before, first_threshold=before.threshold)


def test_moving_the_operating_point_of_a_model_that_was_never_calibrated_calibrates_nothing(
    trained: TrainingResult, tmp_path: Path
) -> None:
    old = replace(named(trained, "old").card, calibration={}, reliability={}, calibrator=Calibrator())
    store.save(replace(trained.classifier, card=old), tmp_path, reports=trained.reports)
    card = store.set_operating_point(tmp_path, "old", threshold=0.3, source="threshold that was set by hand")
    assert not card.calibrated
    assert card.reliability == {}


@pytest.mark.parametrize("threshold", [-0.01, 1.01, float("nan"), float("inf")])
def test_an_operating_point_out_of_range_is_refused(threshold: float, trained: TrainingResult, tmp_path: Path) -> None:
    store.save(named(trained, "first"), tmp_path, reports=trained.reports)
    before = contents(tmp_path)
    with pytest.raises(ValueError, match=rf"^Expected a threshold in \[0, 1\]\. Received: {threshold}\.$"):
        store.set_operating_point(tmp_path, "first", threshold=threshold, source="threshold that was set by hand")
    with pytest.raises(ValueError, match=r"^Expected how the threshold was chosen\. Received: nothing\.$"):
        store.set_operating_point(tmp_path, "first", threshold=0.5, source="")
    assert contents(tmp_path) == before


def test_the_operating_point_of_a_model_without_scores_stays(trained: TrainingResult, tmp_path: Path) -> None:
    store.save(named(trained, "first"), tmp_path)
    with pytest.raises(ModelError, match=r"^Expected a model with stored scores, .*\. Received: first without\.$"):
        store.set_operating_point(tmp_path, "first", threshold=0.5, source="threshold that was set by hand")


def test_an_operating_point_that_cannot_be_written_leaves_the_old_card(
    trained: TrainingResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(named(trained, "first"), tmp_path, reports=trained.reports)
    before = contents(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.set_operating_point(tmp_path, "first", threshold=0.5, source="threshold that was set by hand")
    assert contents(tmp_path) == before


@pytest.mark.parametrize("folder", ["models", "missing"])
def test_an_unknown_model_is_refused_with_the_known_ones(folder: str, trained: TrainingResult, tmp_path: Path) -> None:
    store.save(named(trained, "first"), tmp_path / "models")
    known = {"models": "first", "missing": "none"}[folder]
    with pytest.raises(ModelError, match=rf"^Expected one of the stored models \({known}\)\. Received: other\.$"):
        store.load(tmp_path / folder, "other")


def test_the_list_names_damaged_models_with_the_reason(trained: TrainingResult, tmp_path: Path) -> None:
    store.save(named(trained, "second"), tmp_path)
    store.save(named(trained, "first"), tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "card.json").write_text('{"format": 1, "name"')
    (tmp_path / "binary").mkdir()
    (tmp_path / "binary" / "card.json").write_bytes(b"\xff\xfe")
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / "card.json").write_text(json.dumps({"format": 2}))
    (tmp_path / ".partial-x").mkdir()
    (tmp_path / "README.md").touch()
    listed = {model.name: model for model in store.models(tmp_path)}
    assert list(listed) == ["binary", "empty", "first", "newer", "second", "torn"]
    assert {name for name, model in listed.items() if model.card} == {"first", "second"}
    assert listed["first"].problem == ""
    assert listed["first"].title == "first (drawn cells)"
    assert listed["torn"].title == "torn"
    assert "a damaged one" in listed["torn"].problem
    assert "format 1. Received: 2." in listed["newer"].problem
    assert all(listed[name].problem.startswith("Expected ") for name in ("empty", "binary", "torn", "newer"))


def test_a_store_that_does_not_exist_yet_is_empty(tmp_path: Path) -> None:
    assert store.models(tmp_path / "missing") == []


def test_the_default_is_the_demo_model_until_another_is_chosen(trained: TrainingResult, tmp_path: Path) -> None:
    assert store.default(tmp_path / "missing") is None
    store.save(named(trained, "first"), tmp_path)
    assert store.default(tmp_path) is None
    store.save(named(trained, store.DEMO), tmp_path)
    assert store.default(tmp_path) == store.DEMO
    store.make_default(tmp_path, "first")
    assert store.default(tmp_path) == "first"
    store.make_default(tmp_path, store.DEMO)
    assert store.default(tmp_path) == store.DEMO
    assert sorted(path.name for path in tmp_path.iterdir()) == ["default.json", "demo", "first"]
    assert [model.name for model in store.models(tmp_path)] == ["demo", "first"]


def test_a_choice_of_the_default_that_cannot_be_written_leaves_the_old_one(
    trained: TrainingResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first", "second"):
        store.save(named(trained, name), tmp_path)
    store.make_default(tmp_path, "first")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.make_default(tmp_path, "second")
    assert store.default(tmp_path) == "first"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["default.json", "first", "second"]


def test_a_default_that_is_gone_or_damaged_does_not_count(trained: TrainingResult, tmp_path: Path) -> None:
    for name in ("first", store.DEMO):
        store.save(named(trained, name), tmp_path)
    store.make_default(tmp_path, "first")
    (tmp_path / "first" / store.CARD).write_text("{}")
    assert store.default(tmp_path) == store.DEMO
    shutil.rmtree(tmp_path / "first")
    assert store.default(tmp_path) == store.DEMO


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b'{"model": 5}', b'{"model": "../demo"}', b"{}", b"\xff"])
def test_a_damaged_choice_of_the_default_does_not_count(
    content: bytes, trained: TrainingResult, tmp_path: Path
) -> None:
    store.save(named(trained, store.DEMO), tmp_path)
    (tmp_path / store.DEFAULT).write_bytes(content)
    assert store.default(tmp_path) == store.DEMO


def test_a_model_that_does_not_exist_cannot_be_the_default(trained: TrainingResult, tmp_path: Path) -> None:
    store.save(named(trained, "first"), tmp_path)
    store.make_default(tmp_path, "first")
    with pytest.raises(ModelError, match=r"^Expected one of the stored models \(first\)\. Received: other\.$"):
        store.make_default(tmp_path, "other")
    with pytest.raises(ValueError, match=r"^Expected a model name"):
        store.make_default(tmp_path, "../first")
    assert store.default(tmp_path) == "first"


def gates(width: int, limit: float = 2.0) -> Gates:
    training = TrainingRange(np.ones(width, np.float32), np.eye(width, dtype=np.float32), limit, 0.05, 9, 3)
    return Gates(training=training, band=Band(0.25, 0.75, 0.5, 0.1, 99, 0.5, 0.1))


def test_a_models_gates_are_read_back_as_they_were_saved(
    trained: TrainingResult, fitted: ClassicalResult, tmp_path: Path
) -> None:
    for model in (named(trained, "network"), replace(fitted.model, card=replace(fitted.model.card, name="svc"))):
        store.save(replace(model, gates=gates(3)), tmp_path)
        found = store.load(tmp_path, model.card.name)
        assert found.gates.settings() == gates(3).settings() == found.card.gates
        assert found.gates.written() == gates(3).written()


def test_a_model_that_was_stored_without_gates_has_the_default_ones(trained: TrainingResult, tmp_path: Path) -> None:
    card = store.save(named(trained, "old"), tmp_path)
    assert (card.gates, card.gates_sha256) == ({}, "")
    assert store.load(tmp_path, "old").gates.settings() == Gates().settings()


def test_a_stored_model_can_be_given_gates(trained: TrainingResult, tmp_path: Path) -> None:
    before = store.save(named(trained, "old"), tmp_path)
    for limit in (2.0, 3.0):
        after = store.set_gates(tmp_path, "old", gates(3, limit))
        assert after == store.card(tmp_path, "old")
        assert replace(after, gates={}, gates_sha256="") == before
        found = store.load(tmp_path, "old").gates.training
        assert found is not None
        assert found.limit == limit


def test_a_models_training_cells_are_read_back_as_they_were_saved(trained: TrainingResult, tmp_path: Path) -> None:
    card = store.save(replace(named(trained, "one"), reference=THREE), tmp_path)
    assert set(contents(tmp_path)) == {"one/model.keras", "one/card.json", "one/reference.npz"}
    assert (len(card.reference_sha256), card.gates_sha256) == (64, "")
    found = store.reference(tmp_path, "one")
    assert found is not None
    assert found.written() == THREE.written()


def test_a_model_that_was_stored_without_training_cells_has_none(trained: TrainingResult, tmp_path: Path) -> None:
    store.save(named(trained, "old"), tmp_path)
    assert store.reference(tmp_path, "old") is None
    with pytest.raises(ModelError, match=r"Expected one of the stored models \(old\)\. Received: new\."):
        store.reference(tmp_path, "new")


def test_a_stored_model_can_be_given_training_cells_and_a_check(trained: TrainingResult, tmp_path: Path) -> None:
    before = store.save(named(trained, "old"), tmp_path)
    after = store.set_gates(tmp_path, "old", gates(3), reference=THREE, sanity={"problem": "None."})
    assert store.card(tmp_path, "old") == after
    assert after.sanity == {"problem": "None."}
    assert replace(after, gates={}, gates_sha256="", reference_sha256="", sanity={}) == before
    assert store.reference(tmp_path, "old") is not None
    again = store.set_gates(tmp_path, "old", gates(3))
    assert again == after


def test_training_cells_other_than_those_of_the_card_are_refused_and_the_model_still_answers(
    trained: TrainingResult, tmp_path: Path
) -> None:
    store.save(replace(named(trained, "one"), reference=THREE), tmp_path)
    (tmp_path / "one" / "reference.npz").write_bytes(replace(THREE, usual=9.0).written())
    with pytest.raises(ModelError, match=r"^Expected one/reference.npz with the hash in its card\."):
        store.reference(tmp_path, "one")
    assert store.load(tmp_path, "one").card.name == "one"


def test_training_cells_that_cannot_be_read_are_refused_even_if_their_hash_is_right(
    trained: TrainingResult, tmp_path: Path
) -> None:
    card = store.save(replace(named(trained, "one"), reference=THREE), tmp_path)
    (tmp_path / "one" / store.REFERENCE).write_bytes(b"PK")
    vouched = replace(card, reference_sha256=store._sha256(tmp_path / "one" / store.REFERENCE))
    (tmp_path / "one" / store.CARD).write_text(vouched.to_json())
    with pytest.raises(ModelError, match=r"^Expected training cells that can be read\. Received: damaged ones"):
        store.reference(tmp_path, "one")


def test_gates_other_than_those_of_the_card_are_refused(trained: TrainingResult, tmp_path: Path) -> None:
    store.save(replace(named(trained, "one"), gates=gates(3)), tmp_path)
    (tmp_path / "one" / "gates.npz").write_bytes(gates(4).written())
    with pytest.raises(ModelError, match=r"Expected one/gates.npz with the hash in its card."):
        store.load(tmp_path, "one")


def test_moving_the_operating_point_moves_the_band(trained: TrainingResult, tmp_path: Path) -> None:
    store.save(replace(named(trained, "one"), gates=gates(3)), tmp_path, reports=trained.reports)
    card = store.set_operating_point(tmp_path, "one", threshold=0.125, source="threshold that was set by hand")
    validation = trained.reports["validation"]
    band = fitted_band(validation.truth, validation.score, threshold=0.125)
    assert card.gates == {**gates(3).settings(), "band": asdict(band), "tested": None}
    assert store.load(tmp_path, "one").gates.band == band


def test_what_a_network_sees_is_what_its_last_layer_reads(trained: TrainingResult) -> None:
    images = pixels(trained.classifier.card)
    vectors, scores = trained.classifier.seen(images)
    np.testing.assert_allclose(scores, trained.classifier.scores(images), atol=1e-6)
    kernel, bias = trained.classifier.network.layers[-1].get_weights()
    np.testing.assert_allclose(1 / (1 + np.exp(-(vectors @ kernel + bias)[:, 0])), scores, atol=1e-5)
