"""What is said of the best model, word for word."""

from dataclasses import replace

import pandas as pd
import pytest

from core.comparison import Comparison
from core.estimators import AREA_ONLY
from core.evaluation import EvaluationReport
from core.paired import Pair
from core.protocol import Plan
from core.standings import Row
from core.verdict import area, best, claims, headline, listed

CLASSES = ("HEM", "ALL")
REPORT = EvaluationReport(
    pd.DataFrame({"path": list("ab"), "subject": ["1", "2"], "positive": [False, True], "score": [0.1, 0.9]}),
    CLASSES,
    0.5,
)


def row(model: str, roc_auc: float, interval: tuple[float, float] | None = None, *, kind: str = "classical") -> Row:
    found = {"roc_auc": roc_auc, "sensitivity": 0.9, "specificity": 0.8}
    return Row(model, kind, REPORT, figures=found, intervals={"roc_auc": interval})  # type: ignore[arg-type]  # a kind


def pair(first: str, second: str, difference: float, *, p: float) -> Pair:
    return Pair(first, second, difference, (-0.1, 0.1), p, p, 1, 2, p, {"p_value": p})


def comparison(*rows: Row, pairs: tuple[Pair, ...] = (), split_by: str = "subject") -> Comparison:
    return Comparison(rows, Plan(()), "by hand", "ab", split_by, CLASSES, {}, {"test": 7}, pairs=pairs)


GOOD, FAIR, SIZE = row("SVC", 0.934, (0.866, 0.972)), row("net", 0.9), row(AREA_ONLY, 0.7, kind="baseline")


def test_the_best_model_is_named_with_what_its_area_means() -> None:
    assert headline(comparison(FAIR, GOOD, SIZE)) == (
        "SVC tells ALL from HEM best: shown one cell of each kind from persons it has never seen, it picks the ALL "
        "cell 93 times out of 100 (95 % interval 87 to 97)."
    )


def test_too_few_persons_are_said() -> None:
    assert headline(comparison(FAIR)).endswith("90 times out of 100; there are too few persons for an interval.")


def test_cells_that_were_not_split_by_subject_may_be_of_known_persons() -> None:
    said = headline(comparison(GOOD, split_by="cell"))
    assert "shown one cell of each kind that it has never seen, it picks" in said


def test_a_best_model_that_the_cells_size_matches_is_said_not_to_be_better() -> None:
    size = row(AREA_ONLY, 0.95, kind="baseline")
    assert headline(comparison(GOOD, size)).startswith(
        "No model does better than the size of the cell alone; the best is SVC: shown one cell"
    )


def test_baselines_failed_models_and_those_not_tested_on_all_cells_are_never_best() -> None:
    part = replace(REPORT, cells=REPORT.cells.iloc[:1])
    unfinished = replace(row("XGBClassifier", 0.99), report=part)
    failed = Row("RidgeClassifier", "classical", problem="It failed.")
    found = best(comparison(failed, unfinished, row("majority", 1.0, kind="baseline"), FAIR))
    assert found is not None
    assert found.model == "net"


def test_where_nothing_was_tested_nothing_is_said() -> None:
    failed = comparison(Row("SVC", "classical", problem="It failed."))
    assert (best(failed), headline(failed), claims(failed)) == (None, "", ())


def test_what_may_be_claimed_of_the_best_model() -> None:
    third, fourth = row("LDA", 0.8), row("Ridge", 0.6)
    pairs = (
        pair("SVC", "net", 0.034, p=0.5),
        pair("LDA", "SVC", -0.134, p=0.2),
        pair("Ridge", "SVC", -0.334, p=0.01),
        pair("SVC", AREA_ONLY, 0.234, p=0.01),
        pair("net", "LDA", 0.1, p=0.001),
    )
    assert claims(comparison(GOOD, FAIR, third, fourth, SIZE, pairs=pairs)) == (
        "As it is set, it finds 90% of the ALL cells (sensitivity) and clears 80% of the HEM cells (specificity).",
        "It can be claimed to be better than Ridge. On the 7 subjects tested and after the correction for 5 pairs, no "
        "difference can be claimed between SVC and net and LDA.",
        "SVC does better than the size of the cell alone.",
        "Picked as the best of 4, it may do a little less well on other subjects.",
    )


def test_a_lone_model_was_not_picked() -> None:
    assert len(claims(comparison(GOOD))) == 1


@pytest.mark.parametrize(
    ("against", "said"),
    [
        (pair("net", AREA_ONLY, 0.2, p=0.01), "net does better than the size of the cell alone."),
        (pair(AREA_ONLY, "net", -0.2, p=0.01), "net does better than the size of the cell alone."),
        (
            pair("net", AREA_ONLY, -0.2, p=0.01),
            "net does worse than the size of the cell alone: it adds nothing that the area does not say.",
        ),
        (
            pair("net", AREA_ONLY, 0.2, p=0.06),
            "It cannot be claimed that net does better than the size of the cell alone.",
        ),
        (pair("net", "SVC", 0.2, p=0.01), ""),
    ],
)
def test_a_model_that_does_not_beat_the_cells_size_is_told_so(against: Pair, said: str) -> None:
    assert area(comparison(FAIR, SIZE, pairs=(against,)), "net") == said


@pytest.mark.parametrize(
    ("names", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_are_listed_as_in_a_sentence(names: list[str], said: str) -> None:
    assert listed(names) == said
