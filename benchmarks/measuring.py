"""Measuring cells against decoding and resizing them alone, on the same cores and the same cells."""

import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.config import settings
from core.data import pixels
from core.data.demo import write_demo
from core.data.drawing import GENERATOR
from core.data.hashing import hashed
from core.data.index import index
from core.data.measures import measured

CELLS, SUBJECTS, SEED = 1000, 20, 6
ROUNDS = 3


def run() -> None:
    """Print the rate of hashing and measuring over that of decoding and resizing, alternately, the median of three."""
    root = write_demo(settings().data / f"bench-measuring-{GENERATOR}", cells=CELLS, subjects=SUBJECTS, seed=SEED)
    dataset = index(root)
    files = [dataset.file(path) for path in dataset.table["path"]]

    def bare(file: Path) -> None:
        pixels.prepare(pixels.decode_file(file), pixels.Preprocessing())

    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            list(pool.map(bare, files))
        alone = time.perf_counter() - started
        with tempfile.TemporaryDirectory() as cache:
            started = time.perf_counter()
            measured(hashed(dataset, cache=Path(cache)), cache=Path(cache))
            taken = time.perf_counter() - started
        rounds.append((alone / taken, alone, taken))
    ratio, alone, taken = sorted(rounds)[ROUNDS // 2]
    print(f"{CELLS} cells, 450 x 450; hashes, quality, morphology and perceptual hash, nothing cached")
    print(f"decoding and resizing alone: {1000 * alone / CELLS:.2f} ms a cell")
    print(f"hashing and measuring: {1000 * taken / CELLS:.2f} ms a cell")
    print(f"rate over decoding and resizing alone: {ratio:.2f}")
