"""The results as text, and which values are marked as the best."""

from core.comparison import Comparison
from core.estimators import MAJORITY
from core.evaluation import EvaluationReport
from core.metrics import FIGURES
from core.protocol import Plan
from core.results_table import ORDER, best_values, results_table, with_interval
from core.standings import Row
from tests.test_comparison import fixed, folds  # noqa: F401  # fixtures
from tests.test_verdict import CLASSES, REPORT


def row(model: str, value: float, *, report: EvaluationReport | None = REPORT, **changes: object) -> Row:
    figures = dict.fromkeys(FIGURES, value)
    found = {"intervals": dict.fromkeys(FIGURES, (value - 0.1, value + 0.05)), "fit_seconds": 1.5, **changes}
    return Row(model, "classical", report, figures=figures, **found)  # type: ignore[arg-type]


def table_of(*rows: Row) -> Comparison:
    return Comparison(rows, Plan(()), "by hand", "ab", "subject", CLASSES, {}, {})


def test_every_figure_stands_with_its_interval() -> None:
    table = results_table(table_of(row("SVC", 0.8), Row("net", "network", problem="It failed.", stamps=("reduced",))))
    assert list(table.columns) == ["model", "stamp", *ORDER, "fit_seconds", "predict_seconds", "problem"]
    assert set(ORDER) == set(FIGURES)
    first, last = table.to_dict("records")
    assert (first["model"], first["roc_auc"], first["brier"]) == (
        "SVC",
        "0.80 (0.70\N{EN DASH}0.85)",
        "0.800 (0.700\N{EN DASH}0.850)",
    )
    assert (first["fit_seconds"], first["predict_seconds"], first["problem"]) == ("1.50", "", "")
    assert (last["model"], last["stamp"], last["roc_auc"], last["problem"]) == ("net", "reduced", "", "It failed.")


def test_over_folds_there_are_mean_and_standard_deviation() -> None:
    by_fold = {0: dict.fromkeys(FIGURES, 0.7), 1: dict.fromkeys(FIGURES, 0.9)}
    found = results_table(table_of(row("SVC", 0.8, by_fold=by_fold), row("net", 0.7)), over_folds=True)
    assert found["roc_auc"].tolist() == ["0.80 ± 0.14", ""]
    assert found["ece"].tolist() == ["0.800 ± 0.141", ""]


def test_a_figure_without_an_interval_stands_alone_and_one_that_cannot_be_told_is_empty() -> None:
    assert with_interval(0.5, None) == "0.50"
    assert with_interval(0.5, (float("nan"), float("nan"))) == "0.50"
    assert with_interval(0.12345, (0.1, 0.2), decimals=3) == "0.123 (0.100\N{EN DASH}0.200)"
    assert with_interval(float("nan"), (0.1, 0.2)) == ""


def test_the_best_value_is_the_highest_or_of_errors_and_times_the_lowest() -> None:
    best = best_values(table_of(row("SVC", 0.8), row("net", 0.7, fit_seconds=3.0)))
    assert best.loc["SVC", ["roc_auc", "brier", "fit_seconds"]].tolist() == [True, False, True]
    assert best.loc["net", ["roc_auc", "brier", "fit_seconds"]].tolist() == [False, True, False]


def test_the_majority_class_is_best_at_nothing() -> None:
    best = best_values(table_of(row("SVC", 0.8), row(MAJORITY, 1.0)))
    assert best.loc["SVC", "sensitivity"]
    assert not best.loc[MAJORITY].any()
    assert list(best.index) == [MAJORITY, "SVC"]  # the order of the table


def test_the_text_is_that_of_a_real_comparison(folds: Comparison) -> None:  # noqa: F811
    known, table = folds.rows[0], results_table(folds).set_index("model")
    low, high = known.intervals["roc_auc"] or (0, 0)
    expected = f"{known.figures['roc_auc']:.2f} ({low:.2f}\N{EN DASH}{high:.2f})"
    assert table["roc_auc"][known.model] == expected
    assert table["npv"][MAJORITY] == ""
