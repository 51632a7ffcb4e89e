"""What several tests share: a workspace, a database, a small drawn data set, a small trained network, real cells."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from core.config import prepare_environment
from core.data.dataset import CellDataset
from core.data.demo import write_demo
from core.data.hashing import hashed
from core.data.index import index
from core.hyperparameters import TrainingConfig

TINY = TrainingConfig(epochs=1, image_size=48, batch_size=16)
POSTGRESQL = os.environ.get("LEUKOSCOPE_TEST_DATABASE_URL")  # of a server on which databases may be made


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


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRESQL else ["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own: a SQLite file that is not there yet, or an empty database of the server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'workspace' / 'leukoscope.sqlite'}"
        return
    assert POSTGRESQL is not None
    server = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    name = f"leukoscope_test_{uuid.uuid4().hex}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield server.url.set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name}")  # refused while a test has left a connection open


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
def fitted(drawn: CellDataset, tmp_path_factory: pytest.TempPathFactory):  # noqa: ANN201  # its type imports scikit-learn
    """An SVC on shape and texture, fitted on `drawn`; read only."""
    from core.classical_training import train
    from core.protocol import Plan

    return train(drawn, Plan(("SVC",)), "SVC", name="svc", cache=tmp_path_factory.mktemp("numbers"))


@pytest.fixture(scope="session")
def real_cells() -> Path:
    """Folder of the 40 real C-NMC cells."""
    place = os.environ.get("LEUKOSCOPE_REAL_DATA")
    if not place:
        pytest.skip("LEUKOSCOPE_REAL_DATA does not name the folder of real cells")
    return Path(place)
