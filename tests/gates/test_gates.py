"""All gates of a model: fitted, asked in order, written and read."""

import io
import json
from typing import Any

import numpy as np
import pytest

from core.data import pixels
from core.data.dataset import CellDataset
from core.errors import ModelError
from core.gates.appearance import APPEARANCE
from core.gates.before_model import DEFAULT
from core.gates.finding import stopped
from core.gates.gates import Gates, Shown, examine, fitted_gates
from core.types import ByteArray, FloatArray

NEAR, FAR = np.zeros(3), np.array([99.0, 0.0, 0.0])


@pytest.fixture(scope="module")
def gates() -> Gates:
    """Of a model that sees three independent numbers, and whose scores of 0.2 and 0.8 are nearly always right."""
    rng = np.random.default_rng(0)
    usual = {name: (low + DEFAULT.high.get(name, low)) / 2 for name, low in DEFAULT.low.items()} | {
        name: high for name, high in DEFAULT.high.items() if name not in DEFAULT.low
    }
    score = np.repeat([0.2, 0.4, 0.6, 0.8], 100)
    truth = np.concatenate([np.zeros(100), np.tile([0, 1], 100), np.ones(100)]).astype(np.int64)
    return fitted_gates(
        Shown(
            np.tile([usual[name] for name in APPEARANCE], (400, 1)),
            rng.normal(size=(400, 3)),
            np.repeat(np.arange(40), 10).astype(np.str_),
            rng.normal(size=(400, 3)),
            truth,
            score,
            0.5,
        )
    )


@pytest.fixture
def cell(drawn: CellDataset) -> ByteArray:
    return pixels.decode_file(drawn.file("training_data/fold_1/all/UID_1_1_1_all.bmp"))


def seeing(vector: FloatArray, score: float) -> Any:  # a function
    def see(image: ByteArray) -> tuple[FloatArray, float]:
        return vector, score

    return see


def refuse(image: ByteArray) -> tuple[FloatArray, float]:
    raise AssertionError("the model was shown a picture that a gate had stopped")


@pytest.mark.parametrize(
    ("vector", "score", "gate"),
    [(NEAR, 0.8, None), (NEAR, 0.2, None), (NEAR, 0.5, "confidence"), (FAR, 0.8, "range"), (FAR, 0.5, "range")],
)
def test_the_first_gate_that_stops_a_picture_is_the_last_that_is_asked(
    gates: Gates, cell: ByteArray, vector: FloatArray, score: float, gate: str | None
) -> None:
    findings = examine(cell, gates, seeing(vector, score))
    found = stopped(findings)
    assert (None if found is None else found.gate) == gate
    assert found is None or found is findings[-1]
    assert len(findings) == {None: 5, "confidence": 5, "range": 4}[gate]


def test_a_model_is_not_shown_what_the_gates_before_it_stop(gates: Gates, cell: ByteArray) -> None:
    found = stopped(examine(np.zeros_like(cell), gates, refuse))
    assert found is not None
    assert found.gate == "cell"


def test_a_model_without_gates_of_its_own_has_the_default_ones_before_it(cell: ByteArray) -> None:
    findings = examine(cell, Gates(), seeing(FAR, 0.5))
    assert stopped(findings) is None
    assert [found.checked for found in findings] == [True, True, True, False, False]
    found = stopped(examine(255 - cell, Gates(), refuse))
    assert found is not None
    assert found.gate == "cell"


def test_gates_are_fitted_on_what_the_model_was_shown(gates: Gates) -> None:
    assert gates.training is not None
    assert gates.band is not None
    assert (gates.limits.cells, gates.training.cells, gates.training.subjects, gates.band.cells) == (400, 400, 40, 400)
    assert (gates.band.low, gates.band.high) == (pytest.approx(0.3), pytest.approx(0.7))


def test_a_model_without_validation_scores_has_no_band(gates: Gates) -> None:
    rng = np.random.default_rng(0)
    found = fitted_gates(Shown(np.ones((20, len(APPEARANCE))), rng.normal(size=(20, 3)), np.arange(20).astype(np.str_)))
    assert found.band is None


def test_gates_are_read_as_they_were_written(gates: Gates) -> None:
    found = Gates.read(json.loads(json.dumps(gates.settings())), gates.written())
    assert found.settings() == gates.settings()
    assert found.training is not None
    assert gates.training is not None
    np.testing.assert_array_equal(found.training.centre, gates.training.centre)
    np.testing.assert_array_equal(found.training.whitening, gates.training.whitening)


def test_no_settings_are_the_default_gates() -> None:
    assert Gates.read({}, b"").settings() == Gates().settings()
    assert Gates().written() == b""


def without(settings: dict[str, Any], *keys: str) -> dict[str, Any]:
    first, *rest = keys
    if rest:
        return settings | {first: without(settings[first], *rest)}
    return {key: value for key, value in settings.items() if key != first}


@pytest.mark.parametrize("keys", [("limits", "low"), ("training", "limit"), ("band", "low"), ("limits", "cells")])
def test_settings_that_are_damaged_are_refused(gates: Gates, keys: tuple[str, ...]) -> None:
    with pytest.raises(ModelError, match=r"Expected gates that can be read. Received: damaged ones"):
        Gates.read(without(gates.settings(), *keys), gates.written())


def test_a_file_of_pickles_or_of_other_shapes_is_refused(gates: Gates) -> None:
    def file(**arrays: Any) -> bytes:
        stream = io.BytesIO()
        np.savez(stream, **arrays)
        return stream.getvalue()

    pickled = file(centre=np.array([{}], dtype=object), whitening=np.eye(1))
    nothing = file(centre=np.full(3, np.nan), whitening=np.eye(3))
    for data in (b"", b"words", pickled, file(centre=np.zeros(3), whitening=np.eye(2)), nothing):
        with pytest.raises(ModelError, match=r"Expected gates that can be read"):
            Gates.read(gates.settings(), data)
