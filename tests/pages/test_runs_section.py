"""The trainings on record, on the Train page: after a restart, resumed, removed."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import store
from core.checkpoints import FILE
from core.config import settings
from core.hyperparameters import TrainingConfig
from core.job import ENDED, Job, JobData
from core.jobs import JobEngine
from core.owner import this_process
from core.records import JobRecords
from dashboard import resources
from tests.pages.conftest import Open, texts
from tests.pages.test_train_page import choose_tiny, press

LIMIT = 120.0


def labels(app: AppTest) -> list[str]:
    return [expander.label for expander in app.expander if expander.label.startswith("**")]


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def restart() -> None:
    """Begin a new server on the same workspace."""
    resources.jobs().close()
    resources.jobs.clear()


def start(app: AppTest, name: str, *, epochs: int) -> str:
    choose_tiny(app, name, epochs=epochs)
    press(app, "Train")
    return resources.jobs().jobs("training")[0].id


def wait_for_an_epoch(engine: JobEngine, job_id: str) -> None:
    job = engine.job(job_id)
    while job.state not in ENDED and not (job.event and job.event.history):
        job = engine.wait(job_id, 0.1)


@pytest.mark.slow
def test_a_training_that_a_restart_cut_off_is_lost_resumed_and_removed(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("train", drawn_folder)
    job_id = start(app, "long", epochs=100)
    wait_for_an_epoch(resources.jobs(), job_id)
    restart()
    app.run()
    assert labels(app) == ["**long** · Lost"]
    assert texts(app, "error") == "The server ended while this job ran."
    assert "Epoch 1:" in app.code[0].value
    press(app, "Resume")
    assert labels(app) in (["**long** · Waiting for a free worker"], ["**long** · Running"])
    assert not {"Resume", "Remove"} & set(buttons(app))
    press(app, "Cancel")
    assert resources.jobs().wait(job_id, LIMIT).state == "cancelled"
    app.run()
    assert labels(app) == ["**long** · Cancelled"]
    assert "Resume" in buttons(app)
    press(app, "Remove")
    assert labels(app) == []
    assert not (settings().checkpoints / job_id).exists()


def on_record(job: Job, *, checkpoint: bool = False) -> None:
    """Write the record of a job that an earlier server ran, and perhaps its checkpoint."""
    JobRecords(settings().database).add(job, str(this_process()))
    if checkpoint:
        (settings().checkpoints / job.id).mkdir(parents=True)
        (settings().checkpoints / job.id / FILE).touch()


def test_a_training_that_an_earlier_server_finished_shows_all_that_it_came_to(
    open_page: Open, stored: str, drawn_folder: Path
) -> None:
    on_record(Job("1", "training", stored, state="done", result={"model": stored}))
    app = open_page("train", drawn_folder)
    assert labels(app) == ["**tiny** · Done"]
    assert app.metric[0].label == "ROC AUC"
    assert app.metric[0].value == f"{store.card(settings().models, stored).test['roc_auc']:.2f}"
    assert app.button_group(key="outcome_view_1").options == ["Calls", "ROC curve", "Calibration", "By subject"]
    assert list(app.dataframe[0].value.columns) == ["Precision", "Recall", "F1", "Cells"]
    assert "Use on Upload" in buttons(app)
    assert "Resume" not in buttons(app)
    press(app, "Remove")
    assert labels(app) == []
    assert store.card(settings().models, stored).name == "tiny"


def test_a_finished_training_whose_model_was_deleted_says_so(open_page: Open, drawn_folder: Path) -> None:
    on_record(Job("1", "training", "deleted", state="done", result={"model": "deleted"}))
    app = open_page("train", drawn_folder)
    assert "Its model is not in the store any more." in texts(app, "caption")


def test_only_an_unfinished_training_with_a_checkpoint_can_be_resumed(open_page: Open, drawn_folder: Path) -> None:
    data = JobData(str(drawn_folder), (), "drawn, seed 0", "ab" * 32, 0)
    on_record(Job("1", "training", "early", state="lost", problem="Gone.", config=TrainingConfig(), data=data))
    app = open_page("train", drawn_folder)
    assert labels(app) == ["**early** · Lost"]
    assert {"Resume", "Remove"} & set(buttons(app)) == {"Remove"}


def test_a_training_whose_cells_have_changed_is_not_resumed_and_says_why(open_page: Open, drawn_folder: Path) -> None:
    data = JobData(str(drawn_folder), (), "drawn, seed 0", "ab" * 32, 0)
    on_record(Job("1", "training", "changed", state="failed", config=TrainingConfig(), data=data), checkpoint=True)
    app = open_page("train", drawn_folder)
    press(app, "Resume")
    assert texts(app, "error").startswith("Expected the cells that this training began with.")
    assert labels(app) == ["**changed** · Failed"]


@pytest.mark.slow
def test_a_comparison_that_an_earlier_server_finished_is_shown_whole(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("compare", drawn_folder)
    app.multiselect(key="compare_models").set_value(["RidgeClassifier", "SVC"])
    press(app, "Compare")
    (job,) = resources.jobs().jobs("comparison")
    assert resources.jobs().wait(job.id, LIMIT).state == "done"
    app.run()
    before = app.dataframe[0].value
    restart()
    app.run()
    pd.testing.assert_frame_equal(app.dataframe[0].value, before)
    assert "Measured on drawn cells, not on real ones" in texts(app, "warning")


def test_a_database_that_cannot_be_used_is_said_in_one_sentence(
    open_page: Open, drawn_folder: Path, workspace: Path
) -> None:
    workspace.mkdir()
    (workspace / "leukoscope.sqlite").write_text("no database " * 100)
    app = open_page("train", drawn_folder)
    assert texts(app, "error").startswith("Expected a database that can be used.")
