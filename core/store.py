"""The model store: one folder a model with weights, card and test scores, written whole and checked when read."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import pipeline_file
from core.card import ModelCard
from core.classical_model import ClassicalModel, check_card
from core.classifier import Classifier
from core.errors import DataError, ModelError
from core.evaluation import EvaluationReport, from_csv, to_csv
from core.gates.band import fitted_band
from core.gates.gates import Gates
from core.outcome import tested
from core.reference import Reference
from core.whole_file import whole_file

if TYPE_CHECKING:
    import keras

WEIGHTS, PIPELINE = "model.keras", "model.skops"
CARD, SCORES, GATES, REFERENCE, DEFAULT = "card.json", "scores.csv", "gates.npz", "reference.npz", "default.json"
DEMO = "demo"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class StoredModel:
    """A folder of the store: its card, or the reason why it cannot be used."""

    name: str
    card: ModelCard | None
    problem: str = ""

    @property
    def title(self) -> str:
        """Name with its stamps, for people."""
        return self.card.title if self.card else self.name


def check_name(name: str) -> str:
    """Return the name of a model if a folder may carry it.

    Raises:
        ValueError: If it has other characters than letters, digits, dot, dash and underscore, or is too long.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"Expected a model name of 1 to 64 letters, digits, dots, dashes or underscores. Received: {name!r}."
        )
    return name


def save(
    classifier: Classifier | ClassicalModel,
    folder: Path,
    *,
    reports: Mapping[str, EvaluationReport] | None = None,
    overwrite: bool = False,
) -> ModelCard:
    """Write a model into `folder/<card.name>`; it appears whole or not at all.

    Args:
        classifier: The model.
        folder: The store.
        reports: Scores to keep beside it, by side ("validation", "test").
        overwrite: Replace a model of that name.

    Returns:
        The card as written, with the hashes of the other files.

    Raises:
        ValueError: If the name cannot be a folder's.
        ModelError: If a model of that name exists and must not be overwritten, or a scikit-learn model holds what could
            not be loaded again.
    """
    target = folder / check_name(classifier.card.name)
    if target.exists() and not overwrite:
        raise ModelError(f"Expected a new model name. Received: {target.name}, which exists already.")
    folder.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
    try:
        model = _write(classifier, partial)
        if reports:
            (partial / SCORES).write_bytes(to_csv(reports).encode())
        card = replace(
            classifier.card,
            model_sha256=_sha256(model),
            scores_sha256=_sha256(partial / SCORES) if reports else "",
            **_with_gates(classifier.gates, partial),
            **_with_reference(classifier.reference, partial),
        )
        (partial / CARD).write_text(card.to_json(), encoding="utf-8")
        partial.chmod(0o755)
        replaced = partial.with_name(f"{partial.name}-replaced")
        if target.exists():
            target.rename(replaced)
        partial.rename(target)
        shutil.rmtree(replaced, ignore_errors=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return card


def _write(classifier: Classifier | ClassicalModel, folder: Path) -> Path:
    if isinstance(classifier, ClassicalModel):
        (folder / PIPELINE).write_bytes(pipeline_file.written(classifier.pipeline))
        return folder / PIPELINE
    _bare(classifier.network).save(folder / WEIGHTS)
    return folder / WEIGHTS


def _with_gates(gates: Gates, folder: Path) -> dict[str, Any]:
    """Write a model's gates into its folder; what its card says of them."""
    data = gates.written()
    if not data:
        return {"gates": {}, "gates_sha256": ""}
    with whole_file(folder / GATES) as stream:
        stream.write(data)
    return {"gates": gates.settings(), "gates_sha256": hashlib.sha256(data).hexdigest()}


def _with_reference(found: Reference | None, folder: Path) -> dict[str, Any]:
    """Write a model's training cells into its folder; what its card says of them."""
    if found is None:
        return {"reference_sha256": ""}
    data = found.written()
    with whole_file(folder / REFERENCE) as stream:
        stream.write(data)
    return {"reference_sha256": hashlib.sha256(data).hexdigest()}


def _bare(network: "keras.Model") -> "keras.Model":
    """The network without its optimizer, whose state is twice as large as the weights."""
    bare = type(network).from_config(network.get_config())
    bare.set_weights(network.get_weights())
    return bare


def card(folder: Path, name: str) -> ModelCard:
    """Read a model's card.

    Raises:
        ModelError: If there is no such model or its card is damaged.
    """
    try:
        text = (folder / check_name(name) / CARD).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(sorted(model.name for model in models(folder))) or "none"
        raise ModelError(f"Expected one of the stored models ({known}). Received: {name}.") from error
    return ModelCard.from_json(text)


def network_card(folder: Path, name: str) -> ModelCard:
    """Read the card of a network.

    Raises:
        ModelError: As `card`, and if the model is no network.
    """
    found = card(folder, name)
    if found.pipeline is not None:
        raise ModelError(f"Expected a network. Received: {name}, a scikit-learn model ({found.pipeline.title}).")
    return found


def load(folder: Path, name: str) -> Classifier | ClassicalModel:
    """Load a model after checking its hash against its card: a network in Keras' safe mode, a pipeline with skops.

    Raises:
        ModelError: If there is no such model, its file is not the one that the card was written for, or a scikit-learn
            model was made by other versions of its features or library.
    """
    found = card(folder, name)
    return network(folder, name) if found.kind == "network" else _classical(folder / name, found)


def network(folder: Path, name: str) -> Classifier:
    """Load a network, for what only networks can do.

    Raises:
        ModelError: As `load`, and if the model is no network.
    """
    found = network_card(folder, name)
    file = _checked(folder / name, found, WEIGHTS)
    import keras

    try:
        loaded = keras.saving.load_model(file, compile=False, safe_mode=True)
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise ModelError(f"Expected a Keras model that loads in safe mode. Received: {name} ({error}).") from error
    return Classifier(loaded, found, _gates(folder / name, found))


def _classical(place: Path, found: ModelCard) -> ClassicalModel:
    check_card(found)
    file = _checked(place, found, PIPELINE)
    try:
        return ClassicalModel(pipeline_file.read(file), found, _gates(place, found))
    except ModelError as error:
        raise ModelError(f"{place.name}/{PIPELINE}: {error}") from error


def _checked(place: Path, found: ModelCard, name: str) -> Path:
    """A file in a model's folder, if its hash is in the card."""
    file = place / name
    hashes = {SCORES: found.scores_sha256, GATES: found.gates_sha256, REFERENCE: found.reference_sha256}
    expected = hashes.get(name, found.model_sha256)
    if not file.is_file() or _sha256(file) != expected:
        raise ModelError(
            f"Expected {place.name}/{name} with the hash in its card. Received: a missing or changed file."
        )
    return file


def _gates(place: Path, found: ModelCard) -> Gates:
    return Gates.read(found.gates, _checked(place, found, GATES).read_bytes() if found.gates_sha256 else b"")


def reference(folder: Path, name: str) -> Reference | None:
    """Training cells that are kept with a model; None for a model that was stored without.

    Raises:
        ModelError: If there is no such model, or its file is damaged or not the one that the card was written for.
    """
    found = card(folder, name)
    if not found.reference_sha256:
        return None
    return Reference.read(_checked(folder / name, found, REFERENCE).read_bytes())


def set_gates(
    folder: Path,
    name: str,
    gates: Gates,
    *,
    reference: Reference | None = None,
    sanity: Mapping[str, Any] | None = None,
) -> ModelCard:
    """Give a stored model other gates, and what is found out of it together with them.

    Args:
        folder: The store.
        name: Of the model.
        gates: Fitted to this model.
        reference: Training cells to compare with, as this model sees them; None to leave them as they are.
        sanity: What its card shall hold of the check of its maps; None to leave it as it is.

    Returns:
        The card as written.

    Raises:
        ModelError: If there is no such model.
    """
    after = replace(card(folder, name), **_with_gates(gates, folder / name))
    if reference is not None:
        after = replace(after, **_with_reference(reference, folder / name))
    if sanity is not None:
        after = replace(after, sanity=dict(sanity))
    return _rewritten(folder / name, after)


def _rewritten(place: Path, after: ModelCard) -> ModelCard:
    with whole_file(place / CARD) as stream:
        stream.write(after.to_json().encode())
    return after


def reports(folder: Path, name: str) -> dict[str, EvaluationReport]:
    """Scores of a model's validation and test cells, as they were when it was trained, by side.

    Returns:
        {} for a model that was stored without.

    Raises:
        ModelError: If there is no such model, or its scores are not those that the card was written for.
    """
    found = card(folder, name)
    if not found.scores_sha256:
        return {}
    file = _checked(folder / name, found, SCORES)
    try:
        return from_csv(file.read_text(encoding="utf-8"), classes=found.classes, threshold=found.threshold)
    except (OSError, UnicodeDecodeError, DataError) as error:
        raise ModelError(f"Expected {name}/{SCORES} that can be read. Received: {error}") from error


def set_operating_point(folder: Path, name: str, *, threshold: float, source: str) -> ModelCard:
    """Move the operating point of a stored model; the figures in its card follow from its stored scores.

    Args:
        folder: The store.
        name: Of the model.
        threshold: On the scale of `ModelCard.threshold`, the scores before calibration, in [0, 1].
        source: How it was chosen, to stand after 'the'.

    Returns:
        The card as written.

    Raises:
        ValueError: If the threshold is out of range, or nothing says how it was chosen.
        ModelError: If there is no such model, or its scores are missing or not those of its card.
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"Expected a threshold in [0, 1]. Received: {threshold}.")
    if not source:
        raise ValueError("Expected how the threshold was chosen. Received: nothing.")
    before = card(folder, name)
    found = reports(folder, name)
    if set(found) != {"validation", "test"}:
        raise ModelError(
            f"Expected a model with stored scores, which tell its figures at a threshold. Received: {name} without."
        )
    moved = tested(before, {side: replace(report, threshold=threshold) for side, report in found.items()})
    first = before.threshold if before.first_threshold is None else before.first_threshold
    after = replace(
        moved,
        threshold_source=source,
        first_threshold=first,
        gates=_gates_at(before, found["validation"], threshold),
        calibration=before.calibration,  # the same at any threshold, and missing where it was never measured
        reliability=before.reliability,
    )
    return _rewritten(folder / name, after)


def _gates_at(before: ModelCard, validation: EvaluationReport, threshold: float) -> dict[str, Any]:
    """What a card says of its gates at another operating point; what they do there has not been counted."""
    if not before.gates:
        return {}
    band = fitted_band(validation.truth, validation.score, threshold=threshold)
    return {**before.gates, "band": asdict(band), "tested": None}


def models(folder: Path) -> list[StoredModel]:
    """List the store, by name; a damaged model is an entry with its problem."""
    if not folder.is_dir():
        return []
    found = []
    for entry in sorted(folder.iterdir()):
        if not entry.is_dir() or not _NAME.fullmatch(entry.name):
            continue
        try:
            found.append(StoredModel(entry.name, ModelCard.from_json((entry / CARD).read_text(encoding="utf-8"))))
        except ModelError as error:
            found.append(StoredModel(entry.name, None, str(error)))
        except (OSError, UnicodeDecodeError):
            found.append(StoredModel(entry.name, None, f"Expected a {CARD} that can be read. Received: none."))
    return found


def networks(folder: Path) -> dict[str, ModelCard]:
    """Cards of the stored networks, by name: what a training can start from, and what can compare cells."""
    cards = {model.name: model.card for model in models(folder)}
    return {name: found for name, found in cards.items() if found is not None and found.kind == "network"}


def default(folder: Path) -> str | None:
    """Name of the model that Upload shows chosen: the one made default, else the demo model, else none.

    A default that is gone or damaged does not count.
    """
    usable = {model.name for model in models(folder) if model.card is not None}
    try:
        chosen = json.loads((folder / DEFAULT).read_text(encoding="utf-8"))["model"]
    except (OSError, ValueError, KeyError, TypeError):
        chosen = None
    return next((name for name in (chosen, DEMO) if isinstance(name, str) and name in usable), None)


def make_default(folder: Path, name: str) -> None:
    """Make a stored model the one that Upload shows chosen.

    Raises:
        ValueError: If the name can be no model's.
        ModelError: If there is no such model or its card is damaged.
    """
    card(folder, name)
    with whole_file(folder / DEFAULT) as stream:
        stream.write(json.dumps({"model": name}).encode())


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
