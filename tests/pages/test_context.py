"""A cell among the training cells of its model, on a page."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import gate_fitting, store
from core.classical_training import ClassicalResult
from core.context import Context
from core.data import pixels
from core.data.dataset import CellDataset
from core.reference import Reference
from core.training import TrainingResult
from core.types import ByteArray, silent
from dashboard import resources
from dashboard.resources import models
from tests.pages.conftest import texts

Show = Callable[..., AppTest]


def page(name: str, image: object, label: str | None) -> None:
    from dashboard import resources
    from dashboard.components.context import context

    context(resources.classifier(name), "cell 7", image, label)


@pytest.fixture(scope="module")
def reference(trained: TrainingResult, drawn: CellDataset) -> Reference:
    return gate_fitting._on_its_cells(trained.classifier, drawn, 0, silent)[0].reference


@pytest.fixture
def place(workspace: Path) -> Iterator[Path]:
    """The empty model store."""
    yield workspace.parent / "models"
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def show(trained: TrainingResult, reference: Reference, place: Path) -> Show:
    """Show a picture beside the training cells of the stored network."""
    store.save(replace(trained.classifier, reference=reference), place)

    def shown(image: ByteArray, *, label: str | None = "ALL", name: str = "tiny") -> AppTest:
        return AppTest.from_function(page, args=(name, image, label), default_timeout=60).run()

    return shown


@pytest.fixture
def image(drawn: CellDataset, reference: Reference) -> ByteArray:
    """A training cell."""
    return pixels.decode_file(drawn.file(str(reference.path[3])))


def test_the_six_training_cells_most_alike_stand_beside_the_cell(
    show: Show, image: ByteArray, reference: Reference
) -> None:
    app = show(image)
    assert not app.exception
    first, *others = [picture.captions[0] for picture in app.image]
    assert (first, len(others)) == ("This cell", 6)
    label = "ALL" if reference.positive[3] else "HEM"
    assert others[0] == f"{label}, subject {reference.subject[3]}"  # itself
    said = texts(app, "markdown")
    assert "of these 6 cells are" in said
    assert "They are no second opinion." in texts(app, "caption")
    assert "gave no answer" not in texts(app, "caption")


def test_its_measures_are_drawn_and_put_into_words(show: Show, image: ByteArray, reference: Reference) -> None:
    app = show(image)
    (chart,) = app.get("plotly_chart")
    assert chart.proto.alt.startswith(
        "Strips of five measures: how HEM training cells lie above each line and ALL ones"
    )
    assert "where cell 7 lies. " in chart.proto.alt
    (words,) = [text.value for text in app.markdown if text.value.startswith("- ")]
    assert len(words.splitlines()) == 5
    assert all("healthy (HEM) training cells and " in line for line in words.splitlines())
    assert f"Compared with {reference.sentence(('HEM', 'ALL'))}" in texts(app, "caption")


def test_all_measures_are_shown_on_request_and_hidden_again(show: Show, image: ByteArray, reference: Reference) -> None:
    app = show(image)
    assert not app.dataframe
    app.toggle(key="context_all_measures").set_value(True).run()
    (table,) = app.dataframe
    assert list(table.value) == ["measure", "value", "HEM", "ALL"]
    assert len(table.value) == 17
    area = table.value.set_index("measure").loc["Area (px²)"]
    assert area["value"] == reference.measured("area")[3]
    of_class = reference.measured("area")[~reference.positive]
    assert area["HEM"] == pytest.approx(100 * (of_class < area["value"]).mean())
    app.toggle(key="context_all_measures").set_value(False).run()
    assert not app.dataframe


def test_a_cell_without_an_answer_is_not_given_one_by_likeness(show: Show, image: ByteArray) -> None:
    app = show(image, label=None)
    assert "The model gave no answer for this cell, and likeness does not give one." in texts(app, "caption")


def test_a_cell_far_from_all_training_cells_is_warned_of(
    trained: TrainingResult, reference: Reference, place: Path, image: ByteArray
) -> None:
    store.save(replace(trained.classifier, reference=replace(reference, usual=-1.0)), place)
    app = AppTest.from_function(page, args=("tiny", image, "ALL"), default_timeout=60).run()
    assert "Even the nearest lies farther off than that of 95% of new cells" in app.warning[0].value


def test_a_picture_without_an_outline_has_no_measures(show: Show) -> None:
    app = show(np.zeros((450, 450, 3), np.uint8), label=None)
    assert [info.value for info in app.info] == [
        "This picture shows no outline of a cell, so that nothing was measured."
    ]
    assert not app.get("plotly_chart")
    assert not app.exception


def test_an_older_model_says_how_it_is_given_training_cells(
    trained: TrainingResult, place: Path, image: ByteArray
) -> None:
    store.save(trained.classifier, place)
    app = AppTest.from_function(page, args=("tiny", image, "ALL"), default_timeout=60).run()
    assert [info.value for info in app.info] == [
        "No training cells are kept with this model. Run `python -m core gates FOLDER --model tiny` on the data set "
        "that it was trained on; the model itself stays as it is."
    ]


def test_training_cells_that_were_changed_are_not_shown_and_it_is_said(
    show: Show, image: ByteArray, place: Path
) -> None:
    (place / "tiny" / store.REFERENCE).write_bytes(b"")
    app = show(image)
    assert "Expected tiny/reference.npz with the hash in its card." in app.warning[0].value
    assert not app.image
    assert not app.exception


def test_a_scikit_learn_model_has_them_too(
    fitted: ClassicalResult, drawn: CellDataset, place: Path, image: ByteArray
) -> None:
    store.save(fitted.model, place)
    found = gate_fitting.known(fitted.model, drawn)
    store.set_gates(place, "svc", found.gates, reference=found.reference)
    app = AppTest.from_function(page, args=("svc", image, "ALL"), default_timeout=60).run()
    assert not app.exception
    assert len(app.image) == 7


def test_the_same_pixels_are_looked_up_once_for_each_model(
    show: Show, image: ByteArray, place: Path, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(image)
    looked: list[ByteArray] = []
    real = models.in_context

    def counted(model: object, kept: Reference, pixels: ByteArray) -> Context:
        looked.append(pixels)
        return real(model, kept, pixels)

    monkeypatch.setattr(models, "in_context", counted)
    model = resources.classifier("tiny")
    first, other = models.context(model, reference, image), models.context(model, reference, image[::-1].copy())
    assert len(looked) == 1
    assert (first.alike.cells[0].row, other == first) == (3, False)
    store.set_gates(place, "tiny", model.gates, reference=replace(reference, usual=-1.0))
    assert models.context(resources.classifier("tiny"), replace(reference, usual=-1.0), image).alike.far
    assert len(looked) == 2


def test_training_cells_are_read_once_until_they_are_others(show: Show, place: Path, reference: Reference) -> None:
    first = models.reference("tiny")
    assert models.reference("tiny") is first
    store.set_gates(place, "tiny", resources.classifier("tiny").gates, reference=replace(reference, usual=2.0))
    changed = models.reference("tiny")
    assert changed is not None
    assert changed.usual == 2.0
