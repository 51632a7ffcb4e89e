"""`ModelCard`: everything a reader or a server must know about one trained model."""

import json
import platform
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from typing import Any, Literal, get_args

import numpy as np

from core.calibration import calibrated
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

    def starting_from(self, card: "ModelCard") -> "TrainingConfig":
        """The same with the network and the pixels of a stored model, so that training can go on from its weights."""
        return replace(
            self,
            architecture=card.architecture,
            pretrained=False,
            image_size=card.preprocessing.image_size,
            grayscale=card.preprocessing.colour == "grayscale",
            normalize_stain=card.preprocessing.stain == "reinhard",
            start_from=card.name,
        )

    @property
    def preprocessing(self) -> Preprocessing:
        """The pixels that a network of this configuration sees."""
        return Preprocessing(
            self.image_size,
            "grayscale" if self.grayscale else "rgb",
            "reinhard" if self.normalize_stain else "as is",
        )


@dataclass(frozen=True)
class Challenge:
    """How a new model stood against an older one, the champion, on the new one's test cells.

    Attributes:
        champion: Name of the older model; "" where there was none to compare with.
        problem: Why there is no comparison, or "".
        stamps: The champion's caveats in a word or two each.
        model_sha256: SHA-256 of the champion's weights.
        figures: The champion's figures on these cells at its own operating point.
        roc: Corners of the champion's ROC curve: (false positive rate, true positive rate).
        difference: ROC AUC of the new model minus that of the champion.
        interval: 95 % interval of the difference, or None where there are too few test subjects for one.
        subjects: Test subjects that were resampled for the interval; 0 where cells have none and stand for themselves.
        delong_p: P value of DeLong's test of the two areas, as if cells were independent.
        only_new_right: Cells that only the new model calls right.
        only_champion_right: Cells that only the champion calls right.
        mcnemar_p: P value of McNemar's exact test of the calls, as if cells were independent.
    """

    champion: str = ""
    problem: str = ""
    stamps: tuple[str, ...] = ()
    model_sha256: str = ""
    figures: dict[str, float] = field(default_factory=dict)
    roc: tuple[tuple[float, float], ...] = ()
    difference: float = 0.0
    interval: tuple[float, float] | None = None
    subjects: int = 0
    delong_p: float = 1.0
    only_new_right: int = 0
    only_champion_right: int = 0
    mcnemar_p: float = 1.0

    @property
    def title(self) -> str:
        """Name of the champion with its stamps, for people."""
        return stamped(self.champion, self.stamps)

    @property
    def sentence(self) -> str:
        """What may be claimed: a difference only where the interval is on one side of zero."""
        if self.problem:
            return self.problem
        if self.interval is None:
            return (
                f"No difference to {self.title} can be claimed: ROC AUC {self.difference:+.3f}, "
                "on too few test subjects for an interval."
            )
        low, high = self.interval
        measured = f"ROC AUC {self.difference:+.3f} (95 % interval {low:+.3f} to {high:+.3f})"
        if low <= 0 <= high:
            return f"No difference to {self.title} can be claimed: {measured}."
        return f"{'Better' if low > 0 else 'Worse'} than {self.title} on the same test cells: {measured}."

    @classmethod
    def read(cls, fields: dict[str, Any]) -> "Challenge":
        """From what JSON made of it."""
        interval = fields.get("interval")
        return cls(
            **{
                **fields,
                "stamps": tuple(fields["stamps"]),
                "roc": tuple((x, y) for x, y in fields["roc"]),
                "interval": None if interval is None else (interval[0], interval[1]),
            }
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
            After a warm start also "seen in <origin>": those that earlier trainings of the weights saw.
        cells: Labelled cells of each side.
        reduced: Whether only part of the training subjects was used.
        validation: Figures on the validation subjects at the operating point.
        test: Figures on the test subjects at the operating point.
        confusion_matrix: On the test subjects; rows truth, columns call, negative first.
        history: One dict an epoch: loss, accuracy, val_loss, val_accuracy, val_auroc.
        versions: Library versions.
        model_sha256: SHA-256 of `model.keras`.
        edits: Cells that reviewers had changed before the training: "relabelled" and "excluded".
        temperature: What the logits are divided by where a probability is shown; 1 where scores are not calibrated.
        temperature_problem: Why no temperature could be fitted on the validation subjects, or "".
        calibration: "ece", "brier" and "log_loss" by side ("validation", "test"), "before" and "after" the temperature.
        reliability: On the test subjects "before" and "after" the temperature: mean probability, share of positive
            cells and number of cells of each bin of equal mass.
        by_subject: One dict a test subject: subject, cells, positives, accuracy, mean_score; the worst first.
        challenge: How it stood against the model that was there before.
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
    temperature: float = 1.0
    temperature_problem: str = ""
    calibration: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    reliability: dict[str, tuple[tuple[float, float, int], ...]] = field(default_factory=dict)
    by_subject: tuple[dict[str, Any], ...] = ()
    challenge: Challenge | None = None

    @property
    def calibrated(self) -> bool:
        """Whether probabilities are scores after a temperature that was fitted on the validation subjects."""
        return bool(self.calibration) and not self.temperature_problem

    @property
    def shown_threshold(self) -> float:
        """The operating point on the scale of calibrated probabilities."""
        return float(calibrated(np.asarray(self.threshold), self.temperature))

    @property
    def meaning_of_scores(self) -> str:
        """What a score or probability of this model can be taken for, in a sentence or two."""
        if self.calibrated:
            return (
                f"Probabilities were calibrated on the validation subjects (temperature {self.temperature:.2f}): they "
                f"speak of single cells where {self.classes[1]} is as frequent as there, not of a person's disease."
            )
        return f"Scores are not calibrated probabilities of disease. {self.temperature_problem}".strip()

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
            fields["by_subject"] = tuple(fields.get("by_subject", ()))
            fields["reliability"] = {
                when: tuple(tuple(each) for each in bins) for when, bins in fields.get("reliability", {}).items()
            }
            if fields.get("challenge") is not None:
                fields["challenge"] = Challenge.read(fields["challenge"])
            return cls(**fields)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ModelError(f"Expected a complete model card. Received: a damaged one ({error}).") from error


def stamped(name: str, stamps: tuple[str, ...]) -> str:
    """Name of a model with its stamps in brackets, if it has any."""
    return f"{name} ({', '.join(stamps)})" if stamps else name


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that shape a result."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}
