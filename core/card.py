"""`ModelCard`: everything a reader or a server must know about one trained model."""

import json
import platform
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any, Literal, get_args

from core.data.pixels import Preprocessing
from core.errors import ModelError

FORMAT = 1
RESEARCH_NOTICE = "For research use only. Not a medical device; not for diagnosis."
LIBRARIES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "scikit-learn", "tf-keras-vis")

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
        )


@dataclass(frozen=True)
class ModelCard:
    """What is known of a trained model; stored as `card.json` beside its weights.

    Attributes:
        name: Name of the model's folder.
        created: UTC time, ISO 8601.
        architecture: A key of `core.networks.NETWORKS`.
        parameters: Number of weights.
        classes: (negative, positive).
        preprocessing: How pixels are made ready.
        explained_layer: Layer that Grad-CAM reads.
        threshold: Operating point: a cell is called positive where its score is at least this.
        threshold_source: How the operating point was chosen.
        config: Hyperparameters.
        origin: Whose cells it was trained on; "drawn, ..." for drawn ones.
        data_fingerprint: Fingerprint of the labelled cells.
        split_by: "subject" or "cell".
        split_seed: Seed of the split.
        subjects: Subjects of each side ("train", "validation", "test"); content hashes where `split_by` is "cell".
        cells: Labelled cells of each side.
        reduced: Whether only part of the training subjects was used.
        validation: Figures on the validation subjects at the operating point.
        test: Figures on the test subjects at the operating point.
        confusion_matrix: On the test subjects; rows truth, columns call, negative first.
        history: One dict an epoch: loss, accuracy, val_loss, val_accuracy, val_auroc.
        versions: Library versions.
        model_sha256: SHA-256 of `model.keras`.
        edits: Cells that reviewers had changed before the training: "relabelled" and "excluded".
    """

    name: str
    created: str
    architecture: str
    parameters: int
    classes: tuple[str, str]
    preprocessing: Preprocessing
    explained_layer: str
    threshold: float
    threshold_source: str
    config: TrainingConfig
    origin: str
    data_fingerprint: str
    split_by: str
    split_seed: int
    subjects: dict[str, tuple[str, ...]]
    cells: dict[str, int]
    reduced: bool
    validation: dict[str, float]
    test: dict[str, float]
    confusion_matrix: tuple[tuple[int, int], tuple[int, int]]
    history: tuple[dict[str, float], ...]
    versions: dict[str, str] = field(default_factory=dict)
    model_sha256: str = ""
    edits: dict[str, int] = field(default_factory=dict)

    @property
    def drawn(self) -> bool:
        """Whether the model was trained on drawn cells."""
        return self.origin.startswith("drawn")

    @property
    def stamps(self) -> tuple[str, ...]:
        """The caveats in a word or two each, to stand beside the name wherever a figure of this model does."""
        marks = {"drawn cells": self.drawn, "reduced": self.reduced, "not by subject": self.split_by == "cell"}
        return tuple(mark for mark, applies in marks.items() if applies)

    @property
    def title(self) -> str:
        """Name with its stamps, for people."""
        return stamped(self.name, self.stamps)

    @property
    def caveats(self) -> tuple[str, ...]:
        """Sentences that must stand wherever this model answers."""
        found = []
        if self.drawn:
            found.append(
                "This model was trained on drawn cells, not on real ones: "
                "its answers show how LeukoScope works and mean nothing for a patient."
            )
        if self.reduced:
            found.append(f"Reduced data: trained on {self.config.subjects_share:.0%} of the training subjects.")
        if self.split_by == "cell":
            found.append(
                "Not split by subject: its figures may be too good, since one person's cells can stand on both sides."
            )
        return tuple(found)

    def to_json(self) -> str:
        """Serialize, readable by people."""
        return json.dumps({"format": FORMAT, "notice": RESEARCH_NOTICE, **asdict(self)}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> "ModelCard":
        """Read a card back.

        Raises:
            ModelError: If the text is no card of this format.
        """
        try:
            fields: dict[str, Any] = json.loads(text)
            found = fields.pop("format", None)
            if found != FORMAT:
                raise ModelError(f"Expected a model card of format {FORMAT}. Received: {found}.")
            fields.pop("notice", None)
            fields["config"] = TrainingConfig(**fields["config"])
            fields["preprocessing"] = Preprocessing(**fields["preprocessing"])
            fields["classes"] = tuple(fields["classes"])
            fields["subjects"] = {side: tuple(units) for side, units in fields["subjects"].items()}
            fields["confusion_matrix"] = tuple(tuple(row) for row in fields["confusion_matrix"])
            fields["history"] = tuple(fields["history"])
            return cls(**fields)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ModelError(f"Expected a complete model card. Received: a damaged one ({error}).") from error


def stamped(name: str, stamps: tuple[str, ...]) -> str:
    """Name of a model with its stamps in brackets, if it has any."""
    return f"{name} ({', '.join(stamps)})" if stamps else name


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that shape a result."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}
