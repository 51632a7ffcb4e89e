"""The Cases page: kept cases are found, reviewed and deleted."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.audit import AuditLog
from core.cases.case import Answer, Case, CaseCell
from core.cases.cases import Cases
from core.cases.review import Review, standing
from core.config import settings
from tests.pages.conftest import Open, texts

PIXELS = np.full((20, 30, 3), 90, dtype=np.uint8)


def cell(name: str, label: str | None, score: float | None) -> CaseCell:
    error = None if label else "Too dark."
    return CaseCell(name, "a" * 64, Answer(label, score, None, 0.4, "gone", "b" * 64, error))


CELLS = (cell("one", "ALL", 0.9), cell("two", "HEM", 0.1), cell("three", None, None))
CASE = Case("Bed 4", "ada", ("HEM", "ALL"), CELLS)


@pytest.fixture
def kept(workspace: object) -> str:
    return Cases(settings()).save(CASE, lambda _: PIXELS)


def opened(open_page: Open, case_id: str, view: str = "Patient sheet") -> AppTest:
    app = open_page("cases")
    app.session_state["open_case"] = case_id
    app.session_state["case_view"] = view
    app.run()
    assert not app.exception
    return app


def rows(case_id: str) -> list[tuple[int, str, str, str, str]]:
    reviews = Cases(settings()).read(case_id).reviews
    return [(row.place, row.decision, row.label, row.reviewer, row.comment) for row in reviews]


def test_without_a_case_the_page_says_how_to_keep_one(open_page: Open) -> None:
    app = open_page("cases")
    assert app.info[0].value.startswith("No case found. To keep one, drop its cells on Upload")


def test_cases_are_found_by_a_part_of_their_title(open_page: Open, kept: str) -> None:
    app = open_page("cases")
    table = app.dataframe[0].value
    assert (list(table["title"]), list(table["cells"]), list(table["labels"])) == (["Bed 4"], [3], ["ALL, HEM"])
    app.text_input(key="cases_title").set_value("bed 5").run()
    assert not app.dataframe
    assert app.info[0].value.startswith("No case found.")
    app.text_input(key="cases_title").set_value("BED").run()
    assert list(app.dataframe[0].value["title"]) == ["Bed 4"]


def test_the_sheet_of_a_kept_case_counts_its_cells(open_page: Open, kept: str) -> None:
    app = opened(open_page, kept)
    numbers = {metric.label: metric.value for metric in app.metric}
    assert (numbers["Cells"], numbers["Share ALL"], numbers["Without a class"]) == ("3", "50%", "33%")
    assert numbers["95 % interval"] == "9% to 91%"
    assert "No cell has been reviewed." in texts(app, "markdown")


def test_a_cell_of_the_sheet_opens_in_the_review(open_page: Open, kept: str) -> None:
    app = opened(open_page, kept)
    app.button(key=f"worst_{kept}_1").click().run()
    assert not app.exception
    assert "**two**" in texts(app, "markdown")
    assert app.segmented_control(key="case_view").value == "Review"


def test_nobody_decides_without_a_name(open_page: Open, kept: str) -> None:
    app = opened(open_page, kept, "Review")
    app.button(key=f"decide_{kept}_agree_").click().run()
    assert app.error[0].value == "Expected your name above before you decide. Received: none."
    assert rows(kept) == []


def test_decisions_are_written_at_once_and_the_next_open_cell_is_shown(open_page: Open, kept: str) -> None:
    app = opened(open_page, kept, "Review")
    app.text_input(key="reviewer").set_value("Dr Eve").run()
    app.button(key=f"decide_{kept}_agree_").click().run()
    assert "**two**" in texts(app, "markdown")
    app.text_area[0].set_value("nucleoli").run()
    app.button(key=f"decide_{kept}_override_ALL").click().run()
    assert "**three**" in texts(app, "markdown")
    assert app.text_area[0].value == ""  # the comment went with its decision
    app.button(key=f"decide_{kept}_unsure_").click().run()
    assert rows(kept) == [
        (0, "agree", "", "Dr Eve", ""),
        (1, "override", "ALL", "Dr Eve", "nucleoli"),
        (2, "unsure", "", "Dr Eve", ""),
    ]
    assert [entry.action for entry in AuditLog(settings().database).entries()] == ["save case", *["review"] * 3]
    app.segmented_control(key="case_view").set_value("Patient sheet").run()
    assert {metric.label: metric.value for metric in app.metric}["Share ALL"] == "100%"


def test_undo_takes_back_what_this_reviewer_did_last_and_shows_that_cell(open_page: Open, kept: str) -> None:
    Cases(settings()).review(kept, Review(1, "agree", "Someone else"))
    app = opened(open_page, kept, "Review")
    assert app.button(key=f"undo_{kept}").disabled
    app.text_input(key="reviewer").set_value("Dr Eve").run()
    app.button(key=f"decide_{kept}_override_HEM").click().run()
    assert "**three**" in texts(app, "markdown")  # the second one was decided by somebody
    app.button(key=f"undo_{kept}").click().run()
    assert "**one**" in texts(app, "markdown")
    assert list(standing(Cases(settings()).read(kept).reviews)) == [1]
    assert "Undone" in texts(app, "caption")


def test_a_case_is_deleted_only_after_a_second_click_and_for_good(open_page: Open, kept: str) -> None:
    other = Cases(settings()).save(replace(CASE, title="Bed 5"), lambda _: None)
    app = opened(open_page, kept)
    app.button(key=f"delete_{kept}").click().run()
    assert not app.exception
    assert [entry.id for entry in Cases(settings()).search()] == [other]
    assert list(app.dataframe[0].value["title"]) == ["Bed 5"]


def test_a_case_that_was_deleted_elsewhere_is_said_and_there_is_a_way_back(open_page: Open, kept: str) -> None:
    app = opened(open_page, kept)
    Cases(settings()).delete(kept, who="ada")
    app.run()
    assert app.error[0].value.startswith("Expected the id of a case that is kept.")
    next(button for button in app.button if button.label == "All cases").click().run()
    assert app.info[0].value.startswith("No case found.")
