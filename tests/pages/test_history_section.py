"""Past comparisons on the Compare page: choose, take away, set side by side, forget."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.caveats import DRAWN
from core.compare import combine
from core.comparison import Comparison
from core.config import settings
from core.history import History
from core.protocol import Plan
from tests.pages.conftest import Open, texts
from tests.pages.test_train_page import press
from tests.test_assessment import DATASET
from tests.test_comparison import assessments

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SHAPE = "2026-11-26 12:00 UTC · Folds · Shape and texture · by hand · 1 model"
PIXELS = "2026-11-26 13:00 UTC · Folds · Colour pixels, 32 x 32 · by hand · 1 model"


@pytest.fixture(scope="module")
def runs() -> tuple[Comparison, Comparison]:
    """On shape and on pixels, with the same folds."""
    plan = Plan(("RidgeClassifier",), protocol="folds", folds=4)
    shape, pixels = (
        combine(DATASET, chosen, assessments(chosen)) for chosen in (plan, replace(plan, features="pixels"))
    )
    return shape, pixels


@pytest.fixture
def kept(workspace: Path, runs: tuple[Comparison, Comparison]) -> History:
    """A history with two runs, an hour apart."""
    history = History(settings().database)
    for hours, (name, run) in enumerate(zip(("shape", "pixels"), runs, strict=True)):
        history.add(name, run, title=name, who="local", created=NOON + timedelta(hours=hours))
    return history


def test_without_a_comparison_the_page_says_so(open_page: Open, drawn_folder: Path) -> None:
    app = open_page("compare", drawn_folder)
    assert "No comparison yet." in texts(app, "info")
    assert [box.label for box in app.selectbox if box.label in {"Comparison", "Other run"}] == []


def test_the_newest_is_shown_first_and_an_older_one_can_be_chosen(
    open_page: Open, drawn_folder: Path, kept: History
) -> None:
    app = open_page("compare", drawn_folder)
    (chooser,) = [box for box in app.selectbox if box.label == "Comparison"]
    assert chooser.options == [PIXELS, SHAPE]
    assert chooser.value == "pixels"
    chooser.set_value("shape").run()
    assert not app.exception
    assert any(button.key.startswith("export_shape") for button in app.get("download_button"))


def test_a_new_comparison_shows_itself(
    open_page: Open, drawn_folder: Path, kept: History, runs: tuple[Comparison, Comparison]
) -> None:
    app = open_page("compare", drawn_folder)
    next(box for box in app.selectbox if box.label == "Comparison").set_value("shape").run()
    kept.add("new", runs[0], title="new", who="local", created=NOON + timedelta(days=1))
    app.run()
    assert next(box for box in app.selectbox if box.label == "Comparison").value == "new"


def test_each_kind_of_file_has_a_button(open_page: Open, drawn_folder: Path, kept: History) -> None:
    app = open_page("compare", drawn_folder)
    labels = [button.label for button in app.get("download_button")]
    assert labels[-5:] == ["CSV", "JSON", "Markdown", "LaTeX", "Reporting sheet"]


def test_two_runs_stand_side_by_side_the_earlier_one_first(open_page: Open, drawn_folder: Path, kept: History) -> None:
    app = open_page("compare", drawn_folder)
    (chooser,) = [box for box in app.selectbox if box.label == "Other run"]
    assert chooser.options == [SHAPE]
    chooser.set_value("shape").run()
    assert not app.exception
    said = texts(app, "markdown")
    assert f"First run: {SHAPE}" in said
    assert "What the classical models see: Shape and texture in the first run, Colour pixels, 32 x 32" in said
    table = app.dataframe[-1].value
    assert table.columns.tolist() == ["model", "first", "second", "difference", "low", "high"]
    next(box for box in app.selectbox if box.key.startswith("beside_figure")).set_value("brier").run()
    assert app.dataframe[-1].value.columns.tolist() == ["model", "first", "second", "difference"]


def test_one_that_is_forgotten_is_gone_and_the_other_is_shown(
    open_page: Open, drawn_folder: Path, kept: History
) -> None:
    app = open_page("compare", drawn_folder)
    press(app, "Forget this comparison")
    assert [entry.id for entry in kept.all()] == ["shape"]
    assert next(box for box in app.selectbox if box.label == "Comparison").options == [SHAPE]
    assert [box.label for box in app.selectbox if box.label == "Other run"] == []


def test_drawn_cells_are_stamped_in_the_list(
    open_page: Open, drawn_folder: Path, workspace: Path, runs: tuple[Comparison, Comparison]
) -> None:
    drawn = replace(runs[0], origin="drawn, seed 0")
    History(settings().database).add("drawn", drawn, title="", who="local", created=NOON)
    app = open_page("compare", drawn_folder)
    assert next(box for box in app.selectbox if box.label == "Comparison").options[0].endswith(" · drawn cells")
    assert DRAWN in texts(app, "warning")


def test_a_damaged_one_is_said_and_can_be_forgotten(open_page: Open, drawn_folder: Path, kept: History) -> None:
    from sqlalchemy import update

    from core.database import ComparisonRow, opened

    with opened(settings().database).begin() as connection:
        connection.execute(update(ComparisonRow).where(ComparisonRow.id == "pixels").values(document=b"nothing"))
    app = open_page("compare", drawn_folder)
    assert "Expected a comparison. Received: a damaged one" in texts(app, "error")
    press(app, "Forget this comparison")
    assert not app.error
    assert [entry.id for entry in kept.all()] == ["shape"]
