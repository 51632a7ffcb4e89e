"""What several tests share: a workspace of their own, a small drawn data set, a small trained network, real cells."""

import os
from pathlib import Path

import pytest

from core.config import prepare_environment
from core.data.dataset import CellDataset
from core.data.demo import write_demo
from core.data.hashing import hashed
from core.data.index import index
from core.hyperparameters import TrainingConfig

TINY = TrainingConfig(epochs=1, image_size=48, batch_size=16)


@pytest.fixture(scope="session", autouse=True)
def _session_workspace(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what the tests compute out of the user's workspace."""
    os.environ["LEUKOSCOPE_HOME"] = str(tmp_path_factory.mktemp("workspace"))
    os.environ["LEUKOSCOPE_MODELS"] = str(tmp_path_factory.mktemp("models"))
    prepare_environment()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace with an empty model store, for one test."""
    monkeypatch.setenv("LEUKOSCOPE_HOME", str(tmp_path / "workspace"))
    monkeypatch.setenv("LEUKOSCOPE_MODELS", str(tmp_path / "models"))
    return tmp_path / "workspace"


@pytest.fixture(scope="session")
def drawn_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`C-NMC_Leukemia` with 72 drawn cells of 12 subjects; read only."""
    return write_demo(tmp_path_factory.mktemp("drawn"), cells=72, subjects=12, seed=0)


@pytest.fixture(scope="session")
def drawn(drawn_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> CellDataset:
    """The hashed data set of `drawn_folder`."""
    return hashed(index(drawn_folder), cache=tmp_path_factory.mktemp("hashes"))


@pytest.fixture(scope="session")
def trained(drawn: CellDataset):  # noqa: ANN201  # its type imports TensorFlow's world
    """Result of one epoch of LeukoNet on 48-pixel images of `drawn`; read only."""
    from core.training import train

    return train(drawn, TINY, name="tiny")


@pytest.fixture(scope="session")
def real_cells() -> Path:
    """Folder of the 40 real C-NMC cells."""
    place = os.environ.get("LEUKOSCOPE_REAL_DATA")
    if not place:
        pytest.skip("LEUKOSCOPE_REAL_DATA does not name the folder of real cells")
    return Path(place)
