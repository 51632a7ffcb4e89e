"""`Refusal`: what a gate of a model stops, in words, and how many of the model's test cells it stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.card import ModelCard
from core.data.morphology import MORPHOLOGY
from core.data.quality import CHECKS, QUALITY, Check
from core.errors import ModelError
from core.gates.appearance import APPEARANCE
from core.gates.band import Band
from core.gates.before_model import DEFAULT
from core.gates.finding import GATES, Gate
from core.gates.gate_outcome import GateOutcome, Interval
from core.gates.limits import Limits


@dataclass(frozen=True)
class Refusal:
    """What one gate of a model stops.

    Attributes:
        gate: Which one.
        stops: What it stops, a sentence or two.
        limits: What is measured and where it stops, each in words; () where nothing is measured.
        stopped: How many of the test cells; None where that was not counted.
    """

    gate: Gate
    stops: str
    limits: tuple[str, ...]
    stopped: int | None

    @property
    def title(self) -> str:
        """What the gate asks for."""
        return GATES[self.gate]


def refusals(card: ModelCard) -> tuple[Refusal, ...]:
    """What each gate of a model stops, in their order.

    Raises:
        ModelError: If what the card holds of them is damaged.
    """
    try:
        limits = Limits.read(card.gates["limits"]) if "limits" in card.gates else DEFAULT
        counted = _tested(card)
        said: dict[Gate, tuple[str, tuple[str, ...]]] = {
            "image": ("A file that is no picture, or a damaged one.", ()),
            "cell": (_cell(limits, own="limits" in card.gates), _appearance(limits)),
            "quality": (_quality(), tuple(_fault(check) for check in CHECKS.values())),
            "range": _range(card.gates.get("training")),
            "confidence": (_band(card.gates.get("band"), card.classes), ()),
        }
        return tuple(
            Refusal(gate, stops, parts, None if counted is None else counted.stopped[gate])
            for gate, (stops, parts) in said.items()
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(f"Expected gates that can be read. Received: damaged ones ({error}).") from error


def outcome_sentence(card: ModelCard) -> str:
    """How many test cells the gates let the model answer for, and how often it was wrong; "" where not counted.

    Raises:
        ModelError: If what the card holds of it is damaged.
    """
    try:
        counted = _tested(card)
        if counted is None:
            return ""
        share = f"{counted.answered:.0%}{_between(counted.answered_interval)}"
        wrong = (
            ""
            if counted.wrong is None
            else f" Of these answers {counted.wrong:.1%} were wrong{_between(counted.wrong_interval, digits=1)}."
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(f"Expected gates that can be read. Received: damaged ones ({error}).") from error
    return (
        f"Of {counted.cells:,} cells of {counted.subjects:,} test {card.split_by}s, the model gave an answer for "
        f"{share}.{wrong}"
    )


def _tested(card: ModelCard) -> GateOutcome | None:
    found = card.gates.get("tested")
    return None if found is None else GateOutcome.read(found)


def _between(interval: Interval, *, digits: int = 0) -> str:
    if interval is None:
        return ""
    low, high = interval
    return f" (95 % interval {100 * low:.{digits}f} to {high:.{digits}%})"


def _cell(limits: Limits, *, own: bool) -> str:
    whose = f"{limits.cells:,} training cells" if own else f"{limits.cells:,} cells of C-NMC"
    return (
        f"A picture that does not look like one stained cell cut out on black. Set on {whose} of {limits.subjects:,} "
        f"subjects, so that {limits.false_alarms:.0%} of such cells are stopped too."
    )


def _appearance(limits: Limits) -> tuple[str, ...]:
    bounds = []
    for name, measure in APPEARANCE.items():
        ends = [
            *([f"below {limits.low[name]:.3g}"] if name in limits.low else []),
            *([f"above {limits.high[name]:.3g}"] if name in limits.high else []),
        ]
        if ends:
            bounds.append(f"{measure.title} {' or '.join(ends)}")
    return tuple(bounds)


def _quality() -> str:
    faults = ", ".join(dict.fromkeys(check.title.split(":")[0].lower() for check in CHECKS.values()))
    return f"A picture with a fault: {faults}. The limits are the same for all models."


def _fault(check: Check) -> str:
    measure = {**QUALITY, **MORPHOLOGY}[check.measure]
    return (
        f"{check.title}: {measure[0].lower()}{measure[1:]} {'above' if check.too_high else 'below'} {check.threshold:g}"
    )


def _range(training: Mapping[str, Any] | None) -> tuple[str, tuple[str, ...]]:
    if training is None:
        return "Not checked: this model has no record of its training cells.", ()
    return (
        "A cell that, to the model, lies farther from the training cells than "
        f"{1 - training['false_alarms']:.0%} of new cells do. "
        f"Set on {training['cells']:,} training cells of {training['subjects']:,} subjects.",
        (f"Distance from the training cells above {training['limit']:.3g}",),
    )


def _band(fields: Mapping[str, Any] | None, classes: tuple[str, str]) -> str:
    if fields is None:
        return "Not checked: this model has no record of its errors near the threshold."
    band = Band.read(fields)
    negative, positive = classes
    rate = f"more than {band.errors:.0%} of the answers would be wrong, or too few cells show that they would not"
    if band.low is None and band.high is None:
        return f"Every score: at any of them {rate}."
    if band.low is None:
        return f"A score below {band.high:.2f}, so that no cell is called {negative}: there {rate}."
    if band.high is None:
        return f"A score from {band.low:.2f} on, so that no cell is called {positive}: there {rate}."
    if band.low == band.high:
        return f"No score: on either side of the threshold at most {band.errors:.0%} of the answers were wrong."
    return f"A score from {band.low:.2f} to just below {band.high:.2f}: there {rate}."
