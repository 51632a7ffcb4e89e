"""`GateOutcome`: what a model's gates stop of new subjects' cells, and how often its answers to the rest are wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.gates.finding import GATES, Finding, stopped
from core.resampling import resampling
from core.types import FloatArray, IntArray

Interval = tuple[float, float] | None


@dataclass(frozen=True)
class GateOutcome:
    """Counted on labelled cells; JSON-able.

    Attributes:
        cells: Number of cells.
        subjects: Number of their subjects.
        stopped: Cells that each gate stopped, by its name, in order.
        answered: Share of the cells that got a class, in [0, 1].
        answered_interval: 95 % interval over subjects, or None with too few of them.
        wrong: Share of the answers that were wrong; None without an answer.
        wrong_interval: 95 % interval over subjects, or None.
    """

    cells: int
    subjects: int
    stopped: Mapping[str, int]
    answered: float
    answered_interval: Interval
    wrong: float | None
    wrong_interval: Interval

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> "GateOutcome":
        """From what JSON made of it.

        Raises:
            KeyError, TypeError: If it is damaged.
        """
        intervals = {
            name: None if fields[name] is None else tuple(fields[name])
            for name in ("answered_interval", "wrong_interval")
        }
        return cls(**{**fields, **intervals})


def outcome(
    findings: Sequence[Sequence[Finding]],
    truth: IntArray,
    score: FloatArray,
    subjects: npt.NDArray[np.str_],
    *,
    threshold: float,
) -> GateOutcome:
    """Count what gates said of labelled cells.

    Args:
        findings: Of each cell, in the gates' order.
        truth: 1 for a positive cell, (cells,).
        score: Score of each cell, (cells,).
        subjects: Subject of each cell, (cells,).
        threshold: A cell is called positive where its score is at least this.

    Raises:
        ValueError: If there is no cell.
    """
    if not len(findings):
        raise ValueError("Expected cells to count. Received: none.")
    stops = [found.gate if (found := stopped(each)) else None for each in findings]
    answered = np.array([stop is None for stop in stops])
    wrong = answered & ((score >= threshold) != (truth == 1))
    draws = resampling(subjects, truth)
    all_cells, answers, errors = (
        draws.times @ np.bincount(draws.unit, weights=each, minlength=draws.times.shape[1])
        for each in (np.ones(len(truth)), answered, wrong)
    )
    with np.errstate(invalid="ignore"):  # a draw without an answer does not count
        wrong_shares = errors / answers
    return GateOutcome(
        len(truth),
        len(np.unique(subjects)),
        {gate: stops.count(gate) for gate in GATES},
        float(answered.mean()),
        draws.interval(answers / all_cells),
        float(wrong.sum() / answered.sum()) if answered.any() else None,
        draws.interval(wrong_shares),
    )
