"""Pipelines that are written, read, damaged and refused; nothing in a file is ever run."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from skops import io

from core.classical import fitted, scores, tuned
from core.errors import ModelError
from core.estimators import ESTIMATORS
from core.pipeline_file import read, written

WIDTHS = {"morphology": 4, "pixels": 20}
RNG = np.random.default_rng(0)
TRUTH = np.arange(60) % 2
VALUES = (RNG.normal(size=(60, 24)) + TRUTH[:, np.newaxis]).astype(np.float32)
VALUES[::7, 2] = np.nan


def back(pipeline: Any, folder: Path) -> Any:
    (folder / "model.skops").write_bytes(written(pipeline))
    return read(folder / "model.skops")


@pytest.mark.parametrize("name", list(ESTIMATORS))
def test_each_estimator_scores_the_same_when_read_back(name: str, tmp_path: Path) -> None:
    pipeline = fitted(ESTIMATORS[name], WIDTHS, VALUES, TRUTH, seed=0)
    np.testing.assert_allclose(scores(back(pipeline, tmp_path), VALUES), scores(pipeline, VALUES), atol=1e-4)


@pytest.mark.parametrize("name", [name for name, estimator in ESTIMATORS.items() if estimator.grid])
def test_a_tuned_estimator_scores_the_same_when_read_back(name: str, tmp_path: Path) -> None:
    pipeline, _ = tuned(ESTIMATORS[name], WIDTHS, VALUES, TRUTH, np.arange(60).astype(str), seed=0)
    np.testing.assert_allclose(scores(back(pipeline, tmp_path), VALUES), scores(pipeline, VALUES), atol=1e-4)


def model(step: Any) -> Pipeline:
    return Pipeline([("first", step), ("model", SVC())]).fit(np.nan_to_num(VALUES), TRUTH)


def own(values: Any) -> Any:
    return values


def test_a_model_of_a_type_that_would_be_refused_is_not_written() -> None:
    forest = Pipeline([("model", RandomForestClassifier(2))]).fit(np.nan_to_num(VALUES), TRUTH)
    with pytest.raises(ModelError, match=r"^Expected a model of types that can be stored\. Received: sklearn\.tree\."):
        written(forest)
    with pytest.raises(ModelError, match=r"Received: .*test_pipeline_file\.own"):
        written(model(FunctionTransformer(own)))


def test_a_file_with_another_type_is_refused_before_anything_of_it_is_made(tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(io.dumps(model(FunctionTransformer(own))))
    with pytest.raises(ModelError, match=r"^Expected types of scikit-learn, XGBoost and NumPy alone\. Received: .*own"):
        read(tmp_path / "model.skops")


class Evil:
    """What runs code when it is unpickled."""

    def __reduce__(self) -> Any:
        return (Path.touch, (Path("ran"),))


def test_a_pickle_is_refused_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.skops").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ModelError, match=r"^Expected a file of a scikit-learn model\. Received: a damaged one"):
        read(tmp_path / "model.skops")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(18)], ids=["empty", "text", "empty zip"])
def test_a_damaged_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(content)
    with pytest.raises(ModelError, match=r"^Expected a file of a scikit-learn model\. Received: a damaged one"):
        read(tmp_path / "model.skops")


def test_a_cut_off_or_missing_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(written(model(StandardScaler()))[:-100])
    for name in ("model.skops", "missing.skops"):
        with pytest.raises(ModelError, match=r"^Expected a file of a scikit-learn model\. Received: a damaged one"):
            read(tmp_path / name)


def test_what_is_no_pipeline_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(written(StandardScaler()))
    with pytest.raises(ModelError, match=r"^Expected a scikit-learn pipeline\. Received: StandardScaler\.$"):
        read(tmp_path / "model.skops")


def test_a_model_of_another_patch_release_is_read_without_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("sklearn.base.__version__", "1.9.0")
        data = written(model(StandardScaler()))
    (tmp_path / "model.skops").write_bytes(data)
    assert scores(read(tmp_path / "model.skops"), np.nan_to_num(VALUES)).shape == (60,)
