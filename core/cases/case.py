"""`Case`: cells of a patient with the model's answers and the reviews, as they are kept."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from core.cases.review import Review
from core.gates.finding import Finding


@dataclass(frozen=True)
class Answer:
    """What a model said of a cell.

    Attributes:
        label: The class called, or None where there is no answer.
        score: The model's score for the positive class, which the threshold is for, or None.
        calibrated: Calibrated probability of the positive class, in [0, 1], or None.
        threshold: From which score on a cell is called positive.
        model: Its name.
        model_sha256: Hash of the model's file.
        error: Why there is no answer, or None.
        findings: What the gates say, in their order.
    """

    label: str | None
    score: float | None
    calibrated: float | None
    threshold: float
    model: str
    model_sha256: str
    error: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def shown(self) -> float | None:
        """The number that stands beside the class: the calibrated probability, else the score; None without a class."""
        return self.score if self.calibrated is None else self.calibrated

    @property
    def stopped_by(self) -> str:
        """The gate that stopped the cell; "" where none did."""
        return next((finding.gate for finding in self.findings if not finding.passed), "")

    def fields(self) -> dict[str, Any]:
        """All of it as JSON has it; a measure that is no number becomes None."""
        found = asdict(self)
        for finding in found["findings"]:
            finding["numbers"] = {name: _finite(value) for name, value in finding["numbers"].items()}
        return {**found, "findings": list(found["findings"]), "score": _finite(self.score)}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Answer":
        """The answer that `fields` wrote."""
        findings = [
            Finding(**{**finding, "numbers": {name: _number(value) for name, value in finding["numbers"].items()}})
            for finding in fields["findings"]
        ]
        return cls(**{**fields, "findings": tuple(findings)})


@dataclass(frozen=True)
class CaseCell:
    """A cell of a case.

    Attributes:
        name: Name of its file, or a pseudonym.
        sha256: Hash of the file as it was uploaded.
        answer: What the model said of it.
    """

    name: str
    sha256: str
    answer: Answer


@dataclass(frozen=True)
class Case:
    """The cells of a patient, their answers and reviews.

    Attributes:
        title: What people find it by.
        who: Who keeps it.
        classes: The model's classes, negative and positive.
        cells: In order.
        reviews: All rows, the oldest first (`core.cases.review`).
        id: "" before it is saved.
        created: When it was saved, UTC.
    """

    title: str
    who: str
    classes: tuple[str, str]
    cells: tuple[CaseCell, ...]
    reviews: tuple[Review, ...] = ()
    id: str = ""
    created: datetime = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class CaseEntry:
    """A case in a list, without its cells.

    Attributes:
        id: Its id.
        title: What people find it by.
        who: Who keeps it.
        created: When it was saved, UTC.
        cells: How many it has.
        labels: Classes that the model or a reviewer gave to a cell of it, sorted.
        reviewers: Who has reviewed it, sorted.
    """

    id: str
    title: str
    who: str
    created: datetime
    cells: int
    labels: tuple[str, ...]
    reviewers: tuple[str, ...]


def pseudonyms(cells: Sequence[CaseCell]) -> list[str]:
    """A name for each cell that tells nothing of its file: "Cell 01", "Cell 02", and so on."""
    digits = len(str(len(cells)))
    return [f"Cell {place:0{digits}d}" for place in range(1, len(cells) + 1)]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _number(value: float | None) -> float:
    return math.nan if value is None else value
