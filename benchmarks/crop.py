"""Does a window of constant scale around the cell help on unseen subjects, at the same size of the network's input?"""

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeClassifierCV
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks import people
from benchmarks.paired_auroc import Pairs, difference, pairs
from core.data import pixels, window
from core.data.dataset import CellDataset
from core.data.pixels import Preprocessing
from core.data.segmentation import bounding_box
from core.hyperparameters import TrainingConfig
from core.training import train

SEEDS = (0, 1, 2, 3, 4)  # of the splits; a network is tested on one fifth of the persons with each
EPOCHS, RIDGE_SIZE = 10, 32
NETWORKS = {96: SEEDS, 200: SEEDS[:3]}  # seeds by the size of the input; 200 is the presets'
NAMES = ("whole image", "window")


def run() -> None:
    """Print how many cells are larger than the window, and AUROC by subject without and with it."""
    drawn = people.drawn()
    print(f"drawn: {drawn}")
    _larger(drawn.dataset)
    _ridge(*drawn)
    for size, seeds in NETWORKS.items():
        _network(*drawn, size=size, seeds=seeds)
    real = people.real()
    if real is not None:
        print(f"\nreal: {real}")
        _larger(real.dataset)
        _ridge(*real)


def _larger(dataset: CellDataset) -> None:
    cells = dataset.labelled
    boxes = [bounding_box(pixels.decode_file(dataset.file(path))) for path in cells["path"]]
    extent = pd.Series([max(width, height) for _, _, width, height in boxes])
    by_class = (extent > window.EDGE).groupby(cells["label"].to_numpy()).agg(["sum", "size"])
    counts = ", ".join(f"{label} {row['sum']} of {row['size']}" for label, row in by_class.iterrows())
    print(f"wider or higher than {window.EDGE} px: {counts}; the largest {extent.max()} px")


def _ridge(dataset: CellDataset, person: pd.Series) -> None:
    """Print the AUROC of a linear model that sees 32 x 32 colour pixels, trained on four fifths of the persons."""
    truth = dataset.truth(dataset.labelled)
    files = [dataset.file(path) for path in dataset.labelled["path"]]
    model = make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=np.logspace(0, 6, 7)))
    tests: dict[str, list[Pairs]] = {name: [] for name in NAMES}
    for name, edge in zip(NAMES, (None, window.EDGE), strict=True):
        images = pixels.read(files, Preprocessing(RIDGE_SIZE, window=edge)).reshape(len(files), -1).astype(np.float32)
        for seed in SEEDS:
            score = np.zeros(len(files))
            folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
            for learned, unseen in folds.split(images, truth, person):
                model.fit(images[learned], truth[learned])
                score[unseen] = model.decision_function(images[unseen])
            tests[name].append(pairs(score, truth, person, person))
    _print(f"ridge on {RIDGE_SIZE} x {RIDGE_SIZE} colour pixels", tests)


def _network(dataset: CellDataset, person: pd.Series, *, size: int, seeds: tuple[int, ...]) -> None:
    """Print the AUROC of LeukoNet on the test subjects of several splits."""
    row = {path: number for number, path in enumerate(dataset.labelled["path"])}
    tests: dict[str, list[Pairs]] = {name: [] for name in NAMES}
    for seed in seeds:
        for name, crop in zip(NAMES, (False, True), strict=True):
            config = TrainingConfig(epochs=EPOCHS, image_size=size, patience=EPOCHS, crop=crop, seed=seed)
            found = train(dataset, config, name="crop").report
            rows = found.cells["path"].map(row).to_numpy()
            tests[name].append(pairs(found.score, found.truth, person.iloc[rows], person))
            print(f"seed {seed}, {name}: test AUROC {found.figures()['roc_auc']:.3f}", flush=True)
    _print(f"LeukoNet, {size} px, {EPOCHS} epochs", tests)


def _print(what: str, tests: dict[str, list[Pairs]]) -> None:
    before, after = (tests[name] for name in NAMES)
    print(f"{what}: {difference(before, after, names=NAMES)}", flush=True)
