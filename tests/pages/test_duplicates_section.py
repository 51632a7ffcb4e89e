"""The section of duplicates: on the Explore page, and with perceptual hashes on a page of its own."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.data.dataset import CellDataset
from tests.pages.conftest import Open, texts

SHOWN = ("Identical pairs", "Look alike pairs", "Across subjects", "Across classes", "Across folds", "Across splits")


def counted(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric if metric.label in (*SHOWN, "Contradicting labels")}


def pictures(app: AppTest) -> list[str]:
    """Captions of the pairs; the grid's name no file."""
    return [caption for picture in app.image for caption in picture.captions if ".bmp" in caption]


@pytest.fixture
def copies(drawn_folder: Path, tmp_path: Path) -> Path:
    """One cell of subject 1 again under the same subject, another again under subject 4 in another fold."""
    copy = tmp_path / "C-NMC_Leukemia"
    shutil.copytree(drawn_folder, copy)
    one, two = sorted(copy.rglob("UID_1_*_all.bmp"))[:2]
    shutil.copy(one, one.with_name("UID_1_98_1_all.bmp"))
    elsewhere = next(path for path in sorted(copy.glob("training_data/fold_*/all")) if path != two.parent)
    shutil.copy(two, elsewhere / "UID_4_99_1_all.bmp")
    return copy


def test_a_set_without_duplicates_says_so_in_one_sentence(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("explore", drawn_folder, view="Duplicates")
    assert "Duplicates" in [header.value for header in app.header]
    assert "No two files are identical" in texts(app, "success")
    assert not counted(app)


def test_identical_files_stand_side_by_side_with_class_subject_and_file(open_page: Open, copies: Path) -> None:
    app = open_page("explore", copies, view="Duplicates")
    assert counted(app) | {"Look alike pairs": "0"} == {
        "Look alike pairs": "0",
        "Identical pairs": "2",
        "Across subjects": "1",
        "Across classes": "0",
        "Across folds": "1",
        "Across splits": "0",
        "Contradicting labels": "0",
    }
    assert len(pictures(app)) == 4
    assert "ALL · subject 4 · UID_4_99_1_all.bmp" in pictures(app)
    assert {"**Identical**", "**Identical** · two subjects · two folds"} <= set(texts(app, "markdown").splitlines())


def test_the_filter_leaves_the_pairs_that_cross_and_says_how_to_go_on_where_there_are_none(
    open_page: Open, copies: Path
) -> None:
    app = open_page("explore", copies, view="Duplicates")
    app.selectbox(key="duplicates_across").set_value("Across subjects").run()
    assert [caption.split(" · ")[1] for caption in sorted(pictures(app))] == ["subject 1", "subject 4"]
    app.selectbox(key="duplicates_across").set_value("Within one subject").run()
    assert {caption.split(" · ")[1] for caption in pictures(app)} == {"subject 1"}
    app.selectbox(key="duplicates_across").set_value("Across splits").run()
    assert not pictures(app)
    assert "No pair matches these filters. Choose All to see pairs again." in texts(app, "info")
    app.switch_page("app_pages/upload.py").run()
    app.switch_page("app_pages/explore.py").run()
    assert app.selectbox(key="duplicates_across").value == "Across splits"


def section() -> None:
    import streamlit as st

    from dashboard.components.duplicates import duplicates

    duplicates(st.session_state["set"], st.session_state["cells"])


def opened(dataset: CellDataset, cells: pd.DataFrame) -> AppTest:
    app = AppTest.from_function(section, default_timeout=120)
    app.session_state["set"] = dataset
    app.session_state["cells"] = cells
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def measured(drawn: CellDataset) -> pd.DataFrame:
    """The drawn cells with hashes far apart, but for the first eight, each one bit from its neighbour."""
    rng = np.random.default_rng(0)
    hashes = [rng.bytes(32).hex() for _ in range(len(drawn.table))]
    hashes[:8] = [f"{(1 << row) - 1:064x}" for row in range(8)]
    return drawn.table.assign(side="train", perceptual_hash=hashes)


def test_cells_that_look_alike_are_paged_the_nearest_first(drawn: CellDataset, measured: pd.DataFrame) -> None:
    app = opened(drawn, measured)
    assert counted(app)["Identical pairs"] == "0"
    assert counted(app)["Look alike pairs"] == "28"
    assert len(pictures(app)) == 12
    assert texts(app, "markdown").count("**1 bit differs**") == 6
    first = pictures(app)
    app.get("pagination")[0].set_value(5).run()
    assert len(pictures(app)) == 8
    assert pictures(app) != first
    assert "**7 bits differ**" in texts(app, "markdown")


def test_identical_cells_come_first_and_those_that_look_alike_at_a_click(
    drawn: CellDataset, measured: pd.DataFrame
) -> None:
    app = opened(drawn, measured.assign(sha256=[*measured["sha256"][:-1], measured["sha256"][0]]))
    assert len(pictures(app)) == 2
    assert texts(app, "markdown").count("**Identical**") == 1
    app.button_group(key="duplicates_kind").set_value("Look alike").run()
    assert len(pictures(app)) == 12
    assert "Identical" not in texts(app, "markdown")


def test_a_pair_on_two_sides_of_the_split_is_counted_and_named(drawn: CellDataset, measured: pd.DataFrame) -> None:
    measured.loc[0, "side"] = "test"
    app = opened(drawn, measured)
    assert counted(app)["Across splits"] == "7"
    app.selectbox(key="duplicates_across").set_value("Across splits").run()
    assert texts(app, "markdown").count("two sides of the split") == 6


def test_a_set_that_was_not_measured_shows_identical_files_only(drawn: CellDataset) -> None:
    app = opened(drawn, drawn.table)
    assert [message.value for message in app.success] == ["No two files are identical."]
    app = opened(drawn, drawn.table.assign(sha256="same"))
    assert counted(app)["Identical pairs"] == "71"
    assert "Look alike pairs" not in counted(app)


def test_a_measured_set_without_any_pair_says_both(drawn: CellDataset) -> None:
    app = opened(drawn, drawn.table.assign(perceptual_hash=""))
    assert [message.value for message in app.success] == [
        "No two files are identical and no two cells look like copies of each other."
    ]


def test_a_file_that_has_gone_is_named_in_its_place(drawn: CellDataset) -> None:
    table = drawn.table.assign(sha256=["same", "same", *drawn.table["sha256"][2:]])
    table.loc[1, "path"] = "training_data/fold_0/all/gone.bmp"
    app = opened(drawn, table)
    assert len(pictures(app)) == 1
    assert app.error[0].value.startswith("gone.bmp: ")
