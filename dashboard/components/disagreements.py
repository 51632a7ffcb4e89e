"""Test cells on which models differ, with what each of them says."""

import re

import streamlit as st

from core.comparison import Comparison
from core.data.dataset import CellDataset
from core.disagreement import complete
from core.evaluation import EvaluationReport
from dashboard.components.comparison_cells import compared_cells


def disagreements(comparison: Comparison, dataset: CellDataset | None, *, key: str) -> None:
    """Let the user choose models, and show the cells on which these differ, the most divided first."""
    rows = complete(comparison.rows)
    chosen = st.multiselect(
        "Models",
        [row.model for row in rows],
        default=[row.model for row in rows if row.kind != "baseline"],
        format_func=lambda name: comparison.row(name).title,
        key=f"result_differ_{key}",
        persist_state="session",
    )
    if len(chosen) < 2:
        st.info("Choose at least two models.", icon=":material/difference:")
        return
    cells = comparison.disagreements(chosen)
    if cells.empty:
        st.caption("These models call every cell the same.")
        return
    positive, tested = comparison.classes[1], max(len(row.report.cells) for row in rows if row.report is not None)
    st.caption(
        f"They differ on {len(cells):,} of {tested:,} cells, the most divided first. Below each cell: who is right (✓) "
        f"or wrong (✗), and the probability that each gives for {positive}; each has an operating point of its own."
    )
    right = {name: _right(comparison.row(name).report) for name in chosen}
    said = [
        "  \n".join(
            f"{'✓' if right[name][path] else '✗'} {given:.0%} {_breakable(name)}"
            for name, given in zip(chosen, each, strict=True)
        )
        for path, each in zip(cells["path"], cells[chosen].to_numpy(), strict=True)
    ]
    compared_cells(comparison, dataset, cells.assign(said=said), key=f"differ_{key}_{'_'.join(chosen)}")


def _breakable(name: str) -> str:
    """A name that may be wrapped before each capital: LinearDiscriminantAnalysis is wider than a picture."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "\u200b", name)


def _right(report: EvaluationReport | None) -> dict[str, bool]:
    """Whether each cell is called right, by its path."""
    if report is None:
        return {}
    return dict(zip(report.cells["path"], report.called == report.truth, strict=True))
