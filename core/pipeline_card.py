"""`PipelineCard`: what a model card holds of a scikit-learn model, in the place of a network's hyperparameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Importance:
    """How much worse a model ranks cells where one kind of number is shuffled among them.

    Attributes:
        name: What was shuffled, for people.
        fall: Mean fall of the ROC AUC; below 0 where the shuffled cells happened to be ranked better.
        spread: Standard deviation of the fall over the shufflings.
    """

    name: str
    fall: float
    spread: float


@dataclass(frozen=True)
class PipelineCard:
    """How a scikit-learn model was made, and what it looks at.

    Attributes:
        title: What it is and what it looks at, for people.
        estimator: A key of `core.estimators.ESTIMATORS`.
        features: What the numbers of a cell are; see `core.features.sets.feature_set`.
        block_version: `core.features.blocks.VERSION`: other versions make other numbers of the same pixels.
        libraries: Names of those in the card's `versions` that fitted it: another minor version may read it wrongly.
        seed: Of the split and of the model.
        settings: Hyperparameters that were tuned inside the training subjects; {} where none were.
        importance: What the ROC AUC on validation cells depends on most, the largest fall first.
    """

    title: str
    estimator: str
    features: str
    block_version: int
    libraries: tuple[str, ...]
    seed: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    importance: tuple[Importance, ...] = ()

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> "PipelineCard":
        """From what JSON made of it.

        Raises:
            KeyError, TypeError: If it is damaged.
        """
        importance = tuple(Importance(**each) for each in fields["importance"])
        return cls(**{**fields, "libraries": tuple(fields["libraries"]), "importance": importance})
