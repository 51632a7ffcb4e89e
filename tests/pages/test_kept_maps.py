"""Maps that are made once for all sessions."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import streamlit as st

from core import maps as core_maps
from core.classical_training import ClassicalResult
from core.classifier import Classifier
from core.errors import Cancelled
from core.explain import Method
from core.training import TrainingResult
from core.types import ByteArray, FloatArray
from dashboard import resources
from dashboard.resources import maps as kept_maps

Made = list[tuple[int, dict[str, Any]]]


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def classifier(trained: TrainingResult) -> Classifier:
    return trained.classifier


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """How many maps each call makes, with its options; each map is even, at the first pixel of its image."""
    calls: Made = []

    def mapped(model: Any, images: list[ByteArray], labels: list[str], **options: Any) -> list[FloatArray]:
        calls.append((len(images), options))
        return [np.full((48, 48), image[0, 0, 0], dtype=np.float32) for image in images]

    monkeypatch.setattr(core_maps, "mapped", mapped)
    return calls


def pictures(*values: int) -> list[ByteArray]:
    return [np.full((6, 6, 3), value, dtype=np.uint8) for value in values]


def values(maps: list[FloatArray]) -> list[float]:
    return [float(relevance[0, 0]) for relevance in maps]


def test_a_map_is_made_once_and_maps_come_in_the_order_of_the_cells(classifier: Classifier, made: Made) -> None:
    assert values(resources.maps_of(classifier, pictures(1, 2), ["ALL", "HEM"])) == [1, 2]
    assert values(resources.maps_of(classifier, pictures(3, 2, 1), ["ALL", "HEM", "ALL"])) == [3, 2, 1]
    assert [count for count, _ in made] == [2, 1]


@pytest.mark.parametrize(
    ("label", "options"), [("HEM", {}), ("ALL", {"method": "smoothgrad"}), ("ALL", {"layer": "features"})]
)
def test_another_class_method_or_layer_is_another_map(
    label: str, options: dict[str, Any], classifier: Classifier, made: Made
) -> None:
    resources.maps_of(classifier, pictures(1), ["ALL"])
    resources.maps_of(classifier, pictures(1), [label], **options)
    assert len(made) == 2
    assert made[1][1] == {"method": "grad-cam", "layer": None, **options}


def test_a_picture_of_another_shape_with_the_same_bytes_is_another_one(classifier: Classifier, made: Made) -> None:
    for shape in ((6, 6, 3), (4, 9, 3)):
        resources.maps_of(classifier, [np.zeros(shape, dtype=np.uint8)], ["ALL"])
    assert len(made) == 2


def test_a_scikit_learn_model_has_one_map_a_class_by_whatever_method(fitted: ClassicalResult, made: Made) -> None:
    methods: tuple[Method, ...] = ("grad-cam", "score-cam")
    for method in methods:
        resources.maps_of(fitted.model, pictures(1), ["ALL"], method=method)
    assert len(made) == 1


def test_progress_is_reported_while_maps_are_made_and_what_is_made_outlasts_a_stop(
    classifier: Classifier, made: Made
) -> None:
    def stop(done: int, total: int, text: str) -> None:
        assert (total, text) == (10, "Mapping cells")
        if done:
            raise Cancelled("stop")

    images, labels = pictures(*range(10)), ["ALL"] * 10
    with pytest.raises(Cancelled):
        resources.maps_of(classifier, images, labels, progress=stop)
    assert values(resources.maps_of(classifier, images, labels)) == list(range(10))
    assert [count for count, _ in made] == [8, 2]
    resources.maps_of(classifier, images, labels, progress=lambda *_: pytest.fail("nothing is left to do"))


def test_the_oldest_map_goes_where_there_is_no_room(
    classifier: Classifier, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_maps, "BYTES", 2 * 48 * 48 * 4)
    for value in (1, 2, 1, 3, 1, 2):  # 3 pushes out 2, which was not read for longest
        resources.maps_of(classifier, pictures(value), ["ALL"])
    assert len(made) == 4


def test_more_maps_than_there_is_room_for_are_all_given_back(
    classifier: Classifier, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_maps, "BYTES", 1)
    assert values(resources.maps_of(classifier, pictures(1, 2, 3), ["ALL"] * 3)) == [1, 2, 3]


def test_checks_and_agreements_are_made_once_of_the_same_maps(
    classifier: Classifier, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[tuple[str, list[float]]] = []
    monkeypatch.setattr(
        core_maps, "checked", lambda _, image, relevance, label: judged.append((label, values([relevance]))) or "good"
    )
    monkeypatch.setattr(core_maps, "agreement", lambda _, image, maps: judged.append(("", values(maps))) or "alike")
    methods: tuple[Method, ...] = ("grad-cam", "smoothgrad")
    for _ in range(2):
        assert resources.checks_of(classifier, pictures(1, 2), ["ALL", "HEM"]) == ["good", "good"]
        assert resources.agreements_of(classifier, pictures(1), ["ALL"], methods=methods) == ["alike"]
    assert judged == [("ALL", [1.0]), ("HEM", [2.0]), ("", [1.0, 1.0])]
    assert len(made) == 3  # two by Grad-CAM, one by SmoothGrad
