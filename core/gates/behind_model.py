"""The gates that look at what a model saw: is the cell like its training cells, and is its score clear?"""

from core.gates.band import Band
from core.gates.finding import Finding
from core.gates.training_range import TrainingRange
from core.types import FloatArray


def in_range(vector: FloatArray, training: TrainingRange | None) -> Finding:
    """Whether a cell lies among a model's training cells.

    Args:
        vector: What the model sees of the cell, (numbers,).
        training: Of the model; None where it was stored without.
    """
    if training is None:
        return Finding("range", True, "Not checked: this model has no record of its training cells.", checked=False)
    distance = float(training.distance(vector[None])[0])
    numbers = {"distance from the training cells": distance, "at most": training.limit}
    if distance <= training.limit:
        return Finding("range", True, "The model knows cells like this one from its training.", numbers)
    return Finding(
        "range",
        False,
        "The model was not trained on cells like this one: it lies farther from its training cells than "
        f"{1 - training.false_alarms:.0%} of new cells of their kind do.",
        numbers,
    )


def is_clear(score: float, band: Band | None) -> Finding:
    """Whether a score lies outside the band around the operating point.

    Args:
        score: Of the positive class, uncalibrated, in [0, 1].
        band: Of the model; None where it was stored without.
    """
    if band is None:
        return Finding(
            "confidence",
            True,
            "Not checked: this model has no record of its errors near the threshold.",
            checked=False,
        )
    numbers = {
        "score": score,
        "threshold": band.threshold,
        "no answer from": 0.0 if band.low is None else band.low,
        "no answer below": 1.0 if band.high is None else band.high,
    }
    below = band.low is not None and score < band.low
    if below or (band.high is not None and score >= band.high):
        return Finding("confidence", True, "The score is clearly on one side of the threshold.", numbers)
    return Finding(
        "confidence",
        False,
        f"The score is too near the threshold to call the cell with no more than {band.errors:.0%} of wrong calls.",
        numbers,
    )
