from dataclasses import replace
from pathlib import Path

from core import store
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
        "Calibration",
        "Test subjects",
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


def test_a_damaged_card_is_shown_with_its_reason(open_page: Open, stored: str, workspace: Path) -> None:
    (workspace.parent / "models" / stored / store.CARD).write_text("{}", encoding="utf-8")
    app = open_page("models")
    assert app.error[0].value.startswith("Expected a model card of format 1.")
    assert not app.exception


def test_a_card_from_before_calibration_says_so_and_shows_no_diagram(
    open_page: Open, trained: TrainingResult, workspace: Path
) -> None:
    card = replace(trained.classifier.card, temperature_problem="", temperature=1.0, calibration={}, by_subject=())
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
