"""`TrainingConfig`: the hyperparameters of one training, with their ranges."""

from dataclasses import dataclass
from typing import Literal, get_args

from core.data import window
from core.data.pixels import Preprocessing

Optimizer = Literal["adam", "adamw", "sgd"]
Augmentation = Literal["off", "turns", "turns and colour"]
OPTIMIZERS: tuple[Optimizer, ...] = get_args(Optimizer)
AUGMENTATIONS: tuple[Augmentation, ...] = get_args(Augmentation)


@dataclass(frozen=True)
class TrainingConfig:
    """Hyperparameters of one training.

    Attributes:
        architecture: A key of `core.networks.NETWORKS`.
        pretrained: Start from ImageNet weights where the architecture has them.
        epochs: Most passes over the training cells.
        batch_size: Cells a step.
        learning_rate: Adam's first step size; it falls to zero along a cosine over the epochs.
        image_size: Edge of the network's input in pixels.
        grayscale: Drop the colour.
        normalize_stain: Give each cell the colours of a reference before anything else.
        crop: Show the network a square of constant scale around the cell, not the whole image.
        subjects_share: Share of training and validation subjects to use, in (0, 1].
        patience: Epochs without a better validation AUROC before training stops.
        class_weights: Weigh the classes inversely to their number of cells.
        optimizer: "adam", "adamw" or "sgd" (with momentum).
        augmentation: "off", "turns" (flips and turns: cells have no up) or "turns and colour" (a small jitter, too).
        dropout: Share of the last layer's inputs that is dropped while training, in [0, 0.9].
        start_from: Name of a stored model whose weights training starts from; "" for new ones.
        freeze: Train only the last layer of `start_from`.
        seed: Seed of the split, the initial weights and the order of cells.
    """

    architecture: str = "leuko-net"
    pretrained: bool = False
    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 1e-3
    image_size: int = 200
    grayscale: bool = False
    normalize_stain: bool = False
    crop: bool = False
    subjects_share: float = 1.0
    patience: int = 8
    class_weights: bool = True
    optimizer: Optimizer = "adam"
    augmentation: Augmentation = "turns"
    dropout: float = 0.2
    start_from: str = ""
    freeze: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            ValueError: If a value is out of its range.
        """
        for name, low, high in (
            ("epochs", 1, 1000),
            ("batch_size", 1, 1024),
            ("learning_rate", 1e-7, 1.0),
            ("image_size", 16, 600),
            ("subjects_share", 0.01, 1.0),
            ("patience", 1, 1000),
            ("dropout", 0.0, 0.9),
            ("seed", 0, 2**31 - 1),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"Expected {name} between {low:g} and {high:g}. Received: {value}.")
        for name, known in (("optimizer", OPTIMIZERS), ("augmentation", AUGMENTATIONS)):
            if getattr(self, name) not in known:
                raise ValueError(f"Expected {name} out of {', '.join(known)}. Received: {getattr(self, name)}.")

    @property
    def preprocessing(self) -> Preprocessing:
        """The pixels that a network of this configuration sees."""
        return Preprocessing(
            self.image_size,
            "grayscale" if self.grayscale else "rgb",
            "reinhard" if self.normalize_stain else "as is",
            window.EDGE if self.crop else None,
        )
