"""Files that are classified, readable or not."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.calibrator import Calibrator
from core.card import RESEARCH_NOTICE
from core.classical_model import ClassicalModel
from core.classical_training import ClassicalResult
from core.classifier import Classifier
from core.classify import Prediction, classified, classify, results_table
from core.data import pixels
from core.data.dataset import CellDataset
from core.errors import Cancelled
from core.explain import relevance_maps
from core.gates.band import Band
from core.gates.finding import GATES, stopped
from core.gates.gates import Gates
from core.gates.training_range import TrainingRange
from core.maps import mapped
from core.occlusion import occlusion
from core.overlay import overlay
from core.training import TrainingResult
from core.types import ByteArray, FloatArray

File = tuple[str, bytes]


@pytest.fixture
def classifier(trained: TrainingResult) -> Classifier:
    return trained.classifier


@pytest.fixture
def files(drawn: CellDataset) -> list[File]:
    """Every twelfth cell of the drawn set."""
    return [(path, drawn.file(path).read_bytes()) for path in drawn.table["path"][::12]]


def at_threshold(classifier: Classifier, threshold: float) -> Classifier:
    return replace(classifier, card=replace(classifier.card, threshold=threshold))


def scores(predictions: Sequence[Prediction]) -> list[float | None]:
    return [prediction.probability for prediction in predictions]


def test_predictions_come_in_the_order_of_the_files(classifier: Classifier, files: list[File]) -> None:
    forwards, backwards = classify(classifier, files), classify(classifier, files[::-1])
    assert [prediction.file for prediction in forwards] == [name for name, _ in files]
    assert [prediction.file for prediction in backwards] == [name for name, _ in files[::-1]]
    assert scores(forwards) == pytest.approx(scores(backwards[::-1]), abs=1e-5)


def test_a_prediction_is_what_the_network_says_of_the_prepared_pixels(
    classifier: Classifier, files: list[File]
) -> None:
    (found,) = classify(classifier, files[:1])
    image = pixels.decode(files[0][1])
    prepared = pixels.prepare(image, classifier.card.preprocessing)[np.newaxis]
    score = classifier.scores(prepared)
    assert found.probability == score[0]
    assert found.label == classifier.card.classes[int(score[0] >= classifier.card.threshold)]
    assert found.error is None
    np.testing.assert_array_equal(
        found.relevance, relevance_maps(classifier, prepared, score >= classifier.card.threshold)[0]
    )


def test_the_overlay_of_a_model_that_looks_through_a_window_lies_where_the_cell_is(
    classifier: Classifier, drawn: CellDataset
) -> None:
    preprocessing = replace(classifier.card.preprocessing, window=200)
    looking = replace(classifier, card=replace(classifier.card, preprocessing=preprocessing))
    image = np.zeros((700, 600, 3), dtype=np.uint8)
    image[:450, 150:] = pixels.decode_file(drawn.file(drawn.table["path"].iloc[0]))
    (found,) = classify(looking, [("large.png", cv2.imencode(".png", image[..., ::-1])[1].tobytes())])
    assert found.seen == pixels.seen(image, preprocessing)
    laid = overlay(image, np.ones((48, 48), dtype=np.float32), seen=found.seen, opacity=1)
    changed = np.argwhere((laid != image).any(axis=2))
    part = pixels.seen(image, preprocessing)
    np.testing.assert_array_equal(changed.min(axis=0), (part.top, part.left))
    np.testing.assert_array_equal(changed.max(axis=0), (part.top + 199, part.left + 199))


def test_bad_files_are_rows_with_their_reason_and_stop_nothing(classifier: Classifier, files: list[File]) -> None:
    mixed = [("empty.bmp", b""), files[0], ("text.png", b"no image"), ("cut.bmp", files[1][1][:1000]), files[1]]
    found = classify(classifier, mixed)
    assert [prediction.file for prediction in found] == [name for name, _ in mixed]
    assert [prediction.error is None for prediction in found] == [False, True, False, False, True]
    for bad in (found[0], found[2], found[3]):
        assert bad.error is not None
        assert bad.error.startswith("Expected ")
        assert (bad.label, bad.probability, bad.calibrated, bad.seen) == (None, None, None, None)
    assert [found[1].probability, found[4].probability] == pytest.approx(scores(classify(classifier, files[:2])))


def test_bad_files_alone_need_no_network(classifier: Classifier) -> None:
    (found,) = classify(replace(classifier, network=None), [("empty.bmp", b"")])
    assert found.error is not None


def test_without_explanation_the_answers_are_the_same_and_there_is_no_map(
    classifier: Classifier, files: list[File]
) -> None:
    with_maps, without = classify(classifier, files), classify(classifier, files, explain=False)
    assert scores(without) == scores(with_maps)
    assert all(prediction.relevance is None for prediction in without)
    assert all(prediction.relevance is not None for prediction in with_maps)


def test_no_files_have_no_answers(classifier: Classifier) -> None:
    assert classify(classifier, []) == []
    assert len(results_table([], classifier, [])) == 0


def test_a_score_at_the_threshold_is_called_positive(classifier: Classifier, files: list[File]) -> None:
    (found,) = classify(classifier, files[:1], explain=False)
    assert found.probability is not None
    above = float(np.nextafter(np.float32(found.probability), np.float32(2)))
    for threshold, label in ((found.probability, "ALL"), (above, "HEM"), (0.0, "ALL"), (1.0, "HEM")):
        (called,) = classify(at_threshold(classifier, threshold), files[:1], explain=False)
        assert called.label == label


def test_more_files_than_a_batch_are_answered_with_progress(classifier: Classifier, files: list[File]) -> None:
    reports: list[tuple[int, int]] = []
    found = classify(
        classifier, files[:1] * 70, explain=False, progress=lambda done, total, _: reports.append((done, total))
    )
    assert reports == [(done, 70) for done in (0, 16, 32, 48, 64, 70)]
    assert scores(found) == pytest.approx([found[0].probability] * 70, abs=1e-5)


def test_classifying_can_be_cancelled_between_batches(classifier: Classifier, files: list[File]) -> None:
    def cancel(done: int, total: int, text: str) -> None:
        if done:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        classify(classifier, files[:1] * 70, explain=False, progress=cancel)


def test_images_of_any_size_depth_and_colour_are_examined(classifier: Classifier) -> None:
    rng = np.random.default_rng(0)
    images = [
        rng.integers(0, 256, (7, 300, 3), dtype=np.uint8),
        rng.integers(0, 256, (20, 20), dtype=np.uint8),
        rng.integers(0, 256, (20, 20, 4), dtype=np.uint8),
        rng.integers(0, 65536, (20, 20, 3), dtype=np.uint16),
    ]
    found = classify(classifier, [("cell.png", cv2.imencode(".png", image)[1].tobytes()) for image in images])
    assert {prediction.error for prediction in found} == {
        "This is not a single stained cell: a cell that was cut out stands on black, and this picture does not."
    }
    assert [tuple(prediction.findings[0].numbers.values()) for prediction in found] == [(300, 7), *[(20, 20)] * 3]


def gated(classifier: Classifier, *, limit: float, low: float | None, high: float | None) -> Classifier:
    """The classifier with a training range around nothing, and a band."""
    width = classifier.network.layers[-1].input.shape[-1]
    training = TrainingRange(np.zeros(width, np.float32), np.eye(width, dtype=np.float32), limit, 0.05, 9, 3)
    return replace(classifier, gates=Gates(training=training, band=Band(low, high, 0.5, 0.1, 99, 0.5, 0.1)))


def test_a_cell_that_passes_has_a_finding_of_each_gate(classifier: Classifier, files: list[File]) -> None:
    (found,) = classify(gated(classifier, limit=1e9, low=0.5, high=0.5), files[:1])
    assert [finding.gate for finding in found.findings] == list(GATES)
    assert all(finding.passed and finding.checked for finding in found.findings)
    assert found.error is None


@pytest.mark.parametrize(
    ("limit", "low", "high", "gate"),
    [(0.0, 0.5, 0.5, "range"), (1e9, None, None, "confidence"), (0.0, None, None, "range")],
)
def test_a_cell_that_a_gate_behind_the_model_stops_shows_no_class_score_or_map(
    classifier: Classifier, files: list[File], limit: float, low: float | None, high: float | None, gate: str
) -> None:
    for found in classify(gated(classifier, limit=limit, low=low, high=high), files):
        stop = stopped(found.findings)
        assert stop is not None
        assert (stop.gate, stop.reason) == (gate, found.error)
        assert (found.label, found.probability, found.calibrated, found.relevance) == (None, None, None, None)


def test_pictures_that_gates_stop_leave_the_answers_of_the_others_as_they_are(
    classifier: Classifier, files: list[File]
) -> None:
    white = cv2.imencode(".png", np.full((450, 450, 3), 255, dtype=np.uint8))[1].tobytes()
    mixed = [files[0], ("white.png", white), ("text.png", b"no image"), files[1]]
    alone, found = classify(classifier, files[:2]), classify(classifier, mixed)
    assert [answer.error is None for answer in found] == [True, False, False, True]
    assert scores([found[0], found[3]]) == pytest.approx(scores(alone), abs=1e-5)
    for one, other in zip(alone, (found[0], found[3]), strict=True):
        assert one.relevance is not None
        assert other.relevance is not None
        np.testing.assert_allclose(other.relevance, one.relevance, atol=1e-3)
    assert [finding.gate for finding in found[1].findings] == ["image", "cell"]
    assert [finding.gate for finding in found[2].findings] == ["image"]


def test_the_table_names_the_model_its_threshold_and_the_notice_in_each_row(classifier: Classifier) -> None:
    answers = [
        Prediction("a.bmp", label="ALL", probability=0.75, calibrated=0.6),
        Prediction("b.bmp", error="Expected an image."),
    ]
    table = results_table(answers, at_threshold(classifier, 0.5), [(), ("Turned.", "There is text.")])
    assert list(table.columns) == [
        "file",
        "class",
        "score for ALL",
        "calibrated probability of ALL",
        "threshold",
        "stopped by",
        "error",
        "picture",
        "model",
        "model SHA-256",
        "note",
    ]
    assert table["picture"].tolist() == ["", "Turned. There is text."]
    assert table["file"].tolist() == ["a.bmp", "b.bmp"]
    assert table["class"].tolist() == ["ALL", ""]
    assert table["score for ALL"].tolist() == pytest.approx([0.75, float("nan")], nan_ok=True)
    assert table["calibrated probability of ALL"].tolist() == pytest.approx([0.6, float("nan")], nan_ok=True)
    assert table["threshold"].tolist() == [0.5, 0.5]
    assert table["error"].tolist() == ["", "Expected an image."]
    assert table["model"].tolist() == ["tiny", "tiny"]
    assert table["note"].str.startswith(RESEARCH_NOTICE).all()
    assert table["note"].str.contains("drawn cells, not on real ones").all()


@pytest.mark.parametrize(
    ("calibrator", "factor"), [(Calibrator("temperature", 0.5), 1.0), (Calibrator("Platt", 0.5, math.log(3)), 3.0)]
)
def test_a_probability_is_shown_calibrated_and_the_call_stays_that_of_the_score(
    calibrator: Calibrator, factor: float, classifier: Classifier, files: list[File]
) -> None:
    figures = {"validation": {"before": {}, "after": {}}}
    card = replace(classifier.card, calibrator=calibrator, calibration=figures)
    found = classify(replace(classifier, card=card), files, explain=False)
    raw = classify(classifier, files, explain=False)
    assert [(answer.label, answer.probability) for answer in found] == [
        (answer.label, answer.probability) for answer in raw
    ]
    for answer in found:
        assert answer.probability is not None
        odds = factor * (answer.probability / (1 - answer.probability)) ** 0.5
        assert answer.calibrated == pytest.approx(odds / (1 + odds), abs=1e-5)
        assert (answer.label == "ALL") == (answer.calibrated >= card.shown_threshold)


def test_a_model_that_was_never_calibrated_has_scores_only(classifier: Classifier, files: list[File]) -> None:
    old = replace(classifier.card, calibrator=Calibrator(), calibration={})
    answers = classify(replace(classifier, card=old), files[:2], explain=False)
    assert [answer.calibrated for answer in answers] == [None, None]
    table = results_table(answers, replace(classifier, card=old), [()] * len(answers))
    assert table["note"].str.contains("Scores are not calibrated probabilities of disease.").all()


def test_a_scikit_learn_model_answers_with_the_scores_of_its_test(fitted: ClassicalResult, drawn: CellDataset) -> None:
    report, card = fitted.reports["test"], fitted.model.card
    found = classify(fitted.model, [(path, drawn.file(path)) for path in report.cells["path"]], explain=False)
    rows = [row for row, answer in enumerate(found) if answer.error is None]
    answered, expected = [found[row] for row in rows], report.score[rows]
    assert len(rows) > 0.8 * len(found)
    assert scores(answered) == pytest.approx(expected.tolist())
    assert [answer.label == "ALL" for answer in answered] == report.called[rows].astype(bool).tolist()
    assert [answer.calibrated for answer in answered] == pytest.approx(card.calibrator.probability(expected).tolist())
    assert {(answer.error, answer.seen, answer.relevance) for answer in answered} == {(None, None, None)}


def test_an_image_without_a_cell_is_a_row_with_its_reason_and_stops_nothing(
    fitted: ClassicalResult, files: list[File]
) -> None:
    black = cv2.imencode(".png", np.zeros((50, 50, 3), dtype=np.uint8))[1].tobytes()
    found = classify(fitted.model, [("black.png", black), files[0], ("text.png", b"no image")], explain=False)
    assert [answer.label is None for answer in found] == [True, False, True]
    assert found[0].error == "This is not a single stained cell: there is nothing on the black background."
    (alone,) = classify(fitted.model, [("black.png", black)])
    assert alone.error == found[0].error


def test_a_scikit_learn_model_is_explained_by_cutting_parts_out(fitted: ClassicalResult, files: list[File]) -> None:
    (answer,) = classify(fitted.model, files[:1])
    assert answer.relevance is not None
    image, positive = pixels.decode(files[0][1]), answer.label == "ALL"

    def score(images: ByteArray) -> FloatArray:
        return fitted.model.decisions(np.stack([fitted.model.numbers(image) for image in images]))

    np.testing.assert_array_equal(answer.relevance, occlusion(score, image, positive=positive))
    assert (answer.relevance.dtype, answer.relevance.shape) == (np.float32, image.shape[:2])
    assert answer.seen is None  # it lies over all of the image


def test_an_answer_is_mapped_later_as_at_once(
    classifier: Classifier, fitted: ClassicalResult, files: list[File]
) -> None:
    models: tuple[tuple[Classifier | ClassicalModel, int], ...] = ((classifier, 3), (fitted.model, 1))
    for model, count in models:
        at_once = classify(model, files[:count])
        images = [pixels.decode(content) for _, content in files[:count]]
        later = mapped(model, images, [str(answer.label) for answer in at_once])
        for found, answer in zip(later, at_once, strict=True):
            np.testing.assert_allclose(found, answer.relevance, atol=1e-5)


def test_answers_are_handed_on_batch_by_batch_and_nothing_is_decoded_that_nobody_waits_for(
    classifier: Classifier, files: list[File]
) -> None:
    decoded: list[int] = []

    def content(number: int) -> ByteArray:
        decoded.append(number)
        return pixels.decode(files[0][1])

    batches = classified(classifier, [(str(number), partial(content, number)) for number in range(130)], explain=False)
    first = next(batches)
    assert [answer.file for answer in first] == [str(number) for number in range(16)]
    batches.close()
    assert sorted(decoded) == list(range(32))  # one batch ahead


@pytest.mark.real_data
def test_real_cells_are_answered_but_for_two_with_debris(classifier: Classifier, real_cells: Path) -> None:
    paths = sorted(real_cells.rglob("*.bmp"))
    found = classify(classifier, [(path.name, path.read_bytes()) for path in paths])
    assert len(found) == 40
    stops = [stop for prediction in found if (stop := stopped(prediction.findings)) is not None]
    assert [stop.gate for stop in stops] == ["quality"] * 2
    assert all("Share of debris" in stop.numbers for stop in stops)
    assert sum(prediction.label in ("ALL", "HEM") for prediction in found) == 38
