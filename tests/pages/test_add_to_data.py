"""The part of a case in which its reviewed cells go into a data set, and out again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import store
from core.cases.case import Answer, Case, CaseCell
from core.cases.review import Review
from core.config import settings
from core.data.additions import additions_folder, log
from core.data.dataset import CellDataset
from core.data.demo import write_demo
from core.data.split import split
from dashboard.state import Source
from tests.pages.conftest import Open, texts


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Drawn cells that are not in `drawn`."""
    return sorted(write_demo(tmp_path_factory.mktemp("others"), cells=6, subjects=4, seed=7).rglob("*.bmp"))


@pytest.fixture
def app(workspace: Path, drawn_folder: Path, others: list[Path]) -> Iterator[Any]:
    """The part, opened, for a case of six cells with these decisions; the model called all of them ALL."""

    def opened(*decisions: str, model_sha256: str = "cd" * 32) -> AppTest:
        answer = Answer("ALL", 0.9, 0.9, 0.5, "tiny", model_sha256)
        cells = tuple(CaseCell(f"{place}.bmp", f"{place:064d}", answer) for place in range(len(others)))
        reviews = tuple(
            Review(place, "override", "bob", decision) if decision == "HEM" else Review(place, decision, "ada")  # type: ignore[arg-type]
            for place, decision in enumerate(decisions)
        )
        case = Case("Bed 4", "ada", ("HEM", "ALL"), cells, reviews)
        page = AppTest.from_function(section, kwargs={"case": case, "files": others}, default_timeout=60)
        page.session_state["data_source"] = Source(drawn_folder)
        page.session_state["add_to_data_"] = True
        return page.run()

    yield opened
    st.cache_resource.clear()


def section(case: "Case", files: "list[Path]") -> None:
    from core.data.pixels import decode_file
    from dashboard.components.add_to_data import add_to_data

    add_to_data(case, lambda place: decode_file(files[place]), who="eve")


def added(drawn: CellDataset) -> list[tuple[str, str]]:
    found = log(additions_folder(settings(), drawn.root))
    return [(cell.subject, cell.label) for cell in found]


def test_closed_it_reads_no_data_set(app: Any, workspace: Path) -> None:
    page = app("agree")
    page.session_state["add_to_data_"] = False
    page.session_state["data_source"] = None
    page.run()
    assert not page.button
    assert not (workspace / "data").exists()


def test_without_a_decision_nothing_can_be_added(app: Any, drawn: CellDataset) -> None:
    page = app("unsure")
    assert texts(page, "info") == (
        "No cell has a decision that gives it a class. 6 cells stay out: 1 unsure, 5 not reviewed."
    )
    assert not page.button
    assert added(drawn) == []


def test_cells_are_added_under_the_subject_and_listed(app: Any, drawn: CellDataset) -> None:
    page = app("agree", "agree", "HEM", "unsure")
    assert "Can be added: 2 ALL and 1 HEM. 3 cells stay out: 1 unsure, 2 not reviewed." in texts(page, "caption")
    page.text_input(key="add_subject_").set_value("p17")
    page.run()
    assert added(drawn) == []
    assert "These cells are of both classes." in texts(page, "warning")
    page.button(key="add_").click().run()
    assert not page.exception
    assert added(drawn) == [("P17", "ALL"), ("P17", "ALL"), ("P17", "HEM")]
    assert texts(page, "success").startswith("Added as subject P17: 2 ALL and 1 HEM.")
    (row,) = page.dataframe[0].value.to_dict("records")
    assert (row["Subject"], row["Cells"], row["Overridden"]) == ("P17", "2 ALL and 1 HEM", "1")
    assert (row["Reviewed by"], row["Model"]) == ("ada, bob", "tiny")


def test_what_was_added_is_not_added_again(app: Any, drawn: CellDataset) -> None:
    page = app("agree")
    page.text_input(key="add_subject_").set_value("P17")
    page.button(key="add_").click().run()
    page.button(key="add_").click().run()
    assert added(drawn) == [("P17", "ALL")]
    assert texts(page, "info") == "Nothing was added. 6 cells stay out: 5 not reviewed, 1 already in the data set."


@pytest.mark.parametrize("side", ["validation", "test"])
def test_a_subject_that_is_tested_on_is_refused(app: Any, drawn: CellDataset, side: Any) -> None:
    subject = split(drawn).units(side)[0]
    page = app("agree")
    page.text_input(key="add_subject_").set_value(subject.lower())
    page.button(key="add_").click().run()
    assert f"Received: {subject}, a {side} subject of this data set." in texts(page, "error")
    assert added(drawn) == []


def test_without_a_subject_nothing_is_added(app: Any, drawn: CellDataset) -> None:
    page = app("agree")
    page.button(key="add_").click().run()
    assert "Expected a subject id of 1 to 60 characters." in texts(page, "error")
    assert added(drawn) == []


def test_cells_are_taken_out_again(app: Any, drawn: CellDataset) -> None:
    page = app("agree", "agree")
    page.text_input(key="add_subject_").set_value("P17")
    page.button(key="add_").click().run()
    folder = additions_folder(settings(), drawn.root)
    assert len(list(folder.glob("*.png"))) == 2
    page.button(key="take_out_").click().run()
    assert added(drawn) == []
    assert not list(folder.glob("*.png"))
    assert not page.dataframe


@pytest.fixture
def opened_pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pages that were switched to; none is, since the part stands alone here."""
    found: list[str] = []
    monkeypatch.setattr(st, "switch_page", found.append)
    return found


def test_a_training_starts_from_the_model_of_the_case(app: Any, stored: str, opened_pages: list[str]) -> None:
    page = app("agree", model_sha256=store.card(settings().models, stored).model_sha256)
    page.text_input(key="add_subject_").set_value("P17")
    page.button(key="add_").click().run()
    assert page.button(key="retrain_").label == f"Retrain from {stored}"
    page.button(key="retrain_").click().run()
    assert opened_pages == ["app_pages/train.py"]
    assert page.session_state["train_start"] == stored


def test_without_that_model_a_training_starts_anew(app: Any, opened_pages: list[str]) -> None:
    page = app("agree")
    page.text_input(key="add_subject_").set_value("P17")
    page.button(key="add_").click().run()
    assert page.button(key="retrain_").label == "Train a network on this data set"
    page.button(key="retrain_").click().run()
    assert opened_pages == ["app_pages/train.py"]
    assert "train_start" not in page.session_state


def test_train_opens_with_the_model_that_was_chosen_and_says_how_many_cells_were_added(
    open_page: Open, stored: str, drawn_folder: Path, app: Any
) -> None:
    page = app("agree", "agree")
    page.text_input(key="add_subject_").set_value("P17")
    page.button(key="add_").click().run()
    train = open_page("upload", drawn_folder)
    train.session_state["train_start"] = stored
    train.switch_page("app_pages/train.py").run()
    assert not train.exception
    assert train.selectbox(key="train_start").value == stored
    assert f"Training goes on from **{stored} (drawn cells)**" in texts(train, "info")
    assert "2 cells of 1 subject added after review." in texts(train, "caption")


def test_explore_shows_added_cells_as_a_part_that_is_trained_on(app: Any, open_page: Open, drawn_folder: Path) -> None:
    page = app("agree", "agree")
    page.text_input(key="add_subject_").set_value("P17")
    page.button(key="add_").click().run()
    explore = open_page("explore", drawn_folder, view="Cells")
    explore.multiselect(key="filter_part").set_value(["added"]).run()
    assert "2 of 74 cells" in texts(explore, "caption")
    explore.multiselect(key="filter_side").set_value(["train"]).run()
    assert "2 of 74 cells" in texts(explore, "caption")


def test_a_training_that_starts_anew_says_nothing_of_a_model(open_page: Open, stored: str, drawn_folder: Path) -> None:
    train = open_page("train", drawn_folder)
    assert train.selectbox(key="train_start").value == "Random weights"
    assert "Training goes on from" not in texts(train, "info")
