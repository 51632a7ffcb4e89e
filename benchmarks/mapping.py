"""How much of each cell's neighbourhood the map keeps, beside the first two principal components."""

import tempfile
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from core import store
from core.config import PROJECT_ROOT, settings
from core.data.demo import write_demo
from core.data.drawing import GENERATOR
from core.data.hashing import hashed
from core.data.index import index
from core.data.measures import measured
from core.embedding.network import network_vectors
from core.embedding.projection import projection
from core.embedding.vectors import CellVectors, morphology_vectors
from core.types import FloatArray

CELLS, SUBJECTS, SEED = 1000, 20, 6
NEIGHBOURS = 10


def run() -> None:
    """Print the share of the 10 nearest cells that are also among the 10 nearest on the plane."""
    root = write_demo(settings().data / f"bench-measuring-{GENERATOR}", cells=CELLS, subjects=SUBJECTS, seed=SEED)
    models = PROJECT_ROOT / "models"
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        dataset = hashed(index(root), cache=cache)
        card = store.card(models, store.DEMO)
        vectors: dict[str, CellVectors] = {
            "morphology": morphology_vectors(measured(dataset, cache=cache)),
            "the demo model's last layer": network_vectors(
                dataset, card, lambda: store.load(models, store.DEMO), cache=cache
            ),
        }
        print(f"{CELLS} cells; share of the {NEIGHBOURS} nearest cells kept, chance {NEIGHBOURS / (CELLS - 1):.3f}")
        for name, found in vectors.items():
            numbers = found.numbers
            maps = {"map": projection(numbers, cache=cache), "two components": PCA(2).fit_transform(numbers)}
            print(f"{name}: " + ", ".join(f"{kind} {_kept(numbers, points):.3f}" for kind, points in maps.items()))


def _kept(vectors: FloatArray, points: FloatArray) -> float:
    near = [
        NearestNeighbors(n_neighbors=NEIGHBOURS).fit(values).kneighbors(return_distance=False)
        for values in (vectors, points)
    ]
    return float(np.mean([len(np.intersect1d(*rows)) for rows in zip(*near, strict=True)]) / NEIGHBOURS)
