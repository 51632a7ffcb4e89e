"""Calibration: how far probabilities are off on unseen subjects, as scored, by temperature, by Platt, and as chosen."""

import numpy as np

from benchmarks import people
from core.calibration import calibration
from core.calibrator import Calibrator, platt, temperature
from core.hyperparameters import TrainingConfig
from core.training import train

SEEDS = (0, 1, 2)
EPOCHS = (2, 8)
IMAGE_SIZE = 96
WAYS = ("as scored", "temperature", "Platt", "as chosen")
FIGURES = ("ece", "brier", "log_loss")


def run() -> None:
    """Print the three figures of each training on its test subjects, and their means by number of epochs."""
    cells = people.drawn()
    print(f"{cells}, LeukoNet, {IMAGE_SIZE} px; each seed is a split by subject of its own")
    for epochs in EPOCHS:
        found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for seed in SEEDS:
            config = TrainingConfig(epochs=epochs, image_size=IMAGE_SIZE, patience=epochs, seed=seed)
            result = train(cells.dataset, config, name="bench")
            held, test = result.reports["validation"], result.report
            chosen = result.classifier.card.calibrator
            lines = (Calibrator(), temperature(held.truth, held.score), platt(held.truth, held.score), chosen)
            for way, line in zip(WAYS, lines, strict=True):
                found[way].append(calibration(test.truth, line.probability(test.score)))
            print(
                f"{epochs} epochs, seed {seed}: AUROC {test.figures()['roc_auc']:.3f}, {_row(found, -1)}; {chosen.text}"
            )
        print(f"{epochs} epochs, mean: {_row(found, None)}", flush=True)


def _row(found: dict[str, list[dict[str, float]]], training: int | None) -> str:
    """Calibration error, Brier score and log loss of each way, of one training or their mean over all."""
    parts = []
    for way, trainings in found.items():
        some = trainings if training is None else [trainings[training]]
        parts.append(f"{way} " + " ".join(f"{np.mean([each[figure] for each in some]):.3f}" for figure in FIGURES))
    return ", ".join(parts)
