"""`Finding`: what one gate says of one picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Gate = Literal["image", "cell", "quality", "range", "confidence"]
GATES: dict[Gate, str] = {
    "image": "An image",
    "cell": "A single stained cell",
    "quality": "Good enough to judge",
    "range": "Like the training cells",
    "confidence": "Clear enough to call",
}
"""What each gate asks for, in the order in which they stand."""


@dataclass(frozen=True)
class Finding:
    """What one gate says of one picture.

    Attributes:
        gate: Which one.
        passed: Whether it lets the picture through.
        reason: Why, in one sentence for a reader who knows cells and not this program.
        numbers: What was measured and what it was held against, by name.
        checked: Whether the gate could look at all; False for a model that was stored without what it needs.
    """

    gate: Gate
    passed: bool
    reason: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    checked: bool = True

    @property
    def title(self) -> str:
        """What the gate asks for."""
        return GATES[self.gate]


def stopped(findings: Sequence[Finding]) -> Finding | None:
    """The finding that stops a picture, or None where all gates let it through."""
    return next((found for found in findings if not found.passed), None)
