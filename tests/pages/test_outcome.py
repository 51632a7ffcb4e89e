"""What is shown of a finished training, view by view."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import store
from core.calibrator import Calibrator
from core.card import ModelCard
from core.challenge import Challenge
from core.config import settings
from core.evaluation import EvaluationReport
from core.training import TrainingResult
from dashboard.components.evaluation import _p
from tests.pages.conftest import texts

CHALLENGE = Challenge(
    champion="old",
    model_sha256="ab" * 32,
    figures={"roc_auc": 0.5, "balanced_accuracy": 0.5, "sensitivity": 0.5, "specificity": 0.5, "accuracy": 0.5},
    roc=((0.0, 0.0), (1.0, 1.0)),
    difference=0.25,
    interval=(0.125, 0.375),
    subjects=12,
    delong_p=0.03125,
    only_new_right=5,
    only_champion_right=1,
    mcnemar_p=0.21875,
)


def page(
    card: "ModelCard", report: "EvaluationReport | None"
) -> None:  # AppTest runs its text alone, without our imports
    from dashboard.components.outcome import outcome

    outcome(card, report, key="test")


def shown(trained: TrainingResult, *, with_scores: bool = True, **changes: Any) -> AppTest:
    given = {
        "card": replace(trained.classifier.card, **changes),
        "report": trained.report if with_scores else None,
    }
    app = AppTest.from_function(page, kwargs=given, default_timeout=60).run()
    assert not app.exception
    return app


def view(app: AppTest, name: str) -> AppTest:
    app.button_group(key="outcome_view_test").set_value(name).run()
    assert not app.exception
    return app


def test_at_first_the_figures_the_operating_point_and_the_calls_are_shown(
    trained: TrainingResult, workspace: Path
) -> None:
    app = shown(trained, calibrator=Calibrator("temperature", 0.5), threshold=0.9)
    card = trained.classifier.card
    assert {metric.label: metric.value for metric in app.metric}["ROC AUC"] == f"{card.test['roc_auc']:.2f}"
    assert "A cell is called ALL from a score of 0.90, a calibrated probability of 0.75: the highest" in texts(
        app, "caption"
    )
    assert {"Precision", "Recall", "F1", "Cells"} == set(app.dataframe[0].value.columns)
    assert len(app.get("plotly_chart")) == 1
    assert app.button_group(key="outcome_view_test").options == ["Calls", "ROC curve", "Calibration", "By subject"]


def test_each_view_shows_what_it_is_named_after(trained: TrainingResult, workspace: Path) -> None:
    app = shown(trained, challenge=CHALLENGE, calibrator=Calibrator("temperature", 1 / 1.5))
    view(app, "ROC curve")
    assert (len(app.get("plotly_chart")), len(app.dataframe)) == (1, 0)
    view(app, "Calibration")
    table = app.dataframe[0].value
    assert table["cells"].tolist() == ["Validation, before", "Validation, after", "Test, before", "Test, after"]
    assert table.drop(columns="cells").to_dict("records")[2] == trained.classifier.card.calibration["test"]["before"]
    view(app, "By subject")
    table = app.dataframe[0].value
    assert table["subject"].tolist() == [row["subject"] for row in trained.classifier.card.by_subject]
    assert table["accuracy"].is_monotonic_increasing
    assert table["cells"].sum() == trained.classifier.card.cells["test"]
    view(app, "Old and new")
    assert app.dataframe[0].value["Old"].tolist() == [0.5] * 5
    words = texts(app, "caption")
    assert "interval of the difference resamples the 12 test subjects" in words
    assert "DeLong's test of the two areas: p = 0.031." in words
    assert "right on 5 cells, only the old one on 1; McNemar's exact test: p = 0.219." in words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"interval": None}, "Fewer than three test subjects of a class allow no interval of the difference."),
        ({"subjects": 0}, "The 95 % interval of the difference resamples the cells, since they name no subjects."),
    ],
)
def test_what_the_interval_rests_on_is_said(
    changes: dict[str, Any], words: str, trained: TrainingResult, workspace: Path
) -> None:
    app = view(shown(trained, challenge=replace(CHALLENGE, **changes)), "Old and new")
    assert words in texts(app, "caption")


def test_where_nothing_could_be_fitted_only_the_scores_as_they_are_are_measured(
    trained: TrainingResult, workspace: Path
) -> None:
    app = view(shown(trained, calibrator=Calibrator(problem="There was one class.")), "Calibration")
    assert app.dataframe[0].value["cells"].tolist() == ["Validation", "Test"]
    assert "There was one class." in texts(app, "caption")


@pytest.mark.parametrize(
    ("calibrator", "words", "rows"),
    [
        (
            Calibrator("temperature", 0.5),
            "The temperature was fitted on the validation subjects alone. No cell moves",
            4,
        ),
        (Calibrator("Platt", 0.5, -1.0), "a temperature on validation subjects left out in turn. No cell moves", 4),
        (Calibrator(), "nothing came closer to the truth than the scores as they are. No cell moves", 2),
    ],
)
def test_how_the_scores_were_calibrated_is_said(
    calibrator: Calibrator, words: str, rows: int, trained: TrainingResult, workspace: Path
) -> None:
    app = view(shown(trained, calibrator=calibrator), "Calibration")
    assert words in texts(app, "caption")
    assert f"calibrated on the validation subjects ({calibrator.text})" in texts(app, "caption")
    assert len(app.dataframe[0].value) == rows


def test_without_the_single_scores_there_is_what_the_card_holds(trained: TrainingResult, workspace: Path) -> None:
    app = shown(trained, with_scores=False)
    assert app.button_group(key="outcome_view_test").options == ["Calls", "Calibration", "By subject"]
    assert (len(app.get("plotly_chart")), len(app.dataframe)) == (1, 0)
    assert "No scores of single test cells are there" in texts(app, "caption")


@pytest.mark.parametrize(
    ("challenge", "kind", "views"),
    [
        (CHALLENGE, "success", 5),
        (replace(CHALLENGE, interval=(-0.375, -0.125)), "warning", 5),
        (replace(CHALLENGE, interval=(-0.375, 0.125)), "info", 5),
        (replace(CHALLENGE, interval=None), "info", 5),
        (Challenge(problem="No comparison: there is no other model yet."), "info", 4),
    ],
)
def test_what_may_be_claimed_against_the_old_model_is_said_at_once(
    challenge: Challenge, kind: str, views: int, trained: TrainingResult, workspace: Path
) -> None:
    app = shown(trained, challenge=challenge)
    assert challenge.sentence in texts(app, kind)
    assert len(app.button_group(key="outcome_view_test").options) == views


def test_a_card_from_before_calibration_has_fewer_views(trained: TrainingResult, workspace: Path) -> None:
    app = shown(trained, calibration={}, calibrator=Calibrator(), by_subject=())
    assert app.button_group(key="outcome_view_test").options == ["Calls", "ROC curve"]
    assert "calibrated" not in texts(app, "caption")


def test_the_model_can_be_made_the_default(trained: TrainingResult, workspace: Path) -> None:
    store.save(trained.classifier, settings().models)
    app = shown(trained)
    assert "The default" not in texts(app, "caption")
    app.button(key="default_test").click().run()
    assert store.default(settings().models) == "tiny"
    assert "The default: Upload opens with this model." in texts(app, "caption")
    assert app.session_state["upload_model"] == "tiny"


def test_a_model_that_is_gone_cannot_be_made_the_default(trained: TrainingResult, workspace: Path) -> None:
    app = shown(trained)
    app.button(key="default_test").click().run()
    assert app.error[0].value == "Expected one of the stored models (none). Received: tiny."
    assert not app.exception


@pytest.mark.parametrize(("value", "words"), [(0.0, "p < 0.001"), (0.001, "p = 0.001"), (0.0456, "p = 0.046")])
def test_a_p_value_has_three_digits(value: float, words: str) -> None:
    assert _p(value) == words
