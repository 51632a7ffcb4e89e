"""`Plan`: what a comparison compares, and the independent assignments that it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from core import store
from core.assessment import Assessment, Assignment, assess
from core.data.dataset import CellDataset
from core.data.split import Split, folds, split
from core.estimators import BASELINES, ESTIMATORS
from core.features.sets import DEFAULT, FeatureSet, feature_set
from core.features.table import FeatureTable, feature_table
from core.operating_point import Choice
from core.types import Progress, silent

Protocol = Literal["fixed", "folds", "random"]
PROTOCOLS: dict[Protocol, str] = {
    "fixed": "One split by subject",
    "folds": "Folds: each person is tested once",
    "random": "Random splits against splits by subject",
}
_SHORT: dict[Protocol, str] = {"fixed": "one split", "folds": "folds", "random": "folds and random splits"}


@dataclass(frozen=True)
class Plan:
    """What is compared, and how.

    Attributes:
        models: Keys of `ESTIMATORS` and names of stored models; the baselines are added where they are missing.
        features: What the classical models see; see `core.features.sets.feature_set`.
        protocol: A key of `PROTOCOLS`.
        folds: Number of folds, at least three; of no concern to a fixed split.
        seed: Of the splits and of the models.
        prevalence: Share of positive cells for which PPV and NPV hold, in (0, 1); None for that of the test cells.
        choice: How each model's operating point is chosen on the validation subjects.
        tuned: Whether hyperparameters are tuned, inside the training subjects.
    """

    models: tuple[str, ...]
    features: str = DEFAULT
    protocol: Protocol = "fixed"
    folds: int = 5
    seed: int = 0
    prevalence: float | None = None
    choice: Choice = field(default_factory=Choice)
    tuned: bool = False

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: If one is unknown or out of its range.
        """
        if self.protocol not in get_args(Protocol):
            raise ValueError(f"Expected a protocol out of {', '.join(PROTOCOLS)}. Received: {self.protocol}.")
        if self.prevalence is not None and not 0 < self.prevalence < 1:
            raise ValueError(f"Expected a prevalence between 0 and 1. Received: {self.prevalence:g}.")
        feature_set(self.features)

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> "Plan":
        """From what JSON made of it.

        Raises:
            KeyError, TypeError, ValueError: If another version wrote it.
        """
        return cls(**{**fields, "models": tuple(fields["models"]), "choice": Choice(**fields["choice"])})

    @property
    def title(self) -> str:
        """What it is, for people."""
        models = f"{len(self.models)} model{'s' * (len(self.models) != 1)}"
        return f"{models} on {feature_set(self.features).title.lower()}, {_SHORT[self.protocol]}"

    @property
    def compared(self) -> tuple[str, ...]:
        """The models with the baselines after them."""
        return (*self.models, *(name for name in BASELINES if name not in self.models))

    @property
    def splits(self) -> int:
        """Number of its splits by subject."""
        return 1 if self.protocol == "fixed" else self.folds

    @property
    def feature_sets(self) -> tuple[FeatureSet, ...]:
        """All that the models see."""
        wanted = {ESTIMATORS[name].features or self.features for name in self.compared if name in ESTIMATORS}
        return tuple(feature_set(name) for name in sorted(wanted))


def check_models(plan: Plan, store_folder: Path) -> None:
    """Refuse names that are no model's.

    Raises:
        ValueError: If there are any; it lists the known ones.
    """
    known = [*ESTIMATORS, *(model.name for model in store.models(store_folder))]
    unknown = sorted(set(plan.models) - set(known))
    if unknown:
        raise ValueError(f"Expected models out of {', '.join(known)}. Received: {', '.join(unknown)}.")


def assignments(dataset: CellDataset, plan: Plan) -> tuple[Assignment, ...]:
    """One assignment a model and split; each can be run by itself, in any order and on any machine.

    Args:
        dataset: Hashed, labelled cells.
        plan: What is compared.

    Returns:
        Model after model; with random splits, those by subject first, and stored networks only there.

    Raises:
        ValueError: If there are too few folds.
        SplitImpossible: If there are too few subjects.
    """
    by_subject = splits(dataset, plan)
    at_random = random_splits(dataset, plan) if plan.protocol == "random" else ()
    found = []
    for model in plan.compared:
        arms = ((by_subject, False), (at_random if model in ESTIMATORS else (), True))
        found += [
            Assignment(model, sides, fold, random, plan.features, plan.choice, plan.tuned, plan.seed, len(dealt))
            for dealt, random in arms
            for fold, sides in enumerate(dealt)
        ]
    return tuple(found)


def splits(dataset: CellDataset, plan: Plan) -> Sequence[Split]:
    """The splits by subject of a plan, by content where the data set names no subjects."""
    if plan.protocol == "fixed":
        return (split(dataset, seed=plan.seed),)
    return folds(dataset, count=plan.folds, seed=plan.seed)


def random_splits(dataset: CellDataset, plan: Plan) -> Sequence[Split]:
    """Folds as of a data set that names no subjects: contents are dealt out, whoever they are of."""
    return folds(replace(dataset, table=dataset.table.assign(subject="")), count=plan.folds, seed=plan.seed)


def prepare(
    dataset: CellDataset, plan: Plan, *, cache: Path, store_folder: Path, progress: Progress = silent
) -> FeatureTable:
    """The numbers that the models of a plan see, from the cache or from the files.

    Raises:
        DataError, ModelError: As `feature_table`.
    """
    return feature_table(dataset, plan.feature_sets, cache=cache, store_folder=store_folder, progress=progress)


def assess_alone(
    dataset: CellDataset,
    plan: Plan,
    assignment: Assignment,
    *,
    cache: Path,
    store_folder: Path,
    progress: Progress = silent,
) -> Assessment:
    """Run one assignment by itself, with the numbers that `prepare` has left in the cache.

    Raises:
        DataError, ModelError: As `feature_table`.
    """
    table = prepare(dataset, plan, cache=cache, store_folder=store_folder, progress=progress)
    return assess(dataset, assignment, table=table, store_folder=store_folder, progress=progress)
