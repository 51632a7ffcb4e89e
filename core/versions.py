"""Versions of what shapes a result."""

import platform
import tomllib
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "scikit-learn", "xgboost-cpu", "tf-keras-vis")
_PROJECT = Path(__file__).parent.parent / "pyproject.toml"


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that shape a result."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def program_version() -> str:
    """Version of LeukoScope itself."""
    return str(tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"])
