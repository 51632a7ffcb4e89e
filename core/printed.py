"""A comparison as a table for a paper: Markdown, or LaTeX with booktabs; and what must stand below it."""

import math
import re
from collections.abc import Iterable, Sequence

import pandas as pd

from core.card import RESEARCH_NOTICE
from core.caveats import caveats
from core.comparison import TIMES, Comparison
from core.data.edits import applied
from core.features.sets import feature_set
from core.figures.results import FIGURE_TITLES
from core.metrics import FIGURES
from core.protocol import PROTOCOLS
from core.standings import Row

TITLES = {**FIGURE_TITLES, "fit_seconds": "Fit (s)", "predict_seconds": "Predict (s)"}
PANELS = (  # as many columns as fit on a page
    ("roc_auc", "balanced_accuracy", "accuracy", "weighted_f1"),
    ("sensitivity", "specificity", "ppv", "npv"),
    ("pr_auc", "brier", "ece", *TIMES),
)
_MISSING = "-"
_OVER_FOLDS = "Mean ± standard deviation over the folds"
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "±": r"$\pm$",
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
}


def table(comparison: Comparison, columns: Sequence[str] = (*FIGURES, *TIMES)) -> pd.DataFrame:
    """The figures as text, with their 95 % intervals; one row a model, the best ROC AUC first.

    Args:
        comparison: The comparison.
        columns: Keys of `TITLES`.

    Returns:
        "Model", and a column a figure by its title; "-" where one cannot be told.
    """
    rows = _in_order(comparison)
    shown = {TITLES[name]: [measured(row, name) for row in rows] for name in columns}
    return pd.DataFrame({"Model": [row.title for row in rows], **shown})


def over_folds(comparison: Comparison, columns: Sequence[str] = PANELS[0]) -> pd.DataFrame:
    """Mean ± standard deviation of each figure over the folds, as text; no row with a single split."""
    rows = [row for row in _in_order(comparison) if row.mean]
    shown = {TITLES[name]: [f"{row.mean[name]:.3f} ± {row.sd[name]:.3f}" for row in rows] for name in columns}
    return pd.DataFrame({"Model": [row.title for row in rows], **shown})


def measured(row: Row, name: str) -> str:
    """A figure or a time of a model with its 95 % interval, as text; "-" where it cannot be told."""
    if name in TIMES:
        seconds = {"fit_seconds": row.fit_seconds, "predict_seconds": row.predict_seconds}[name]
        return _MISSING if seconds is None else f"{seconds:.2f}"
    value = row.figures.get(name, math.nan)
    if not math.isfinite(value):
        return _MISSING
    ends = row.intervals.get(name)
    return f"{value:.3f}" if ends is None else f"{value:.3f} ({ends[0]:.3f} to {ends[1]:.3f})"


def sizes(comparison: Comparison) -> str:
    """How many cells of how many subjects each side has, in words."""

    def side(name: str) -> str:
        of_subjects = f" of {comparison.subjects[name]} subjects" if comparison.split_by == "subject" else ""
        return f"{comparison.cells[name]:,} cells{of_subjects}"

    fitted = "on average " if comparison.plan.protocol != "fixed" else ""
    return f"{fitted}{side('fit')} to fit, {side('validation')} to validate; {side('test')} to test"


def protocol(comparison: Comparison) -> str:
    """How it was tested, in words."""
    title = PROTOCOLS[comparison.plan.protocol]
    count = "" if comparison.plan.protocol == "fixed" else f" ({comparison.plan.folds} folds)"
    kept_apart = "persons" if comparison.split_by == "subject" else "cells of the same content"
    but = " in all but the random splits" if comparison.plan.protocol == "random" else ""
    return f"{title}{count}, seed {comparison.seed}; {kept_apart} are kept apart{but}"


def notes(comparison: Comparison) -> tuple[str, ...]:
    """What a reader of the table alone must know: the notice, caveats, cells, split and how figures were made."""
    plan = comparison.plan
    share = "that of the test cells" if plan.prevalence is None else f"{plan.prevalence:.1%}"
    return (
        RESEARCH_NOTICE,
        *caveats(comparison.origin, comparison.split_by).values(),
        f"Cells: {comparison.origin}; {sizes(comparison)}. {applied(comparison.edits)}",
        f"SHA-256 of the labelled cells: {comparison.data_fingerprint}.",
        f"{protocol(comparison)}.",
        f"Classical models see: {feature_set(comparison.features).title}. Hyperparameters "
        f"{'were tuned inside the training subjects' if plan.tuned else 'were not tuned'}.",
        "In brackets: 95 % intervals over resampled persons.",
        f"Operating point: {plan.choice.source}. Prevalence for PPV and NPV: {share}.",
        f"Made with {', '.join(f'{name} {version}' for name, version in comparison.versions.items())}.",
    )


def to_markdown(comparison: Comparison) -> str:
    """All figures, what may be said of them, and the notes."""
    folds = over_folds(comparison)
    parts = [
        "# Comparison of models",
        _markdown(table(comparison)),
        f"{_OVER_FOLDS}:" if len(folds) else "",
        _markdown(folds) if len(folds) else "",
        _listed(_remarks(comparison)),
        _listed(comparison.sentences()),
        "## Notes",
        _listed(notes(comparison)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def to_latex(comparison: Comparison) -> str:
    """A `table` with a `tabular` for each of `PANELS` and the notes below; its document loads the package booktabs."""
    panels = [_tabular(table(comparison, columns)) for columns in PANELS]
    if len(folds := over_folds(comparison)):
        panels.append(f"{_latex(_OVER_FOLDS)}:\\\\[2pt]\n{_tabular(folds)}")
    below = "\\par\n".join(_latex(sentence) for sentence in (*_remarks(comparison), *notes(comparison)))
    return "\n".join(
        (
            "% \\usepackage{booktabs}",
            "\\begin{table}",
            "\\centering\\small",
            "\\caption{Models on the same test cells.}",
            "\n\n\\medskip\n".join(panels),
            "\n\\medskip",
            f"\\begin{{minipage}}{{\\linewidth}}\\footnotesize\n{below}\n\\end{{minipage}}",
            "\\end{table}\n",
        )
    )


def _in_order(comparison: Comparison) -> list[Row]:
    return [comparison.row(model) for model in comparison.table()["model"]]


def _remarks(comparison: Comparison) -> list[str]:
    return [f"{row.title}: {row.problem}" for row in comparison.rows if row.problem]


def _listed(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {_plain(sentence)}" for sentence in sentences)


def _markdown(shown: pd.DataFrame) -> str:
    lines = [list(shown.columns), ["---", *["---:"] * (len(shown.columns) - 1)]]
    lines += [[_plain(text) for text in row] for row in shown.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", " ".join(text.split()))


def _tabular(shown: pd.DataFrame) -> str:
    header, *rows = (" & ".join(map(_latex, line)) + r" \\" for line in [list(shown.columns), *shown.to_numpy()])
    start = f"\\begin{{tabular}}{{l{'r' * (len(shown.columns) - 1)}}}"
    return "\n".join((start, "\\toprule", header, "\\midrule", *rows, "\\bottomrule", "\\end{tabular}"))


def _latex(text: str) -> str:
    """Text that LaTeX shows as it is."""
    return "".join(_LATEX.get(mark, mark) for mark in " ".join(text.split()))
