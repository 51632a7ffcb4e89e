import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import store
from core.config import settings
from dashboard import resources
from tests.pages.conftest import Open, texts


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def choose_tiny(app: AppTest, name: str, *, epochs: int = 1) -> None:
    app.text_input(key="train_name").set_value(name)
    app.slider(key="train_epochs").set_value(epochs)
    app.slider(key="train_size").set_value(48)


def test_before_any_training_the_page_says_what_will_happen(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("train", drawn_folder)
    assert app.info[0].value.startswith("No training yet.")


def test_a_training_runs_to_its_figures_and_its_model_can_be_used_on_upload(
    open_page: Open, drawn_folder: Path
) -> None:
    app = open_page("train", drawn_folder)
    choose_tiny(app, "mine")
    app.slider(key="train_share").set_value(50)
    assert not app.toggle(key="train_stain").value
    app.toggle(key="train_stain").set_value(True)
    press(app, "Train")
    (job,) = resources.jobs().jobs("training")
    assert resources.jobs().wait(job.id, 120).state == "done"
    app.run()
    assert store.card(settings().models, "mine").preprocessing.stain == "reinhard"
    assert [expander.label for expander in app.expander if "mine" in expander.label] == ["**mine** · Done"]
    assert app.metric[0].label == "ROC AUC"
    assert "Reduced data: trained on 50% of the training subjects." in texts(app, "warning")
    assert {"Precision", "Recall", "F1", "Cells"} == set(app.dataframe[0].value.columns)
    assert len(app.get("plotly_chart")) == 4  # loss, accuracy, ROC AUC by epoch, and the confusion matrix
    app.switch_page("app_pages/models.py").run()
    assert app.selectbox(key="card_model").options == ["mine (drawn cells, reduced)"]
    app.switch_page("app_pages/upload.py").run()
    assert app.selectbox(key="upload_model").value == "mine"


def test_a_training_can_be_cancelled_and_says_so(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("train", drawn_folder)
    choose_tiny(app, "long", epochs=100)
    press(app, "Train")
    (job,) = resources.jobs().jobs("training")
    press(app, "Cancel")
    assert resources.jobs().wait(job.id, 120).state == "cancelled"
    app.run()
    assert "**long** · Cancelled" in [expander.label for expander in app.expander]
    assert "Cancel" not in [button.label for button in app.button]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("../up", "Expected a model name of 1 to 64 letters"),
        ("tiny", "Expected a new model name. Received: tiny, which exists already."),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_and_nothing_is_lost(
    open_page: Open, stored: str, drawn_folder: Path, name: str, sentence: str
) -> None:
    app = open_page("train", drawn_folder)
    choose_tiny(app, name, epochs=7)
    press(app, "Train")
    assert app.error[0].value.startswith(sentence)
    assert app.slider(key="train_epochs").value == 7
    assert not resources.jobs().jobs("training")


def test_weights_that_do_not_exist_are_refused_before_anything_starts(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("train", drawn_folder)
    choose_tiny(app, "weights")
    app.radio(key="train_start").set_value("ImageNet weights")
    press(app, "Train")
    assert app.error[0].value.endswith("Received: leuko-net, which has none.")
    assert not resources.jobs().jobs("training")


def test_a_failed_training_is_shown_with_its_reason(open_page: Open, drawn_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "C-NMC_Leukemia"
    shutil.copytree(drawn_folder, copy)
    app = open_page("explore", copy)
    app.switch_page("app_pages/train.py").run()
    choose_tiny(app, "vanished")
    shutil.rmtree(copy)
    press(app, "Train")
    (job,) = resources.jobs().jobs("training")
    assert resources.jobs().wait(job.id, 120).state == "failed"
    app.run()
    assert "**vanished** · Failed" in [expander.label for expander in app.expander]
    assert "No such file or directory" in app.error[0].value


def test_a_name_that_is_being_trained_is_refused(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("train", drawn_folder)
    choose_tiny(app, "twice", epochs=100)
    press(app, "Train")
    press(app, "Train")
    assert app.error[0].value == "Expected a new model name. Received: twice, which is being trained."
    (job,) = resources.jobs().jobs("training")
    resources.jobs().cancel(job.id)
    assert resources.jobs().wait(job.id, 120).state == "cancelled"


def test_the_choices_survive_a_page_change(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("train", drawn_folder)
    choose_tiny(app, "kept", epochs=33)
    app.select_slider(key="train_rate").set_value(3e-4)
    press(app, "Train")
    resources.jobs().cancel(resources.jobs().jobs("training")[0].id)
    app.switch_page("app_pages/upload.py").run()
    app.switch_page("app_pages/train.py").run()
    assert app.text_input(key="train_name").value == "kept"
    assert app.slider(key="train_epochs").value == 33
    assert app.select_slider(key="train_rate").value == 3e-4


def test_without_subjects_the_page_warns_before_training(open_page: Open, tmp_path: Path) -> None:
    from tests.pages.test_explore_page import class_folders

    app = open_page("train", class_folders(tmp_path / "set", ("blast", "normal")), positive=("blast",))
    assert "a split by subject is impossible" in app.warning[0].value
