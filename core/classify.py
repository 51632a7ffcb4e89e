"""Classify uploaded files: decode, gate, score, explain; a file without an answer is a row with its reason."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.card import RESEARCH_NOTICE
from core.classical_model import ClassicalModel
from core.data import pixels
from core.data.window import Window
from core.errors import DataError
from core.explain import Method, overlay, relevance_maps
from core.faithfulness import Faithfulness, cell_seen, faithfulness
from core.gates.before_model import of_picture, unreadable
from core.gates.finding import Finding, stopped
from core.gates.gates import of_answer
from core.occlusion import occlusion
from core.store import Classifier
from core.types import ByteArray, FloatArray, MaskArray, Progress, silent

Content = bytes | Path | Callable[[], ByteArray]
_BATCH = 64


@dataclass(frozen=True, eq=False)
class Prediction:
    """The answer for one file.

    Attributes:
        file: Its name.
        label: The class it is called, or None where there is no answer.
        probability: The model's score for the positive class, which the threshold is for, uncalibrated, or None.
        calibrated: The probability of the positive class by the calibrator in the model's card, to be shown; None where
            there is no answer or the model was never calibrated.
        error: Why there is no answer, or None: the reason of the gate that stopped it.
        findings: What the gates say of it, in their order, up to the first that stopped it.
        image: RGB pixels as decoded, (height, width, 3), or None.
        seen: The part of the image that the relevance lies over, or None for the whole one.
        relevance: Where the score for the class called is sensitive, (rows, columns) in [0, 1], or None: Grad-CAM of a
            network, over the part that it saw; an occlusion map of a scikit-learn model, over the whole image.
    """

    file: str
    label: str | None = None
    probability: float | None = None
    calibrated: float | None = None
    error: str | None = None
    findings: tuple[Finding, ...] = ()
    image: ByteArray | None = None
    seen: Window | None = None
    relevance: FloatArray | None = None

    def overlay(self, *, opacity: float = 0.45) -> ByteArray | None:
        """The image with the relevance laid where the model looked, (height, width, 3), or None without a map."""
        if self.image is None or self.relevance is None:
            return None
        return overlay(self.image, self.relevance, seen=self.seen, opacity=opacity)


def classify(
    classifier: Classifier | ClassicalModel,
    files: Iterable[tuple[str, Content]],
    *,
    explain: bool = True,
    progress: Progress = silent,
) -> list[Prediction]:
    """Classify files, in batches.

    Args:
        classifier: A trained model; its card decides on pixels, classes and threshold.
        files: Name of each file, and its content, or where it lies, or what gives its pixels when called.
        explain: Also map where the score for the class called is sensitive; a scikit-learn model takes about a second a
            cell.
        progress: Called as files are answered; may raise `Cancelled`.

    Returns:
        One prediction a file, in order.
    """
    pending = list(files)
    answered: list[Prediction] = []
    for start in range(0, len(pending), _BATCH):
        progress(start, len(pending), "Classifying cells")
        answered += _batch(classifier, pending[start : start + _BATCH], explain=explain)
    progress(len(pending), len(pending), "Classifying cells")
    return answered


def explained(
    classifier: Classifier | ClassicalModel, answer: Prediction, *, method: Method = "grad-cam"
) -> Prediction:
    """The answer with its relevance; one without a class stays as it is.

    Args:
        classifier: The model that gave it.
        answer: With or without a map.
        method: How to map; of no concern to a scikit-learn model, which has occlusion maps only.
    """
    if answer.label is None or answer.image is None:
        return answer
    image, positive = answer.image, np.array([answer.label == classifier.card.classes[1]])
    prepared = classifier.prepare(image)[np.newaxis]
    return replace(answer, relevance=_maps(classifier, [image], prepared, positive, method=method)[0])


def checked(classifier: Classifier, answer: Prediction) -> Faithfulness | None:
    """How well the map of an answer tells where the score is sensitive, or None without a map; takes 149 scores."""
    if answer.image is None or answer.relevance is None:
        return None
    card = classifier.card
    cell = cell_seen(answer.image, answer.seen, card.preprocessing.image_size)
    prepared = classifier.prepare(answer.image)
    return faithfulness(classifier.scores, prepared, answer.relevance, cell, positive=answer.label == card.classes[1])


def _batch(
    classifier: Classifier | ClassicalModel, files: Sequence[tuple[str, Content]], *, explain: bool
) -> list[Prediction]:
    answers: list[Prediction] = []
    prepared: dict[int, Any] = {}  # pixels of a network, numbers of a scikit-learn model
    for place, (name, content) in enumerate(files):
        try:
            image = _pixels(content)
        except DataError as error:
            answers.append(Prediction(name, error=str(error), findings=unreadable(str(error))))
            continue
        answers.append(_gated(Prediction(name, image=image), of_picture(image, classifier.gates.limits)))
        if answers[place].error is None:
            prepared[place] = classifier.prepare(image)
    if prepared:
        seen = classifier.seen(np.stack(list(prepared.values())))
        for place, vector, score in zip(prepared, *seen, strict=True):
            answers[place] = _answered(classifier, answers[place], vector, float(score))
    called = [place for place in prepared if answers[place].label is not None]
    if explain and called:
        images = [found for place in called if (found := answers[place].image) is not None]
        positive = np.array([answers[place].label == classifier.card.classes[1] for place in called])
        maps = _maps(classifier, images, np.stack([prepared[place] for place in called]), positive)
        for place, relevance in zip(called, maps, strict=True):
            answers[place] = replace(answers[place], relevance=relevance)
    return answers


def _gated(answer: Prediction, found: tuple[Finding, ...]) -> Prediction:
    """The answer with further findings; the one that stops it is its reason."""
    stop = stopped(found)
    return replace(answer, findings=answer.findings + found, error=None if stop is None else stop.reason)


def _answered(
    classifier: Classifier | ClassicalModel, answer: Prediction, vector: FloatArray, score: float
) -> Prediction:
    """The answer with its class and score, unless a gate behind the model stops it."""
    card = classifier.card
    gated = _gated(answer, of_answer(vector, score, classifier.gates))
    if gated.error is not None or answer.image is None:
        return gated
    return replace(
        gated,
        label=card.classes[int(score >= card.threshold)],
        probability=score,
        calibrated=float(card.calibrator.probability(np.asarray(score))) if card.calibrated else None,
        seen=pixels.seen(answer.image, card.preprocessing) if card.kind == "network" else None,
    )


def _pixels(content: Content) -> ByteArray:
    if isinstance(content, bytes):
        return pixels.decode(content)
    return pixels.decode_file(content) if isinstance(content, Path) else content()


def _maps(
    classifier: Classifier | ClassicalModel,
    images: Sequence[ByteArray],
    prepared: Any,  # noqa: ANN401  # of whatever kind the model takes
    positive: MaskArray,
    *,
    method: Method = "grad-cam",
) -> Sequence[FloatArray]:
    """The relevance of each image: by the method where there is a network, else an occlusion map."""
    if isinstance(classifier, Classifier):
        return list(relevance_maps(classifier, prepared, positive, method=method))

    def score(hidden: ByteArray) -> FloatArray:
        return classifier.decisions(np.stack([classifier.numbers(image) for image in hidden]))

    return [occlusion(score, image, positive=bool(called)) for image, called in zip(images, positive, strict=True)]


def results_table(predictions: Sequence[Prediction], classifier: Classifier | ClassicalModel) -> pd.DataFrame:
    """One row a file for display and export, with the model, its threshold and the research-use notice."""
    card = classifier.card
    return pd.DataFrame(
        {
            "file": [answer.file for answer in predictions],
            "class": [answer.label or "" for answer in predictions],
            f"score for {card.classes[1]}": [answer.probability for answer in predictions],
            f"calibrated probability of {card.classes[1]}": [answer.calibrated for answer in predictions],
            "threshold": card.threshold,
            "error": [answer.error or "" for answer in predictions],
            "model": card.name,
            "model SHA-256": card.model_sha256,
            "note": " ".join((RESEARCH_NOTICE, *card.caveats, card.meaning_of_scores)),
        }
    )
