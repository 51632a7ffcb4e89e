"""Settings from the environment, read in this one place."""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Where LeukoScope keeps its files and which cluster it computes on.

    Attributes:
        home: Workspace folder for data, caches and uploads (`LEUKOSCOPE_HOME`, default `workspace/`).
        models: Folder of trained models, one folder each (`LEUKOSCOPE_MODELS`, default `models/`).
        dask: Address of a running Dask scheduler, or None for a local cluster (`LEUKOSCOPE_DASK`).
        database_url: SQLAlchemy's URL of a SQLite or PostgreSQL database, or None for a SQLite file in the workspace
            (`LEUKOSCOPE_DATABASE_URL`).
    """

    home: Path
    models: Path
    dask: str | None
    database_url: str | None = None

    @property
    def database(self) -> str:
        """URL of the database that is used."""
        return self.database_url or f"sqlite:///{self.home / 'leukoscope.sqlite'}"

    @property
    def checkpoints(self) -> Path:
        """Folder of unfinished trainings, one folder each."""
        return self.home / "checkpoints"

    @property
    def data(self) -> Path:
        """Folder that holds demo data, downloads and extracted archives."""
        return self.home / "data"

    @property
    def cache(self) -> Path:
        """Folder of everything that can be computed again."""
        return self.home / "cache"


def settings() -> Settings:
    """Read the settings from the environment at the moment of the call."""
    return Settings(
        home=Path(os.environ.get("LEUKOSCOPE_HOME") or PROJECT_ROOT / "workspace").expanduser().resolve(),
        models=Path(os.environ.get("LEUKOSCOPE_MODELS") or PROJECT_ROOT / "models").expanduser().resolve(),
        dask=os.environ.get("LEUKOSCOPE_DASK") or None,
        database_url=os.environ.get("LEUKOSCOPE_DATABASE_URL") or None,
    )


def prepare_environment(place: Settings | None = None) -> None:
    """Point Keras at the workspace and quiet TensorFlow and OpenCV; every program calls this once, first.

    Args:
        place: Settings that came with a task from another machine; those of this process if None.
    """
    os.environ.setdefault("KERAS_HOME", str((place or settings()).cache / "keras"))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")  # it prints a line of its own for each damaged file
