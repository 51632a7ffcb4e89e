"""Does stain normalization help on unseen subjects, stained as those of the training or otherwise?"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeClassifierCV
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks import people
from benchmarks.paired_auroc import Pairs, difference, pairs
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.pixels import Preprocessing, Stain
from core.data.segmentation import segment
from core.data.stain import lab_statistics, reinhard
from core.hyperparameters import TrainingConfig
from core.training import train
from core.types import ByteArray, FloatArray, IntArray

SEEDS = (0, 1, 2, 3, 4)  # of the splits; a network is tested on one fifth of the persons with each
EPOCHS, NETWORK_SIZE = 10, 96
OTHER = 0.15  # another stain multiplies each channel of a subject's cells by a factor; standard deviation of its log
STAINS: tuple[Stain, ...] = ("as is", "reinhard")


def run() -> None:
    """Print colour by subject and AUROC by subject, as is and normalized, on drawn cells and on real ones."""
    drawn = people.drawn()
    print(f"drawn: {drawn}")
    _colours(*drawn)
    _ridge(*drawn)
    _network(*drawn)
    real = people.real()
    if real is not None:
        print(f"\nreal: {real}")
        _colours(*real)
        _ridge(*real)
        statistics = pd.DataFrame(_of_each(real.dataset, lab_statistics).reshape(-1, 6))
        target = statistics.groupby(real.dataset.labelled["subject"].to_numpy()).mean().mean()
        print("mean and SD of L*, a*, b*, mean over the subjects:", _listed(target))


def _of_each(dataset: CellDataset, measure: Callable[[ByteArray], FloatArray | ByteArray]) -> FloatArray:
    return np.array([measure(pixels.decode_file(dataset.file(path))) for path in dataset.labelled["path"]])


def _colours(dataset: CellDataset, person: pd.Series) -> None:
    """Print how far the mean colours of cells differ between persons of one class."""
    truth = dataset.truth(dataset.labelled)
    for name, colours in (
        ("as is", _of_each(dataset, _mean_colour)),
        ("normalized", _of_each(dataset, lambda image: _mean_colour(reinhard(image)))),
    ):
        found = np.array([_between(colours[:, channel], person, truth) for channel in range(3)])
        spread, share = _listed(found[:, 0]), _listed(found[:, 1])
        print(f"{name}: mean red, green, blue: SD between persons {spread}; share of the variance {share}")


def _mean_colour(image: ByteArray) -> FloatArray:
    found = segment(image)
    return np.asarray(found.crop(image)[found.cell].mean(axis=0))


def _between(value: FloatArray, person: pd.Series, truth: IntArray) -> tuple[float, float]:
    """Standard deviation between the persons of a class, and the share of its variance (intraclass correlation).

    Source:
        Shrout and Fleiss 1979, ICC(1, 1), doi 10.1037/0033-2909.86.2.420, with the mean number of cells as in Donner
        1986, doi 10.2307/1403259.
    """
    values = pd.Series(value)
    centred = values - values.groupby(truth).transform("mean")
    groups = centred.groupby(person)
    sizes = groups.size().to_numpy()
    cells, count = sizes.sum(), len(sizes)
    within = float(((centred - groups.transform("mean")) ** 2).sum() / (cells - count))
    usual_size = (cells - (sizes**2).sum() / cells) / (count - 1)
    between = max(0.0, float((sizes * groups.mean().to_numpy() ** 2).sum() / (count - 2) - within) / usual_size)
    return between**0.5, between / (between + within)


def _stained_otherwise(dataset: CellDataset, preprocessing: Preprocessing, seed: int) -> ByteArray:
    """Prepared cells of subjects whose stain differs by factors on the channels that say nothing of the class."""
    rng = np.random.default_rng([people.DATA_SEED, seed])
    factors = {subject: np.exp(rng.normal(0, OTHER, 3)) for subject in sorted(set(dataset.labelled["subject"]))}
    cells = zip(dataset.labelled["path"], dataset.labelled["subject"], strict=True)
    return np.stack(
        [
            pixels.prepare(
                np.rint(np.clip(pixels.decode_file(dataset.file(path)) * factors[subject], 0, 255)).astype(np.uint8),
                preprocessing,
            )
            for path, subject in cells
        ]
    )


def _ridge(dataset: CellDataset, person: pd.Series) -> None:
    """Print the AUROC of a linear model that sees 32 x 32 colour pixels, trained on four fifths of the persons."""
    truth = dataset.truth(dataset.labelled)
    files = [dataset.file(path) for path in dataset.labelled["path"]]
    model = make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=np.logspace(0, 6, 7)))
    same: dict[Stain, list[Pairs]] = {stain: [] for stain in STAINS}
    other: dict[Stain, list[Pairs]] = {stain: [] for stain in STAINS}
    for stain in STAINS:
        preprocessing = Preprocessing(32, stain=stain)
        images = pixels.read(files, preprocessing).reshape(len(files), -1).astype(np.float32)
        for seed in SEEDS:
            others = _stained_otherwise(dataset, preprocessing, seed).reshape(images.shape).astype(np.float32)
            score = np.zeros((2, len(files)))
            folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
            for learned, unseen in folds.split(images, truth, person):
                model.fit(images[learned], truth[learned])
                score[:, unseen] = [model.decision_function(cells[unseen]) for cells in (images, others)]
            same[stain].append(pairs(score[0], truth, person, person))
            other[stain].append(pairs(score[1], truth, person, person))
    _print("ridge on 32 x 32 colour pixels, same stain", same)
    _print("ridge on 32 x 32 colour pixels, another stain at test", other)


def _network(dataset: CellDataset, person: pd.Series) -> None:
    """Print the AUROC of LeukoNet on the test subjects of several splits."""
    row = {path: number for number, path in enumerate(dataset.labelled["path"])}
    same: dict[Stain, list[Pairs]] = {stain: [] for stain in STAINS}
    other: dict[Stain, list[Pairs]] = {stain: [] for stain in STAINS}
    for stain in STAINS:
        for seed in SEEDS:
            config = TrainingConfig(
                epochs=EPOCHS,
                image_size=NETWORK_SIZE,
                patience=EPOCHS,
                normalize_stain=stain == "reinhard",
                seed=seed,
            )
            result = train(dataset, config, name="stain")
            rows = result.report.cells["path"].map(row).to_numpy()
            others = _stained_otherwise(dataset, config.preprocessing, seed)[rows]
            truth, tested = result.report.truth, person.iloc[rows]
            same[stain].append(pairs(result.report.score, truth, tested, person))
            other[stain].append(pairs(result.classifier.scores(others), truth, tested, person))
    _print(f"LeukoNet, {NETWORK_SIZE} px, {EPOCHS} epochs, same stain", same)
    _print(f"LeukoNet, {NETWORK_SIZE} px, {EPOCHS} epochs, another stain at test", other)


def _print(name: str, found: dict[Stain, list[Pairs]]) -> None:
    before, after = (found[stain] for stain in STAINS)
    print(f"{name}: {difference(before, after, names=('as is', 'normalized'))}", flush=True)


def _listed(values: FloatArray | pd.Series) -> str:
    return " ".join(f"{value:.2f}" for value in values)
