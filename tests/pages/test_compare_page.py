from pathlib import Path

from core.jobs import JobEngine
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
    assert set(table["model"]) == {"SVC", "RidgeClassifier", "tiny", "majority", "area only"}
    assert table["roc_auc"].is_monotonic_decreasing
    stamps = table.set_index("model")["stamp"]
    assert stamps[["SVC", "RidgeClassifier", "tiny"]].tolist() == ["", "", "drawn cells"]
    assert len(app.get("plotly_chart")) == 2
    assert "Measured on drawn cells, not on real ones." in texts(app, "warning")
    assert [button.label for button in app.get("download_button")] == ["Download as CSV"]


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
    table = app.dataframe[0].value.set_index("model")
    assert "of the test subjects, so its figures would be too good" in table["problem"]["other-split"]
    assert table["problem"]["RidgeClassifier"] == ""


def test_no_model_is_an_error_in_one_sentence(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("compare", drawn_folder)
    app.multiselect(key="compare_models").set_value([])
    press(app, "Compare")
    assert app.error[0].value == "Expected at least one model. Received: none."


def test_a_comparison_can_be_cancelled(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("compare", drawn_folder)
    press(app, "Compare")
    press(app, "Cancel")
    assert finished(resources.jobs()) == "cancelled"
    app.run()
    assert "The comparison was cancelled." in texts(app, "info")
