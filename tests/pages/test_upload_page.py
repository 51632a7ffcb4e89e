import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from core import classify, store
from core.audit import AuditLog
from core.calibrator import Calibrator
from core.classical_training import ClassicalResult
from core.config import settings
from core.training import TrainingResult
from dashboard import resources
from dashboard.components import answers, maps
from tests.pages.conftest import Open, texts


def uploads(folder: Path, count: int) -> list[tuple[str, bytes, str]]:
    cells = sorted(folder.rglob("*.bmp"))[:count]
    return [(cell.name, cell.read_bytes(), "image/bmp") for cell in cells]


def test_without_a_model_the_page_points_to_training(open_page: Open) -> None:
    app = open_page("upload")
    assert [message.value for message in app.info] == ["There is no model yet. Train one on the Train page."]
    assert not app.get("file_uploader")


def test_before_any_file_the_page_says_what_to_do_and_what_the_model_was_trained_on(
    open_page: Open, stored: str
) -> None:
    app = open_page("upload")
    assert app.info[0].value.startswith("Drop one or more images above.")
    assert "trained on drawn cells, not on real ones" in app.warning[0].value
    assert "For research use only. Not a medical device; not for diagnosis." in texts(app, "caption")


def test_each_file_is_answered_and_one_that_is_no_image_is_a_row_with_its_reason(
    open_page: Open, stored: str, drawn_folder: Path
) -> None:
    app = open_page("upload")
    files = uploads(drawn_folder, 3)
    app.file_uploader[0].set_value([*files[:1], ("notes.png", b"no image", "image/png"), *files[1:]]).run()
    assert not app.exception
    numbers = {metric.label: metric.value for metric in app.metric}
    assert numbers["Cells"] == "4"
    assert numbers["No answer"] == "1"
    assert int(numbers["Called ALL"]) + int(numbers["Called HEM"]) == 3
    assert len(app.image) == 6  # a cell and its overlay for each answer
    table = app.dataframe[0].value
    assert list(table["file"]) == [files[0][0], "notes.png", files[1][0], files[2][0]]
    assert table["error"][1] == "Expected a BMP, PNG, JPEG or TIFF image. Received: bytes of another kind."
    assert list(table["error"][[0, 2, 3]]) == ["", "", ""]
    assert table["score for ALL"].isna().tolist() == [False, True, False, False]


def test_moving_the_opacity_slider_classifies_nothing_again(
    open_page: Open, stored: str, drawn_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def counted(*arguments: object, **options: object) -> list[classify.Prediction]:
        calls.append(arguments)
        found = classify.classify(*arguments, **options)  # type: ignore[arg-type]
        return [replace(answer, relevance=np.ones((48, 48), dtype=np.float32)) for answer in found]

    monkeypatch.setattr(answers, "classify", counted)
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 2)).run()
    before = [picture.value for picture in app.image]
    app.slider(key="upload_opacity").set_value(0).run()
    after = [picture.value for picture in app.image]
    assert len(calls) == 1
    assert before[0::2] == after[0::2]  # the cells stay
    assert before[1::2] != after[1::2]  # the overlays change
    app.file_uploader[0].set_value(uploads(drawn_folder, 3)).run()
    assert len(calls) == 2


def test_each_answer_is_in_the_audit_log_once_and_without_a_name(
    open_page: Open, stored: str, drawn_folder: Path
) -> None:
    app = open_page("upload")
    files = uploads(drawn_folder, 2)
    app.file_uploader[0].set_value([*files, ("Jane Doe.png", b"no image", "image/png")]).run()
    app.slider(key="upload_opacity").set_value(20).run()
    found = AuditLog(settings().database).entries()
    hashes = [hashlib.sha256(content).hexdigest() for content in (files[0][1], files[1][1], b"no image")]
    assert [entry.file_sha256 for entry in found] == hashes
    assert [entry.stopped_by for entry in found] == ["", "", "image"]
    assert {entry.model_sha256 for entry in found} == {store.card(settings().models, stored).model_sha256}
    assert "Jane" not in str(found)


def test_another_method_maps_the_cells_on_the_page_once(
    open_page: Open, stored: str, drawn_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, object]] = []

    def mapped(classifier: object, answer: classify.Prediction, *, method: str) -> classify.Prediction:
        made.append((answer.file, method))
        return replace(answer, relevance=np.full((48, 48), len(made) % 2, dtype=np.float32))

    monkeypatch.setattr(maps, "explained", mapped)
    app = open_page("upload")
    files = uploads(drawn_folder, 2)
    app.file_uploader[0].set_value(files).run()
    assert made == []  # Grad-CAM comes with the answer
    chooser = app.segmented_control(key="upload_method")
    assert chooser.options == ["Grad-CAM", "Grad-CAM++", "Score-CAM", "SmoothGrad"]
    for method in ("smoothgrad", "grad-cam", "smoothgrad"):
        app.segmented_control(key="upload_method").set_value(method).run()
        assert not app.exception
    assert made == [(name, "smoothgrad") for name, *_ in files]
    assert "(SmoothGrad)" in texts(app, "caption")


def test_maps_are_checked_on_request_and_each_says_how_good_it_is(
    open_page: Open, stored: str, drawn_folder: Path
) -> None:
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 2)).run()
    said = ("Good map:", "Weak map:", "No better than chance:", "Empty map:")
    assert not any(one in texts(app, "caption") for one in said)
    app.toggle(key="upload_checked").set_value(True).run()
    assert not app.exception
    labels = [caption.value for caption in app.caption if caption.value.startswith(said)]
    assert len(labels) == sum(answer != "" for answer in app.dataframe[0].value["class"])


def test_opacity_and_model_survive_a_page_change(
    open_page: Open, stored: str, trained: TrainingResult, workspace: Path, drawn_folder: Path
) -> None:
    other = replace(trained.classifier, card=replace(trained.classifier.card, name="another"))
    store.save(other, workspace.parent / "models")
    app = open_page("upload", drawn_folder)
    app.selectbox(key="upload_model").set_value("tiny").run()
    app.file_uploader[0].set_value(uploads(drawn_folder, 1)).run()
    app.slider(key="upload_opacity").set_value(35).run()
    app.switch_page("app_pages/explore.py").run()
    app.switch_page("app_pages/upload.py").run()
    assert app.selectbox(key="upload_model").value == "tiny"
    app.file_uploader[0].set_value(uploads(drawn_folder, 1)).run()
    assert app.slider(key="upload_opacity").value == 35


def test_a_model_that_was_changed_on_disk_is_refused_in_one_sentence(
    open_page: Open, stored: str, workspace: Path, drawn_folder: Path
) -> None:
    (workspace.parent / "models" / stored / store.WEIGHTS).write_bytes(b"other weights")
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 1)).run()
    assert app.error[0].value.startswith("Expected tiny/model.keras with the hash in its card.")
    assert not app.exception


def test_many_cells_are_shown_in_pages(open_page: Open, stored: str, drawn_folder: Path) -> None:
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 30)).run()
    assert len(app.image) == 2 * 24
    app.get("pagination")[0].set_value(2).run()
    assert len(app.image) == 2 * 6
    assert len(app.dataframe[0].value) == 30


def test_the_default_model_is_chosen_at_first_and_the_demo_model_until_there_is_one(
    open_page: Open, stored: str, trained: TrainingResult, workspace: Path
) -> None:
    models = workspace.parent / "models"
    for name in ("a-first", "demo"):
        store.save(replace(trained.classifier, card=replace(trained.classifier.card, name=name)), models)
    app = open_page("upload")
    assert app.selectbox(key="upload_model").value == "demo"
    store.make_default(models, stored)
    app = open_page("upload")
    assert app.selectbox(key="upload_model").value == stored
    assert len(app.selectbox(key="upload_model").options) == 3


def test_a_model_that_is_made_default_elsewhere_leaves_the_one_chosen_here(
    open_page: Open, stored: str, trained: TrainingResult, workspace: Path
) -> None:
    models = workspace.parent / "models"
    store.save(replace(trained.classifier, card=replace(trained.classifier.card, name="another")), models)
    app = open_page("upload")
    app.selectbox(key="upload_model").set_value("another").run()
    store.make_default(models, stored)
    app.run()
    assert app.selectbox(key="upload_model").value == "another"


@pytest.fixture
def stored_svc(fitted: ClassicalResult, workspace: Path) -> str:
    """Name of a scikit-learn model in the model store."""
    return store.save(fitted.model, workspace.parent / "models", reports=fitted.reports).name


def test_a_scikit_learn_model_answers_like_a_network_and_maps_cells_when_asked(
    open_page: Open, stored_svc: str, drawn_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def counted(classifier: Any, answer: classify.Prediction, **options: Any) -> classify.Prediction:
        calls.append(answer.file)
        return classify.explained(classifier, answer, **options)

    monkeypatch.setattr(maps, "explained", counted)
    app = open_page("upload")
    assert "SVC on shape and texture. Trained on: drawn, seed 0" in texts(app, "caption")
    black = cv2.imencode(".png", np.zeros((50, 50, 3), dtype=np.uint8))[1].tobytes()
    app.file_uploader[0].set_value([*uploads(drawn_folder, 2), ("black.png", black, "image/png")]).run()
    assert not app.exception
    assert {metric.label: metric.value for metric in app.metric}["No answer"] == "1"
    assert app.dataframe[0].value["error"][2].startswith("This is not a single stained cell: there is nothing")
    assert len(app.image) == 3
    assert "#### No answer" in texts(app, "markdown")
    assert "pixels that are not black: 0" in texts(app, "caption")
    assert not app.slider
    app.toggle(key="upload_mapped").set_value(True).run()
    assert not app.exception
    assert len(app.image) == 5
    assert len(calls) == 2
    assert "it falls most when they are cut out of the cell" in texts(app, "caption")
    app.slider(key="upload_opacity").set_value(20).run()
    app.toggle(key="upload_mapped").set_value(False).run()
    assert len(app.image) == 3
    app.toggle(key="upload_mapped").set_value(True).run()
    assert (len(app.image), len(calls)) == (5, 2)


def test_a_scikit_learn_model_of_other_features_is_refused_in_one_sentence(
    open_page: Open, fitted: ClassicalResult, workspace: Path, drawn_folder: Path
) -> None:
    made = fitted.model.card.pipeline
    assert made is not None
    old = replace(fitted.model, card=replace(fitted.model.card, pipeline=replace(made, block_version=0)))
    store.save(old, workspace.parent / "models")
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 1)).run()
    assert app.error[0].value.startswith("Expected features of version 1. Received: svc with features of version 0;")
    assert not app.exception


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_an_operating_point_that_is_moved_calls_the_same_files_anew(
    threshold: float, open_page: Open, stored: str, workspace: Path, drawn_folder: Path
) -> None:
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 3)).run()
    models = workspace.parent / "models"
    card = store.set_operating_point(models, stored, threshold=threshold, source="threshold that was set by hand")
    app.run()
    assert not app.exception
    numbers = {metric.label: metric.value for metric in app.metric}
    assert numbers[f"Called {'HEM' if threshold else 'ALL'}"] == "3"
    said = texts(app, "caption")
    assert f"A cell is called ALL from a score of {threshold:.2f}" in said
    assert "the threshold that was set by hand. On the test subjects it finds" in said
    assert f"{card.test['sensitivity']:.0%} of the ALL cells (sensitivity) and" in said
    assert f"{card.test['specificity']:.0%} of the HEM cells (specificity)." in said


def test_sensitivity_and_specificity_stand_with_their_intervals_where_they_are_known(
    open_page: Open, stored: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "intervals", lambda name: {"sensitivity": (0.814, 0.957), "specificity": None})
    said = texts(open_page("upload"), "caption")
    assert "(81 to 96%) of the ALL cells (sensitivity) and " in said
    assert "of the HEM cells (specificity; 95 % intervals over subjects)." in said


def test_a_picture_that_a_gate_stops_is_shown_with_the_reason_and_its_numbers(open_page: Open, stored: str) -> None:
    white = cv2.imencode(".png", np.full((450, 450, 3), 255, dtype=np.uint8))[1].tobytes()
    app = open_page("upload")
    app.file_uploader[0].set_value([("white.png", white, "image/png")]).run()
    assert not app.exception
    assert "#### No answer" in texts(app, "markdown")
    assert "this picture does not.  \nBlack share of the picture's border: 0 · at least: 0.72" in texts(app, "caption")
    assert len(app.image) == 1


def test_the_page_says_what_a_score_may_be_taken_for(open_page: Open, trained: TrainingResult, workspace: Path) -> None:
    card = replace(trained.classifier.card, calibrator=Calibrator("temperature", 1 / 1.5))
    store.save(replace(trained.classifier, card=card), workspace.parent / "models")
    app = open_page("upload")
    assert "Probabilities were calibrated on the validation subjects (temperature 1.50)" in texts(app, "caption")
