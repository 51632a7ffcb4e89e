"""Facts: what the records of a comparison say for a report, one text each."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from core.card import RESEARCH_NOTICE, ModelCard
from core.caveats import caveats
from core.comparison import Comparison
from core.data.edits import applied
from core.disagreement import complete
from core.features.sets import feature_set
from core.metrics import FIGURES
from core.printed import TITLES, measured, protocol, sizes
from core.resampling import DRAWS
from core.standings import Row


def facts(comparison: Comparison, cards: Mapping[str, ModelCard]) -> dict[str, str]:
    """What is on record, by a key that items of `core.guidelines` name; "" where it is not.

    Args:
        comparison: The comparison.
        cards: Cards of the stored models in it, by name; those that are gone are missing.
    """
    return {**_of_data(comparison), **_of_models(comparison, cards), **_of_results(comparison)}


def _of_data(comparison: Comparison) -> dict[str, str]:
    negative, positive = comparison.classes
    limits = caveats(comparison.origin, comparison.split_by)
    by_subject = comparison.split_by == "subject"
    left_out = f"Cells that could not be described: {_counted(comparison.left_out.values()) or 'none'}."
    edits = applied(comparison.edits)
    fingerprint = f"SHA-256 of the labelled cells: {comparison.data_fingerprint}."
    drawn = f" {limits['drawn cells']}" if "drawn cells" in limits else ""
    beside = " The random splits beside them do not keep persons apart." if comparison.random_rows else ""
    return {
        "use": RESEARCH_NOTICE,
        "goal": f"To tell {positive} from {negative} in images of single white blood cells: "
        f"{len(comparison.rows)} models are compared on the same test cells.",
        "source": f"Source: {comparison.origin}.{drawn} {fingerprint}",
        "fingerprint": fingerprint,
        "left_out": f"{edits} {left_out}",
        "subsets": f"All labelled cells. {edits} {left_out}",
        "missing": f"{left_out} They take no part. A number that is missing for a cell is replaced by the median "
        "of the cells that were fitted on.",
        "labels": f"{positive} or {negative} for each cell, as the data set has them. {edits}",
        "partitions": f"{protocol(comparison)}: {sizes(comparison)}. "
        "The seed decides who is where; classes are balanced over the sides.",
        "level": "Persons: subjects that share a byte-identical cell count as one, and no person's cells stand on two "
        f"sides of a split.{beside}"
        if by_subject
        else limits["not by subject"],
        "sizes": f"{sizes(comparison).capitalize()}.",
        "counts": f"{sizes(comparison).capitalize()}. {_classes(comparison)} {edits} {left_out}",
        "clusters": "Cells of a person are a cluster: persons, not cells, are split and resampled."
        if by_subject
        else "",
        "limits": " ".join([*limits.values(), "All test cells are from one source."]),
    }


def _of_models(comparison: Comparison, cards: Mapping[str, ModelCard]) -> dict[str, str]:
    plan = comparison.plan
    fitted = [row.model for row in comparison.rows if row.kind != "network"]
    stored = {row.model: cards.get(row.model) for row in comparison.rows if row.kind == "network"}
    there = {name: card for name, card in stored.items() if card is not None}
    known = {name: card for name, card in there.items() if card.kind == "network"}
    kept = [name for name in there if name not in known]
    elsewhere = {name: card for name, card in there.items() if card.origin != comparison.origin}
    gone = [name for name, card in stored.items() if card is None]
    features = feature_set(comparison.features)
    blocks = "; ".join(f"{block.title} ({len(block.columns)} numbers)" for block in features.blocks)
    seen = f"Classical models: {features.title}. {f'{blocks}. ' if blocks else ''}"
    tuned = "; ".join(
        f"{row.title}, split {split + 1}: {', '.join(f'{name} {value}' for name, value in settings.items())}"
        for row in comparison.rows
        for split, settings in row.settings.items()
    )
    return {
        "kind": _sentences(
            ("Machine learning on numbers that describe a cell", ", ".join([*fitted, *kept])),
            ("Deep learning on pixels", ", ".join(known)),
            ("Stored model whose card is gone", ", ".join(gone)),
        ),
        "predictors": seen + _sentences(("The pixels of the image", ", ".join(known))),
        "measured_by": "A program measures them; nobody's judgement is needed.",
        "preprocessing": f"{seen}All numbers are brought to standard scale; pixels are reduced to "
        "principal components. Each step is fitted on the cells that are fitted on. " + _each(known, _pixels),
        "models": f"{', '.join([*fitted, *kept])}: scikit-learn and XGBoost. "
        + _each(known, _network)
        + _sentences(("Stored model whose card is gone", ", ".join(gone))),
        "software": f"LeukoScope with {', '.join(map(' '.join, comparison.versions.items()))}.",
        "initialization": f"Classical models: seed {comparison.seed}. " + _each(known, _start),
        "training": "Classical models have the settings of this version of LeukoScope. Hyperparameters: "
        f"{'tuned by ROC AUC on persons left out of the training side in turn' if plan.tuned else 'not tuned'}. "
        f"{tuned} " + _each(known, _config),
        "selection": "All models are shown; none was selected on test cells. Operating points and calibration are from "
        "the validation side, or from its own one for a stored model that had learned from those cells. "
        + ("Networks have the weights of the epoch with the best validation ROC AUC." if known else ""),
        "ensembling": "Models are not combined with one another.",
        "output": f"A calibrated probability of {comparison.classes[1]} for each cell, and a call at the operating "
        f"point: {plan.choice.source}. Every score is kept with the comparison.",
        "imbalance": "A classical model that can weigh its classes does so; each model is calibrated on the validation "
        "side. " + _each(known, lambda card: f"class weights {'on' if card.config.class_weights else 'off'}"),
        "internal": "Classical models are tested on cells of the source that they were fitted on, but not of the same "
        f"{'persons' if comparison.split_by == 'subject' else 'content'}. "
        + ("Stored models are tested on none that they have learned from." if stored else ""),
        "external": _each(elsewhere, lambda card: f"learned from cells of {card.origin}, so that this test is external")
        or "None in this comparison: all cells are from one source.",
        "updating": "None after the test.",
        "availability": _each(there, lambda card: f"stored with its card, SHA-256 {card.model_sha256}"),
    }


def _of_results(comparison: Comparison) -> dict[str, str]:
    best = _best(comparison)
    share = comparison.plan.prevalence
    return {
        "metrics": f"{', '.join(TITLES[name] for name in FIGURES)}. PPV and NPV at "
        f"{'the prevalence of the test cells' if share is None else f'a prevalence of {share:.1%}'}.",
        "uncertainty": f"95 % intervals from {DRAWS:,} resamplings of persons. Pairs of models: the same resamplings, "
        "DeLong's test and McNemar's exact test, each with Holm's correction.",
        "robustness": " ".join(each.sentence for each in comparison.inflations) or _spread(best),
        "classes": _classes(comparison),
        "performance": f"See the table below. Highest ROC AUC: {best.title}, {measured(best, 'roc_auc')}."
        if best
        else "",
        "diagnostic": f"{best.title}: "
        + ", ".join(f"{TITLES[name]} {measured(best, name)}" for name in ("sensitivity", "specificity", "ppv", "npv"))
        + "."
        if best
        else "",
        "failures": _failures(comparison, best),
        "by_cluster": _by_subject(best),
    }


def _best(comparison: Comparison) -> Row | None:
    """The model with the highest ROC AUC that is no baseline and was tested on all cells."""
    tested = [
        row
        for row in complete(comparison.rows)
        if row.kind != "baseline" and math.isfinite(row.figures.get("roc_auc", math.nan))
    ]
    return max(tested, key=lambda row: row.figures["roc_auc"], default=None)


def _spread(row: Row | None) -> str:
    if row is None or not row.mean:
        return ""
    spread = f"{row.mean['roc_auc']:.3f} ± {row.sd['roc_auc']:.3f}"
    return f"Over {len(row.by_fold)} folds the ROC AUC of {row.title} is {spread} (mean ± standard deviation)."


def _classes(comparison: Comparison) -> str:
    report = next((row.report for row in complete(comparison.rows)), None)
    if report is None:
        return ""
    cells = report.cells
    counts = []
    for label, name in ((True, comparison.classes[1]), (False, comparison.classes[0])):
        found = cells[cells["positive"] == label]
        persons = f" of {found['person'].nunique()} persons" if comparison.split_by == "subject" else ""
        counts.append(f"{name} {len(found):,} cells{persons}")
    return f"Test cells: {', '.join(counts)}."


def _failures(comparison: Comparison, row: Row | None) -> str:
    if row is None or row.report is None:
        return ""
    (right_negative, false_alarms), (missed, right_positive) = row.report.confusion_matrix().tolist()
    negative, positive = comparison.classes
    divided = len(comparison.disagreements())
    return (
        f"{row.title} calls {missed:,} of {missed + right_positive:,} {positive} cells {negative} and "
        f"{false_alarms:,} of {false_alarms + right_negative:,} {negative} cells {positive}. The models differ on "
        f"{divided:,} test cells."
    )


def _by_subject(row: Row | None) -> str:
    table = row.report.by_subject() if row is not None and row.report is not None else None
    if row is None or table is None or table.empty:
        return ""
    worst, accuracy = table.iloc[0], table["accuracy"]
    return (
        f"Accuracy of {row.title} by test subject: from {worst['accuracy']:.2f} ({worst['subject']}, {worst['cells']} "
        f"cells) to {accuracy.max():.2f}, median {accuracy.median():.2f} of {len(table)} subjects."
    )


def _counted(reasons: Iterable[str]) -> str:
    """Reasons with the number of cells of each, the most frequent first."""
    return "; ".join(f"{count:,} ({reason.rstrip('.')})" for reason, count in Counter(reasons).most_common())


def _sentences(*parts: tuple[str, str]) -> str:
    return " ".join(f"{title}: {text}." for title, text in parts if text)


def _each(cards: Mapping[str, ModelCard], say: Callable[[ModelCard], str]) -> str:
    return " ".join(f"{card.title}: {say(card)}." for card in cards.values())


def _pixels(card: ModelCard) -> str:
    seen = card.preprocessing
    window = f"a window of {seen.window} pixels around the cell" if seen.window else "the whole image"
    return f"{window} at {seen.image_size} x {seen.image_size} pixels, {seen.colour}, stain {seen.stain}"


def _network(card: ModelCard) -> str:
    return f"{card.architecture}, {card.parameters:,} parameters, {_pixels(card)}"


def _start(card: ModelCard) -> str:
    if card.config.start_from:
        return f"weights of {card.config.start_from}"
    return "weights from ImageNet" if card.config.pretrained else f"random weights, seed {card.config.seed}"


def _config(card: ModelCard) -> str:
    config = card.config
    return (
        f"{config.optimizer}, learning rate {config.learning_rate:g}, at most {config.epochs} epochs of batches of "
        f"{config.batch_size}, augmentation {config.augmentation}, dropout {config.dropout:g}"
    )
