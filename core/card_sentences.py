"""A model card in sentences for people: what the model is, from which score on it calls a cell, and how well."""

from collections.abc import Mapping

from core import networks
from core.card import ModelCard
from core.certainty import Interval


def described(card: ModelCard) -> str:
    """What kind of model it is and what it looks at, in a few words."""
    if card.pipeline is not None:
        return f"{card.pipeline.title}."
    known = networks.NETWORKS.get(card.architecture)
    return f"{known.title if known else card.architecture}, a network."


def trained_on(card: ModelCard) -> str:
    """Whose cells it was trained, tuned and tested on, and how many."""
    units = "subjects" if card.split_by == "subject" else "distinct cells"
    return (
        f"Split by {card.split_by}: "
        f"trained on {card.cells['train']:,} cells of {len(card.subjects['train']):,} {units}, "
        f"tuned on {card.cells['validation']:,} of {len(card.subjects['validation']):,}, "
        f"tested on {card.cells['test']:,} of {len(card.subjects['test']):,}."
    )


def operating_point(card: ModelCard) -> str:
    """From which score on a cell is called positive, and how that was chosen."""
    shown = f", a calibrated probability of {card.shown_threshold:.2f}"
    return (
        f"A cell is called {card.classes[1]} from a score of {card.threshold:.2f}{shown if card.calibrated else ''}: "
        f"the {card.threshold_source}."
    )


def at_operating_point(card: ModelCard, intervals: Mapping[str, Interval]) -> str:
    """The operating point, and how well it did on the test cells.

    Args:
        card: Of the model.
        intervals: 95 % intervals of its "sensitivity" and "specificity"; None or missing where they are not known.
    """
    negative, positive = card.classes
    known = f"; 95 % intervals over {card.split_by}s" if any(intervals.values()) else ""
    return (
        f"{operating_point(card)} On the test {card.split_by}s it finds {_share(card, intervals, 'sensitivity')} of "
        f"the {positive} cells (sensitivity) and {_share(card, intervals, 'specificity')} of the {negative} cells "
        f"(specificity{known})."
    )


def _share(card: ModelCard, intervals: Mapping[str, Interval], name: str) -> str:
    interval = intervals.get(name)
    spread = "" if interval is None else f" ({100 * interval[0]:.0f} to {interval[1]:.0%})"
    return f"{card.test[name]:.0%}{spread}"
