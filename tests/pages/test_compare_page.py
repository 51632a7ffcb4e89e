from pathlib import Path

import pytest

from core.jobs import JobEngine
from core.operating_point import Choice
from core.protocol import Plan
from dashboard import resources
from tests.pages.conftest import Open, texts
from tests.pages.test_train_page import press


def finished(engine: JobEngine) -> str:
    (job,) = engine.jobs("comparison")
    return engine.wait(job.id, 120).state


def test_before_any_comparison_the_page_offers_all_models(open_page: Open, stored: str, drawn_folder: Path) -> None:
    app = open_page("compare", drawn_folder)
    assert app.multiselect(key="compare_models").value == [
        "SVC",
        "XGBClassifier",
        "LinearDiscriminantAnalysis",
        "RidgeClassifierCV",
        "RidgeClassifier",
        "tiny",
    ]
    assert app.info[0].value.startswith("No comparison yet.")


def test_models_are_compared_on_the_same_test_subjects(open_page: Open, stored: str, drawn_folder: Path) -> None:
    app = open_page("compare", drawn_folder)
    app.multiselect(key="compare_models").set_value(["SVC", "RidgeClassifier", "tiny"])
    press(app, "Compare")
    assert finished(resources.jobs()) == "done"
    app.run()
    table = app.dataframe[0].value
    assert any("RidgeClassifier" in str(value) for value in table.to_numpy().ravel())
    assert "Measured on drawn cells, not on real ones" in texts(app, "warning")
    assert [button.label for button in app.get("download_button")][:2] == ["CSV", "JSON"]
    assert not app.expander or all("SVC" not in box.label for box in app.expander)  # what is whole is no run any more


@pytest.mark.slow
def test_a_model_that_was_trained_on_the_test_subjects_is_a_row_with_its_reason(
    open_page: Open, workspace: Path, drawn_folder: Path, drawn: object
) -> None:
    from dataclasses import replace

    from core import store
    from core.training import train
    from tests.conftest import TINY

    other = train(drawn, replace(TINY, seed=1), name="other-split")  # type: ignore[arg-type]
    store.save(other.classifier, workspace.parent / "models")
    app = open_page("compare", drawn_folder)
    app.multiselect(key="compare_models").set_value(["RidgeClassifier", "other-split"])
    press(app, "Compare")
    assert finished(resources.jobs()) == "done"
    app.run()
    said = " ".join(str(value) for value in app.dataframe[0].value.to_numpy().ravel())
    assert "of the test subjects, so its figures would be too good" in said


@pytest.mark.parametrize(
    ("widget", "error"),
    [
        ("compare_models", "Expected at least one model. Received: none."),
        ("compare_features", "Expected at least one thing that the classical models see. Received: none."),
    ],
)
def test_nothing_chosen_is_an_error_in_one_sentence(
    widget: str, error: str, open_page: Open, drawn_folder: Path
) -> None:
    app = open_page("compare", drawn_folder)
    app.multiselect(key=widget).set_value([])
    press(app, "Compare")
    assert app.error[0].value == error
    assert resources.jobs().jobs("comparison") == []


@pytest.mark.slow
def test_all_choices_reach_the_comparison(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("compare", drawn_folder)
    app.segmented_control(key="compare_protocol").set_value("folds").run()
    app.multiselect(key="compare_models").set_value(["RidgeClassifier"])
    app.multiselect(key="compare_features").set_value(["colours", "area"])
    app.selectbox(key="compare_rule").set_value("sensitivity")
    app.number_input(key="compare_at_least").set_value(0.9)
    app.slider(key="compare_folds").set_value(4)
    app.number_input(key="compare_seed").set_value(3)
    app.checkbox(key="compare_tuned").check()
    press(app, "Compare")
    (job,) = resources.jobs().jobs("comparison")
    assert Plan.read(job.result["plan"]) == Plan(
        ("RidgeClassifier",), "colours+area", "folds", 4, 3, None, Choice("sensitivity", 0.9), tuned=True
    )
    assert finished(resources.jobs()) == "done"


@pytest.mark.slow
def test_a_comparison_can_be_cancelled_and_resumed(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("compare", drawn_folder)
    press(app, "Compare")
    press(app, "Cancel")
    assert finished(resources.jobs()) == "cancelled"
    app.run()
    assert "The comparison was cancelled." in texts(app, "info")
    press(app, "Resume")
    assert finished(resources.jobs()) == "done"
