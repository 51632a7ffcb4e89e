from dataclasses import replace
from pathlib import Path

import pytest

from core import store
from core.card import ModelCard
from core.config import settings
from core.data.dataset import CellDataset
from core.embedding import projection
from core.errors import DataError
from core.types import silent
from dashboard import resources
from dashboard.components import cell_map
from dashboard.components.charts import selected
from dashboard.state import Source
from tests.pages.conftest import Open, texts
from tests.pages.test_explore_page import class_folders

BUTTON = "Draw the map"


def labels(app: object) -> list[str]:
    return [button.label for button in app.button]  # type: ignore[attr-defined]


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of cells of the maps that were drawn, not read back."""
    drawn: list[int] = []
    tsne = projection._tsne
    monkeypatch.setattr(projection, "_tsne", lambda vectors, *rest: drawn.append(len(vectors)) or tsne(vectors, *rest))
    return drawn


def test_the_map_of_a_small_set_is_drawn_at_once_and_once(
    open_page: Open, drawn_folder: Path, passes: list[int]
) -> None:
    app = open_page("explore", drawn_folder, view="Map")
    assert len(app.get("plotly_chart")) == 1
    assert "Draw a loop around points" in texts(app, "info")
    assert BUTTON not in labels(app)
    app.selectbox(key="map_colour").set_value("subject").run()
    app.switch_page("app_pages/upload.py").run()
    app.switch_page("app_pages/explore.py").run()
    assert app.selectbox(key="map_colour").value == "subject"
    assert len(app.get("plotly_chart")) == 1
    assert not app.exception
    assert passes == [72]


def test_the_map_of_a_large_set_is_drawn_when_the_user_says_so_and_then_kept(
    open_page: Open, drawn_folder: Path, monkeypatch: pytest.MonkeyPatch, passes: list[int]
) -> None:
    monkeypatch.setattr(cell_map, "_ASK_FROM", 10)
    app = open_page("explore", drawn_folder, view="Map")
    assert "Drawing the map places 72 cells" in texts(app, "info")
    assert len(app.get("plotly_chart")) == 0
    assert passes == []
    next(button for button in app.button if button.label == BUTTON).click().run()
    assert len(app.get("plotly_chart")) == 1
    assert not {BUTTON, "Stop"} & set(labels(app))
    assert len(open_page("explore", drawn_folder, view="Map").get("plotly_chart")) == 1
    assert passes == [72]


def test_a_network_is_asked_first_and_gives_scores_to_colour_by(
    open_page: Open, drawn_folder: Path, stored: str
) -> None:
    app = open_page("explore", drawn_folder, view="Map")
    assert app.selectbox(key="map_by").options == ["Morphology", "tiny (drawn cells)"]
    assert "Score" not in app.selectbox(key="map_colour").options
    app.selectbox(key="map_by").set_value(stored).run()
    assert "The network first looks at 72 cells" in texts(app, "info")
    assert len(app.get("plotly_chart")) == 0
    next(button for button in app.button if button.label == BUTTON).click().run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    app.selectbox(key="map_colour").set_value("score").run()
    assert len(app.get("plotly_chart")) == 1
    app.selectbox(key="map_by").set_value(resources.BY_MORPHOLOGY).run()
    assert not app.exception
    assert app.selectbox(key="map_colour").value == "label"


def test_fewer_than_five_cells_are_refused_in_one_sentence(open_page: Open, tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "set", ("blast", "normal"), cells=2)
    app = open_page("explore", folder, positive=("blast",), view="Map")
    assert "Expected at least 5 cells to draw a map of." in texts(app, "error")
    assert len(app.get("plotly_chart")) == 0


def test_a_damaged_model_is_no_choice(open_page: Open, drawn_folder: Path, stored: str) -> None:
    (settings().models / stored / store.CARD).write_text("{")
    app = open_page("explore", drawn_folder, view="Map")
    assert app.selectbox(key="map_by").options == ["Morphology"]


def test_the_names_of_selected_points_are_read_from_the_event() -> None:
    points = [
        {"curve_number": 1, "point_index": 4, "customdata": "b.bmp"},
        {"curve_number": 0, "point_index": 2, "customdata": ["a.bmp"]},
        {"curve_number": 0, "point_index": 2, "customdata": "b.bmp"},
        {"curve_number": 0, "point_index": 3},
    ]
    assert selected({"selection": {"points": points, "lasso": [{}]}}) == ["b.bmp", "a.bmp"]
    assert selected({"selection": {"points": []}}) == []
    assert selected({}) == []


def test_similar_cells_of_an_exact_copy_begin_with_it(drawn: CellDataset, workspace: Path) -> None:
    source = Source(drawn.root)
    cells = resources.measures(source, progress=silent)
    paths = cells["path"].tolist()
    twins = cells.copy()
    twins.iloc[1] = twins.iloc[0]
    twins.loc[1, "path"] = paths[1]
    found = resources.similar(source, twins, paths[0], count=3)
    assert found[0] == (paths[1], 0.0)
    assert [distance for _, distance in found] == sorted(distance for _, distance in found)
    assert len(found) == 3
    assert paths[0] not in dict(found)


def test_a_cell_without_measures_has_no_similar_ones(drawn: CellDataset, workspace: Path) -> None:
    source = Source(drawn.root)
    cells = resources.measures(source, progress=silent).copy()
    cells.loc[0, "area"] = float("nan")
    with pytest.raises(DataError, match=r"^Expected a cell that can be compared\."):
        resources.similar(source, cells, cells["path"][0])


def test_similar_cells_by_a_network_are_those_of_its_weights(
    drawn: CellDataset, stored: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(drawn.root)
    cells = resources.measures(source, progress=silent)
    path = cells["path"][0]
    assert resources.unseen(source, cells, stored) == 72
    first = resources.similar(source, cells, path, by=stored)
    assert len(first) == 8
    assert resources.unseen(source, cells, stored) == 0
    retrained: ModelCard = replace(store.card(settings().models, stored), model_sha256="other")
    monkeypatch.setattr(store, "card", lambda *_: retrained)
    assert resources.unseen(source, cells, stored) == 72
