"""`ModelCard`: everything a reader or a server must know about one trained model."""

import json
import platform
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from typing import Any

import numpy as np

from core.calibration import calibrated
from core.challenge import Challenge, stamped
from core.data.pixels import Preprocessing
from core.errors import ModelError
from core.hyperparameters import TrainingConfig

FORMAT = 1
RESEARCH_NOTICE = "For research use only. Not a medical device; not for diagnosis."
LIBRARIES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "scikit-learn", "tf-keras-vis")


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

    def continued(self, config: TrainingConfig) -> TrainingConfig:
        """A configuration with this model's network and pixels, so that training can go on from its weights."""
        return replace(
            config,
            architecture=self.architecture,
            pretrained=False,
            image_size=self.preprocessing.image_size,
            grayscale=self.preprocessing.colour == "grayscale",
            normalize_stain=self.preprocessing.stain == "reinhard",
            start_from=self.name,
        )

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


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that shape a result."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}
