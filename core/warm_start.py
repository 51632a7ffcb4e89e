"""Warm start: a training that begins with the weights of an earlier one, and what that model has seen already."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core import networks
from core.card import ModelCard
from core.classifier import Classifier
from core.data.dataset import CellDataset
from core.hyperparameters import TrainingConfig

if TYPE_CHECKING:
    import keras

_SEEN = "seen in "  # key of a card's subjects, before the origin: units that earlier trainings of its weights saw


def check(start: Classifier | None, config: TrainingConfig, dataset: CellDataset) -> None:
    """Refuse a model that this training cannot start from.

    Raises:
        ValueError: If it is not the one that `config` names, has other classes, pixels or architecture, or there is
            nothing to freeze.
    """
    name = start.card.name if start else ""
    if name != config.start_from:
        raise ValueError(
            f"Expected the model to start from: {config.start_from or 'none'}. Received: {name or 'none'}."
        )
    if config.freeze and not (start or config.pretrained):
        raise ValueError("Expected a model to start from, or pretrained weights, to freeze. Received: neither.")
    if start is None:
        return
    card = start.card
    for what, expected, found in (
        ("classes", " and ".join(dataset.classes), " and ".join(card.classes)),
        ("pixels", config.preprocessing, card.preprocessing),
        ("architecture", config.architecture, card.architecture),
    ):
        if expected != found:
            raise ValueError(f"Expected a model to start from with {what} {expected}. Received: {name} with {found}.")


def network(start: Classifier | None, config: TrainingConfig) -> "keras.Model":
    """The network that training begins with: new, pretrained, or a copy of `start`, whose own weights stay as they are.

    Raises:
        ValueError: If the stored weights do not fit the architecture as it is built now.
        WeightsUnavailable: If pretrained weights were asked for and cannot be had.
    """
    built = networks.build(
        config.architecture,
        config.preprocessing.shape,
        pretrained=config.pretrained and start is None,
        dropout=config.dropout,
        seed=config.seed,
    )
    if start is not None:
        weights = start.network.get_weights()
        shapes = [tuple(weight.shape) for weight in built.weights]
        if shapes != [weight.shape for weight in weights]:
            raise ValueError(
                f"Expected the {len(shapes)} weights of {config.architecture} as it is built now. "
                f"Received: {start.card.name} with {len(weights)} of other shapes; train from scratch."
            )
        built.set_weights(weights)
    if config.freeze:
        for layer in built.layers[:-1]:
            layer.trainable = False
    return built


def lineage(card: ModelCard) -> dict[str, tuple[str, ...]]:
    """Units that a model's weights were trained or tuned on, by itself and by all it started from, by origin."""
    found = {key.removeprefix(_SEEN): set(units) for key, units in card.subjects.items() if key.startswith(_SEEN)}
    found.setdefault(card.origin, set()).update(card.subjects["train"], card.subjects["validation"])
    return {origin: tuple(sorted(units)) for origin, units in found.items()}


def recorded(start: Classifier | None) -> Mapping[str, tuple[str, ...]]:
    """What a new card's `subjects` hold beside its sides, so that the models that start from it know all of it."""
    return {f"{_SEEN}{origin}": units for origin, units in lineage(start.card).items()} if start else {}


def known(card: ModelCard, origin: str) -> tuple[frozenset[str], frozenset[str]]:
    """Subjects of an origin, and contents of any, that a model's weights were trained or tuned on.

    An id is the same person only within one origin; a content is the same cell wherever it lies.
    """
    by_origin = lineage(card)
    contents = {unit for units in by_origin.values() for unit in units if _is_content(unit)}
    return frozenset(by_origin.get(origin, ())) - contents, frozenset(contents)


def seen(card: ModelCard, dataset: CellDataset) -> frozenset[str]:
    """Subjects of a data set (content hashes where it names none) of which a model has seen a cell.

    Raises:
        ValueError: If the model was split by subject on data of the same origin, and this data set names no subjects.
    """
    ids, contents = known(card, dataset.origin)
    cells = dataset.labelled
    if ids and not dataset.has_subjects:
        raise ValueError(
            f"Expected cells with subject ids, as {card.name} has seen some of {dataset.origin}. "
            "Received: cells without."
        )
    column = "subject" if dataset.has_subjects else "sha256"
    return frozenset(cells.loc[cells["subject"].isin(ids) | cells["sha256"].isin(contents), column])


def _is_content(unit: str) -> bool:
    return len(unit) == 64 and not set(unit) - set("0123456789abcdef")
