"""One cell large, and maps over the cells of a case."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import maps as core_maps
from core.classifier import Classifier
from core.data import pixels
from core.maps import laid_over
from core.training import TrainingResult
from core.types import ByteArray, FloatArray
from dashboard.components.maps import overlays
from tests.pages.conftest import Open, texts


def large(path: str, label: str | None, name: str) -> None:
    from pathlib import Path

    from core.data import pixels
    from dashboard import resources
    from dashboard.components.large_map import large_map
    from dashboard.components.map_choice import map_choice
    from dashboard.components.maps import ShownCell

    classifier = resources.classifier(name)
    cell = ShownCell("a.bmp", pixels.decode_file(Path(path)), label, 0.9)
    large_map(classifier, cell, map_choice(classifier), key="one")


def shown(drawn_folder: Path, label: str | None, name: str) -> AppTest:
    path = str(next(drawn_folder.rglob("*.bmp")))
    return AppTest.from_function(large, args=(path, label, name), default_timeout=120).run()


def test_a_cell_stands_beside_its_map_with_the_bar_and_a_file(open_page: Open, stored: str, drawn_folder: Path) -> None:
    app = shown(drawn_folder, "ALL", stored)
    assert not app.exception
    assert len(app.image) == 3  # cell, overlay, bar
    assert [button.label for button in app.get("download_button")] == ["Save PNG"]
    app.toggle(key="map_checked").set_value(True).run()
    said = ("Good map:", "Weak map:", "No better than chance:", "Empty map:")
    assert sum(caption.value.startswith(said) for caption in app.caption) == 1


def test_a_cell_without_an_answer_stands_alone(open_page: Open, stored: str, drawn_folder: Path) -> None:
    app = shown(drawn_folder, None, stored)
    assert not app.exception
    assert len(app.image) == 1
    assert not app.get("download_button")


def test_all_methods_can_be_shown_large(
    open_page: Open, stored: str, drawn_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(model: Any, images: list[ByteArray], labels: list[str], **_: Any) -> list[FloatArray]:
        return [np.zeros((48, 48), dtype=np.float32) for _ in images]

    monkeypatch.setattr(core_maps, "mapped", full)
    app = shown(drawn_folder, "ALL", stored)
    assert "No area of this image raises the score for ALL, so the overlay is empty." in texts(app, "caption")
    app.toggle(key="map_side_by_side").set_value(True).run()
    assert not app.exception
    assert len(app.image) == 1 + 4 + 1
    assert "The methods cannot be compared" in texts(app, "caption")


def test_the_overlays_of_a_case_are_those_of_its_called_cells(trained: TrainingResult, drawn_folder: Path) -> None:
    classifier: Classifier = trained.classifier
    image = pixels.decode_file(next(drawn_folder.rglob("*.bmp")))
    labels, pictures = ("ALL", None, "HEM"), (image, image, None)
    cells = [SimpleNamespace(answer=SimpleNamespace(label=label)) for label in labels]
    opened: Any = SimpleNamespace(case=SimpleNamespace(cells=cells), pixels=pictures.__getitem__)
    laid = overlays(opened, lambda: classifier)
    (relevance,) = core_maps.mapped(classifier, [image], ["ALL"])
    found = laid(0)
    assert found is not None
    np.testing.assert_allclose(found.astype(int), laid_over(classifier, image, relevance).astype(int), atol=1)
    assert laid(1) is None  # no class
    assert laid(2) is None  # no picture
    assert overlays(opened, lambda: None)(0) is None  # no model any more
