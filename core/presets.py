"""Presets: how much effort a training takes, so that nobody has to choose each hyperparameter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core import networks
from core.hyperparameters import TrainingConfig


@dataclass(frozen=True)
class Preset:
    """A set of hyperparameters under a name.

    Attributes:
        title: Name shown to users.
        sentence: What it does and when to choose it.
        fields: Fields of `TrainingConfig` that it sets; those that are the user's business (colour, stain, window,
            where to start from, seed) are not among them.
    """

    title: str
    sentence: str
    fields: Mapping[str, Any]


def matching(fields: Mapping[str, Any]) -> str | None:
    """Key of the preset whose fields all have these values, or None: then the choices are the user's own."""
    for key, preset in PRESETS.items():
        if all(fields[name] == value for name, value in preset.fields.items()):
            return key
    return None


_PLAIN = TrainingConfig()
_COMMON = {
    "architecture": networks.DEFAULT,
    "batch_size": _PLAIN.batch_size,
    "learning_rate": _PLAIN.learning_rate,
    "optimizer": _PLAIN.optimizer,
    "class_weights": _PLAIN.class_weights,
    "dropout": _PLAIN.dropout,
}
DEFAULT = "balanced"
PRESETS: dict[str, Preset] = {
    "quick look": Preset(
        "Quick look",
        "A quarter of the training subjects, small images, few epochs: whether it runs at all, not how good it gets.",
        {
            **_COMMON,
            "epochs": 5,
            "image_size": 96,
            "subjects_share": 0.25,
            "patience": 3,
            "augmentation": "turns",
        },
    ),
    "balanced": Preset(
        "Balanced",
        "All training subjects and up to 15 epochs: the first choice for a model to keep.",
        {
            **_COMMON,
            "epochs": 15,
            "image_size": 200,
            "subjects_share": 1.0,
            "patience": 8,
            "augmentation": "turns",
        },
    ),
    "best": Preset(
        "Best effort",
        "All training subjects, slightly changed colours as well as turns, and up to 50 epochs: takes longest. That it "
        "gets further than 'Balanced' has not been measured.",
        {
            **_COMMON,
            "epochs": 50,
            "image_size": 200,
            "subjects_share": 1.0,
            "patience": 15,
            "augmentation": "turns and colour",
        },
    ),
}
