"""Does stain normalization help on unseen subjects, stained as those of the training or otherwise?"""

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeClassifierCV
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.config import settings
from core.data import cnmc, pixels
from core.data.dataset import CellDataset
from core.data.demo import write_demo
from core.data.drawing import GENERATOR
from core.data.hashing import hashed
from core.data.index import index
from core.data.persons import persons
from core.data.pixels import Preprocessing, Stain
from core.data.segmentation import segment
from core.data.stain import lab_statistics, reinhard
from core.hyperparameters import TrainingConfig
from core.training import train
from core.types import ByteArray, FloatArray, IntArray

CELLS, SUBJECTS, DATA_SEED = 1500, 50, 5
SEEDS = (0, 1, 2, 3, 4)  # of the splits; a network is tested on one fifth of the persons with each
EPOCHS, NETWORK_SIZE = 10, 96
OTHER = 0.15  # another stain multiplies each channel of a subject's cells by a factor; standard deviation of its log
DRAWS = 2000
STAINS: tuple[Stain, ...] = ("as is", "reinhard")
Pairs = tuple[FloatArray, FloatArray]  # (persons, persons), positive by negative: pairs in the right order; all pairs


def run() -> None:
    """Print colour by subject and AUROC by subject, as is and normalized, on drawn cells and on real ones."""
    place = settings()
    root = write_demo(place.data / f"bench-stain-{GENERATOR}", cells=CELLS, subjects=SUBJECTS, seed=DATA_SEED)
    dataset = hashed(index(root), cache=place.cache)
    people = _people(dataset, persons(dataset.table))
    print(f"drawn: {len(people)} cells of {people.nunique()} persons")
    _colours(dataset, people)
    _ridge(dataset, people)
    _network(dataset, people)
    real = os.environ.get("LEUKOSCOPE_REAL_DATA")
    if real:
        dataset = hashed(index(Path(real) / "cnmc-sample"), cache=place.cache)
        people = _people(dataset, _manifest_persons(Path(real) / "cnmc-manifest.csv.gz"))
        print(f"\nreal: {len(people)} cells of {people.nunique()} persons")
        _colours(dataset, people)
        _ridge(dataset, people)
        statistics = pd.DataFrame(_of_each(dataset, lab_statistics).reshape(-1, 6))
        target = statistics.groupby(dataset.labelled["subject"].to_numpy()).mean().mean()
        print("mean and SD of L*, a*, b*, mean over the subjects:", _listed(target))


def _people(dataset: CellDataset, person: dict[str, str]) -> pd.Series:
    return dataset.labelled["subject"].map(person).reset_index(drop=True)


def _manifest_persons(manifest: Path) -> dict[str, str]:
    """Persons as the whole data set tells them, of which the real cells are a few."""
    rows = pd.read_csv(manifest, dtype=str)
    stems = rows["path"].map(lambda path: PurePosixPath(path).stem)
    stems = stems[stems.map(cnmc.is_cell_name)]
    return persons(rows.loc[stems.index].assign(subject=stems.map(lambda stem: cnmc.cell_name(stem).subject)))


def _of_each(dataset: CellDataset, measure: Callable[[ByteArray], FloatArray | ByteArray]) -> FloatArray:
    return np.array([measure(pixels.decode_file(dataset.file(path))) for path in dataset.labelled["path"]])


def _colours(dataset: CellDataset, people: pd.Series) -> None:
    """Print how far the mean colours of cells differ between persons of one class."""
    truth = dataset.truth(dataset.labelled)
    for name, colours in (
        ("as is", _of_each(dataset, _mean_colour)),
        ("normalized", _of_each(dataset, lambda image: _mean_colour(reinhard(image)))),
    ):
        found = np.array([_between(colours[:, channel], people, truth) for channel in range(3)])
        spread, share = _listed(found[:, 0]), _listed(found[:, 1])
        print(f"{name}: mean red, green, blue: SD between persons {spread}; share of the variance {share}")


def _mean_colour(image: ByteArray) -> FloatArray:
    found = segment(image)
    return np.asarray(found.crop(image)[found.cell].mean(axis=0))


def _between(value: FloatArray, people: pd.Series, truth: IntArray) -> tuple[float, float]:
    """Standard deviation between the persons of a class, and the share of its variance (intraclass correlation).

    Source:
        Shrout and Fleiss 1979, ICC(1, 1), doi 10.1037/0033-2909.86.2.420, with the mean number of cells as in Donner
        1986, doi 10.2307/1403259.
    """
    values = pd.Series(value)
    centred = values - values.groupby(truth).transform("mean")
    groups = centred.groupby(people)
    sizes = groups.size().to_numpy()
    cells, count = sizes.sum(), len(sizes)
    within = float(((centred - groups.transform("mean")) ** 2).sum() / (cells - count))
    usual_size = (cells - (sizes**2).sum() / cells) / (count - 1)
    between = max(0.0, float((sizes * groups.mean().to_numpy() ** 2).sum() / (count - 2) - within) / usual_size)
    return between**0.5, between / (between + within)


def _stained_otherwise(dataset: CellDataset, preprocessing: Preprocessing, seed: int) -> ByteArray:
    """Prepared cells of subjects whose stain differs by factors on the channels that say nothing of the class."""
    rng = np.random.default_rng([DATA_SEED, seed])
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


def _ridge(dataset: CellDataset, people: pd.Series) -> None:
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
            for learned, unseen in folds.split(images, truth, people):
                model.fit(images[learned], truth[learned])
                score[:, unseen] = [model.decision_function(cells[unseen]) for cells in (images, others)]
            same[stain].append(_pairs(score[0], truth, people, people))
            other[stain].append(_pairs(score[1], truth, people, people))
    _difference("ridge on 32 x 32 colour pixels, same stain", same)
    _difference("ridge on 32 x 32 colour pixels, another stain at test", other)


def _network(dataset: CellDataset, people: pd.Series) -> None:
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
            truth, person = result.report.truth, people.iloc[rows]
            same[stain].append(_pairs(result.report.score, truth, person, people))
            other[stain].append(_pairs(result.classifier.scores(others), truth, person, people))
    _difference(f"LeukoNet, {NETWORK_SIZE} px, {EPOCHS} epochs, same stain", same)
    _difference(f"LeukoNet, {NETWORK_SIZE} px, {EPOCHS} epochs, another stain at test", other)


def _pairs(score: FloatArray, truth: IntArray, person: pd.Series, people: pd.Series) -> Pairs:
    """Count the pairs of a positive and a negative cell by the persons they are of; a tie is half right."""
    member = (person.to_numpy()[:, np.newaxis] == sorted(set(people))).astype(float)
    positive, negative = score[truth == 1][:, np.newaxis], score[truth == 0]
    right = (positive > negative) + 0.5 * (positive == negative)
    of_positive, of_negative = member[truth == 1], member[truth == 0]
    return of_positive.T @ right @ of_negative, np.outer(of_positive.sum(axis=0), of_negative.sum(axis=0))


def _difference(name: str, pairs: dict[Stain, list[Pairs]]) -> None:
    """Print both mean AUROCs over the seeds and their difference, with its 95 % interval over resampled persons."""
    before, after = (pairs[stain] for stain in STAINS)
    tested = np.sum([everything for _, everything in before], axis=0)
    rng = np.random.default_rng(0)
    drawn = np.zeros((DRAWS, len(tested)))
    for chosen in (tested.any(axis=1), tested.any(axis=0)):
        drawn[:, chosen] = rng.multinomial(chosen.sum(), np.full(chosen.sum(), 1 / chosen.sum()), size=DRAWS)
    low, high = np.nanquantile(_aurocs(after, drawn) - _aurocs(before, drawn), (0.025, 0.975))
    once = np.ones((1, len(tested)))
    as_is, normalized = float(_aurocs(before, once)[0]), float(_aurocs(after, once)[0])
    print(
        f"{name}: AUROC as is {as_is:.3f}, normalized {normalized:.3f}, "
        f"difference {normalized - as_is:+.3f} ({low:+.3f} to {high:+.3f})",
        flush=True,
    )


def _aurocs(pairs: list[Pairs], times: FloatArray) -> FloatArray:
    """Mean AUROC over the seeds where each person counts as often as a row of `times` says, (rows,)."""
    found = []
    for right, everything in pairs:
        total = ((times @ everything) * times).sum(axis=1)
        total[total == 0] = np.nan  # a draw without the test persons of one class says nothing of this seed
        found.append(((times @ right) * times).sum(axis=1) / total)
    return np.asarray(np.nanmean(found, axis=0))


def _listed(values: FloatArray | pd.Series) -> str:
    return " ".join(f"{value:.2f}" for value in values)
