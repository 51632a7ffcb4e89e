"""The champion: the model that a new one has to beat, on the same test cells and with a paired test."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from core import store
from core.card import ModelCard
from core.challenge import Challenge
from core.classifier import Classifier
from core.data.dataset import CellDataset
from core.errors import ModelError
from core.evaluation import EvaluationReport, report
from core.metrics import Judged
from core.paired import pairs
from core.resampling import resampling
from core.types import Progress, silent
from core.warm_start import known


def challenged(
    classifier: Classifier,
    found: EvaluationReport,
    dataset: CellDataset,
    *,
    store_folder: Path,
    progress: Progress = silent,
) -> Classifier:
    """Compare a new model with the champion of the store; call it before the new model is stored.

    The champion is the model that training started from, else the default for Upload, or where that one cannot be
    compared, the stored model of the same origin with the best ROC AUC on its own test subjects.

    Args:
        classifier: The new model.
        found: Its report on its test cells.
        dataset: The data set that it was trained on.
        store_folder: The model store.
        progress: Called while the champion's pixels are read; may raise `Cancelled`.

    Returns:
        The classifier with the challenge in its card.
    """
    new = classifier.card
    cells = dataset.labelled.set_index("path", drop=False).loc[found.cells["path"]]
    problems = []
    for old in _candidates(store_folder, new):
        problem = unfit(
            old,
            classes=new.classes,
            origin=new.origin,
            split_by=new.split_by,
            subjects=new.subjects["test"],
            hashes=set(cells["sha256"]),
        )
        try:
            champion = None if problem else store.load(store_folder, old.name)
        except ModelError as error:
            problem = str(error)
            champion = None
        if champion is None:
            problems.append(f"No comparison with {old.name}: {problem}")
            continue
        files = [dataset.file(path) for path in cells["path"]]
        score = champion.score_files(files, progress=progress)
        rival = report(cells, score, classes=dataset.classes, threshold=old.threshold)
        outcome = replace(
            compare_with(found, rival), champion=old.name, stamps=old.stamps, model_sha256=old.model_sha256
        )
        return replace(classifier, card=replace(new, challenge=outcome))
    outcome = Challenge(problem=problems[0] if problems else "No comparison: there is no other model yet.")
    return replace(classifier, card=replace(new, challenge=outcome))


def _candidates(folder: Path, new: ModelCard) -> Iterator[ModelCard]:
    """The one that it started from, the default, then the others of the same origin, the best first."""
    cards = {model.card.name: model.card for model in store.models(folder) if model.card is not None}
    first = [name for name in dict.fromkeys((new.config.start_from, store.default(folder))) if name in cards]
    yield from (cards[name] for name in first)
    others = [card for name, card in cards.items() if name not in first and card.origin == new.origin]
    yield from sorted(others, key=lambda card: -np.nan_to_num(card.test.get("roc_auc", 0.0)))


def unfit(
    card: ModelCard,
    *,
    classes: tuple[str, str],
    origin: str,
    split_by: str,
    subjects: Collection[str],
    hashes: Collection[str],
) -> str:
    """Why a stored model cannot be scored on some test cells, or ""; what its weights saw before counts, too.

    Args:
        card: Of the stored model.
        classes: (negative, positive) of the test cells.
        origin: Whose cells they are.
        split_by: "subject" or "cell": what was kept apart.
        subjects: Test subjects (or content hashes where `split_by` is "cell").
        hashes: Content hashes of the test cells.
    """
    if card.classes != classes:
        return f"Expected classes {' and '.join(classes)}. Received: {' and '.join(card.classes)}."
    if card.origin == origin and card.split_by != split_by:
        return f"Expected a model split by {split_by}. Received: one split by {card.split_by}."
    ids, contents = known(card, origin)
    seen = (ids & set(subjects)) | (contents & set(hashes))
    return (
        f"It was trained on {len(seen)} of the test {card.split_by}s, so its figures would be too good." if seen else ""
    )


def compare_with(new: EvaluationReport, old: EvaluationReport) -> Challenge:
    """Compare two models on the same cells.

    Args:
        new: Report of the new model.
        old: Report of the older one, with the same cells in the same order.

    Returns:
        The challenge, without the older model's name. The interval of the difference resamples subjects (cells where
        they name none); the two P values take cells for independent, which those of one subject are not, and are too
        small for that.

    Raises:
        ValueError: If the cells differ.
    """
    same = len(new.cells) == len(old.cells) and bool((new.cells["path"].to_numpy() == old.cells["path"]).all())
    if not same or not np.array_equal(new.truth, old.truth):
        raise ValueError("Expected two reports on the same cells. Received: reports on different ones.")
    by_subject = bool((new.cells["subject"] != "").all())
    draws = resampling(new.cells["subject"].to_numpy(dtype=str), new.truth)
    first, second = (Judged(each.truth, each.score, each.called, None, draws.unit) for each in (new, old))
    pair = pairs({"new": first, "old": second}, draws)[0]
    return Challenge(
        figures=old.figures(),
        roc=old.roc_corners(),
        difference=pair.difference,
        interval=pair.interval,
        subjects=new.cells["subject"].nunique() if by_subject else 0,
        delong_p=pair.delong_p,
        only_new_right=pair.only_first_right,
        only_champion_right=pair.only_second_right,
        mcnemar_p=pair.mcnemar_p,
    )
