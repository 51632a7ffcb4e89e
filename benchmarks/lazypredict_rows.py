"""lazypredict's fit of the five models of the published table, in a process that sees lazypredict; NPZ in, JSON out."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def main(data: Path, out: Path) -> None:
    """Let lazypredict fit each model once.

    Args:
        data: `train` and `test`, (cells, pixels), and `train_truth`, 1 for a positive cell, (cells,); `test_truth` too.
        out: JSON to write: by model what lazypredict says (`printed`), its time (`seconds`, `core_seconds`), the part
            of it that goes into one pass of scores (`pass_seconds`, `pass_core_seconds`), and `called` and `score` of
            each test cell.

    Raises:
        RuntimeError: If a model failed, which lazypredict would leave out.
    """
    from lazypredict.Supervised import LazyClassifier
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV
    from sklearn.svm import SVC
    from xgboost import XGBClassifier

    with np.load(data) as arrays:  # refuses pickled objects
        train, test, train_truth, test_truth = (arrays[name] for name in ("train", "test", "train_truth", "test_truth"))
    names = [f"pixel {number}" for number in range(train.shape[1])]
    frames = [pd.DataFrame(pixels, columns=names) for pixels in (train, test)]
    ends: dict[str, float] = {}
    lazy = LazyClassifier(
        classifiers=[SVC, XGBClassifier, LinearDiscriminantAnalysis, RidgeClassifierCV, RidgeClassifier],
        progress_callback=lambda name, *_: ends.update({name: time.process_time()}),
    )
    started = time.process_time()
    printed, _ = lazy.fit(*frames, train_truth, test_truth)
    if lazy.errors:
        raise RuntimeError(f"Expected five fitted models. Received: {lazy.errors}.")
    core_seconds = np.diff([started, *ends.values()])
    rows = {}
    for name, used in zip(ends, core_seconds, strict=True):
        said = printed.loc[name].to_dict()
        rows[name] = {
            "printed": said,
            "seconds": said["Time Taken"],
            "core_seconds": used,
            **_scored(lazy.models[name], frames[1]),
        }
    out.write_text(json.dumps(rows, allow_nan=False), encoding="utf-8")


def _scored(model: Any, test: pd.DataFrame) -> dict[str, Any]:  # noqa: ANN401  # scikit-learn carries no types
    started, used = time.perf_counter(), time.process_time()
    decides = hasattr(model, "decision_function")
    score = np.asarray(model.decision_function(test) if decides else model.predict_proba(test)[:, 1], dtype=np.float64)
    return {
        "pass_seconds": time.perf_counter() - started,
        "pass_core_seconds": time.process_time() - used,
        "score": score.tolist(),
        "called": (score > (0 if decides else 0.5)).astype(int).tolist(),
    }


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
