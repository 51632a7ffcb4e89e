"""Verdict: which model of a comparison is best, and what may be claimed, in sentences for clinicians."""

from core.comparison import Comparison
from core.disagreement import complete
from core.estimators import AREA_ONLY
from core.standings import Row


def best(comparison: Comparison) -> Row | None:
    """The model with the highest ROC AUC of those that were tested on all cells, baselines left out."""
    ranked = [
        row
        for row in complete(comparison.rows)
        if row.kind != "baseline" and row.figures.get("roc_auc", float("nan")) >= 0  # NaN is not
    ]
    return max(ranked, key=lambda row: row.figures["roc_auc"], default=None)


def headline(comparison: Comparison) -> str:
    """Which model is best and how good it is, in a sentence that needs no statistics; "" where none was tested."""
    row = best(comparison)
    if row is None:
        return ""
    negative, positive = comparison.classes
    unseen = "from persons it has never seen" if comparison.split_by == "subject" else "that it has never seen"
    start = f"{row.model} tells {positive} from {negative} best"
    if any(
        other.model == AREA_ONLY and other.figures["roc_auc"] >= row.figures["roc_auc"]
        for other in complete(comparison.rows)
    ):
        start = f"No model does better than the size of the cell alone; the best is {row.model}"
    return (
        f"{start}: shown one cell of each kind {unseen}, it picks the {positive} cell "
        f"{100 * row.figures['roc_auc']:.0f} times out of 100{_interval(row)}."
    )


def _interval(row: Row) -> str:
    ends = row.intervals.get("roc_auc")
    if ends is None:
        return "; there are too few persons for an interval"
    return f" (95 % interval {100 * ends[0]:.0f} to {100 * ends[1]:.0f})"


def claims(comparison: Comparison) -> tuple[str, ...]:
    """What may be claimed of the best model, a sentence each: its calls, the other models, the cell's area alone."""
    row = best(comparison)
    if row is None:
        return ()
    negative, positive = comparison.classes
    found, cleared = (row.figures[name] for name in ("sensitivity", "specificity"))
    calls = (
        f"As it is set, it finds {found:.0%} of the {positive} cells (sensitivity) and clears {cleared:.0%} of the "
        f"{negative} cells (specificity)."
    )
    said = (calls, _others(comparison, row), area(comparison, row.model), _picked(comparison))
    return tuple(sentence for sentence in said if sentence)


def _picked(comparison: Comparison) -> str:
    """A warning that the best of several is best by luck, too."""
    count = sum(row.kind != "baseline" for row in complete(comparison.rows))
    return f"Picked as the best of {count}, it may do a little less well on other subjects." if count > 1 else ""


def _others(comparison: Comparison, row: Row) -> str:
    worse: list[str] = []
    equal: list[str] = []
    for pair in comparison.pairs:
        if row.model in {pair.first, pair.second} and AREA_ONLY not in {pair.first, pair.second}:
            other = pair.second if pair.first == row.model else pair.first
            (worse if pair.claimed else equal).append(other)
    beaten = f"It can be claimed to be better than {listed(worse)}." if worse else ""
    if not equal:
        return beaten
    correction = f" and after the correction for {len(comparison.pairs)} pairs" if len(comparison.pairs) > 1 else ""
    said = (
        f"On the {comparison.subjects['test']} subjects tested{correction}, no difference can be claimed between "
        f"{row.model} and {listed(equal)}."
    )
    return f"{beaten} {said}" if beaten else said


def area(comparison: Comparison, model: str) -> str:
    """Whether a model does better than the cell's area alone, in words; "" where the two cannot be compared."""
    pair = next((pair for pair in comparison.pairs if {pair.first, pair.second} == {model, AREA_ONLY}), None)
    if pair is None:
        return ""
    lead = pair.difference if pair.first == model else -pair.difference
    if pair.claimed and lead > 0:
        return f"{model} does better than the size of the cell alone."
    if pair.claimed:
        return f"{model} does worse than the size of the cell alone: it adds nothing that the area does not say."
    return f"It cannot be claimed that {model} does better than the size of the cell alone."


def listed(names: list[str]) -> str:
    """Names as a sentence lists them."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
