"""The model store: one folder a model with weights, card and test scores, written whole and checked when read."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.card import ModelCard
from core.errors import DataError, ModelError
from core.evaluation import EvaluationReport, from_csv, to_csv
from core.types import ByteArray, FloatArray
from core.whole_file import whole_file

if TYPE_CHECKING:
    import keras

WEIGHTS, CARD, SCORES, DEFAULT = "model.keras", "card.json", "scores.csv", "default.json"
DEMO = "demo"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_BATCH = 64


@dataclass(frozen=True, eq=False)
class Classifier:
    """A trained network with its card."""

    network: "keras.Model"
    card: ModelCard

    def scores(self, images: ByteArray) -> FloatArray:
        """Probability of the positive class, uncalibrated.

        Args:
            images: Prepared pixels, (cells, *card.preprocessing.shape), 0 to 255.

        Returns:
            (cells,), in [0, 1].
        """
        if not len(images):
            return np.zeros(0, dtype=np.float32)
        return np.asarray(self.network.predict(images, batch_size=_BATCH, verbose=0), dtype=np.float32)[:, 0]


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
    classifier: Classifier,
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
        ModelError: If a model of that name exists and must not be overwritten.
    """
    target = folder / check_name(classifier.card.name)
    if target.exists() and not overwrite:
        raise ModelError(f"Expected a new model name. Received: {target.name}, which exists already.")
    folder.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
    try:
        _bare(classifier.network).save(partial / WEIGHTS)
        if reports:
            (partial / SCORES).write_bytes(to_csv(reports).encode())
        card = replace(
            classifier.card,
            model_sha256=_sha256(partial / WEIGHTS),
            scores_sha256=_sha256(partial / SCORES) if reports else "",
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


def load(folder: Path, name: str) -> Classifier:
    """Load a model in Keras' safe mode after checking its hash against its card.

    Raises:
        ModelError: If there is no such model, or its weights are not those that the card was written for.
    """
    found = card(folder, name)
    file = folder / name / WEIGHTS
    if not file.is_file() or _sha256(file) != found.model_sha256:
        raise ModelError(f"Expected {name}/{WEIGHTS} with the hash in its card. Received: a missing or changed file.")
    import keras

    try:
        network = keras.saving.load_model(file, compile=False, safe_mode=True)
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise ModelError(f"Expected a Keras model that loads in safe mode. Received: {name} ({error}).") from error
    return Classifier(network, found)


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
    file = folder / name / SCORES
    if not file.is_file() or _sha256(file) != found.scores_sha256:
        raise ModelError(f"Expected {name}/{SCORES} with the hash in its card. Received: a missing or changed file.")
    try:
        return from_csv(file.read_text(encoding="utf-8"), classes=found.classes, threshold=found.threshold)
    except (OSError, UnicodeDecodeError, DataError) as error:
        raise ModelError(f"Expected {name}/{SCORES} that can be read. Received: {error}") from error


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
