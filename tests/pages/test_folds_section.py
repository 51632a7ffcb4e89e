"""Cross-validations and learning curves on the Train page."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.config import settings
from core.cross_validation import CrossValidation, cross_validation
from core.hyperparameters import TrainingConfig
from core.job import Job, JobData, Part, State, with_lines
from core.learning_curve import Gain, LearningCurve, Level
from core.owner import this_process
from core.recipe import Recipe
from core.records import JobRecords
from core.trial import Trial, TrialOutcome
from dashboard import resources
from tests.pages.conftest import Open, texts
from tests.pages.test_train_page import choose_tiny, press

RECIPE = Recipe(TrainingConfig(), ("HEM", "ALL"), "C-NMC", "ab", "subject")
DATA = JobData("/cells", (), "C-NMC", "ab", 0)
FIGURES = {
    "roc_auc": 0.9,
    "balanced_accuracy": 0.8,
    "sensitivity": 0.7,
    "specificity": 0.9,
    "accuracy": 0.8,
    "weighted_f1": 0.8,
}


def fold(number: int, area: float) -> Trial:
    return Trial(
        f"Fold {number}",
        subjects={"train": 8, "validation": 2, "test": 2},
        cells={"train": 80, "validation": 20, "test": 20},
        test={**FIGURES, "roc_auc": area},
        roc=((0.0, 0.0), (1.0, 1.0)),
        by_subject=({"subject": f"{number}", "cells": 20, "positives": 20, "accuracy": 0.5, "mean_score": 0.4},),
    )


TESTED = CrossValidation(RECIPE, 3, (fold(1, 0.8), fold(2, 0.9), fold(3, 0.7)), pooled=FIGURES, roc=((0, 0), (1, 1)))


def on_record(kind: str, state: State, found: CrossValidation | LearningCurve, parts: tuple[Part, ...] = ()) -> Job:
    """A job that an earlier server has ended."""
    job = Job(
        "1",
        "cross-validation" if kind == "cross-validation" else "learning curve",
        "recipe",
        state,
        config=TrainingConfig(),
        data=DATA,
        parts=parts,
        log=with_lines((), "Queued."),
        result=json.loads(json.dumps(asdict(found))),
    )
    JobRecords(settings().database).add(job, str(this_process()))
    return job


def choose(app: AppTest, goal: str) -> None:
    app.button_group(key="train_goal").set_value(goal).run()
    assert not app.exception


def test_the_page_says_what_a_cross_validation_answers(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("train", drawn_folder)
    assert "Trains one model that can be used on Upload" in texts(app, "caption")
    choose(app, "Cross-validation")
    assert "How good is this recipe on persons it has never seen? Each person is tested once" in texts(app, "caption")
    assert app.slider(key="train_folds").value == 5
    choose(app, "Learning curve")
    assert "Would more subjects help?" in texts(app, "caption")
    assert app.slider(key="train_repetitions").value == 1


def test_a_cross_validation_is_started_watched_and_cancelled(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("train", drawn_folder)
    choose(app, "Cross-validation")
    app.slider(key="train_folds").set_value(3).run()
    choose_tiny(app, "long", epochs=100)
    press(app, "Train")
    (job,) = resources.jobs().jobs()
    assert (job.kind, job.title, len(job.parts)) == ("cross-validation", "long", 3)
    assert any("**long** · Cross-validation" in expander.label for expander in app.expander)
    press(app, "Cancel")
    assert resources.jobs().wait(job.id, 120).state == "cancelled"
    app.run()
    assert "**long** · Cross-validation · Cancelled" in [expander.label for expander in app.expander]
    assert "Resume" in [button.label for button in app.button]


def test_more_folds_than_persons_are_refused_in_one_sentence(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("train", drawn_folder)
    choose(app, "Cross-validation")
    app.slider(key="train_folds").set_value(10).run()
    choose_tiny(app, "many")
    press(app, "Train")
    assert app.error[0].value.startswith("Expected two classes with at least 10 persons each")
    assert not resources.jobs().jobs()


def test_the_results_of_an_earlier_server_are_shown_with_their_files(open_page: Open, drawn_folder: Path) -> None:
    on_record("cross-validation", "done", TESTED, tuple(Part(f"Fold {number}", "done") for number in (1, 2, 3)))
    app = open_page("train", drawn_folder)
    assert (app.metric[0].label, app.metric[0].value) == ("ROC AUC", "0.80 ± 0.10")
    assert "6 persons were tested once each in 3 folds" in texts(app, "caption")
    assert app.dataframe[0].value["figure"].tolist()[0] == "ROC AUC"
    assert len(app.get("plotly_chart")) == 1
    assert len(app.get("download_button")) == 2
    for view, rows in (("By fold", 3), ("By subject", 3)):
        app.button_group(key="folds_view_1").set_value(view).run()
        assert not app.exception
        assert len(app.dataframe[0].value) == rows
    app.button_group(key="folds_view_1").set_value("ROC curves").run()
    assert len(app.get("plotly_chart")) == 1
    assert "Resume" not in [button.label for button in app.button]


def test_a_lost_fold_is_shown_with_its_reason_and_what_is_missing(open_page: Open, drawn_folder: Path) -> None:
    folds = [TrialOutcome(Trial("Fold 1", problem="Its worker ended."))]
    found = replace(TESTED, folds=(*cross_validation(RECIPE, folds, count=3).folds, *TESTED.folds[1:]))
    parts = (Part("Fold 1", "lost", problem="Its worker ended."), Part("Fold 2", "done"), Part("Fold 3", "done"))
    on_record("cross-validation", "done", found, parts)
    app = open_page("train", drawn_folder)
    assert "Fold 1: Its worker ended." in texts(app, "warning")
    assert "So far: 2 of 3 folds." in texts(app, "info")
    assert "Resume" in [button.label for button in app.button]


def test_a_learning_curve_says_whether_more_subjects_would_help(open_page: Open, drawn_folder: Path) -> None:
    levels = (Level(0.5, 20, 200, (0.8,), (0.7, 0.9)), Level(1.0, 40, 400, (0.9,), (0.85, 0.95)))
    trials = tuple(Trial(f"{level.subjects}", share=level.share, test=FIGURES) for level in levels)
    curve = LearningCurve(RECIPE, (0.5, 1.0), 1, trials, levels, Gain(20, 40, 0.1, (0.02, 0.2)))
    on_record("learning curve", "done", curve, tuple(Part(trial.title, "done") for trial in trials))
    app = open_page("train", drawn_folder)
    assert "From 20 to 40 training subjects: ROC AUC +0.100" in texts(app, "info")
    assert "still rising" in texts(app, "info")
    assert app.dataframe[0].value["subjects"].tolist() == [20, 40]


def test_results_of_another_version_do_not_break_the_page(open_page: Open, drawn_folder: Path) -> None:
    job = on_record("cross-validation", "done", TESTED)
    records = JobRecords(settings().database)
    records.remove(job.id)
    records.add(replace(job, result={"unheard of": 1}), str(this_process()))
    app = open_page("train", drawn_folder)
    assert "Another version of LeukoScope made this" in texts(app, "caption")


@pytest.mark.parametrize("goal", ["Cross-validation", "Learning curve"])
def test_a_model_to_start_from_is_refused(open_page: Open, stored: str, drawn_folder: Path, goal: str) -> None:
    app = open_page("train", drawn_folder)
    choose(app, goal)
    app.slider(key="train_epochs").set_value(1)
    app.selectbox(key="train_start").set_value(stored)
    press(app, "Train")
    assert "a model that has seen some of them" in app.error[0].value
    assert not resources.jobs().jobs()
