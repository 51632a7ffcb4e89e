"""Reporting sheet: two guidelines for reports, filled in as far as the records of a comparison can."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.card import RESEARCH_NOTICE, ModelCard
from core.caveats import caveats
from core.comparison import Comparison
from core.guidelines import CLAIM, TRIPOD_AI, Guideline, Item
from core.printed import notes, table
from core.reported import facts

FORMAT = 1
FILLED, IN_PART, OPEN = "from the records", "in part from the records", "open: to be stated by the authors"
_TEMPLATE = Path(__file__).with_name("checklist.html")


def reporting_sheet(comparison: Comparison, cards: Mapping[str, ModelCard] | None = None) -> dict[str, Any]:
    """Each item of `core.guidelines` with what is on record, or that the authors must state it.

    Args:
        comparison: The comparison.
        cards: Cards of the stored models in it, by name.

    Returns:
        A dict that is JSON.
    """
    known = facts(comparison, cards or {})
    return {
        "format": FORMAT,
        "notice": RESEARCH_NOTICE,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "caveats": list(caveats(comparison.origin, comparison.split_by).values()),
        "guidelines": [_filled(guideline, known) for guideline in (CLAIM, TRIPOD_AI)],
        "figures": table(comparison).to_dict(orient="records"),
        "remarks": [f"{row.title}: {row.problem}" for row in comparison.rows if row.problem],
        "sentences": list(comparison.sentences()),
        "notes": list(notes(comparison)),
    }


def _filled(guideline: Guideline, known: Mapping[str, str]) -> dict[str, Any]:
    items = [_answered(item, known) for item in guideline.items]
    counts = Counter(item["status"] for item in items)
    return {
        "name": guideline.name,
        "source": guideline.source,
        "counts": {status: counts[status] for status in (FILLED, IN_PART, OPEN)},
        "items": items,
    }


def _answered(item: Item, known: Mapping[str, str]) -> dict[str, str]:
    answer = known[item.fact].strip() if item.fact else ""
    status = OPEN if not answer else IN_PART if item.rest else FILLED
    return {
        "number": item.number,
        "section": item.section,
        "item": item.text,
        "status": status,
        "answer": answer,
        "open": item.rest if answer else "",
    }


def to_json(sheet: dict[str, Any]) -> str:
    """The sheet as JSON text."""
    return json.dumps(sheet, indent=2, allow_nan=False)


def to_html(sheet: dict[str, Any]) -> str:
    """The sheet as one HTML file that needs nothing else and can be printed."""
    from jinja2 import Environment, FileSystemLoader, select_autoescape

    pages = Environment(
        loader=FileSystemLoader(_TEMPLATE.parent), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    )
    return pages.get_template(_TEMPLATE.name).render(sheet=sheet, open=OPEN, in_part=IN_PART)
