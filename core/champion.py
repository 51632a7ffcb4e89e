"""The champion: the model that a new one has to beat, on the same test cells and with a paired test."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import binomtest, norm, rankdata
from scipy.stats import t as student

from core import store
from core.card import ModelCard
from core.challenge import Challenge
from core.data import pixels
from core.data.dataset import CellDataset
from core.errors import ModelError
from core.evaluation import EvaluationReport, report, roc_auc
from core.store import Classifier
from core.types import FloatArray, IntArray, Progress, silent
from core.warm_start import known

_DRAWS = 2000
_FEWEST_SUBJECTS = 3  # of a class, for an interval
_CORNERS = 200  # of a ROC curve that is kept in a card
_NO_DIFFERENCE = 1e-12


def challenged(
    classifier: Classifier,
    found: EvaluationReport,
    dataset: CellDataset,
    *,
    store_folder: Path,
    progress: Progress = silent,
) -> Classifier:
    """Compare a new model with the champion of the store; call it before the new model is stored.

    The champion is the default for Upload, or where that one cannot be compared, the stored model of the same origin
    with the best ROC AUC on its own test subjects.

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
        score = champion.scores(pixels.read(files, old.preprocessing, progress=progress))
        rival = report(cells, score, classes=dataset.classes, threshold=old.threshold)
        outcome = replace(
            compare_with(found, rival), champion=old.name, stamps=old.stamps, model_sha256=old.model_sha256
        )
        return replace(classifier, card=replace(new, challenge=outcome))
    outcome = Challenge(problem=problems[0] if problems else "No comparison: there is no other model yet.")
    return replace(classifier, card=replace(new, challenge=outcome))


def _candidates(folder: Path, new: ModelCard) -> Iterator[ModelCard]:
    """The default, then the others of the same origin, the best first."""
    cards = [model.card for model in store.models(folder) if model.card is not None]
    default = store.default(folder)
    yield from (card for card in cards if card.name == default)
    others = [card for card in cards if card.name != default and card.origin == new.origin]
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
        The challenge, without the older model's name. The interval of the difference resamples subjects; the two P
        values take cells for independent, which those of one subject are not, and are too small for that.

    Raises:
        ValueError: If the cells differ.
    """
    same = len(new.cells) == len(old.cells) and bool((new.cells["path"].to_numpy() == old.cells["path"]).all())
    if not same or not np.array_equal(new.truth, old.truth):
        raise ValueError("Expected two reports on the same cells. Received: reports on different ones.")
    difference = roc_auc(new.truth, new.score) - roc_auc(old.truth, old.score)
    _, error = delong(new.truth, new.score, old.score)
    by_subject = bool((new.cells["subject"] != "").all())
    if by_subject:
        interval = subject_interval(new, old)
    else:
        interval = (difference - 1.96 * error, difference + 1.96 * error) if np.isfinite(error) else None
    new_right, old_right = new.called == new.truth, old.called == old.truth
    only_new, only_old = int((new_right & ~old_right).sum()), int((old_right & ~new_right).sum())
    return Challenge(
        figures=old.figures(),
        roc=_corners(old),
        difference=difference,
        interval=interval,
        subjects=new.cells["subject"].nunique() if by_subject else 0,
        delong_p=_two_sided(difference, error),
        only_new_right=only_new,
        only_champion_right=only_old,
        mcnemar_p=float(binomtest(only_new, only_new + only_old).pvalue) if only_new + only_old else 1.0,
    )


def delong(truth: IntArray, first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """Difference of two correlated areas under the ROC curve, and its standard error.

    Args:
        truth: 1 for a positive cell, (cells,).
        first: Scores of one model, (cells,).
        second: Scores of the other, (cells,).

    Returns:
        Area of the first minus that of the second, and its standard error; NaN where a class has fewer than two cells.

    Source:
        DeLong et al. 1988, doi 10.2307/2531595, with the midranks of Sun and Xu 2014, doi 10.1109/LSP.2014.2337313.
    """
    positive, negative = truth == 1, truth == 0
    if min(positive.sum(), negative.sum()) < 2:
        return float("nan"), float("nan")
    scores = np.stack([first, second])
    ranks = rankdata(scores, axis=1)
    of_positive = (ranks[:, positive] - rankdata(scores[:, positive], axis=1)) / negative.sum()
    of_negative = 1 - (ranks[:, negative] - rankdata(scores[:, negative], axis=1)) / positive.sum()
    areas = of_positive.mean(axis=1)
    covariance = np.cov(of_positive) / positive.sum() + np.cov(of_negative) / negative.sum()
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    return float(areas[0] - areas[1]), float(np.sqrt(max(0.0, variance)))


def _two_sided(difference: float, error: float) -> float:
    """P value of a difference; 1 where there is none, or no error to measure it by."""
    if not np.isfinite(error) or abs(difference) < _NO_DIFFERENCE:
        return 1.0
    return float(2 * norm.sf(abs(difference) / error)) if error > _NO_DIFFERENCE else 0.0


def subject_interval(
    new: EvaluationReport, old: EvaluationReport, *, draws: int = _DRAWS, seed: int = 0
) -> tuple[float, float] | None:
    """95 % interval of the difference in ROC AUC over resampled subjects.

    Args:
        new: Report of the new model.
        old: Report of the older one, with the same cells in the same order.
        draws: Resamplings; those without both classes do not count.
        seed: Of the resampling.

    Returns:
        Percentiles of new minus old, or None with fewer than three subjects of a class. The percentiles are those of
        2.5 and 97.5 % moved outwards, since resampling few subjects gives too narrow an interval.

    Source:
        Hesterberg 2015, doi 10.1080/00031305.2015.1089789, expanded percentiles: the normal distribution at the t
        quantile times sqrt(n / (n - 1)), here with the subjects of the rarer class as n.
    """
    subjects, of = np.unique(new.cells["subject"].to_numpy(dtype=str), return_inverse=True)
    positives = np.bincount(of[new.truth == 1], minlength=len(subjects))
    negatives = np.bincount(of[new.truth == 0], minlength=len(subjects))
    fewest = int(min((positives > 0).sum(), (negatives > 0).sum()))
    if fewest < _FEWEST_SUBJECTS:
        return None
    wins = _wins(new.truth, new.score, of, len(subjects)) - _wins(old.truth, old.score, of, len(subjects))
    times = np.random.default_rng(seed).multinomial(len(subjects), np.full(len(subjects), 1 / len(subjects)), draws)
    pairs = (times @ positives) * (times @ negatives)
    differences = ((times @ wins) * times).sum(axis=1)[pairs > 0] / pairs[pairs > 0]
    tail = float(norm.cdf(student.ppf(0.025, fewest - 1) * np.sqrt(fewest / (fewest - 1))))
    low, high = np.quantile(differences, [tail, 1 - tail])
    return float(low), float(high)


def _wins(truth: IntArray, score: FloatArray, of: IntArray, subjects: int) -> FloatArray:
    """Pairs that a subject's positive cells win against each subject's negative ones, ties half, (subjects, subjects).

    The area of a resampling is the sum over pairs of subjects, each as often as both were drawn together.
    """
    positive = truth == 1
    won = np.zeros((subjects, subjects))
    for subject in range(subjects):
        negative = np.sort(score[(of == subject) & ~positive])
        below = np.searchsorted(negative, score[positive], "left") + np.searchsorted(negative, score[positive], "right")
        won[:, subject] = np.bincount(of[positive], weights=below / 2, minlength=subjects)
    return won


def _corners(found: EvaluationReport) -> tuple[tuple[float, float], ...]:
    """The ROC curve in at most `_CORNERS` points, from (0, 0) to (1, 1)."""
    false_positive_rate, true_positive_rate = found.roc_curve()
    kept = np.unique(np.linspace(0, len(false_positive_rate) - 1, _CORNERS).round().astype(int))
    return tuple((float(false_positive_rate[place]), float(true_positive_rate[place])) for place in kept)
