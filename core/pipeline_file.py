"""Scikit-learn pipelines as files that hold no code: written and read by skops, never pickled."""

import warnings
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile

from core.errors import ModelError

TRUSTED = ("numpy.dtype", "xgboost.core.Booster", "xgboost.sklearn.XGBClassifier")
"""What a file may hold beside what skops trusts: scikit-learn's estimators, NumPy's arrays and plain values."""


def written(pipeline: Any) -> bytes:  # noqa: ANN401  # scikit-learn carries no types
    """The content of a file that `read` reads back.

    Raises:
        ModelError: If a part is of a type that `read` refuses.
    """
    from skops import io

    data = io.dumps(pipeline, compression=ZIP_DEFLATED)
    refused = _refused(data)
    if refused:
        raise ModelError(f"Expected a model of types that can be stored. Received: {refused}.")
    return bytes(data)


def read(file: Path) -> Any:  # noqa: ANN401
    """A pipeline from its file.

    Raises:
        ModelError: If the file is damaged, holds a type that is not trusted, or no pipeline.
    """
    from skops import io
    from skops.io.exceptions import UnsupportedTypeException, UntrustedTypesFoundException

    try:
        data = file.read_bytes()
        refused = _refused(data)
        if refused:
            raise ModelError(f"Expected types of scikit-learn, XGBoost and NumPy alone. Received: {refused}.")
        with warnings.catch_warnings():
            # the store refuses another minor version; skops' own check warns of each other patch release, too
            warnings.filterwarnings("ignore", message="Trying to unpickle estimator", category=UserWarning)
            pipeline = io.loads(data, trusted=list(TRUSTED))
    except (UntrustedTypesFoundException, UnsupportedTypeException) as error:
        raise ModelError(f"Expected types of scikit-learn, XGBoost and NumPy alone. Received: {error}") from error
    except (BadZipFile, OSError, ValueError, TypeError, KeyError, AttributeError, ImportError, IndexError) as error:
        raise ModelError(f"Expected a file of a scikit-learn model. Received: a damaged one ({error}).") from error
    from sklearn.pipeline import Pipeline

    if not isinstance(pipeline, Pipeline):
        raise ModelError(f"Expected a scikit-learn pipeline. Received: {type(pipeline).__name__}.")
    return pipeline


def _refused(data: bytes) -> str:
    """The types in a file that are not trusted, or ""."""
    from skops import io

    return ", ".join(sorted(set(io.get_untrusted_types(data=data)) - set(TRUSTED))) if data else ""
