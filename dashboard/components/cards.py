"""A model card, for people."""

from typing import Any

import streamlit as st

from core.card import RESEARCH_NOTICE, ModelCard
from core.card_sentences import described, operating_point
from core.data.edits import applied
from core.pipeline_card import PipelineCard
from dashboard.components.evaluation import evaluation, stored_report
from dashboard.components.model_checks import what_it_refuses, what_its_maps_show
from dashboard.components.notice import caveats
from dashboard.components.outcome import challenge_sentence, scores, use


def model_card(card: ModelCard) -> None:
    """Task, data, figures, limits and technical details of one model."""
    caveats(card)
    negative, positive = card.classes
    left, right = st.columns(2)
    left.subheader("Task")
    left.write(
        f"Tells {positive} from {negative} in images of one stained white blood cell, cut out on a black background. "
        f"{described(card)} {RESEARCH_NOTICE}"
    )
    right.subheader("Data")
    units = "subjects" if card.split_by == "subject" else "distinct cells"
    right.write(
        f"Source: {card.origin}. Trained on {card.cells['train']:,} cells of {len(card.subjects['train'])} {units}, "
        f"tuned on {card.cells['validation']:,} of {len(card.subjects['validation'])}, "
        f"tested on {card.cells['test']:,} of {len(card.subjects['test'])}. {applied(card.edits)}"
    )
    st.subheader("Figures on the test subjects")
    scores(card.test)
    if card.challenge is not None:
        challenge_sentence(card.challenge)
    evaluation(card, stored_report(card.name), key=f"card_{card.name}")
    use(card, key="card")
    if card.pipeline is not None and card.pipeline.importance:
        _importance(card.pipeline)
    left, right = st.columns(2)
    left.subheader("Operating point")
    left.write(f"{operating_point(card)} {_moved(card)}")
    right.subheader("Limits")
    right.write(
        f"{card.meaning_of_scores} The model knows only cells prepared as its training data were; other stains, "
        f"scanners, magnifications, ages or diseases were not tested, and {_unlike(card)}."
    )
    what_it_refuses(card)
    what_its_maps_show(card)
    with st.expander("Technical details", icon=":material/settings:"):
        st.json({**(_of_network(card) if card.pipeline is None else _of_pipeline(card.pipeline)), **_of_any(card)})
    st.download_button(
        "Download the card as JSON",
        card.to_json(),
        file_name=f"{card.name}-card.json",
        mime="application/json",
        icon=":material/download:",
    )


def _unlike(card: ModelCard) -> str:
    """What it does with cells unlike its training cells."""
    if card.gates.get("training"):
        return "its gates stop many pictures that are unlike its training cells, but not all"
    return "it answers even where a cell is unlike any that it was trained on"


def _moved(card: ModelCard) -> str:
    """That the operating point was moved, or ""."""
    if card.first_threshold is None:
        return ""
    return f"It was moved from {card.first_threshold:.2f}; all figures here are those at the new one."


def _importance(made: PipelineCard) -> None:
    """What the model depends on most."""
    st.subheader("What the model depends on")
    shown = [each for each in made.importance if each.fall > 0]
    if not shown:
        st.caption("Shuffling any one measure among the validation cells makes the model rank them no worse.")
        return
    st.dataframe(
        {
            "measure": [each.name for each in shown],
            "fall": [each.fall for each in shown],
            "spread": [each.spread for each in shown],
        },
        hide_index=True,
        column_config={
            "measure": st.column_config.TextColumn("Measure", width="medium"),
            "fall": st.column_config.ProgressColumn(
                "Fall of the ROC AUC", format="%.3f", min_value=0, max_value=shown[0].fall
            ),
            "spread": st.column_config.NumberColumn("Spread", format="%.3f", width="small"),
        },
        alt="Table: how far the ROC AUC falls where a measure is shuffled among cells, the largest fall first",
    )
    st.caption(
        "How much worse the model ranks the validation cells when one measure is shuffled among them, with the spread "
        "over five shufflings. Near 0 it can do without. Measures that say much the same share their weight."
    )


def _of_any(card: ModelCard) -> dict[str, Any]:
    return {
        "created": card.created,
        "data fingerprint": card.data_fingerprint,
        "model SHA-256": card.model_sha256,
        "test subjects": ", ".join(card.subjects["test"]) if card.split_by == "subject" else len(card.subjects["test"]),
        "versions": card.versions,
    }


def _of_network(card: ModelCard) -> dict[str, Any]:
    size = card.preprocessing.image_size
    return {
        "network": described(card),
        "parameters": card.parameters,
        "input": f"{size} x {size}, {card.preprocessing.colour}",
        "stain": card.preprocessing.stain,
        "window": f"{card.preprocessing.window} px" if card.preprocessing.window else "whole image",
        "explained layer": card.explained_layer,
        "seed": card.config.seed,
        "epochs run": len(card.history),
    }


def _of_pipeline(made: PipelineCard) -> dict[str, Any]:
    return {
        "scikit-learn model": made.title,
        "features": f"{made.features}, version {made.block_version}",
        "tuned": dict(made.settings) or "no",
        "seed": made.seed,
    }
