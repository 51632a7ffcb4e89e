import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import store
from core.calibrator import Calibrator
from core.challenge import Challenge
from core.classical_training import ClassicalResult
from core.gates.band import Band
from core.gates.before_model import DEFAULT
from core.gates.gate_outcome import GateOutcome
from core.gates.gates import Gates
from core.gates.training_range import TrainingRange
from core.pipeline_card import Importance
from core.sanity import SanityCheck, Stage
from core.training import TrainingResult
from tests.pages.conftest import Open, texts


def test_without_a_model_the_page_points_to_training(open_page: Open) -> None:
    app = open_page("models")
    assert [message.value for message in app.info] == ["There is no model yet. Train one on the Train page."]


def test_a_card_tells_task_data_figures_and_limits(open_page: Open, stored: str) -> None:
    app = open_page("models")
    assert [heading.value for heading in app.subheader] == [
        "Task",
        "Data",
        "Figures on the test subjects",
        "Operating point",
        "Limits",
        "What it refuses",
        "Do its maps show what it learned?",
    ]
    assert "trained on drawn cells, not on real ones" in app.warning[0].value
    assert "Source: drawn, seed 0." in texts(app, "markdown")
    assert [metric.label for metric in app.metric] == [
        "ROC AUC",
        "Balanced accuracy",
        "Sensitivity",
        "Specificity",
        "Accuracy",
    ]


def test_the_test_scores_beside_a_model_give_its_roc_curve(open_page: Open, stored: str) -> None:
    app = open_page("models")
    views = app.button_group(key="outcome_view_card_tiny")
    assert views.options == ["Calls", "ROC curve", "Calibration", "By subject"]
    assert list(app.dataframe[0].value["Cells"])[:3] == [6, 12, 18]
    views.set_value("ROC curve").run()
    assert not app.exception
    assert (len(app.get("plotly_chart")), len(app.dataframe)) == (1, 0)


def test_scores_that_were_changed_are_not_shown_and_it_is_said(open_page: Open, stored: str, workspace: Path) -> None:
    file = workspace.parent / "models" / stored / store.SCORES
    file.write_text(file.read_text(encoding="utf-8").replace(",ALL,", ",HEM,", 1), encoding="utf-8")
    app = open_page("models")
    assert "Expected tiny/scores.csv with the hash in its card. Received: a missing or changed file." in texts(
        app, "warning"
    )
    assert "ROC curve" not in app.button_group(key="outcome_view_card_tiny").options
    assert "No scores of single test cells are there" in texts(app, "caption")
    assert not app.exception


def test_a_damaged_card_is_shown_with_its_reason(open_page: Open, stored: str, workspace: Path) -> None:
    (workspace.parent / "models" / stored / store.CARD).write_text("{}", encoding="utf-8")
    app = open_page("models")
    assert app.error[0].value.startswith("Expected a model card of format 1.")
    assert not app.exception


def test_a_card_from_before_calibration_says_so_and_shows_no_diagram(
    open_page: Open, trained: TrainingResult, workspace: Path
) -> None:
    card = replace(trained.classifier.card, calibrator=Calibrator(), calibration={}, by_subject=())
    store.save(replace(trained.classifier, card=card), workspace.parent / "models")
    app = open_page("models")
    assert not app.exception
    assert "Scores are not calibrated probabilities of disease." in texts(app, "markdown")
    assert len(app.get("plotly_chart")) == 1


def test_the_card_of_a_scikit_learn_model_tells_what_it_depends_on(
    open_page: Open, fitted: ClassicalResult, workspace: Path
) -> None:
    store.save(fitted.model, workspace.parent / "models", reports=fitted.reports)
    app = open_page("models")
    assert not app.exception
    assert [heading.value for heading in app.subheader][2:] == [
        "Figures on the test subjects",
        "What the model depends on",
        "Operating point",
        "Limits",
        "What it refuses",
        "Do its maps show what it learned?",
    ]
    assert "SVC on shape and texture." in texts(app, "markdown")
    assert fitted.model.card.pipeline is not None
    largest = fitted.model.card.pipeline.importance[0]
    shown = app.dataframe[1].value
    assert (shown["measure"][0], shown["fall"][0]) == (largest.name, largest.fall)
    assert (shown["fall"] > 0).all()
    details = json.loads(app.json[0].value)
    assert details["features"] == "morphology, version 1"
    assert "epochs run" not in details


def test_a_scikit_learn_model_that_depends_on_no_measure_says_so(
    open_page: Open, fitted: ClassicalResult, workspace: Path
) -> None:
    made = fitted.model.card.pipeline
    assert made is not None
    indifferent = replace(made, importance=(Importance("Area (px²)", 0.0, 0.0),))
    card = replace(fitted.model.card, pipeline=indifferent)
    store.save(replace(fitted.model, card=card), workspace.parent / "models")
    app = open_page("models")
    assert "Shuffling any one measure among the validation cells makes the model rank them no worse." in texts(
        app, "caption"
    )


def test_a_moved_operating_point_is_told_with_the_first_one(open_page: Open, stored: str, workspace: Path) -> None:
    models = workspace.parent / "models"
    first = store.card(models, stored).threshold
    store.set_operating_point(models, stored, threshold=0.25, source="threshold that was set by hand")
    app = open_page("models")
    assert not app.exception
    assert f"It was moved from {first:.2f}; all figures here are those at the new one." in texts(app, "markdown")


@pytest.mark.parametrize(
    ("first", "said"), [(None, "Only the new"), (0.4, "At the operating point of then, 0.40, only")]
)
def test_what_a_challenge_counted_is_told_with_the_operating_point_that_it_counted_at(
    first: float | None, said: str, open_page: Open, trained: TrainingResult, workspace: Path
) -> None:
    figures = trained.classifier.card.test
    challenge = Challenge("old", figures=figures, roc=((0.0, 0.0), (1.0, 1.0)), interval=(-0.1, 0.1), subjects=4)
    card = replace(trained.classifier.card, challenge=challenge, first_threshold=first)
    store.save(replace(trained.classifier, card=card), workspace.parent / "models")
    app = open_page("models")
    app.button_group(key="outcome_view_card_tiny").set_value("Old and new").run()
    assert not app.exception
    assert said in texts(app, "caption")


def test_a_model_can_be_made_the_default_of_upload(open_page: Open, stored: str, workspace: Path) -> None:
    app = open_page("models")
    assert "The default" not in texts(app, "caption")
    app.button(key="default_card").click().run()
    assert not app.exception
    assert "The default: Upload opens with this model." in texts(app, "caption")
    assert store.default(workspace.parent / "models") == stored


GATES = Gates(
    DEFAULT,
    TrainingRange(np.zeros(2, np.float32), np.eye(2, dtype=np.float32), 12.1, 0.05, 42, 6),
    Band(0.25, 0.5, 0.5, 0.1, 12, 0.9, 0.05),
    GateOutcome(18, 3, {"image": 0, "cell": 1, "quality": 2, "range": 0, "confidence": 3}, 12 / 18, None, 0.25, None),
)
CHECK = SanityCheck("grad-cam", 8, (Stage("head", 0.8, 0.7), Stage("stem", 0.1, 0.2)))


def test_a_card_tells_what_the_model_refuses_and_how_many_test_cells_that_were(
    open_page: Open, trained: TrainingResult, workspace: Path
) -> None:
    store.save(replace(trained.classifier, gates=GATES), workspace.parent / "models")
    app = open_page("models")
    said = texts(app, "markdown")
    assert (
        "Of 18 cells of 3 test subjects, the model gave an answer for 67%. Of these answers 25.0% were wrong." in said
    )
    assert "1. **An image.** A file that is no picture, or a damaged one. Stopped 0 test cells." in said
    assert "2. **A single stained cell.** A picture that does not look like" in said
    assert "4. **Like the training cells.** A cell that, to the model, lies farther" in said
    assert "5. **Clear enough to call.** A score from 0.25 to just below 0.50" in said
    assert "its gates stop many pictures that are unlike its training cells, but not all" in said


def test_the_gates_limits_are_shown_in_numbers_on_request(
    open_page: Open, trained: TrainingResult, workspace: Path
) -> None:
    store.save(replace(trained.classifier, gates=GATES), workspace.parent / "models")
    app = open_page("models")
    before = len(app.dataframe)
    app.toggle(key="card_limits").set_value(True).run()
    assert not app.exception
    (limits,) = [table.value for table in app.dataframe if "limit" in table.value]
    assert "Solidity below 0.73" in list(limits["limit"])
    assert list(limits["gate"])[-1] == "Like the training cells"
    app.toggle(key="card_limits").set_value(False).run()
    assert len(app.dataframe) == before


def test_an_older_card_says_what_was_not_counted_and_not_checked_and_how_to_do_it(open_page: Open, stored: str) -> None:
    app = open_page("models")
    said = texts(app, "info")
    how = "Run `python -m core gates FOLDER --model tiny` on the data set that it was trained on"
    assert f"What the gates do to its test cells was not counted for this model. {how}" in said
    assert f"Not checked. {how}" in said
    assert "it answers even where a cell is unlike any that it was trained on" in texts(app, "markdown")


def test_what_the_gates_did_is_gone_once_the_operating_point_has_moved(
    open_page: Open, trained: TrainingResult, workspace: Path
) -> None:
    models = workspace.parent / "models"
    store.save(replace(trained.classifier, gates=GATES), models, reports=trained.reports)
    store.set_operating_point(models, "tiny", threshold=0.25, source="threshold that was set by hand")
    app = open_page("models")
    assert "was not counted since its operating point was moved." in texts(app, "info")
    assert "Stopped" not in texts(app, "markdown")


def test_damaged_gates_are_said_to_be_so_and_the_card_is_shown(
    open_page: Open, trained: TrainingResult, workspace: Path
) -> None:
    card = replace(trained.classifier.card, gates={"limits": {}})
    models = workspace.parent / "models"
    store.save(trained.classifier, models)
    (models / "tiny" / store.CARD).write_text(card.to_json(), encoding="utf-8")
    app = open_page("models")
    assert not app.exception
    assert "Expected gates that can be read. Received: damaged ones" in texts(app, "warning")


@pytest.mark.parametrize(
    ("last", "kind", "said"), [(0.1, "success", "Passed: the maps change"), (0.7, "error", "Failed: the maps stay")]
)
def test_the_check_of_the_maps_is_told_stage_by_stage(
    last: float, kind: str, said: str, open_page: Open, trained: TrainingResult, workspace: Path
) -> None:
    check = replace(CHECK, stages=(CHECK.stages[0], Stage("stem", last, 0.2)))
    card = replace(trained.classifier.card, sanity=check.to_dict())
    store.save(replace(trained.classifier, card=card), workspace.parent / "models")
    app = open_page("models")
    assert said in texts(app, kind)
    (stages,) = [table.value for table in app.dataframe if "layer" in table.value]
    assert stages.to_dict("list") == {"layer": ["head", "stem"], "rank": [0.8, last], "similarity": [0.7, 0.2]}
    assert "the Grad-CAM maps of 8 test cells" in texts(app, "caption")


def test_a_check_that_could_not_be_made_tells_why(open_page: Open, trained: TrainingResult, workspace: Path) -> None:
    card = replace(trained.classifier.card, sanity={"problem": "No layer to read."})
    store.save(replace(trained.classifier, card=card), workspace.parent / "models")
    assert "The check could not be made. No layer to read. Run" in texts(open_page("models"), "info")


def test_the_maps_of_a_scikit_learn_model_need_no_check(
    open_page: Open, fitted: ClassicalResult, workspace: Path
) -> None:
    store.save(fitted.model, workspace.parent / "models")
    assert "There are no layers to shuffle, and nothing was checked." in texts(open_page("models"), "markdown")
