"""LeukoNet against the baseline CNN: weights, AUROC on unseen subjects, and rate, each seed a split of its own."""

import numpy as np

from core.config import settings
from core.data.demo import write_demo
from core.data.drawing import GENERATOR
from core.data.hashing import hashed
from core.data.index import index
from core.hyperparameters import TrainingConfig
from core.training import TrainingEvent, train

CELLS, SUBJECTS, DATA_SEED = 1500, 50, 5
SEEDS = (0, 1, 2)
NAMES = ("leuko-net", "baseline-cnn")
EPOCHS = 15
IMAGE_SIZE = 128


def run() -> None:
    """Print one row a training, then means and ratios."""
    place = settings()
    root = write_demo(place.data / f"bench-networks-{GENERATOR}", cells=CELLS, subjects=SUBJECTS, seed=DATA_SEED)
    dataset = hashed(index(root), cache=place.cache)
    print(f"{CELLS} cells of {SUBJECTS} subjects, {IMAGE_SIZE} px, at most {EPOCHS} epochs")
    aurocs: dict[str, list[float]] = {name: [] for name in NAMES}
    rates: dict[str, list[float]] = {name: [] for name in NAMES}
    weights: dict[str, int] = {}
    for seed in SEEDS:
        for name in NAMES:

            def listen(event: TrainingEvent, name: str = name) -> None:
                if event.stage == "training" and event.done == event.total:
                    rates[name].append(event.images_per_second)

            config = TrainingConfig(
                architecture=name,
                epochs=EPOCHS,
                image_size=IMAGE_SIZE,
                patience=EPOCHS,
                dropout=0.5 if name == "baseline-cnn" else 0.2,  # as the field's notebooks have it
                seed=seed,
            )
            result = train(dataset, config, name=name, listener=listen)
            weights[name] = result.classifier.card.parameters
            aurocs[name].append(result.report.figures()["roc_auc"])
            print(f"seed {seed}, {name}: test AUROC {aurocs[name][-1]:.3f}", flush=True)
    for name in NAMES:
        print(f"{name}: {weights[name]:,} weights, mean test AUROC {np.mean(aurocs[name]):.3f}")
    first, second = NAMES
    print(f"weights, {first} over {second}: {weights[first] / weights[second]:.3f}")
    print(f"images a second, {first} over {second}: {np.median(rates[first]) / np.median(rates[second]):.2f}")
