"""The map: alike cells lie close; a loop around points shows those cells."""

from typing import TYPE_CHECKING

import streamlit as st

from core import store
from core.config import settings
from core.data.dataset import CellDataset
from core.figures import cell_map as figures
from dashboard import resources, state
from dashboard.components.cells import pictures
from dashboard.components.charts import selectable_chart
from dashboard.components.notice import problems_shown
from dashboard.components.numbers import numbers
from dashboard.components.progress import progress_bar

if TYPE_CHECKING:
    import pandas as pd

_ASK_FROM = 2000  # cells; the map of fewer is drawn at once where their measures are at hand
_ALIKE = 12


def cell_map(dataset: CellDataset, cells: "pd.DataFrame") -> None:
    """The cells on a plane, and those of them that the user selects.

    Args:
        dataset: Where the files are.
        cells: Its measured cells with the `side` of the split.
    """
    st.header("Map", divider="gray")
    st.caption(
        "Cells that lie close are alike; t-SNE places them by their nearest neighbours. Directions, and how far apart "
        "or how dense groups are, mean nothing."
    )
    by, colour = _choices()
    placed = _placed(cells, by)
    if placed is None:
        return
    if len(placed) < len(cells):
        st.caption(f":material/info: {len(cells) - len(placed):,} cells could not be compared and are not on the map.")
    title = figures.COLOURS[colour]
    chosen = selectable_chart(
        figures.cell_map(placed, colour_by=colour, classes=dataset.classes),
        key=f"map_{by}_{colour}",
        alt=f"Map of {len(placed):,} cells, alike ones close together, coloured by {title.lower()}",
    )
    if colour != "score" and placed[colour].nunique() > figures.READABLE_LEGEND:
        st.caption(f"Each {title.lower()} has its own colour and shape. Point at a cell to read which it is.")
    _selection(dataset, cells, placed[placed["path"].isin(chosen)], by)


def _choices() -> tuple[str, str]:
    """What the cells are compared by, and the column that colours them."""
    found = store.models(settings().models)
    titles = {resources.BY_MORPHOLOGY: "Morphology", **{model.name: model.title for model in found if model.card}}
    left, right = st.columns(2)
    by = left.selectbox(
        "Compare cells by",
        list(titles),
        format_func=titles.__getitem__,
        key="map_by",
        persist_state="session",
        help="Morphology: the measures of size, shape, colour and texture. A network: what its last layer reads.",
    )
    colours = [colour for colour in figures.COLOURS if colour != "score" or by != resources.BY_MORPHOLOGY]
    colour = right.selectbox(
        "Colour by", colours, format_func=figures.COLOURS.__getitem__, key="map_colour", persist_state="session"
    )
    return by, colour


def _placed(cells: "pd.DataFrame", by: str) -> "pd.DataFrame | None":
    """The cells with their places `x` and `y`; None until the user wants a map that takes long."""
    source = state.source()
    asking = st.empty()
    with problems_shown():
        found = resources.kept_map(source, cells, by)
        if found is None:
            network = by != resources.BY_MORPHOLOGY
            if (network or len(cells) > _ASK_FROM) and not _asked(asking, cells, by):
                return None
            with progress_bar("Drawing the map") as progress:
                found = resources.cell_map(source, cells, by, progress=progress)
    asking.empty()
    vectors, points = found
    return vectors.rows(cells).assign(x=points[:, 0], y=points[:, 1])


def _asked(place: "st.delta_generator.DeltaGenerator", cells: "pd.DataFrame", by: str) -> bool:
    """Whether the user wants the map drawn; while that goes on there is a way to stop it."""
    unseen = resources.unseen(state.source(), cells, by)
    first = (
        f"The network first looks at {unseen:,} cells; what it has seen is kept, also if you stop. " if unseen else ""
    )
    with place.container():
        st.info(
            f"{first}Then {len(cells):,} cells are placed on the map. A finished map is kept and shown at once the "
            "next time.",
            icon=":material/scatter_plot:",
        )
        if not st.button("Draw the map", type="primary", icon=":material/play_arrow:"):
            return False
        st.button("Stop", icon=":material/stop:", help="What the network has seen so far is kept.")
    return True


def _selection(dataset: CellDataset, cells: "pd.DataFrame", chosen: "pd.DataFrame", by: str) -> None:
    """Counts and pictures of the selected cells; of a single one also those that are most like it."""
    if chosen.empty:
        st.info(
            "Draw a loop around points to see their cells, or click on one to see those most like it. A double click "
            "on the map clears the selection.",
            icon=":material/gesture:",
        )
        return
    st.subheader(f"{len(chosen):,} {'cell' if len(chosen) == 1 else 'cells'} selected")
    if len(chosen) == 1:
        pictures(dataset, chosen, key="map_selected")
        alike = resources.similar(state.source(), cells, chosen["path"].iloc[0], by=by, count=_ALIKE)
        st.subheader("Most similar cells")
        pictures(dataset, cells.set_index("path", drop=False).loc[[path for path, _ in alike]], key="map_alike")
        return
    counts = chosen["label"].replace("", "unlabelled").value_counts()
    numbers({str(name): f"{count:,} ({count / len(chosen):.0%})" for name, count in counts.items()})
    subjects = chosen.loc[chosen["subject"] != "", "subject"].value_counts()
    if len(subjects):
        with st.expander(f"{len(subjects):,} subjects", icon=":material/group:"):
            st.dataframe(
                subjects.rename("Selected cells").rename_axis("Subject").reset_index(),
                hide_index=True,
                alt="Table: number of selected cells of each subject",
            )
    pictures(dataset, chosen, key="map_selected")
