"""A model card, for people."""

import streamlit as st

from core import networks
from core.card import RESEARCH_NOTICE, ModelCard
from core.data.edits import applied
from dashboard.components.evaluation import evaluation, stored_report
from dashboard.components.notice import caveats
from dashboard.components.outcome import challenge_sentence, operating_point, scores, use


def model_card(card: ModelCard) -> None:
    """Task, data, figures, limits and technical details of one model."""
    caveats(card)
    negative, positive = card.classes
    size = card.preprocessing.image_size
    left, right = st.columns(2)
    left.subheader("Task")
    left.write(
        f"Tells {positive} from {negative} in images of one stained white blood cell, cut out on a black background. "
        f"{RESEARCH_NOTICE}"
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
    left, right = st.columns(2)
    left.subheader("Operating point")
    left.write(operating_point(card))
    right.subheader("Limits")
    right.write(
        f"{card.meaning_of_scores} The model knows only cells prepared as its training data were; other stains, "
        "scanners, magnifications, ages or diseases were not tested, and it answers even where a cell is unlike any "
        "that it was trained on."
    )
    with st.expander("Technical details", icon=":material/settings:"):
        st.json(
            {
                "network": networks.NETWORKS[card.architecture].title
                if card.architecture in networks.NETWORKS
                else card.architecture,
                "parameters": card.parameters,
                "input": f"{size} x {size}, {card.preprocessing.colour}",
                "stain": card.preprocessing.stain,
                "window": f"{card.preprocessing.window} px" if card.preprocessing.window else "whole image",
                "explained layer": card.explained_layer,
                "created": card.created,
                "seed": card.config.seed,
                "epochs run": len(card.history),
                "data fingerprint": card.data_fingerprint,
                "model SHA-256": card.model_sha256,
                "test subjects": ", ".join(card.subjects["test"])
                if card.split_by == "subject"
                else len(card.subjects["test"]),
                "versions": card.versions,
            }
        )
    st.download_button(
        "Download the card as JSON",
        card.to_json(),
        file_name=f"{card.name}-card.json",
        mime="application/json",
        icon=":material/download:",
    )
