"""Training from the pixel cache: its rate over that of tensors in memory and of image files, and its peak memory."""

import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core import fitting, networks
from core.batches import Batches
from core.config import prepare_environment, settings
from core.data.dataset import CellDataset
from core.data.demo import write_demo
from core.data.drawing import GENERATOR
from core.data.hashing import hashed
from core.data.index import index
from core.data.pixel_cache import cached_pixels
from core.data.split import split
from core.hyperparameters import TrainingConfig
from core.training import train
from core.types import FloatArray

CELLS, SUBJECTS, DATA_SEED = 1500, 50, 5
ROUNDS = 3
MEMORY, DIRECTORY, CACHE = "random tensors in memory", "image_dataset_from_directory", "pixel cache, with turns"


def run() -> None:
    """Print rates of epochs after a first one, alternately, with and without a network, and the peak of a training."""
    dataset = _dataset(None)
    config = TrainingConfig()
    train_cells = split(dataset, seed=config.seed).cells(dataset, "train")
    truth = dataset.truth(train_cells)
    network = networks.build(config.architecture, config.preprocessing.shape, seed=config.seed)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        cells = cached_pixels(dataset, train_cells, config.preprocessing, cache=Path(folder))
        print(f"{len(cells)} training cells of {CELLS} drawn ones, {config.image_size} px, {config.architecture}")
        print(f"filling the cache: {1000 * (time.perf_counter() - started) / len(cells):.2f} ms a cell")
        batches = Batches(cells, truth, config.batch_size, config.augmentation, config.seed)
        network.compile(
            optimizer=fitting.optimizer(config, steps=1000),
            loss="binary_crossentropy",
            metrics=["accuracy", fitting.running_auroc()],
        )
        in_memory, files = _in_memory(batches), _files(dataset, train_cells, config, Path(folder) / "tree")
        times: dict[str, list[tuple[float, float, float]]] = {MEMORY: [], CACHE: [], DIRECTORY: []}
        for epoch in range(ROUNDS + 1):
            for name, found in times.items():
                source = {
                    MEMORY: in_memory,
                    DIRECTORY: files,
                    CACHE: batches.dataset(first_epoch=epoch, epochs=epoch + 1),
                }[name]
                fitted = _seconds(partial(network.fit, source, epochs=1, shuffle=False, verbose=0))
                found.append((*fitted, _seconds(partial(deque, source, maxlen=0))[1]))
    _report({name: np.array(found[1:]) / len(cells) for name, found in times.items()})
    subprocess.run([sys.executable, "-m", "benchmarks.training"], check=True)


def _dataset(tree: str | None) -> CellDataset:
    place = settings()
    root = Path(tree) if tree else None
    if root is None:
        root = write_demo(place.data / f"bench-networks-{GENERATOR}", cells=CELLS, subjects=SUBJECTS, seed=DATA_SEED)
    return hashed(index(root), cache=place.cache)


def _in_memory(batches: Batches) -> Any:  # noqa: ANN401  # TensorFlow carries no types
    """One random batch, again and again: no path to the data can be faster."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    shape = (batches.batch_size, *batches.cells.stored.shape[1:])
    batch = (
        tf.constant(rng.integers(0, 256, shape).astype(np.float32)),
        tf.constant(rng.integers(0, 2, batches.batch_size)),
    )
    last = len(batches.cells) % batches.batch_size
    whole = tf.data.Dataset.from_tensors(batch).repeat(len(batches.cells) // batches.batch_size)
    return whole.concatenate(tf.data.Dataset.from_tensors((batch[0][:last], batch[1][:last]))) if last else whole


def _files(dataset: CellDataset, cells: Any, config: TrainingConfig, tree: Path) -> Any:  # noqa: ANN401
    """Keras' own reader on a folder a class, as most notebooks use it."""
    import keras
    import tensorflow as tf

    for number, (path, label) in enumerate(zip(cells["path"], cells["label"], strict=True)):
        link = tree / label / f"{number}{Path(path).suffix}"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(dataset.file(path))
    found = keras.utils.image_dataset_from_directory(
        tree,
        label_mode="binary",
        image_size=(config.image_size, config.image_size),
        batch_size=config.batch_size,
        seed=config.seed,
        verbose=False,
    )
    return found.prefetch(tf.data.AUTOTUNE)


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Time by the clock, and time of all cores together."""
    started, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - used


def _report(times: dict[str, FloatArray]) -> None:
    """Print seconds an image: (rounds, (clock, cores, cores without a network)) by source."""
    for name, found in times.items():
        clock, cores, alone = np.median(found, axis=0)
        print(
            f"{name}: {1 / clock:.1f} images a second, {1000 * cores:.2f} ms of a core an image; "
            f"without a network {1000 * alone:.2f} ms"
        )
    for name in (MEMORY, DIRECTORY):
        clock, cores, alone = np.median(times[name] / times[CACHE], axis=0)
        print(f"cache over {name}: images a second {clock:.2f}, images a second of a core {cores:.2f}", end="")
        print(f", without a network {alone:.1f}" if name == DIRECTORY else "", flush=True)


def peak() -> None:
    """Train for one epoch in this process, which has done nothing else, and print its peak memory."""
    prepare_environment()
    dataset = _dataset(os.environ.get("LEUKOSCOPE_BENCH_TREE"))
    started = time.perf_counter()
    card = train(dataset, TrainingConfig(epochs=1), name="peak").classifier.card
    taken = time.perf_counter() - started
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    print(f"peak memory of a training on {sum(card.cells.values()):,} cells, mapped pixels included: ", end="")
    print(f"{int(line.split()[1]) / 1e6:.2f} GB ({taken:.0f} s with one epoch)")


if __name__ == "__main__":
    peak()
