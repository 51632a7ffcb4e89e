"""Versions of what shapes a result."""

import platform
from importlib.metadata import version

LIBRARIES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "scikit-learn", "xgboost-cpu", "tf-keras-vis")


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that shape a result."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}
