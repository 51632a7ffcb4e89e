"""A cell among the training cells of a model: those most like it, and where its measures lie among theirs."""

import streamlit as st

from core.classical_model import ClassicalModel
from core.classifier import Classifier
from core.context import Context
from core.errors import LeukoscopeError
from core.figures.standing import standing_strips
from core.reference import Reference, unpacked
from core.strips import strips
from core.types import ByteArray
from dashboard.components.charts import chart
from dashboard.resources.models import context as context_of
from dashboard.resources.models import reference

_WIDTH = 96  # pixels of a picture; three stand side by side on a phone
_ALIKE = (
    "This is likeness as the model sees it, so these cells tend to be of the class that it calls, also where the call "
    "is wrong. They are no second opinion. All pictures have the same scale."
)
_MEASURES = (
    "Shares count cells, not subjects. Size and outline compare only if this picture has the scale of the training "
    "cells. A measure alone says little: look where the two classes overlap."
)


def context(classifier: Classifier | ClassicalModel, name: str, image: ByteArray, label: str | None) -> None:
    """Show the training cells nearest to a cell, and where its measures lie among those of both classes.

    Args:
        classifier: A stored model.
        name: What the cell is called.
        image: RGB pixels of the whole image, (height, width, 3), 0 to 255.
        label: The class that the model calls it; None without an answer.
    """
    card = classifier.card
    try:
        kept = reference(card.name)
        if kept is None:
            st.info(f"No training cells are kept with this model. {card.again}", icon=":material/inventory_2:")
            return
        found = context_of(classifier, kept, image)
    except (LeukoscopeError, ValueError) as error:
        st.warning(str(error), icon=":material/warning:")
        return
    _most_alike(kept, found, name, label)
    _among_both_classes(kept, found, name)
    st.caption(f"Compared with {kept.sentence(card.classes)} {_MEASURES}")


def _most_alike(kept: Reference, found: Context, name: str, label: str | None) -> None:
    st.markdown("##### Training cells that look most alike to the model")
    with st.container(horizontal=True):
        st.image(unpacked(found.small), caption="This cell", width=_WIDTH, output_format="PNG", alt=f"Cell {name}")
        for near in found.alike.cells:
            whose = f"subject {near.subject}" if near.subject else "no subject"
            st.image(
                kept.picture(near.row),
                caption=f"{near.label}, {whose}",
                width=_WIDTH,
                output_format="PNG",
                alt=f"Training cell of class {near.label}, {whose}, like {name}",
            )
    if found.alike.far:
        st.warning(found.alike.sentence, icon=":material/social_distance:")
    else:
        st.markdown(found.alike.sentence)
    st.caption(_ALIKE if label else f"The model gave no answer for this cell, and likeness does not give one. {_ALIKE}")


def _among_both_classes(kept: Reference, found: Context, name: str) -> None:
    st.markdown("##### Its measures among those of both classes")
    drawn = strips(found.standings, kept, found.classes)
    if not drawn:
        st.info("This picture shows no outline of a cell, so that nothing was measured.", icon=":material/straighten:")
        return
    negative, positive = found.classes
    chart(
        standing_strips(drawn, classes=found.classes),
        key="context_strips",
        alt=f"Strips of five measures: how {negative} training cells lie above each line and {positive} ones below it, "
        f"and where {name} lies. {' '.join(found.sentences)}",
    )
    st.markdown("\n".join(f"- {sentence}" for sentence in found.sentences))
    if st.toggle("All measures", key="context_all_measures", persist_state="session"):
        _table(found)


def _table(found: Context) -> None:
    shares = zip(*(each.below for each in found.standings), strict=True)
    below = {
        name: [None if share is None else 100 * share for share in of_class]
        for name, of_class in zip(found.classes, shares, strict=True)
    }
    st.dataframe(
        {
            "measure": [each.title for each in found.standings],
            "value": [each.value for each in found.standings],
            **below,
        },
        hide_index=True,
        column_config={
            "measure": st.column_config.TextColumn("Measure", width=140),
            "value": st.column_config.NumberColumn("This cell", format="%.4g", width=70),
            **{name: st.column_config.NumberColumn(name, format="%.0f %%", width=60) for name in found.classes},
        },
        alt="Table: each measure of the cell, and the share of the training cells of each class with a smaller value",
    )
    st.caption("Below the name of a class stands the share of its training cells with a smaller value.")
