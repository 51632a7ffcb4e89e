from dataclasses import replace
from pathlib import Path

from core import store
from core.calibrator import Calibrator
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
    assert [heading.value for heading in app.subheader][-1] == "Limits"
    assert "Scores are not calibrated probabilities of disease." in texts(app, "markdown")
    assert len(app.get("plotly_chart")) == 1


def test_a_model_can_be_made_the_default_of_upload(open_page: Open, stored: str, workspace: Path) -> None:
    app = open_page("models")
    assert "The default" not in texts(app, "caption")
    app.button(key="default_card").click().run()
    assert not app.exception
    assert "The default: Upload opens with this model." in texts(app, "caption")
    assert store.default(workspace.parent / "models") == stored
