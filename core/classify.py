"""Classify uploaded files: decode, gate, score, explain; a file without an answer is a row with its reason."""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.card import RESEARCH_NOTICE
from core.classical_model import ClassicalModel
from core.classifier import Classifier
from core.data import pixels
from core.data.window import Window
from core.errors import DataError
from core.gates.before_model import of_picture, unreadable
from core.gates.finding import Finding, stopped
from core.gates.gates import of_answer
from core.maps import maps_of_prepared, part_seen
from core.types import ByteArray, FloatArray, Progress, silent

Content = bytes | Path | Callable[[], ByteArray]
_BATCH, _MAPPED_BATCH = 16, 32  # maps take less each where there are more; answers wait less for the first ones
_AHEAD = 1  # batches that are decoded while the model works


@dataclass(frozen=True, eq=False)
class Prediction:
    """The answer for one file. It holds no pixels, so that thousands can be kept.

    Attributes:
        file: Its name.
        label: The class it is called, or None where there is no answer.
        probability: The model's score for the positive class, which the threshold is for, uncalibrated, or None.
        calibrated: The probability of the positive class by the calibrator in the model's card, to be shown; None where
            there is no answer or the model was never calibrated.
        error: Why there is no answer, or None: the reason of the gate that stopped it.
        findings: What the gates say of it, in their order, up to the first that stopped it.
        seen: The part of the image that a map lies over; None for the whole one, or where no model saw it.
        relevance: Where the score for the class called is sensitive, as `core.maps.mapped` gives it; None where nobody
            asked.
    """

    file: str
    label: str | None = None
    probability: float | None = None
    calibrated: float | None = None
    error: str | None = None
    findings: tuple[Finding, ...] = ()
    seen: Window | None = None
    relevance: FloatArray | None = None

    @property
    def shown(self) -> float | None:
        """The number that stands beside the class: the calibrated probability, else the score; None without a class."""
        return self.probability if self.calibrated is None else self.calibrated


@dataclass(frozen=True, eq=False)
class _Looked:
    """A file before the model: its answer so far, and unless a gate stopped it, what the model is given."""

    answer: Prediction
    prepared: Any = None  # pixels of a network, numbers of a scikit-learn model
    image: ByteArray | None = None  # where it will be mapped


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
    progress(0, len(pending), "Classifying cells")
    with closing(classified(classifier, pending, explain=explain)) as batches:
        for batch in batches:
            answered += batch
            progress(len(answered), len(pending), "Classifying cells")
    return answered


def classified(
    classifier: Classifier | ClassicalModel, files: Iterable[tuple[str, Content]], *, explain: bool = True
) -> Generator[list[Prediction], None, None]:
    """Classify files as `classify` does, and hand the answers on batch by batch.

    The next batch is decoded and gated, in threads, while the model works on this one.

    Args:
        classifier: As of `classify`.
        files: As of `classify`.
        explain: As of `classify`.

    Yields:
        The predictions of a batch, in order.
    """
    look = partial(_looked_at, classifier, keep=explain)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        ahead: list[list[Future[_Looked]]] = []
        for batch in _batches(files, _MAPPED_BATCH if explain else _BATCH):
            ahead.append([pool.submit(look, *file) for file in batch])
            if len(ahead) > _AHEAD:
                yield _answers(classifier, [each.result() for each in ahead.pop(0)])
        for waiting in ahead:
            yield _answers(classifier, [each.result() for each in waiting])


def _batches(files: Iterable[tuple[str, Content]], size: int) -> Iterator[list[tuple[str, Content]]]:
    pending = iter(files)
    while batch := list(islice(pending, size)):
        yield batch


def _looked_at(classifier: Classifier | ClassicalModel, name: str, content: Content, *, keep: bool) -> _Looked:
    """Decode a file, let it through the gates before the model, and make it ready for that."""
    try:
        image = _pixels(content)
    except DataError as error:
        return _Looked(Prediction(name, error=str(error), findings=unreadable(str(error))))
    answer = _gated(Prediction(name), of_picture(image, classifier.gates.limits))
    if answer.error is not None:
        return _Looked(answer)
    answer = replace(answer, seen=part_seen(classifier, image))
    return _Looked(answer, classifier.prepare(image), image if keep else None)


def _answers(classifier: Classifier | ClassicalModel, batch: Sequence[_Looked]) -> list[Prediction]:
    answers = [looked.answer for looked in batch]
    asked = [place for place, looked in enumerate(batch) if looked.prepared is not None]
    if asked:
        seen = classifier.seen(np.stack([batch[place].prepared for place in asked]))
        for place, vector, score in zip(asked, *seen, strict=True):
            answers[place] = _answered(classifier, answers[place], vector, float(score))
    images = {
        place: image
        for place, looked in enumerate(batch)
        if (image := looked.image) is not None and answers[place].label is not None
    }
    if images:
        prepared = np.stack([batch[place].prepared for place in images])
        maps = maps_of_prepared(classifier, list(images.values()), prepared, [answers[place].label for place in images])
        for place, relevance in zip(images, maps, strict=True):
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
    if gated.error is not None:
        return gated
    return replace(
        gated,
        label=card.classes[int(score >= card.threshold)],
        probability=score,
        calibrated=float(card.calibrator.probability(np.asarray(score))) if card.calibrated else None,
    )


def _pixels(content: Content) -> ByteArray:
    if isinstance(content, bytes):
        return pixels.decode(content)
    return pixels.decode_file(content) if isinstance(content, Path) else content()


def results_table(
    predictions: Sequence[Prediction], classifier: Classifier | ClassicalModel, notes: Sequence[Sequence[str]]
) -> pd.DataFrame:
    """One row a cell for display and export, with the model, its threshold and the research-use notice.

    Args:
        predictions: The answers.
        classifier: What gave them.
        notes: What was done to the picture of each, and what should be known of it, in sentences.
    """
    card = classifier.card
    stops = [stopped(answer.findings) for answer in predictions]
    return pd.DataFrame(
        {
            "file": [answer.file for answer in predictions],
            "class": [answer.label or "" for answer in predictions],
            f"score for {card.classes[1]}": [answer.probability for answer in predictions],
            f"calibrated probability of {card.classes[1]}": [answer.calibrated for answer in predictions],
            "threshold": card.threshold,
            "stopped by": ["" if stop is None else stop.title for stop in stops],
            "error": [answer.error or "" for answer in predictions],
            "picture": [" ".join(sentences) for sentences in notes],
            "model": card.name,
            "model SHA-256": card.model_sha256,
            "note": " ".join((RESEARCH_NOTICE, *card.caveats, card.meaning_of_scores)),
        }
    )
