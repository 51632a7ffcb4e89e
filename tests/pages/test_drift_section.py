"""The section by itself, with colours as they may come, and once as a part of Explore."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.data.dataset import CellDataset
from core.data.measures import measured
from tests.pages.conftest import Open, texts


@pytest.fixture(autouse=True)
def _caches() -> Iterator[None]:
    yield
    st.cache_data.clear()


@pytest.fixture(scope="module")
def cells(drawn: CellDataset, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The measured cells of `drawn`: twelve subjects with six each, the median red of each set to 60."""
    found = measured(drawn, cache=tmp_path_factory.mktemp("measures"))
    return found.assign(red=found["red"] - found.groupby("subject")["red"].transform("median") + 60)


def show(dataset: CellDataset, cells: pd.DataFrame) -> AppTest:
    """Run the section alone."""

    def script(dataset: "CellDataset", cells: "pd.DataFrame") -> None:  # quoted: AppTest runs this source alone
        from dashboard.components.drift import drift

        drift(dataset, cells)

    app = AppTest.from_function(script, default_timeout=60, kwargs={"dataset": dataset, "cells": cells}).run()
    assert not app.exception
    return app


def test_subjects_of_one_colour_are_said_to_look_alike(drawn: CellDataset, cells: pd.DataFrame) -> None:
    app = show(drawn, cells)
    assert app.success[0].value == ("None of the 12 subjects stands out in colour: stain and camera look alike.")
    assert len(app.get("plotly_chart")) == 1
    assert [expander.label for expander in app.expander] == ["All 12 subjects"]
    assert not app.image


def test_a_subject_of_another_stain_is_named_and_its_cells_stand_beside_usual_ones(
    drawn: CellDataset, cells: pd.DataFrame
) -> None:
    odd = cells.assign(red=cells["red"] + 40 * (cells["subject"] == "H1"))
    app = show(drawn, odd)
    assert app.warning[0].value.startswith("1 of 12 subjects stands out in colour: H1. ")
    (line,) = [value for value in texts(app, "markdown").splitlines() if value.startswith("- ")]
    assert line.startswith("- Subject H1 (HEM, 6 cells): redder by ")
    assert "'Normalize the stain' (Train page)" in texts(app, "markdown")
    captions = [picture.captions[0] for picture in app.image]
    assert captions[:4] == ["HEM · subject H1"] * 4
    assert len(set(captions[4:])) == 4
    assert "HEM · subject H1" not in captions[4:]
    assert all(caption.startswith("HEM") for caption in captions)


def test_another_outlier_can_be_chosen(drawn: CellDataset, cells: pd.DataFrame) -> None:
    odd = cells.assign(red=cells["red"] + 40 * (cells["subject"] == "H1") - 60 * (cells["subject"] == "2"))
    app = show(drawn, odd)
    box = app.selectbox(key="drift_subject")
    assert set(box.options) == {"2", "H1"}
    for subject, label in (("2", "ALL"), ("H1", "HEM")):
        app.selectbox(key="drift_subject").set_value(subject).run()
        assert app.image[0].captions[0] == f"{label} · subject {subject}"


def test_a_subject_with_few_cells_is_listed_as_not_judged(drawn: CellDataset, cells: pd.DataFrame) -> None:
    few = cells.drop(index=cells[cells["subject"] == "H1"].index[:2])
    app = show(drawn, few)
    assert app.expander[0].label == "All 12 subjects, 1 of them with too few cells to be judged"
    table = app.dataframe[0].value
    assert table.iloc[-1]["Subject"] == "H1"
    assert table.iloc[-1]["Compared with"] == ""


def test_explore_shows_it_below_the_shortcut_audit(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Shortcuts")
    headers = [header.value for header in app.header]
    assert headers[headers.index("Shortcuts") + 1] == "Colour drift"
    assert "All 12 subjects" in [expander.label for expander in app.expander]


def test_without_subjects_or_with_too_few_it_says_why_there_is_nothing(drawn: CellDataset, cells: pd.DataFrame) -> None:
    anonymous = cells.assign(subject="")
    assert "No cell names its subject" in texts(show(replace(drawn, table=anonymous), anonymous), "info")
    app = show(drawn, cells[cells["subject"].isin(["H1", "2"])])
    assert "at least 5 subjects with at least 5 measured cells each. Here there are 2." in texts(app, "info")
    assert not app.get("plotly_chart")


@pytest.mark.real_data
def test_the_real_cells_are_too_few_a_subject(real_cells: Path, tmp_path: Path) -> None:
    from core.data.hashing import hashed
    from core.data.index import index

    dataset = hashed(index(real_cells / "cnmc-sample" / "C-NMC_Leukemia"), cache=tmp_path)
    assert "Here there are 0." in texts(show(dataset, measured(dataset, cache=tmp_path)), "info")
