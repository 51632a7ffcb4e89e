import hashlib
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import classify, store
from core import maps as core_maps
from core.audit import AuditLog
from core.calibrator import Calibrator
from core.cases.cases import Cases
from core.classical_training import ClassicalResult
from core.classifier import Classifier
from core.config import settings
from core.training import TrainingResult
from core.types import ByteArray, FloatArray
from dashboard import resources
from dashboard.components import answers
from tests.pages.conftest import Open, texts


def uploads(folder: Path, count: int) -> list[tuple[str, bytes, str]]:
    cells = sorted(folder.rglob("*.bmp"))[:count]
    return [(cell.name, cell.read_bytes(), "image/bmp") for cell in cells]


def rows(app: AppTest) -> pd.DataFrame:
    """The table of all files, in its own view; the page goes back to the cells."""
    app.segmented_control(key="upload_view").set_value("Table").run()
    assert not app.exception
    found = app.dataframe[0].value
    app.segmented_control(key="upload_view").set_value("Cells").run()
    return found


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
    assert len(app.image) == 1 + 6  # the colour bar; a cell and its overlay for each answer
    table = rows(app)
    assert list(table["file"]) == [files[0][0], "notes.png", files[1][0], files[2][0]]
    assert table["error"][1] == "Expected a BMP, PNG, JPEG or TIFF image. Received: bytes of another kind."
    assert list(table["error"][[0, 2, 3]]) == ["", "", ""]
    assert table["score for ALL"].isna().tolist() == [False, True, False, False]


Mapped = list[tuple[tuple[str, ...], dict[str, Any]]]


@pytest.fixture
def mapped(monkeypatch: pytest.MonkeyPatch) -> Mapped:
    """The classes and options of each call that maps cells; their maps are full."""
    calls: Mapped = []

    def full(classifier: Classifier, images: list[ByteArray], labels: list[str], **options: Any) -> list[FloatArray]:
        calls.append((tuple(labels), options))
        size = classifier.card.preprocessing.image_size
        return [np.full((size, size), 1 - number / 10, dtype=np.float32) for number, _ in enumerate(images)]

    monkeypatch.setattr(core_maps, "mapped", full)
    return calls


def test_moving_the_opacity_slider_classifies_and_maps_nothing_again(
    open_page: Open, stored: str, drawn_folder: Path, mapped: Mapped, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[object, bool]] = []

    def counted(model: Classifier, files: Any, *, explain: bool) -> Generator[list[classify.Prediction], None, None]:
        calls.append((model, explain))
        return classify.classified(model, files, explain=explain)

    monkeypatch.setattr(answers, "classified", counted)
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 2)).run()
    bar, *before = [picture.value for picture in app.image]
    app.slider(key="map_opacity").set_value(0).run()
    bar_after, *after = [picture.value for picture in app.image]
    assert [explain for _, explain in calls] == [False]
    assert len(mapped) == 1
    assert bar != bar_after
    assert before[0::2] == after[0::2]  # the cells stay
    assert before[1::2] != after[1::2]  # the overlays change
    assert before[1::2] != before[0::2]
    assert after[1::2] == after[0::2]
    app.file_uploader[0].set_value(uploads(drawn_folder, 3)).run()
    assert (len(calls), len(mapped)) == (2, 2)
    assert len(mapped[1][0]) == 1  # the others' maps are kept


def test_each_answer_is_in_the_audit_log_once_and_without_a_name(
    open_page: Open, stored: str, drawn_folder: Path
) -> None:
    app = open_page("upload")
    files = uploads(drawn_folder, 2)
    app.file_uploader[0].set_value([*files, ("Jane Doe.png", b"no image", "image/png")]).run()
    app.slider(key="map_opacity").set_value(20).run()
    found = AuditLog(settings().database).entries()
    hashes = [hashlib.sha256(content).hexdigest() for content in (files[0][1], files[1][1], b"no image")]
    assert [entry.file_sha256 for entry in found] == hashes
    assert [entry.stopped_by for entry in found] == ["", "", "image"]
    assert {entry.model_sha256 for entry in found} == {store.card(settings().models, stored).model_sha256}
    assert "Jane" not in str(found)


def test_another_method_maps_the_cells_on_the_page_once(
    open_page: Open, stored: str, drawn_folder: Path, mapped: Mapped
) -> None:
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 2)).run()
    assert [(len(labels), options["method"]) for labels, options in mapped] == [(2, "grad-cam")]
    chooser = app.segmented_control(key="map_method")
    assert chooser.options == ["Grad-CAM", "Grad-CAM++", "Score-CAM", "SmoothGrad"]
    for method in ("smoothgrad", "grad-cam", "smoothgrad"):
        app.segmented_control(key="map_method").set_value(method).run()
        assert not app.exception
    assert [(len(labels), options["method"]) for labels, options in mapped[1:]] == [(2, "smoothgrad")]
    assert "(SmoothGrad)" in texts(app, "caption")


def test_the_class_and_the_layer_to_explain_can_be_chosen(
    open_page: Open, stored: str, drawn_folder: Path, mapped: Mapped
) -> None:
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 3)).run()
    called = tuple(rows(app)["class"])
    assert [(labels, options["layer"]) for labels, options in mapped] == [(called, None)]
    for label in ("ALL", "HEM"):
        mapped.clear()
        app.segmented_control(key="map_target").set_value(label).run()
        made = [one for labels, _ in mapped for one in labels]
        assert made == [label] * sum(one != label for one in called)  # the others' maps are kept
        assert f"All maps are for {label}, whatever the cell is called." in texts(app, "caption")
    mapped.clear()
    layer = app.selectbox(key=f"map_layer_{store.card(settings().models, stored).model_sha256[:12]}")
    assert layer.options[0] == "7 of 7: features (as usual)"
    layer.select_index(1).run()
    assert not app.exception
    assert [(labels, options["layer"]) for labels, options in mapped] == [(("HEM",) * 3, layer.options[1].split()[-1])]


def test_colours_and_style_change_the_overlays_and_the_bar_and_make_no_map(
    open_page: Open, stored: str, drawn_folder: Path, mapped: Mapped
) -> None:
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 1)).run()
    seen = [[str(picture.value) for picture in app.image]]
    for key, value in (("map_colours", "viridis"), ("map_style", "contour")):
        app.segmented_control(key=key).set_value(value).run()
        assert not app.exception
        seen.append([str(picture.value) for picture in app.image])
    bars, cells, overlays = zip(*seen, strict=True)
    assert len(set(cells)) == 1
    assert (len(set(bars)), len(set(overlays))) == (3, 3)
    assert len(mapped) == 1


def test_side_by_side_shows_the_maps_of_all_methods_and_how_far_they_agree(
    open_page: Open, stored: str, drawn_folder: Path, mapped: Mapped
) -> None:
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 2)).run()
    app.toggle(key="map_side_by_side").set_value(True).run()
    assert not app.exception
    assert len(app.image) == 1 + 2 * 5
    assert [options["method"] for _, options in mapped] == [
        *["grad-cam", "grad-cam++"],
        *["score-cam"] * 2,
        "smoothgrad",
    ]
    said = [caption.value for caption in app.caption]
    for name in ("Grad-CAM", "Grad-CAM++", "Score-CAM", "SmoothGrad"):
        assert said.count(name) == 2
    assert sum(text.startswith("The methods cannot be compared") for text in said) == 2  # these maps are even
    app.toggle(key="map_side_by_side").set_value(False).run()
    assert len(app.image) == 1 + 2 * 2


def test_each_map_can_be_saved_with_its_caption(open_page: Open, stored: str, drawn_folder: Path) -> None:
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 2)).run()
    assert [button.label for button in app.get("download_button")].count("Save PNG") == 2


def test_maps_are_checked_on_request_and_each_says_how_good_it_is(
    open_page: Open, stored: str, drawn_folder: Path
) -> None:
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 2)).run()
    said = ("Good map:", "Weak map:", "No better than chance:", "Empty map:")
    assert not any(one in texts(app, "caption") for one in said)
    app.toggle(key="map_checked").set_value(True).run()
    assert not app.exception
    labels = [caption.value for caption in app.caption if caption.value.startswith(said)]
    assert len(labels) == sum(answer != "" for answer in rows(app)["class"])


def test_opacity_and_model_survive_a_page_change(
    open_page: Open, stored: str, trained: TrainingResult, workspace: Path, drawn_folder: Path
) -> None:
    other = replace(trained.classifier, card=replace(trained.classifier.card, name="another"))
    store.save(other, workspace.parent / "models")
    app = open_page("upload", drawn_folder)
    app.selectbox(key="upload_model").set_value("tiny").run()
    app.file_uploader[0].set_value(uploads(drawn_folder, 1)).run()
    app.slider(key="map_opacity").set_value(35).run()
    app.switch_page("app_pages/explore.py").run()
    app.switch_page("app_pages/upload.py").run()
    assert app.selectbox(key="upload_model").value == "tiny"
    app.file_uploader[0].set_value(uploads(drawn_folder, 1)).run()
    assert app.slider(key="map_opacity").value == 35


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
    assert len(app.image) == 1 + 2 * 24
    app.get("pagination")[0].set_value(2).run()
    assert len(app.image) == 1 + 2 * 6
    assert len(rows(app)) == 30


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

    def counted(classifier: Any, images: list[ByteArray], labels: list[str], **options: Any) -> list[FloatArray]:
        calls.extend(labels)
        return mapped(classifier, images, labels, **options)

    mapped = core_maps.mapped
    monkeypatch.setattr(core_maps, "mapped", counted)
    app = open_page("upload")
    assert "SVC on shape and texture. Trained on: drawn, seed 0" in texts(app, "caption")
    black = cv2.imencode(".png", np.zeros((50, 50, 3), dtype=np.uint8))[1].tobytes()
    app.file_uploader[0].set_value([*uploads(drawn_folder, 2), ("black.png", black, "image/png")]).run()
    assert not app.exception
    assert {metric.label: metric.value for metric in app.metric}["No answer"] == "1"
    assert rows(app)["error"][2].startswith("This is not a single stained cell: there is nothing")
    assert len(app.image) == 3
    assert "#### No answer" in texts(app, "markdown")
    assert "pixels that are not black: 0" in texts(app, "caption")
    assert not app.slider
    app.toggle(key="map_shown").set_value(True).run()
    assert not app.exception
    assert len(app.image) == 1 + 5
    assert len(calls) == 2
    assert "it falls most when they are cut out of the cell" in texts(app, "caption")
    app.slider(key="map_opacity").set_value(20).run()
    app.toggle(key="map_shown").set_value(False).run()
    assert len(app.image) == 3
    app.toggle(key="map_shown").set_value(True).run()
    assert (len(app.image), len(calls)) == (6, 2)


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


def test_a_batch_is_reviewed_summed_up_and_kept_and_its_reviews_come_along(
    open_page: Open, stored: str, drawn_folder: Path
) -> None:
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 3)).run()
    app.segmented_control(key="upload_view").set_value("Review").run()
    app.text_input(key="reviewer").set_value("Dr Eve").run()
    for _ in range(2):
        next(button for button in app.button if button.label == "Unsure").click().run()
        assert not app.exception
    assert "2 reviewed, 1 open" in str(app.get("progress")[0].proto.text)
    assert Cases(settings()).search() == []  # nothing is kept before the user says so
    app.segmented_control(key="upload_view").set_value("Patient sheet").run()
    assert {metric.label: metric.value for metric in app.metric}["Reviewed"] == "2"
    keep = next(button for button in app.button if button.label == "Keep this case")
    keep.click().run()
    assert app.error[0].value == "Expected a title and at least one cell. Received: '' and 3 cells."
    next(field for field in app.text_input if field.label == "Title").set_value("Bed 4")
    next(button for button in app.button if button.label == "Keep this case").click().run()
    assert not app.exception
    (entry,) = Cases(settings()).search()
    case = Cases(settings()).read(entry.id)
    assert (case.title, case.who, [cell.name for cell in case.cells]) == (
        "Bed 4",
        "Dr Eve",
        ["Cell 1", "Cell 2", "Cell 3"],
    )
    assert [(review.decision, review.reviewer) for review in case.reviews] == [("unsure", "Dr Eve")] * 2
    assert "Kept as 'Bed 4'." in app.success[0].value
    app.segmented_control(key="upload_view").set_value("Review").run()
    next(button for button in app.button if button.label == "Unsure").click().run()
    assert len(Cases(settings()).read(entry.id).reviews) == 3  # what follows is kept at once
    actions = [entry.action for entry in AuditLog(settings().database).entries()]
    assert actions == [*["answer"] * 3, "review", "review", "save case", "review"]


def test_a_kept_batch_whose_case_is_deleted_can_be_kept_again(open_page: Open, stored: str, drawn_folder: Path) -> None:
    app = open_page("upload")
    app.file_uploader[0].set_value(uploads(drawn_folder, 1)).run()
    app.segmented_control(key="upload_view").set_value("Patient sheet").run()
    next(field for field in app.text_input if field.label == "Title").set_value("Bed 4")
    next(button for button in app.button if button.label == "Keep this case").click().run()
    (entry,) = Cases(settings()).search()
    Cases(settings()).delete(entry.id, who="ada")
    app.run()
    assert not app.exception
    assert [button.label for button in app.button if button.label == "Keep this case"] == ["Keep this case"]


def test_a_card_opens_its_cell_in_the_review(open_page: Open, stored: str, drawn_folder: Path) -> None:
    app = open_page("upload")
    files = uploads(drawn_folder, 2)
    app.file_uploader[0].set_value(files).run()
    app.button(key="review_1").click().run()
    assert not app.exception
    assert app.segmented_control(key="upload_view").value == "Review"
    assert f"**{files[1][0]}**" in texts(app, "markdown")
