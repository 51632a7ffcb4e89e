"""Data sheet: all that is known of a data set, as JSON for programs and as one HTML file for people."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.card import RESEARCH_NOTICE
from core.data.dataset import EXCLUDED, CellDataset
from core.data.edits import Decision, applied, standing
from core.data.findings import findings
from core.data.morphology import MORPHOLOGY
from core.data.quality import CHECKS
from core.data.split import split
from core.data.summary import side_counts, summary
from core.drift import drift
from core.drift import verdict as drift_verdict
from core.effects import Effect, effects
from core.effects import verdict as effects_verdict
from core.errors import DataError
from core.evaluation import roc_auc
from core.figures import exploration as figures
from core.shortcuts import Shortcut, shortcuts
from core.shortcuts import verdict as shortcut_verdict
from core.suspects import out_of_fold, suspects
from core.types import Progress, silent
from core.versions import library_versions

FORMAT = 1
_TEMPLATE = Path(__file__).with_name("datasheet.html")


def data_sheet(
    dataset: CellDataset, cells: pd.DataFrame, decisions: Sequence[Decision] = (), *, progress: Progress = silent
) -> dict[str, Any]:
    """Gather counts, groups, findings, edits and what they mean.

    Args:
        dataset: Hashed, with its edits applied.
        cells: Its measured cells, from `measures.measured`.
        decisions: The log that the edits come from.
        progress: Called before each part; may raise `Cancelled`.

    Returns:
        A dict that is JSON. A part that cannot be had, as for want of subjects, holds its `problem` in one sentence.
    """
    kept = cells[cells["part"] != EXCLUDED]
    labelled = kept[kept["label"] != ""]
    sheet: dict[str, Any] = {
        "format": FORMAT,
        "notice": RESEARCH_NOTICE,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": library_versions(),
    }
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "data": lambda: summary(dataset),
        "split": lambda: _split(dataset),
        "findings": lambda: findings(dataset, cells),
        "shortcuts": lambda: _shortcuts(labelled, dataset.classes),
        "effects": lambda: _effects(labelled, dataset.classes),
        "colour_drift": lambda: _drift(kept, dataset.classes),
        "label_suspects": lambda: _suspects(cells, dataset.classes),
    }
    for done, (name, part) in enumerate(parts.items()):
        progress(done, len(parts), "Writing the data sheet")
        try:
            sheet[name] = part()
        except DataError as error:
            sheet[name] = {"problem": str(error)}
    progress(len(parts), len(parts), "Writing the data sheet")
    return sheet | {
        "edits": {
            "applied": dict(dataset.edits),
            "in_words": applied(dataset.edits),
            "decisions": [asdict(decision) for decision in standing(decisions).values()],
        }
    }


def _split(dataset: CellDataset) -> dict[str, Any]:
    found = split(dataset)
    counts = side_counts(dataset, found)
    return {"by": found.by, "seed": found.seed, "sides": counts.to_dict(orient="index")}


def _shortcuts(labelled: pd.DataFrame, classes: tuple[str, str]) -> dict[str, Any]:
    found = shortcuts(labelled, classes)
    if not found:
        raise DataError("Expected at least two subjects of each class for the shortcut audit. Received: fewer.")
    return {"verdict": shortcut_verdict(found, classes), "properties": [asdict(shortcut) for shortcut in found]}


def _effects(labelled: pd.DataFrame, classes: tuple[str, str]) -> dict[str, Any]:
    found = effects(labelled, classes)
    if not found:
        raise DataError("Expected at least two subjects of each class for effect sizes. Received: fewer.")
    return {
        "verdict": effects_verdict(found),
        "measures": [{**asdict(effect), "size": effect.size} for effect in found],
    }


def _drift(kept: pd.DataFrame, classes: tuple[str, str]) -> dict[str, Any]:
    found = drift(kept, classes)
    if not (found["compared"] != "").any():
        raise DataError("Expected five or more subjects with five cells each to compare colours. Received: fewer.")
    outliers = found.loc[found["outlier"], ["subject", "label", "cells", "finding"]]
    return {
        "verdict": drift_verdict(found),
        "outliers": outliers.to_dict(orient="records"),
        "judged": found[found["compared"] != ""].to_dict(orient="records"),
    }


def _suspects(cells: pd.DataFrame, classes: tuple[str, str]) -> dict[str, Any]:
    probability = out_of_fold(cells, classes)
    judged = np.isfinite(probability)
    found = suspects(cells, probability, classes)
    truth = np.asarray(cells["label"][judged] == classes[1], dtype=np.int64)
    return {
        "judged": int(judged.sum()),
        "roc_auc": roc_auc(truth, probability[judged]),
        "suspects": len(found),
        "worst": found.head(50).drop(columns="sha256").to_dict(orient="records"),
    }


def headlines(sheet: dict[str, Any]) -> list[str]:
    """The sheet in a few sentences, for who reads no further."""
    data, found, doubted = sheet["data"], sheet["findings"], sheet["label_suspects"]
    counts = ", ".join(f"{count:,} {name}" for name, count in data["classes"].items())
    people = f"{data['subjects']:,} subjects" if data["subjects"] else "unnamed subjects"
    joined = len(found["cross_subject_groups"])
    together = f"; {joined} groups of subjects share some and count as one person each" if joined else ""
    flags = [f"{CHECKS[check].title.lower()} {count:,}" for check, count in found["quality"].items() if count]
    return [
        f"{data['cells']:,} cells of {people} ({counts}); {len(found['unusable']):,} files could not be used.",
        f"{found['exact_duplicates']:,} files repeat an earlier one{together}. {found['near_duplicates']:,} pairs look "
        f"alike; {found['conflicting_labels']:,} contents carry both labels.",
        f"Quality checks flag: {', '.join(flags) or 'no cell'}.",
        *sheet["shortcuts"].get("verdict", [])[:1],
        *([sheet["colour_drift"]["verdict"]] if "verdict" in sheet["colour_drift"] else []),
        f"{doubted['suspects']:,} of {doubted['judged']:,} labels are suspects."
        if "suspects" in doubted
        else "Labels could not be judged.",
        sheet["edits"]["in_words"],
    ]


def to_json(sheet: dict[str, Any]) -> str:
    """The sheet as JSON text."""
    return json.dumps(sheet, indent=2, allow_nan=False)


def to_html(sheet: dict[str, Any], dataset: CellDataset, cells: pd.DataFrame) -> str:
    """The sheet as one HTML file that needs nothing else: tables, sentences and figures.

    Args:
        sheet: From `data_sheet`.
        dataset: As given to it.
        cells: As given to it.
    """
    from jinja2 import Environment, FileSystemLoader, select_autoescape

    pages = Environment(
        loader=FileSystemLoader(_TEMPLATE.parent), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    )
    return pages.get_template(_TEMPLATE.name).render(
        sheet=sheet,
        headlines=headlines(sheet),
        name=dataset.root.name,
        classes=dataset.classes,
        drawn=dataset.drawn,
        checks=CHECKS,
        measures=MORPHOLOGY,
        figures=_figures(sheet, dataset, cells),
    )


def _figures(sheet: dict[str, Any], dataset: CellDataset, cells: pd.DataFrame) -> list[tuple[str, str]]:
    """Title and HTML of the figure of each part that could be had; the first one brings Plotly's script."""
    kept = cells[cells["part"] != EXCLUDED]
    labelled = kept[kept["label"] != ""]
    classes, title = dataset.classes, MORPHOLOGY["area"]
    shown = {
        "Cells by class": figures.counts(kept, by="class_name", classes=classes),
        "Area by class": figures.distributions(labelled, column="area", classes=classes, title=title),
    }
    if dataset.has_subjects:
        shown["Cells by subject"] = figures.counts(kept[kept["subject"] != ""], by="subject", classes=classes)
        shown["Area by subject"] = figures.subject_boxes(labelled, column="area", classes=classes, title=title)
    if "problem" not in sheet["shortcuts"]:
        properties = [Shortcut(**one) for one in sheet["shortcuts"]["properties"]]
        shown["Single properties as classifiers"] = figures.shortcut_intervals(properties)
    if "problem" not in sheet["effects"]:
        differences = [
            Effect(**{field.name: one[field.name] for field in fields(Effect)}) for one in sheet["effects"]["measures"]
        ]
        shown["Differences between the classes"] = figures.effect_intervals(differences, classes=classes)
    if "problem" not in sheet["colour_drift"]:
        judged = pd.DataFrame(sheet["colour_drift"]["judged"])
        shown["Colour by subject"] = figures.colour_drift(judged, classes=classes)
    return [
        (
            title,
            figure.to_html(
                full_html=False, include_plotlyjs=not number, config={"displayModeBar": False}, default_width="100%"
            ),
        )
        for number, (title, figure) in enumerate(shown.items())
    ]
