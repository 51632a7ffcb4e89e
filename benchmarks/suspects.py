"""Are wrong labels found among the label suspects, by which model, and by which of cleanlab's filters?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from core.config import settings
from core.data.demo import write_demo
from core.data.drawing import GENERATOR
from core.data.hashing import hashed
from core.data.index import index
from core.data.measures import measured
from core.evaluation import roc_auc
from core.suspects import logistic_regression, out_of_fold, suspects
from core.types import MaskArray

CELLS, SUBJECTS, DATA_SEED = 3000, 60, 11
FLIPPED = 0.03
SEEDS = (0, 1, 2)
TOP = 50


def _trees(seed: int) -> Any:  # noqa: ANN401  # scikit-learn carries no types
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=seed)


MODELS: dict[str, Callable[[int], Any]] = {"logistic regression": logistic_regression, "boosted trees": _trees}


def run() -> None:
    """Print one row a model and draw of flipped labels, and for the model in use what cleanlab's default would find."""
    from cleanlab.filter import find_label_issues

    place = settings()
    root = write_demo(place.data / f"bench-suspects-{GENERATOR}", cells=CELLS, subjects=SUBJECTS, seed=DATA_SEED)
    dataset = hashed(index(root), cache=place.cache)
    cells = measured(dataset, cache=place.cache)
    count = round(FLIPPED * len(cells))
    print(f"{len(cells)} cells of {SUBJECTS} subjects, {count} labels flipped at random")
    for seed in SEEDS:
        flipped = np.zeros(len(cells), dtype=bool)
        flipped[np.random.default_rng(seed).choice(len(cells), count, replace=False)] = True
        positive = (cells["label"] == dataset.positive).to_numpy(dtype=bool) ^ flipped
        given = cells.assign(label=np.where(positive, dataset.positive, dataset.negative))
        is_flipped = pd.Series(flipped, index=cells["path"])
        for name, model in MODELS.items():
            probability = out_of_fold(given, dataset.classes, model=model)
            truth = dataset.truth(given)
            print(f"seed {seed}, {name}: AUROC on the given labels {roc_auc(truth, probability):.3f}")
            found = suspects(given, probability, dataset.classes)
            _print("as in use", is_flipped[found["path"]].to_numpy(), flipped)
            both = np.column_stack([1 - probability, probability])
            default = find_label_issues(truth, both, return_indices_ranked_by="self_confidence", n_jobs=1)
            _print("cleanlab's default filter", flipped[default], flipped)


def _print(name: str, hits: MaskArray, flipped: MaskArray) -> None:
    print(
        f"  {name}: {len(hits)} suspects, precision {hits.mean():.3f}, recall {hits.sum() / flipped.sum():.3f}, "
        f"precision of the first {TOP} {hits[:TOP].mean():.2f}",
        flush=True,
    )
