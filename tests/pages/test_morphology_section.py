from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.data.morphology import MORPHOLOGY
from dashboard.components import morphology as section
from tests.pages.conftest import Open, texts
from tests.pages.test_explore_page import class_folders


def test_any_measure_can_be_looked_at_and_the_choice_survives_a_page_change(
    open_page: Open, drawn_folder: Path
) -> None:
    app = open_page("explore", drawn_folder, view="Morphology")
    options = app.selectbox(key="morphology").options
    assert len(options) == len(MORPHOLOGY)
    assert options[:4] == ["Area", "Equivalent diameter", "Perimeter", "Roundness (1: a circle)"]
    charts = len(app.get("plotly_chart"))
    app.selectbox(key="morphology").set_value("roundness").run()
    assert len(app.get("plotly_chart")) == charts
    assert not app.exception
    app.switch_page("app_pages/upload.py").run()
    app.switch_page("app_pages/explore.py").run()
    assert app.selectbox(key="morphology").value == "roundness"


def test_without_subjects_only_the_classes_are_shown(open_page: Open, tmp_path: Path) -> None:
    app = open_page(
        "explore", class_folders(tmp_path / "set", ("blast", "normal")), positive=("blast",), view="Morphology"
    )
    assert "Morphology" in [header.value for header in app.header]
    assert "whiskers" not in texts(app, "caption")
    assert "Effect sizes need at least two subjects of each class." in texts(app, "info")
    assert not app.exception


def test_the_classes_differ_most_in_size_and_the_page_says_how_to_read_it(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Morphology")
    assert "it is larger in ALL by" in texts(app, "markdown")
    assert "where one crosses 0 the classes may not differ" in texts(app, "caption")


@pytest.fixture
def scales(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """Title and largest value of each violin plot that was drawn."""
    drawn: list[tuple[str, float]] = []
    distributions = section.figures.distributions

    def spy(cells, *, column, classes, title):  # noqa: ANN001, ANN202  # those of the function
        drawn.append((title, float(cells[column].max())))
        return distributions(cells, column=column, classes=classes, title=title)

    monkeypatch.setattr(section.figures, "distributions", spy)
    return drawn


def with_scale(app: AppTest, micrometres: float) -> AppTest:
    return app.number_input(key="micrometres").set_value(micrometres).run()


def test_a_scale_turns_pixels_into_micrometres_keeps_the_choice_and_survives_a_page_change(
    open_page: Open, drawn_folder: Path, scales: list[tuple[str, float]]
) -> None:
    app = open_page("explore", drawn_folder, view="Morphology")
    app.selectbox(key="morphology").set_value("perimeter").run()
    with_scale(app, 0.05)
    assert app.selectbox(key="morphology").value == "perimeter"
    (before, pixels), (after, micrometres) = scales[-2:]
    assert (before, after) == ("Perimeter (px)", "Perimeter (µm)")
    assert micrometres == pytest.approx(0.05 * pixels)
    assert not app.warning
    app.switch_page("app_pages/upload.py").run()
    app.switch_page("app_pages/explore.py").run()
    assert app.number_input(key="micrometres").value == 0.05
    assert scales[-1] == (after, micrometres)
    with_scale(app, 0.0)
    assert scales[-1] == (before, pixels)


@pytest.mark.parametrize("micrometres", [-0.2, 50.0])
def test_a_scale_that_cannot_be_is_refused_and_pixels_stay(
    open_page: Open, drawn_folder: Path, scales: list[tuple[str, float]], micrometres: float
) -> None:
    app = with_scale(open_page("explore", drawn_folder, view="Morphology"), micrometres)
    assert f"Expected 0.01 to 2 micrometres in a pixel, as light microscopes have. Received: {micrometres:g}." in texts(
        app, "error"
    )
    assert scales[-1] == scales[0]
    assert not app.exception


def test_a_scale_that_makes_giants_of_the_cells_is_doubted(open_page: Open, drawn_folder: Path) -> None:
    app = with_scale(open_page("explore", drawn_folder, view="Morphology"), 1.0)
    assert "the median cell would be" in texts(app, "warning")
    assert not app.error
