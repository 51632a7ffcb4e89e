"""`ModelCard`: everything a reader or a server must know about one trained model."""

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from core.calibrator import Calibrator
from core.challenge import Challenge, stamped
from core.data.pixels import Preprocessing
from core.errors import ModelError
from core.hyperparameters import TrainingConfig
from core.pipeline_card import PipelineCard

FORMAT = 1
RESEARCH_NOTICE = "For research use only. Not a medical device; not for diagnosis."
_SAID = ("format", "notice", "kind")  # in the JSON, for its readers; no fields of their own
OF_A_NETWORK: dict[str, Any] = {  # fields that the JSON of a scikit-learn model leaves out, and what they are then
    "parameters": 0,
    "preprocessing": Preprocessing(),
    "explained_layer": "",
    "config": TrainingConfig(),
    "history": (),
}


@dataclass(frozen=True)
class ModelCard:
    """What is known of a trained model; stored as `card.json` beside its weights.

    A scikit-learn model has a `pipeline`. Of its card, `parameters`, `preprocessing`, `explained_layer`, `config` and
    `history` say nothing, and its JSON leaves them out.

    Attributes:
        name: Name of the model's folder.
        created: UTC time, ISO 8601.
        architecture: A key of `core.networks.NETWORKS`, or of `core.estimators.ESTIMATORS`.
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
        history: One dict an epoch: loss, accuracy, auroc, val_loss, val_accuracy, val_auroc; older ones have no auroc.
        versions: Library versions.
        model_sha256: SHA-256 of `model.keras` or `model.skops`.
        edits: Cells that reviewers had changed before the training: "relabelled", "excluded", "added" and
            "added_subjects".
        calibrator: How scores become probabilities; fitted on the validation subjects.
        calibration: "ece", "brier" and "log_loss" by side ("validation", "test"), "before" and "after" the calibrator.
        reliability: On the test subjects "before" and "after" the calibrator: mean probability, share of positive
            cells and number of cells of each bin of equal mass.
        by_subject: One dict a test subject: subject, cells, positives, accuracy, mean_score; the worst first.
        challenge: How it stood against the model that was there before.
        scores_sha256: SHA-256 of `scores.csv`, the score of each validation and test cell; "" where there is none.
        first_threshold: The operating point before it was moved; None where it never was.
        pipeline: How a scikit-learn model was made; None for a network.
        gates: What its gates hold a picture against, and what they do on the test subjects, as
            `core.gates.gates.Gates.settings` tells; {} for the default ones.
        gates_sha256: SHA-256 of `gates.npz`, which holds the rest of them; "" where there is none.
        reference_sha256: SHA-256 of `reference.npz`, which holds training cells to compare with; "" without.
        sanity: Whether a network's maps show what it has learned, as `core.sanity.recorded` reads it; {} where that
            was not checked.
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
    calibrator: Calibrator = field(default_factory=Calibrator)
    calibration: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    reliability: dict[str, tuple[tuple[float, float, int], ...]] = field(default_factory=dict)
    by_subject: tuple[dict[str, Any], ...] = ()
    challenge: Challenge | None = None
    scores_sha256: str = ""
    first_threshold: float | None = None
    pipeline: PipelineCard | None = None
    gates: dict[str, Any] = field(default_factory=dict)
    gates_sha256: str = ""
    reference_sha256: str = ""
    sanity: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> Literal["network", "classical"]:
        """Whether a network or a scikit-learn model."""
        return "network" if self.pipeline is None else "classical"

    @property
    def calibrated(self) -> bool:
        """Whether the validation subjects have shown how scores become probabilities."""
        return bool(self.calibration) and not self.calibrator.problem

    @property
    def shown_threshold(self) -> float:
        """The operating point on the scale of calibrated probabilities."""
        return float(self.calibrator.probability(np.asarray(self.threshold)))

    @property
    def meaning_of_scores(self) -> str:
        """What a score or probability of this model can be taken for, in a sentence or two."""
        if self.calibrated:
            return (
                f"Probabilities were calibrated on the validation subjects ({self.calibrator.text}): they speak of "
                f"single cells where {self.classes[1]} is as frequent as there, not of a person's disease."
            )
        return f"Scores are not calibrated probabilities of disease. {self.calibrator.problem}".strip()

    @property
    def drawn(self) -> bool:
        """Whether the model was trained on drawn cells."""
        return self.origin.startswith("drawn")

    @property
    def limits(self) -> dict[str, str]:
        """The caveats in sentences, by a stamp of a word or two each."""
        found = {
            "drawn cells": (
                self.drawn,
                "This model was trained on drawn cells, not on real ones: "
                "its answers show how LeukoScope works and mean nothing for a patient.",
            ),
            "reduced": (
                self.reduced,
                f"Reduced data: trained on {self.config.subjects_share:.0%} of the training subjects.",
            ),
            "not by subject": (
                self.split_by == "cell",
                "Not split by subject: its figures may be too good, since one person's cells can stand on both sides.",
            ),
        }
        return {stamp: sentence for stamp, (applies, sentence) in found.items() if applies}

    @property
    def stamps(self) -> tuple[str, ...]:
        """The caveats' stamps, to stand beside the name wherever a figure of this model does."""
        return tuple(self.limits)

    @property
    def caveats(self) -> tuple[str, ...]:
        """Sentences that must stand wherever this model answers."""
        return tuple(self.limits.values())

    @property
    def title(self) -> str:
        """Name with its stamps, for people."""
        return stamped(self.name, self.stamps)

    @property
    def again(self) -> str:
        """How a model that was stored without gates, training cells or a check of its maps is given them."""
        return (
            f"Run `python -m core gates FOLDER --model {self.name}` on the data set that it was trained on; "
            "the model itself stays as it is."
        )

    def continued(self, config: TrainingConfig) -> TrainingConfig:
        """A configuration with this model's network and pixels, so that training can go on from its weights."""
        return replace(
            config,
            architecture=self.architecture,
            pretrained=False,
            image_size=self.preprocessing.image_size,
            grayscale=self.preprocessing.colour == "grayscale",
            normalize_stain=self.preprocessing.stain == "reinhard",
            crop=self.preprocessing.window is not None,
            start_from=self.name,
        )

    def to_json(self) -> str:
        """Serialize, readable by people."""
        left_out = OF_A_NETWORK if self.pipeline else ()
        fields = {name: value for name, value in asdict(self).items() if name not in left_out}
        return json.dumps({"format": FORMAT, "notice": RESEARCH_NOTICE, "kind": self.kind, **fields}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> "ModelCard":
        """Read a card back.

        Raises:
            ModelError: If the text is no card of this format.
        """
        try:
            fields = json.loads(text)
            if fields.get("format") != FORMAT:
                raise ModelError(f"Expected a model card of format {FORMAT}. Received: {fields.get('format')}.")
            return cls(**_as_written({name: fields[name] for name in fields if name not in _SAID}))
        except (ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError) as error:
            raise ModelError(f"Expected a complete model card. Received: a damaged one ({error}).") from error


def _as_written(fields: dict[str, Any]) -> dict[str, Any]:
    """What JSON made of a card's fields, turned back."""
    challenge, calibrator = fields.get("challenge"), _calibrator(fields)
    return _of_its_kind(fields) | {
        "classes": tuple(fields["classes"]),
        "subjects": {side: tuple(units) for side, units in fields["subjects"].items()},
        "confusion_matrix": tuple(tuple(row) for row in fields["confusion_matrix"]),
        "calibrator": calibrator,
        "by_subject": tuple(fields.get("by_subject", ())),
        "reliability": {
            when: tuple(tuple(each) for each in bins) for when, bins in fields.get("reliability", {}).items()
        },
        "challenge": None if challenge is None else Challenge.read(challenge),
    }


def _of_its_kind(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with those that only networks, or only scikit-learn models, have."""
    pipeline = fields.get("pipeline")
    if pipeline is not None:
        return {**fields, **OF_A_NETWORK, "pipeline": PipelineCard.read(pipeline)}
    return fields | {
        "config": TrainingConfig(**fields["config"]),
        "preprocessing": Preprocessing(**fields["preprocessing"]),
        "history": tuple(fields["history"]),
    }


def _calibrator(fields: dict[str, Any]) -> Calibrator:
    """How scores become probabilities; takes out what older cards had for it: a temperature alone, or nothing."""
    if "calibrator" in fields:
        return Calibrator(**fields["calibrator"])
    temperature, problem = fields.pop("temperature", 1.0), fields.pop("temperature_problem", "")
    if problem or not fields.get("calibration"):
        return Calibrator(problem=problem)
    return Calibrator("temperature", slope=1 / temperature)
