import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Open, texts


def captions(app: AppTest) -> list[str]:
    return [caption for picture in app.image for caption in picture.captions]


def test_the_grid_shows_a_page_of_cells_and_says_how_many_there_are(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Cells")
    assert len(app.image) == 24
    assert "72 of 72 cells" in texts(app, "caption")


def test_filters_combine_and_an_empty_choice_says_how_to_go_on(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Cells")
    app.multiselect(key="filter_subject").set_value(["H1", "2"]).run()
    assert len(app.image) == 12
    app.multiselect(key="filter_label").set_value(["HEM"]).run()
    assert len(app.image) == 6
    app.multiselect(key="filter_subject").set_value(["2"]).run()
    assert not app.image
    assert "No cell matches these filters." in texts(app, "info")


def test_filters_survive_a_page_change(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Cells")
    app.multiselect(key="filter_subject").set_value(["H1"]).run()
    app.switch_page("app_pages/upload.py").run()
    app.switch_page("app_pages/explore.py").run()
    assert app.multiselect(key="filter_subject").value == ["H1"]
    assert len(app.image) == 6


def test_the_next_page_of_the_grid_shows_other_cells(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Cells")
    first = captions(app)
    app.get("pagination")[0].set_value(3).run()
    assert len(app.image) == 24
    assert captions(app) != first


def test_a_flag_filter_follows_the_threshold_that_was_moved_on_quality(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Quality")
    app.number_input(key="threshold_small").set_value(10_000.0).run()
    app.button_group(key="explore_view").set_value("Cells").run()
    app.multiselect(key="filter_flags").set_value(["small"]).run()
    assert "72 of 72 cells" in texts(app, "caption")
    app.button_group(key="explore_view").set_value("Quality").run()
    app.number_input(key="threshold_small").set_value(1.0).run()
    app.button_group(key="explore_view").set_value("Cells").run()
    assert "No cell matches these filters." in texts(app, "info")


def test_a_range_keeps_the_cells_within_it(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Cells")
    app.selectbox(key="filter_measure").set_value("area").run()
    slider = app.slider(key="filter_range_area")
    low, high = slider.value
    slider.set_value((low, (low + high) / 2)).run()
    (said,) = re.findall(r"(\d+) of 72 cells", texts(app, "caption"))
    assert 0 < int(said) < 72


def test_cells_are_sorted_by_what_they_look_like_to_a_model_that_never_saw_the_subject(
    open_page: Open, drawn_folder: Path
) -> None:
    app = open_page("explore", drawn_folder, view="Cells")
    app.selectbox(key="grid_order").set_value("out_of_fold").run()
    leukemic = sum(caption.startswith("ALL") for caption in captions(app))
    app.button_group(key="grid_direction").set_value("Smallest").run()
    assert sum(caption.startswith("ALL") for caption in captions(app)) < leukemic


@pytest.mark.parametrize(("direction", "largest_first"), [("Largest", True), ("Smallest", False)])
def test_cells_are_sorted_by_a_measure(
    open_page: Open, drawn_folder: Path, direction: str, largest_first: bool
) -> None:
    app = open_page("explore", drawn_folder, view="Cells")
    app.selectbox(key="grid_order").set_value("area").run()
    app.button_group(key="grid_direction").set_value(direction).run()
    next(button for button in app.button if button.label == "Details").click().run()
    measures = next(frame.value for frame in app.dataframe if "percentile" in frame.value)
    percentile = measures.set_index("measure").loc["Area (px²)", "percentile"]
    assert (percentile > 90) == largest_first
    assert (percentile < 10) != largest_first


def test_details_show_measures_neighbours_and_what_was_decided(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Cells")
    pictures = len(app.image)
    opened = next(button for button in app.button if button.label == "Details")
    path = opened.key.removeprefix("details_grid_Mixed_True_")
    opened.click().run()
    assert not app.exception
    assert f"`{path}`" in texts(app, "markdown")
    assert len(app.image) == pictures + 1 + 6
    app.button_group(key=f"review_{path}").set_value("Exclude")
    app.text_input(key=f"review_note_{path}").set_value("two cells")
    next(button for button in app.button if button.label == "Save the decision").click().run()
    assert "exclude · two cells" in texts(app, "caption")
    assert "Part: **excluded**" in texts(app, "markdown")


def test_keeping_a_label_that_a_reviewer_gave_does_not_bring_the_old_one_back(
    open_page: Open, drawn_folder: Path
) -> None:
    app = open_page("explore", drawn_folder, view="Cells")
    app.multiselect(key="filter_label").set_value(["ALL"]).run()
    opened = next(button for button in app.button if button.label == "Details")
    path = opened.key.removeprefix("details_grid_Mixed_True_")
    opened.click().run()
    for choice in ("It is HEM", "Keep HEM"):
        app.button_group(key=f"review_{path}").set_value(choice)
        next(button for button in app.button if button.label == "Save the decision").click().run()
        assert not app.exception
        assert "**HEM** (in the file: ALL)" in texts(app, "markdown")


def test_details_of_a_neighbour_open_in_its_place(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Cells")
    next(button for button in app.button if button.label == "Details").click().run()
    neighbour = next(button for button in app.button if (button.key or "").startswith("details_similar_"))
    path = neighbour.key.removeprefix("details_similar_")
    neighbour.click().run()
    assert not app.exception
    assert f"`{path}`" in texts(app, "markdown")


def test_a_decision_without_a_choice_is_refused_in_one_sentence(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Cells")
    next(button for button in app.button if button.label == "Details").click().run()
    next(button for button in app.button if button.label == "Save the decision").click().run()
    assert "Expected one of the choices above. Received: none." in texts(app, "error")
