"""What a model refuses to answer for, and whether its maps show what it has learned."""

import streamlit as st

from core.card import ModelCard
from core.errors import ModelError
from core.refusals import outcome_sentence, refusals
from core.sanity import LIMIT, SanityCheck, recorded


def what_it_refuses(card: ModelCard) -> None:
    """Each gate with its limits, and what the gates did to the test cells."""
    st.subheader("What it refuses")
    try:
        found, outcome = refusals(card), outcome_sentence(card)
    except ModelError as error:
        st.warning(str(error), icon=":material/warning:")
        return
    st.write(
        f"A picture passes five gates in this order. The first that stops it is the reason for no answer. {outcome}"
    )
    if not outcome:
        moved = card.first_threshold is not None and bool(card.gates)
        why = "since its operating point was moved" if moved else "for this model"
        st.info(f"What the gates do to its test cells was not counted {why}. {card.again}", icon=":material/rule:")
    for number, refusal in enumerate(found, start=1):
        counted = "" if refusal.stopped is None else f" Stopped {refusal.stopped:,} test cells."
        st.markdown(f"{number}. **{refusal.title}.** {refusal.stops}{counted}")
    if st.toggle("Limits in numbers", key="card_limits"):
        rows = [(refusal.title, limit) for refusal in found for limit in refusal.limits]
        st.dataframe(
            {"gate": [gate for gate, _ in rows], "limit": [limit for _, limit in rows]},
            hide_index=True,
            column_config={
                "gate": st.column_config.TextColumn("Gate", width=140),
                "limit": st.column_config.TextColumn("Stops a picture with", width="large"),
            },
            alt="Table: what each gate measures and from which value on it stops a picture",
        )


def what_its_maps_show(card: ModelCard) -> None:
    """The sanity check of a network's maps, stage by stage."""
    st.subheader("Do its maps show what it learned?")
    if card.pipeline is not None:
        st.write(
            "This model's maps are made by hiding parts of the cell and scoring what is left, so that they follow its "
            "score. There are no layers to shuffle, and nothing was checked."
        )
        return
    found = recorded(card.sanity)
    if not isinstance(found, SanityCheck):
        st.info(f"{found or 'Not checked.'} {card.again}", icon=":material/rule:")
        return
    if found.passed:
        st.success(found.sentence, icon=":material/verified:")
    else:
        st.error(found.sentence, icon=":material/gpp_bad:")
    st.dataframe(
        {
            "layer": [stage.layer for stage in found.stages],
            "rank": [stage.rank_correlation for stage in found.stages],
            "similarity": [stage.similarity for stage in found.stages],
        },
        hide_index=True,
        column_config={
            "layer": st.column_config.TextColumn("Shuffled from the last layer down to", width="medium"),
            "rank": st.column_config.NumberColumn("Rank correlation", format="%.2f", width="small"),
            "similarity": st.column_config.NumberColumn("Similarity", format="%.2f", width="small"),
        },
        alt="Table: how alike the maps stay as more and more layers of the network are shuffled",
    )
    st.caption(
        f"The weights of more and more layers are shuffled, and the {found.title} maps of {found.cells} test cells are "
        "compared with those before: 1 is the same map, 0 nothing in common. The last row, with all layers shuffled, "
        f"decides: the check is passed below {LIMIT:g}. In the rows above, maps may well stay alike."
    )
