from pathlib import Path

from core.data.morphology import MORPHOLOGY
from tests.pages.conftest import Open, texts
from tests.pages.test_explore_page import class_folders


def test_any_measure_can_be_looked_at_and_the_choice_survives_a_page_change(
    open_page: Open, drawn_folder: Path
) -> None:
    app = open_page("explore", drawn_folder)
    assert app.selectbox(key="morphology").options == list(MORPHOLOGY.values())
    charts = len(app.get("plotly_chart"))
    app.selectbox(key="morphology").set_value("roundness").run()
    assert len(app.get("plotly_chart")) == charts
    assert not app.exception
    app.switch_page("app_pages/upload.py").run()
    app.switch_page("app_pages/explore.py").run()
    assert app.selectbox(key="morphology").value == "roundness"


def test_without_subjects_only_the_classes_are_shown(open_page: Open, tmp_path: Path) -> None:
    app = open_page("explore", class_folders(tmp_path / "set", ("blast", "normal")), positive=("blast",))
    assert "Morphology" in [header.value for header in app.header]
    assert "whiskers" not in texts(app, "caption")
