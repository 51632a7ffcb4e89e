"""LeukoNet, the baseline CNN and MobileNetV2, all from scratch, at equal time: AUROC on unseen subjects, and rate."""

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import people
from benchmarks.paired_auroc import Pairs, difference, pairs
from benchmarks.people import People
from core import fitting, networks
from core.batches import Batches
from core.data.dataset import CellDataset
from core.data.pixel_cache import CachedPixels, cached_pixels
from core.hyperparameters import TrainingConfig
from core.training import train
from core.types import FloatArray

if TYPE_CHECKING:
    import keras

SEEDS = (0, 1, 2)  # each a split by subject
REAL_SEEDS = (0, 1, 2, 3, 4)  # test on five different sets of persons
FIRST, BASELINE, OTHER = NAMES = ("leuko-net", "baseline-cnn", "mobilenet-v2")
EPOCHS = TrainingConfig().epochs  # of the baseline; the others get as many as fit into its time
IMAGE_SIZE = 128
TIMED_CELLS, TIMED_ROUNDS = 128, 3


def run() -> None:
    """Print the ratios of rates, then one row a training and the means, on drawn cells and on real ones."""
    drawn, real = people.drawn(), people.real()
    timed = {size: _timed(drawn.dataset, size) for size in (TrainingConfig().image_size, IMAGE_SIZE)}
    epochs = _epochs(timed[IMAGE_SIZE])
    print(f"\ndrawn: {drawn}, {IMAGE_SIZE} px")
    with TemporaryDirectory() as folder:
        _compare(drawn, epochs, SEEDS, batch_size=TrainingConfig().batch_size, cache=Path(folder))
        if real is not None:
            print(f"\nreal: {real}, {IMAGE_SIZE} px; a smoke test, too few cells to tell the networks apart")
            _compare(real, epochs, REAL_SEEDS, batch_size=8, cache=Path(folder))


def _timed(dataset: CellDataset, size: int) -> dict[str, FloatArray]:
    """Seconds for training on some cells and for scoring a third as many, in alternation; medians, by network."""
    config = TrainingConfig(image_size=size)
    cells = dataset.labelled.iloc[:: len(dataset.labelled) // TIMED_CELLS][:TIMED_CELLS]
    rounds: dict[str, list[tuple[float, float, float]]] = {name: [] for name in NAMES}
    with TemporaryDirectory() as folder:
        found = cached_pixels(dataset, cells, config.preprocessing, cache=Path(folder))
        batches = Batches(found, dataset.truth(cells), config.batch_size, config.augmentation, config.seed)
        built = {name: _compiled(name, config) for name in NAMES}
        for number in range(TIMED_ROUNDS + 1):  # the first one makes the networks ready
            for name, network in built.items():
                rounds[name].append(_seconds(network, batches, found[: len(found) // 3], epoch=number))
    medians = {name: np.median(np.array(rows[1:]), axis=0) for name, rows in rounds.items()}
    for name, (clock, cores, _) in medians.items():
        rate, core_ms = TIMED_CELLS / clock, 1000 * cores / TIMED_CELLS
        print(f"{size} px, {name}: {rate:.0f} images a second, {core_ms:.2f} ms of a core an image")
    for other in (BASELINE, OTHER):
        ratios = np.median(np.array(rounds[other][1:]) / np.array(rounds[FIRST][1:]), axis=0)
        print(
            f"{size} px, images a second, {FIRST} over {other}: {ratios[0]:.2f}; of a core {ratios[1]:.2f}", flush=True
        )
    return medians


def _compiled(name: str, config: TrainingConfig) -> "keras.Model":
    network = networks.build(name, config.preprocessing.shape)
    network.compile(optimizer=fitting.optimizer(config, steps=1000), loss="binary_crossentropy", metrics=["accuracy"])
    return network


def _seconds(
    network: "keras.Model", batches: Batches, scored: CachedPixels, *, epoch: int
) -> tuple[float, float, float]:
    """Training by the clock and of all cores together, and training and scoring of all cores."""
    source = batches.dataset(first_epoch=epoch, epochs=epoch + 1)
    started, used = time.perf_counter(), time.process_time()
    network.fit(source, epochs=1, shuffle=False, verbose=0)
    trained = time.perf_counter() - started, time.process_time() - used
    fitting.scores(network, scored)
    return *trained, time.process_time() - used


def _epochs(timed: dict[str, FloatArray]) -> dict[str, int]:
    """Epochs of each network in the time of the baseline's, which is of all cores: the machine may be shared."""
    seconds = {name: medians[2] for name, medians in timed.items()}
    return {name: max(1, int(EPOCHS * seconds[BASELINE] / seconds[name])) for name in NAMES}


def _compare(cells: People, epochs: dict[str, int], seeds: Sequence[int], *, batch_size: int, cache: Path) -> None:
    """Print the AUROC of the test subjects for each seed and network, then their means and how far they differ."""
    dataset, person = cells
    row = {path: number for number, path in enumerate(dataset.labelled["path"])}
    found: dict[str, list[Pairs]] = {name: [] for name in NAMES}
    for seed in seeds:
        for name in NAMES:
            config = TrainingConfig(
                architecture=name,
                epochs=epochs[name],
                batch_size=batch_size,
                image_size=IMAGE_SIZE,
                patience=epochs[name],
                dropout=0.5 if name == BASELINE else 0.2,  # as the field's notebooks have it
                seed=seed,
            )
            started, used = time.perf_counter(), time.process_time()
            result = train(dataset, config, name=name, cache=cache)
            clock, cores = time.perf_counter() - started, time.process_time() - used
            report = result.report
            tested = person.iloc[report.cells["path"].map(row).to_numpy()]
            found[name].append(pairs(report.score, report.truth, tested, person))
            print(
                f"seed {seed}, {name} ({result.classifier.card.parameters:,} weights): test AUROC "
                f"{report.figures()['roc_auc']:.3f}; {epochs[name]} epochs, {clock:.0f} s, {cores:.0f} s of a core",
                flush=True,
            )
    for other in (BASELINE, OTHER):
        print(difference(found[other], found[FIRST], names=(other, FIRST)), flush=True)
