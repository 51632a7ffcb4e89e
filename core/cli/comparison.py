"""Commands about comparisons: compare, comparisons for those that were kept, and fit for a model of one."""

import json
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from core import terminal
from core.cli.options import Folder, Json, Positive, Seed, Unreviewed, opened
from core.config import settings

if TYPE_CHECKING:
    from core.comparison import Comparison
    from core.history import Entry
    from core.operating_point import Choice
    from core.protocol import Protocol

Out = Annotated[
    Path | None, typer.Option(help="File to write: .csv, .json, .md, .tex, or .html for the reporting sheet.")
]
_RULES = "balanced, sensitivity=0.95, specificity=0.95 or threshold=0.5"
Features = Annotated[
    str,
    typer.Option(
        help="What the classical models see: morphology, cell, colours, pixels, grayscale, all, embedding:NAME of a "
        "stored network, or several joined by +."
    ),
]
Tuned = Annotated[bool, typer.Option("--tuned", help="Tune hyperparameters inside the training subjects.")]
OperatingPoint = Annotated[str, typer.Option(help=f"How thresholds are chosen on the validation subjects: {_RULES}.")]


def compare(
    folder: Folder,
    models: Annotated[str, typer.Option(help="Names, separated by commas; all by default.")] = "",
    features: Features = "morphology",
    protocol: Annotated[
        str, typer.Option(help="fixed (one split by subject), folds, or random (folds, and random splits beside them).")
    ] = "fixed",
    folds: Annotated[int, typer.Option(help="Number of folds, at least 3.")] = 5,
    prevalence: Annotated[
        float | None, typer.Option(help="Share of leukemic cells for PPV and NPV; that of the test cells by default.")
    ] = None,
    tuned: Tuned = False,
    operating_point: OperatingPoint = "balanced",
    seed: Seed = 0,
    out: Out = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep it in the history of comparisons.")] = False,
    positive: Positive = None,
    without_edits: Unreviewed = False,
    as_json: Json = False,
) -> None:
    """Compare classical models and stored ones on the same test subjects, with two baselines."""
    from core import store
    from core.compare import carry_out
    from core.comparison import CLASSICAL
    from core.protocol import Plan

    _check(out)
    place = settings()
    stored = [model.name for model in store.models(place.models)]
    named = tuple(name.strip() for name in models.split(",") if name.strip())
    plan = Plan(
        named or (*CLASSICAL, *stored),
        features,
        cast("Protocol", protocol),
        folds,
        seed,
        prevalence,
        _choice(operating_point),
        tuned,
    )
    dataset = opened(folder, positive, with_hash=True, reviewed=not without_edits)
    if set(plan.models) & set(stored) or any(features.network for features in plan.feature_sets):
        terminal.start_tensorflow()
    found = carry_out(dataset, plan, cache=place.cache, store_folder=place.models, progress=terminal.progress())
    kept = _keep(found, plan.title) if keep else ""
    _write(found, out)
    _show(found, as_json=as_json, kept=kept)


def fit(
    folder: Folder,
    out: Annotated[str, typer.Option(help="Name of the model.")],
    model: Annotated[
        str,
        typer.Option(
            help="SVC, XGBClassifier, LinearDiscriminantAnalysis, RidgeClassifierCV, RidgeClassifier or 'area only'."
        ),
    ] = "RidgeClassifier",
    features: Features = "morphology",
    tuned: Tuned = False,
    operating_point: OperatingPoint = "balanced",
    seed: Seed = 0,
    positive: Positive = None,
    without_edits: Unreviewed = False,
    as_json: Json = False,
) -> None:
    """Fit a classical model as a comparison does, and store it for Upload and classify."""
    from core.classical_training import stored
    from core.protocol import Plan

    plan = Plan((model,), features, seed=seed, choice=_choice(operating_point), tuned=tuned)
    dataset = opened(folder, positive, with_hash=True, reviewed=not without_edits)
    card = stored(dataset, plan, model, name=out, settings=settings(), progress=terminal.progress())
    terminal.show(json.loads(card.to_json()), as_json=as_json)


def comparisons(
    show: Annotated[str, typer.Option(help="Id of one to print.")] = "",
    beside: Annotated[str, typer.Option(help="Id of another to set beside it.")] = "",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """List the comparisons that were kept, newest first; print one, or two side by side."""
    from core.history import History

    if (beside or out) and not show:
        raise ValueError("Expected --show ID with --beside and --out. Received: none.")
    _check(out)
    history = History(settings().database)
    if not show:
        _list(history.all(), as_json=as_json)
        return
    found = history.read(show)
    if beside:
        _show_both(found, history.read(beside), as_json=as_json)
        return
    _write(found, out)
    _show(found, as_json=as_json)


def _choice(text: str) -> "Choice":
    """The operating point that an option names."""
    from core.operating_point import Choice

    rule, _, number = text.replace(">=", "=").partition("=")
    if text in ("balanced", "youden"):
        return Choice()
    try:
        value = float(number)
    except ValueError:
        rule = ""
    if rule == "sensitivity":
        return Choice("sensitivity", at_least=value)
    if rule == "specificity":
        return Choice("specificity", at_least=value)
    if rule == "threshold":
        return Choice("by hand", threshold=value)
    raise ValueError(f"Expected an operating point such as {_RULES}. Received: {text}.")


def _check(out: Path | None) -> None:
    """Refuse a file of another kind before anything is computed."""
    if out is not None:
        from core.exports import export

        export(out)


def _write(found: "Comparison", out: Path | None) -> None:
    if out is not None:
        from core.exports import cards, export

        out.write_text(export(out).write(found, cards(found, settings().models)), encoding="utf-8")


def _keep(found: "Comparison", title: str) -> str:
    """Id under which the history has it now."""
    from core.history import History

    comparison_id = uuid.uuid4().hex
    History(settings().database).add(comparison_id, found, title=title, who="command line")
    return comparison_id


def _show(found: "Comparison", *, as_json: bool, kept: str = "") -> None:
    from core.printed import PANELS, notes, table

    if as_json:
        terminal.show({**({"id": kept} if kept else {}), **_as_json(found)}, as_json=True)
        return
    typer.echo("\n\n".join(table(found, columns).to_string(index=False) for columns in PANELS))
    remarks = [f"{row.title}: {row.problem}" for row in found.rows if row.problem]
    kept_as = [f"Kept as {kept}."] if kept else []
    for sentence in (*remarks, *found.sentences(), *notes(found), *kept_as):
        typer.echo(sentence, err=True)


def _as_json(found: "Comparison") -> dict[str, Any]:
    """What a script needs: no scores."""
    from core.printed import notes

    return {
        "origin": found.origin,
        "data_fingerprint": found.data_fingerprint,
        "split_by": found.split_by,
        "cells": dict(found.cells),
        "subjects": dict(found.subjects),
        "edits": dict(found.edits),
        "plan": asdict(found.plan),
        "models": json.loads(found.table().to_json(orient="records")),
        "intervals": json.loads(found.intervals().to_json(orient="records")),
        "sentences": list(found.sentences()),
        "notes": list(notes(found)),
    }


def _list(entries: "list[Entry]", *, as_json: bool) -> None:
    if as_json:
        rows = [{**asdict(entry), "created": entry.created.isoformat(), "stamps": entry.stamps} for entry in entries]
        terminal.show(rows, as_json=True)
        return
    for entry in entries:
        best = entry.best
        typer.echo(f"{entry.id}  {entry.summary}" + (f" · best: {best.model} {best.roc_auc:.3f}" if best else ""))


def _show_both(first: "Comparison", second: "Comparison", *, as_json: bool) -> None:
    from core.side_by_side import side_by_side

    both = side_by_side(first, second)
    if as_json:
        rows = json.loads(both.table().to_json(orient="records"))
        said = {"differences": both.differences, "sentences": both.sentences()}
        terminal.show({"models": rows, "same_cells": both.same_cells, **said}, as_json=True)
        return
    typer.echo(both.table().round(3).to_string(index=False))
    for sentence in (*both.differences, *both.sentences()):
        typer.echo(sentence, err=True)
