"""A report of a case as CSV, one row a cell, and as JSON, with all of it."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from core.card import ModelCard
from core.cases.case import CaseCell
from core.cases.report import CaseReport
from core.cases.review import DECISIONS, Review
from core.cases.sheet import comments, sheet_cells, sheet_of
from core.gates.finding import Finding, stopped
from core.spreadsheet import to_csv
from core.versions import library_versions, program_version

FORMAT = 1


def as_csv(report: CaseReport) -> str:
    """One row a cell: the answer, the gates, the review, the model and what must be known of it.

    A text that a spreadsheet would compute has an apostrophe before it. Times are UTC, ISO 8601.
    """
    case, said = report.case, comments(report.case)
    of_all = {
        "case": case.title,
        "exported by": report.who,
        "exported (UTC)": report.made.isoformat(timespec="seconds"),
        "LeukoScope": program_version(),
        "note": report.note,
    }
    rows = [
        {
            **_answer_row(cell, case.classes[1]),
            "review": "" if sheet.review is None else DECISIONS[sheet.review.decision],
            "final class": sheet.final or "",
            "reviewer": "" if sheet.review is None else sheet.review.reviewer,
            "reviewed (UTC)": "" if sheet.review is None else _time(sheet.review),
            "comments": " | ".join(f"{review.reviewer}: {review.comment}" for review in said.get(place, ())),
            "model": cell.answer.model,
            "model SHA-256": cell.answer.model_sha256,
            **of_all,
        }
        for place, (cell, sheet) in enumerate(zip(case.cells, sheet_cells(case), strict=True))
    ]
    return to_csv(pd.DataFrame(rows))


def as_json(report: CaseReport) -> str:
    """All of the case, every review row included, with the sheet, the models and the versions."""
    case, sheet = report.case, sheet_of(report.case)
    numbers = {name: value for name, value in asdict(sheet).items() if name != "worst"}
    return json.dumps(
        {
            "format": FORMAT,
            "notice": report.notice,
            "made": report.made.isoformat(timespec="seconds"),
            "by": report.who,
            "versions": {"leukoscope": program_version(), **library_versions()},
            "case": {
                "id": case.id or None,
                "title": case.title,
                "by": case.who,
                "kept": case.created.isoformat(timespec="seconds") if case.id else None,
                "classes": {"negative": case.classes[0], "positive": case.classes[1]},
            },
            "sheet": {
                **numbers,
                "share": sheet.share,
                "without_answer": sheet.without_answer,
                "bounds": sheet.bounds,
                "first_to_look_at": [cell.place for cell in sheet.worst],
                "in_words": sheet.sentences(),
            },
            "models": [asdict(model) for model in report.models],
            "about_models": report.about_models(),
            "card": None if report.fitting is None else _essentials(report.fitting, report),
            "cells": [
                {
                    "place": place,
                    "name": cell.name,
                    "sha256": cell.sha256,
                    **cell.answer.fields(),
                    "calibrated": _finite(cell.answer.calibrated),
                    "stopped_by": cell.answer.stopped_by or None,
                    "review": None if counted.review is None else counted.review.number,
                    "final": counted.final,
                }
                for place, (cell, counted) in enumerate(zip(case.cells, sheet_cells(case), strict=True))
            ],
            "reviews": [{**asdict(review), "time": _time(review)} for review in case.reviews],
        },
        indent=2,
        allow_nan=False,
        ensure_ascii=False,
    )


def _answer_row(cell: CaseCell, positive: str) -> dict[str, Any]:
    answer = cell.answer
    return {
        "file": cell.name,
        "file SHA-256": cell.sha256,
        "class by the model": answer.label or "",
        f"score for {positive}": answer.score,
        f"calibrated probability of {positive}": answer.calibrated,
        "threshold": answer.threshold,
        "stopped by": "" if (stop := stopped(answer.findings)) is None else stop.title,
        "reason": answer.error or "",
        "measured": _measured(answer.findings),
    }


def _measured(findings: Sequence[Finding]) -> str:
    """What each gate measured, as text: "quality: sharpness 0.5, contrast 20; range: distance 1.2"."""
    return "; ".join(
        f"{finding.gate}: {', '.join(f'{name} {value:.4g}' for name, value in finding.numbers.items())}"
        for finding in findings
        if finding.numbers
    )


def _essentials(card: ModelCard, report: CaseReport) -> dict[str, Any]:
    """What a reader needs of a card; the subjects stay counted, and unnamed."""
    return {
        "name": card.name,
        "created": card.created,
        "kind": card.kind,
        "architecture": card.architecture,
        "origin": card.origin,
        "data_fingerprint": card.data_fingerprint,
        "split_by": card.split_by,
        "cells": card.cells,
        "subjects": {side: len(names) for side, names in card.subjects.items()},
        "threshold": card.threshold,
        "threshold_source": card.threshold_source,
        "test": {name: _finite(value) for name, value in card.test.items()},
        "intervals": dict(report.intervals),
        "meaning_of_scores": card.meaning_of_scores,
        "caveats": card.caveats,
        "model_sha256": card.model_sha256,
        "versions": card.versions,
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _time(review: Review) -> str:
    return review.time.isoformat(timespec="seconds")
