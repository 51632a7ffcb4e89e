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
_ALIKE = 16  # similar cells; two rows on a wide screen
_ROWS = 10  # of the table of subjects before it scrolls


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
    left, right = st.columns([3, 1])
    with left:
        chosen = placed[placed["path"].isin(_map(dataset, placed, by, colour))]
    with right:
        _counts(chosen)
    if len(chosen) == 1:
        pictures(dataset, chosen, key="map_selected")
        _alike(dataset, cells, chosen["path"].iloc[0], by)
    elif len(chosen):
        pictures(dataset, chosen.sample(frac=1, random_state=0), key="map_selected")  # many subjects on the first page


def _map(dataset: CellDataset, placed: "pd.DataFrame", by: str, colour: str) -> list[str]:
    """Show the map; return the paths of the cells that the user selects on it."""
    title = figures.COLOURS[colour].lower()
    chosen = selectable_chart(
        figures.cell_map(placed, colour_by=colour, classes=dataset.classes),
        key=f"map_{by}_{colour}",
        alt=f"Map of {len(placed):,} cells, alike ones close together, coloured by {title}",
    )
    if colour != "score" and placed[colour].nunique() > figures.READABLE_LEGEND:
        st.caption(f"Each {title} has its own colour and shape. Point at a cell to read which it is.")
    return chosen


def _choices() -> tuple[str, str]:
    """What the cells are compared by, and the column that colours them."""
    found = store.networks(settings().models)
    titles = {resources.BY_MORPHOLOGY: "Morphology", **{name: card.title for name, card in found.items()}}
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
    steps = f"Drawing the map places {len(cells):,} cells; at 15,000 this takes about a minute."
    unseen = resources.unseen(state.source(), cells, by)
    if unseen:
        steps = f"The network first looks at {unseen:,} cells; what it has seen is kept, also if you stop. {steps}"
    with place.container():
        st.info(f"{steps} A finished map is shown at once the next time.", icon=":material/scatter_plot:")
        if not st.button("Draw the map", type="primary", icon=":material/play_arrow:"):
            return False
        st.button("Stop", icon=":material/stop:", help="What the network has seen so far is kept.")
    return True


def _counts(chosen: "pd.DataFrame") -> None:
    """How many of the selected cells are of each class and subject, or how to select some."""
    if chosen.empty:
        st.info(
            "Draw a loop around points to see their cells. To see which cells are most like one, loop around that one "
            "alone, or choose 'Pan' above the map and click on it. A double click clears the selection.",
            icon=":material/gesture:",
        )
        return
    st.subheader(f"{len(chosen):,} {'cell' if len(chosen) == 1 else 'cells'} selected")
    counts = chosen["label"].replace("", "unlabelled").value_counts()
    numbers({str(name): f"{count:,} ({count / len(chosen):.0%})" for name, count in counts.items()})
    subjects = chosen.loc[chosen["subject"] != "", "subject"].value_counts()
    if len(subjects):
        st.dataframe(
            subjects.rename("Selected cells").rename_axis("Subject").reset_index(),
            hide_index=True,
            height="content" if len(subjects) < _ROWS else 36 * _ROWS,
            alt="Table: number of selected cells of each subject",
        )


def _alike(dataset: CellDataset, cells: "pd.DataFrame", path: str, by: str) -> None:
    """The cells that are most like one cell."""
    st.subheader("Most similar cells")
    found = resources.similar(state.source(), cells, path, by=by, count=_ALIKE)
    pictures(dataset, cells.set_index("path", drop=False).loc[[other for other, _ in found]], key="map_alike")
