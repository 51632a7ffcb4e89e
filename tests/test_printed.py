"""Tables for a paper: the figures of the comparison, escaped, and never without what must stand beside them."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.card import RESEARCH_NOTICE
from core.caveats import DRAWN, NOT_BY_SUBJECT
from core.compare import combine
from core.comparison import Comparison
from core.estimators import AREA_ONLY, MAJORITY
from core.operating_point import Choice
from core.printed import PANELS, TITLES, notes, over_folds, protocol, sizes, table, to_latex, to_markdown
from core.protocol import Plan
from tests.test_assessment import DATASET
from tests.test_comparison import assessments

RIDGE, LINEAR = "RidgeClassifier", "LinearDiscriminantAnalysis"


@pytest.fixture(scope="module")
def folds() -> Comparison:
    """Four folds, in which one model has failed."""
    plan = Plan((RIDGE, LINEAR), protocol="folds", folds=4)
    done = [found for found in assessments(plan) if found.model != LINEAR]
    return combine(DATASET, plan, done)


@pytest.fixture(scope="module")
def fixed() -> Comparison:
    plan = Plan((RIDGE,))
    return combine(DATASET, plan, assessments(plan))


def test_the_table_has_each_figure_with_its_interval_and_the_best_model_first(folds: Comparison) -> None:
    shown = table(folds).set_index("Model")
    assert shown.index.tolist() == [AREA_ONLY, RIDGE, MAJORITY, LINEAR]
    row = folds.row(RIDGE)
    ends = row.intervals["sensitivity"]
    assert ends is not None
    expected = f"{row.figures['sensitivity']:.3f} ({ends[0]:.3f} to {ends[1]:.3f})"
    assert shown.loc[RIDGE, "Sensitivity"] == expected
    assert shown.loc[RIDGE, "Fit (s)"] == f"{row.fit_seconds:.2f}"
    assert set(shown.loc[LINEAR]) == {"-"}
    assert shown.loc[MAJORITY, "NPV"] == "-"  # it calls no cell negative


def test_with_too_few_persons_a_figure_stands_without_an_interval(fixed: Comparison) -> None:
    shown = table(fixed, ["roc_auc"]).set_index("Model")
    assert shown.loc[AREA_ONLY, "ROC AUC"] == "1.000"


def test_the_panels_hold_each_figure_once() -> None:
    assert sorted(name for panel in PANELS for name in panel) == sorted(TITLES)


def test_over_folds_each_figure_has_a_mean_and_a_deviation(folds: Comparison, fixed: Comparison) -> None:
    row = folds.row(RIDGE)
    shown = over_folds(folds).set_index("Model")
    assert shown.loc[RIDGE, "ROC AUC"] == f"{row.mean['roc_auc']:.3f} ± {row.sd['roc_auc']:.3f}"
    assert LINEAR not in shown.index
    assert over_folds(fixed).empty


def test_sizes_are_said_in_words_and_subjects_only_where_there_are_any(folds: Comparison, fixed: Comparison) -> None:
    assert sizes(folds) == (
        "on average 40 cells of 8 subjects to fit, 20 cells of 4 subjects to validate; 80 cells of 16 subjects to test"
    )
    assert sizes(replace(fixed, split_by="cell", cells={"fit": 1200, "validation": 2, "test": 3})) == (
        "1,200 cells to fit, 2 cells to validate; 3 cells to test"
    )


@pytest.mark.parametrize("write", [to_markdown, to_latex])
def test_no_table_goes_without_notice_caveats_split_and_fingerprint(
    write: Callable[[Comparison], str], folds: Comparison
) -> None:
    plan = replace(folds.plan, prevalence=0.2, tuned=True, choice=Choice("specificity", 0.9))
    text = write(replace(folds, origin="drawn, seed 0", split_by="cell", plan=plan, edits={"excluded": 2}))
    plain = text.replace("\\", "")
    for said in (
        RESEARCH_NOTICE,
        DRAWN,
        NOT_BY_SUBJECT,
        DATASET.fingerprint(),
        "Folds: each person is tested once (4 folds), seed 0; cells of the same content are kept apart.",
        "2 cells left out after review.",
        "Hyperparameters were tuned inside the training subjects.",
        "specificity of at least 90%",
        "Prevalence for PPV and NPV: 20.0%.",
        f"numpy {folds.versions['numpy']}",
        f"{LINEAR}: Cancelled before it was tested.",
    ):
        assert said in plain


def test_real_cells_split_by_subject_need_no_caveat(fixed: Comparison) -> None:
    assert DRAWN not in notes(replace(fixed, origin="C-NMC"))
    assert NOT_BY_SUBJECT not in notes(fixed)


def test_random_splits_are_said_to_keep_nobody_apart(folds: Comparison) -> None:
    found = replace(folds, plan=replace(folds.plan, protocol="random"))
    assert protocol(found) == (
        "Random splits against splits by subject (4 folds), seed 0; persons are kept apart in all but the random splits"
    )


def test_markdown_has_a_line_a_model_and_the_sentences_below(folds: Comparison) -> None:
    lines = to_markdown(folds).splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert len(rows) == 2 + 4 + 2 + 3  # two headers with their rules, four models, three of them over the folds
    assert {row.count("|") for row in rows[:6]} == {len(TITLES) + 2}
    for sentence in folds.sentences():
        assert f"- {sentence}" in lines


def test_latex_has_booktabs_and_as_many_columns_as_it_says(folds: Comparison) -> None:
    text = to_latex(folds)
    tables = re.findall(r"\\begin\{tabular\}\{(\w+)\}\n\\toprule\n(.*?)\n\\bottomrule", text, re.DOTALL)
    assert len(tables) == len(PANELS) + 1
    for columns, body in tables:
        header, rule, *rows = body.split("\n")
        assert rule == "\\midrule"
        for row in (header, *rows):
            assert row.endswith(r" \\")
            assert row.count(" & ") == len(columns) - 1
    assert text.count("\\begin{") == text.count("\\end{")


def test_what_means_something_to_latex_is_escaped(fixed: Comparison) -> None:
    text = to_latex(replace(fixed, origin=r"50% of {A_1} & #2\~^<$>"))
    assert (
        r"50\% of \{A\_1\} \& \#2\textbackslash{}\textasciitilde{}\textasciicircum{}\textless{}\$\textgreater{};"
        in text
    )


def test_what_means_something_to_markdown_is_escaped(fixed: Comparison) -> None:
    text = to_markdown(replace(fixed, origin="a|b *c* <d>\n[e]_f_`g`\\"))
    assert r"- Cells: a\|b \*c\* \<d\> \[e\]\_f\_\`g\`\\;" in text
