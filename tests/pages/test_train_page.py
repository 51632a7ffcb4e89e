import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import store
from core.config import settings
from core.cost import Cost
from core.data.dataset import CellDataset
from core.data.pixels import Preprocessing, decode_file, prepare
from core.data.split import split
from core.hyperparameters import TrainingConfig
from core.presets import PRESETS
from core.types import ByteArray, silent
from dashboard import resources
from dashboard.components import budget, training_form
from dashboard.state import Source
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
    assert not app.toggle(key="train_crop").value
    app.toggle(key="train_crop").set_value(True)
    press(app, "Train")
    (job,) = resources.jobs().jobs("training")
    assert resources.jobs().wait(job.id, 120).state == "done"
    app.run()
    assert store.card(settings().models, "mine").preprocessing == Preprocessing(48, "rgb", "reinhard", 320)
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
    app.selectbox(key="train_start").set_value("ImageNet weights")
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


def preset(app: AppTest) -> str | None:
    return app.button_group(key="train_preset").value


def test_the_page_opens_with_the_balanced_preset(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("train", drawn_folder)
    assert preset(app) == "balanced"
    assert app.slider(key="train_epochs").value == PRESETS["balanced"].fields["epochs"]
    assert app.slider(key="train_share").value == 100
    assert PRESETS["balanced"].sentence in texts(app, "caption")


def test_a_preset_sets_the_widgets(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("train", drawn_folder)
    app.button_group(key="train_preset").set_value("quick look").run()
    assert not app.exception
    assert not app.warning
    assert preset(app) == "quick look"
    assert (app.slider(key="train_epochs").value, app.slider(key="train_share").value) == (5, 25)
    assert (app.slider(key="train_size").value, app.slider(key="train_patience").value) == (96, 3)
    app.button_group(key="train_preset").set_value("best").run()
    assert (app.slider(key="train_epochs").value, app.slider(key="train_share").value) == (50, 100)
    assert app.selectbox(key="train_augmentation").value == "turns and colour"


def test_changed_choices_belong_to_no_preset_and_survive_a_page_change(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("train", drawn_folder)
    app.slider(key="train_epochs").set_value(7)
    press(app, "Show augmented cells")
    assert preset(app) is None
    assert "Your own choices." in texts(app, "caption")
    app.switch_page("app_pages/upload.py").run()
    app.switch_page("app_pages/train.py").run()
    assert preset(app) is None
    assert app.slider(key="train_epochs").value == 7
    app.button_group(key="train_preset").set_value("balanced").run()
    assert (preset(app), app.slider(key="train_epochs").value) == ("balanced", 15)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A computer that trains on one cell a second and needs 2 GB for a step; one entry for each measurement."""
    seen: list[int] = []

    def cost(dataset: CellDataset, config: TrainingConfig) -> Cost:
        seen.append(config.image_size)
        return Cost(reading=1000, starting=0, training=1, scoring=1000, step_bytes=2 * 10**9)

    monkeypatch.setattr(budget, "measured_cost", cost)
    return seen


def test_the_estimate_says_time_memory_and_cells_and_starts_nothing(
    open_page: Open, drawn_folder: Path, measured: list[int]
) -> None:
    app = open_page("train", drawn_folder)
    choose_tiny(app, "asked", epochs=3)
    press(app, "Estimate time and memory")
    cells = split(resources.dataset(Source(drawn_folder), hashes=True, progress=silent))
    learned = sum(len(cells.units(side)) for side in ("train", "validation"))
    assert app.info[0].value.startswith("About 2 minutes at most and 2.9 GB of memory, to learn from ")
    assert f" cells of {learned} subjects. Measured on this computer: 1 images/s in training." in app.info[0].value
    assert measured == [48]
    assert not resources.jobs().jobs("training")


def test_a_budget_leaves_subjects_out_says_so_and_measures_once(
    open_page: Open, drawn_folder: Path, measured: list[int]
) -> None:
    app = open_page("train", drawn_folder)
    choose_tiny(app, "cheap", epochs=3)
    app.number_input(key="train_minutes").set_value(1)
    press(app, "Estimate time and memory")
    assert "Left out: " in app.info[0].value
    press(app, "Train")
    assert "Left out: " in app.info[0].value
    (job,) = resources.jobs().jobs("training")
    assert job.config is not None
    assert job.config.subjects_share < 1
    assert measured == [48]
    resources.jobs().cancel(job.id)


@pytest.mark.parametrize(
    ("key", "limit", "sentence"),
    [
        ("train_minutes", 1, r"Expected a budget of at least \d+\.\d minutes for .* Received: 1 minutes\."),
        ("train_gigabytes", 2.5, r"Expected a budget of at least 3\.0 gigabytes for .* Received: 2\.5 gigabytes\."),
    ],
)
def test_a_budget_that_nothing_fits_is_refused_and_nothing_starts(
    open_page: Open, drawn_folder: Path, measured: list[int], key: str, limit: float, sentence: str
) -> None:
    app = open_page("train", drawn_folder)
    choose_tiny(app, "too-cheap", epochs=100)
    app.number_input(key=key).set_value(limit)
    press(app, "Train")
    assert re.match(sentence, app.error[0].value)
    assert not resources.jobs().jobs("training")


@pytest.mark.parametrize(("augmentation", "count"), [("off", 1), ("turns", 8), ("turns and colour", 8)])
def test_the_preview_shows_a_training_cell_as_augmented(
    open_page: Open, drawn_folder: Path, augmentation: str, count: int
) -> None:
    app = open_page("train", drawn_folder)
    app.selectbox(key="train_augmentation").set_value(augmentation)
    app.radio(key="train_colour").set_value("Grayscale")
    press(app, "Show augmented cells")
    assert app.subheader[0].value.startswith("A training cell as the network sees it: ")
    assert len(app.image) == count
    assert not resources.jobs().jobs("training")


def test_the_preview_shows_what_the_network_sees_of_a_cell(
    open_page: Open, drawn_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[ByteArray] = []
    monkeypatch.setattr(training_form, "augmented", lambda image, *_, **__: shown.append(image) or [image])
    app = open_page("train", drawn_folder)
    app.toggle(key="train_crop").set_value(True)
    press(app, "Show augmented cells")
    dataset = resources.dataset(Source(drawn_folder), hashes=True, progress=silent)
    file = dataset.file(split(dataset).cells(dataset, "train")["path"].iloc[0])
    np.testing.assert_array_equal(shown[-1], prepare(decode_file(file), Preprocessing(200, window=320)))


@pytest.mark.slow
def test_a_training_starts_from_a_stored_model_with_its_pixels(
    open_page: Open, stored: str, drawn_folder: Path
) -> None:
    app = open_page("train", drawn_folder)
    app.text_input(key="train_name").set_value("next")
    app.slider(key="train_epochs").set_value(1)
    app.selectbox(key="train_start").set_value(stored)
    app.toggle(key="train_freeze").set_value(True)
    press(app, "Train")
    (job,) = resources.jobs().jobs("training")
    assert job.config is not None
    assert (job.config.start_from, job.config.freeze, job.config.image_size) == (stored, True, 48)
    assert resources.jobs().wait(job.id, 120).state == "done"


def test_only_models_that_know_these_classes_can_be_started_from(
    open_page: Open, stored: str, drawn_folder: Path, tmp_path: Path
) -> None:
    from tests.pages.test_explore_page import class_folders

    known = open_page("train", drawn_folder)
    assert known.selectbox(key="train_start").options == [
        "Random weights",
        "ImageNet weights",
        f"{stored} (drawn cells)",
    ]
    other = open_page("train", class_folders(tmp_path / "set", ("blast", "normal")), positive=("blast",))
    assert other.selectbox(key="train_start").options == ["Random weights", "ImageNet weights"]
