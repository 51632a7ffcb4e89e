"""Which distance finds training cells of a cell's own class, and what do the nearest ones of the demo model tell?"""

from collections.abc import Callable

import numpy as np

from benchmarks.gates import CELLS, DATA_SEED, SUBJECTS
from core import store
from core.alike import COUNT, alike
from core.config import settings
from core.data import pixels
from core.data.demo import write_demo
from core.data.hashing import hashed
from core.data.index import index
from core.embedding.neighbours import nearest_to
from core.errors import ModelError
from core.types import FloatArray

_SMALLEST = 1e-3  # of the median spread, as for the gate


def run() -> None:
    """Print a table for docs/adr/0024-reference-cells.md."""
    place = settings()
    root = write_demo(place.data / "demo-model", cells=CELLS, subjects=SUBJECTS, seed=DATA_SEED)
    dataset = hashed(index(root), cache=place.cache)
    model, reference = store.network(place.models, store.DEMO), store.reference(place.models, store.DEMO)
    if reference is None or model.gates.training is None:
        raise ModelError(f"Expected {store.DEMO} with training cells. Received: none; run `python -m core gates`.")
    training = model.gates.training
    known = reference.vectors.astype(np.float32)
    spread = known.std(axis=0)
    scale = np.maximum(spread, _SMALLEST * np.median(spread))
    distances: dict[str, Callable[[FloatArray], FloatArray]] = {
        "Euclidean": lambda vectors: vectors,
        "cosine": _unit,
        "each number over its spread": lambda vectors: vectors / scale,
        "whitened, as the gate's": lambda vectors: (vectors - training.centre) @ training.whitening,
        "whitened, cosine": lambda vectors: _unit((vectors - training.centre) @ training.whitening),
    }
    print(f"{COUNT} nearest of {len(known):,} training cells: share of the cell's own class")
    for side in ("validation", "test"):
        cells = dataset.labelled[dataset.labelled["subject"].isin(model.card.subjects[side])]
        files = [dataset.file(path) for path in cells["path"]]
        vectors, scores = model.seen(pixels.read(files, model.card.preprocessing))
        truth, called = dataset.truth(cells) == 1, scores >= model.card.threshold
        for name, turned in distances.items():
            turned_known = turned(known)
            rows = np.array([nearest_to(turned_known, vector, count=COUNT)[0] for vector in turned(vectors)])
            print(f"{side}, {name}: {(reference.positive[rows] == truth[:, np.newaxis]).mean():.1%}")
        found = [alike(reference, vector, classes=model.card.classes) for vector in vectors]
        positive = np.array([[cell.label == model.card.classes[1] for cell in each.cells] for each in found])
        wrong = called != truth
        agree = (positive == called[:, np.newaxis]).mean()
        own = (positive == truth[:, np.newaxis])[wrong].mean()
        print(
            f"{side}, Euclidean: {agree:.1%} of the class that the model calls; where it is wrong, {own:.1%} of the "
            f"cell's own; {np.mean([each.far for each in found]):.1%} of the cells far off"
        )


def _unit(vectors: FloatArray) -> FloatArray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
