"""`Challenge`: how a new model stood against the one that was there before."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Challenge:
    """How a new model stood against an older one, the champion, on the new one's test cells.

    Attributes:
        champion: Name of the older model; "" where there was none to compare with.
        problem: Why there is no comparison, or "".
        stamps: The champion's caveats in a word or two each.
        model_sha256: SHA-256 of the champion's weights.
        figures: The champion's figures on these cells at its own operating point.
        roc: Corners of the champion's ROC curve: (false positive rate, true positive rate).
        difference: ROC AUC of the new model minus that of the champion.
        interval: 95 % interval of the difference, or None where there are too few test subjects for one.
        subjects: Test subjects that were resampled for the interval; 0 where cells have none and stand for themselves.
        delong_p: P value of DeLong's test of the two areas, as if cells were independent.
        only_new_right: Cells that only the new model calls right.
        only_champion_right: Cells that only the champion calls right.
        mcnemar_p: P value of McNemar's exact test of the calls, as if cells were independent.
    """

    champion: str = ""
    problem: str = ""
    stamps: tuple[str, ...] = ()
    model_sha256: str = ""
    figures: dict[str, float] = field(default_factory=dict)
    roc: tuple[tuple[float, float], ...] = ()
    difference: float = 0.0
    interval: tuple[float, float] | None = None
    subjects: int = 0
    delong_p: float = 1.0
    only_new_right: int = 0
    only_champion_right: int = 0
    mcnemar_p: float = 1.0

    @property
    def title(self) -> str:
        """Name of the champion with its stamps, for people."""
        return stamped(self.champion, self.stamps)

    @property
    def sentence(self) -> str:
        """What may be claimed: a difference only where the interval is on one side of zero."""
        if self.problem:
            return self.problem
        if self.interval is None:
            return (
                f"No difference to {self.title} can be claimed: ROC AUC {self.difference:+.3f}, "
                "on too few test subjects for an interval."
            )
        low, high = self.interval
        measured = f"ROC AUC {self.difference:+.3f} (95 % interval {low:+.3f} to {high:+.3f})"
        if low <= 0 <= high:
            return f"No difference to {self.title} can be claimed: {measured}."
        return f"{'Better' if low > 0 else 'Worse'} than {self.title} on the same test cells: {measured}."

    @classmethod
    def read(cls, fields: dict[str, Any]) -> "Challenge":
        """From what JSON made of it."""
        interval = fields.get("interval")
        return cls(
            **{
                **fields,
                "stamps": tuple(fields["stamps"]),
                "roc": tuple((x, y) for x, y in fields["roc"]),
                "interval": None if interval is None else (interval[0], interval[1]),
            }
        )


def stamped(name: str, stamps: tuple[str, ...]) -> str:
    """Name of a model with its stamps in brackets, if it has any."""
    return f"{name} ({', '.join(stamps)})" if stamps else name
