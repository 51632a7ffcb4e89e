"""How far several models agree: in sentences, model by model, pair by pair, and cell by cell."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.agreement import Agreement
from core.agreement_table import cell_rows, to_csv
from core.calls import VERDICTS, ModelAnswers, Verdict, call
from core.classify import Prediction
from core.data.upload import Cell
from dashboard.components.cells import PICTURE_WIDTH, one_page

_PER_PAGE = 12  # pictures, each decoded anew
_ALL = "All cells"


def results(found: Agreement, cells: Sequence[Cell], left_out: Mapping[str, str]) -> None:
    """Show how far models agree.

    Args:
        found: What they say.
        cells: Of what, in the same order.
        left_out: Why other models say nothing, by their title.
    """
    st.markdown("\n".join(f"- {sentence}" for sentence in found.sentences()))
    model_table(found.models, left_out)
    _pairs(found)
    _pictures(found, cells)
    _cells(found)


def model_table(models: Sequence[ModelAnswers], left_out: Mapping[str, str]) -> None:
    """How many cells each model calls what, and why others are left out."""
    negative, positive = models[0].card.classes
    cards, blank = [model.card for model in models], [""] * len(left_out)
    st.table(
        {
            "Model": [*(card.title for card in cards), *left_out],
            f"Called {positive}": [*(f"{model.called(positive):,}" for model in models), *blank],
            f"Called {negative}": [*(f"{model.called(negative):,}" for model in models), *blank],
            "No answer": [*(f"{model.called(None):,}" for model in models), *blank],
            "To be known": [
                *(" ".join(card.caveats) for card in cards),
                *(f"Left out. {problem}" for problem in left_out.values()),
            ],
        },
        border="horizontal",
        hide_header=False,
        hide_index=True,
        alt="Table: how many cells each model calls what, and what must be known of it",
    )


def _pairs(found: Agreement) -> None:
    """Each two models; of only two, a sentence has told already."""
    if len(found.models) < 3:
        return
    pairs = found.pairs()
    st.dataframe(
        {
            "first": [pair.first for pair in pairs],
            "second": [pair.second for pair in pairs],
            "both": [pair.both for pair in pairs],
            "same": [pair.same for pair in pairs],
            "kappa": [pair.kappa for pair in pairs],
        },
        column_config={
            "first": "One model",
            "second": "Another",
            "both": st.column_config.NumberColumn("Cells both answer", format="localized"),
            "same": st.column_config.NumberColumn("Called the same", format="localized"),
            "kappa": st.column_config.NumberColumn("Cohen's kappa", format="%.2f"),
        },
        placeholder="",
        alt="Table: for each two models, the cells that both answer, those they call the same, and Cohen's kappa",
    )
    st.caption(
        "Cohen's kappa is 1 for full agreement and 0 for no more than by chance. It is missing where two models find "
        "one class only."
    )


def _pictures(found: Agreement, cells: Sequence[Cell]) -> None:
    """The cells on which models disagree, the most divided first."""
    places = found.places("disagree", disagreements_first=True)
    if not places:
        return
    positive = found.models[0].card.classes[1]
    st.subheader("Cells on which these models disagree")
    st.caption(
        f"The most divided first. Beside each class stands the probability or score for {positive}; each model has a "
        "threshold of its own."
    )
    shown = one_page(len(places), key="agreement", per_page=_PER_PAGE)
    with st.container(horizontal=True):
        for place in places[shown]:
            answers = zip(found.models, found.cells[place].answers, strict=True)
            said = {model.card.name: answer for model, answer in answers}
            with st.container(width=PICTURE_WIDTH, gap=None):
                _picture(cells[place], said, positive)


def _picture(cell: Cell, said: Mapping[str, Prediction], positive: str) -> None:
    """A cell above what each model calls it."""
    st.image(
        cell.pixels(),
        width=PICTURE_WIDTH,
        output_format="PNG",
        alt=f"Cell {cell.name}. {'. '.join(f'{name}: {call(answer)}' for name, answer in said.items())}",
    )
    st.caption("  \n".join((cell.name, *(f"{name}: {_coloured(answer, positive)}" for name, answer in said.items()))))


def _coloured(answer: Prediction, positive: str) -> str:
    if answer.label is None:
        return call(answer)
    return f":{'orange' if answer.label == positive else 'blue'}[{call(answer)}]"


def _cells(found: Agreement) -> None:
    """All cells in a table that can be narrowed and sorted, and as CSV."""
    st.subheader("Cell by cell")
    with st.container(horizontal=True, vertical_alignment="center"):
        show = st.segmented_control(
            "Show",
            [_ALL, *VERDICTS],
            default=_ALL,
            format_func=lambda option: VERDICTS.get(option, option),
            required=True,
            label_visibility="collapsed",
            key="agreement_show",
            persist_state="session",
        )
        first = st.toggle("Disagreements first", key="agreement_first", persist_state="session")
    verdict: Verdict | None = next((name for name in VERDICTS if name == show), None)
    places = found.places(verdict, disagreements_first=first)
    if not places:
        st.caption("There is no such cell.")
    else:
        st.dataframe(
            cell_rows(found, places),
            hide_index=True,
            column_config={
                "cell": st.column_config.TextColumn("Cell", width="medium"),
                "agreement": "Agreement",
                "majority": "Most say",
                **_columns(found),
            },
            placeholder="",
            alt="Table: what each model calls each cell, and whether they agree",
        )
    st.download_button(
        "Download all cells as CSV",
        to_csv(found, found.places(disagreements_first=first)),
        file_name="agreement.csv",
        mime="text/csv",
        icon=":material/download:",
    )


def _columns(found: Agreement) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for card in (model.card for model in found.models):
        what = f"probability of {card.classes[1]}" if card.calibrated else f"score for {card.classes[1]}"
        columns[f"{card.name}: class"] = card.title
        columns[f"{card.name}: shown"] = st.column_config.NumberColumn(f"{card.name}: {what}", format="%.3f")
    return columns
