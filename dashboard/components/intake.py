"""What comes in on Upload: files or a folder, read with a bar that can be stopped, and cells chosen in smears."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import streamlit as st

from core.data.outlines import outlined
from core.data.quality import CHECKS
from core.data.upload import Cell, Upload, cells, looked_at, uploads
from dashboard import state
from dashboard.components.progress import stoppable_bar
from dashboard.state import Batch

_AT_ONCE = 64  # pictures between two times that what was read is kept
_WAYS: dict[str, Literal[True, "directory"]] = {"Files or a zip": True, "A folder": "directory"}
_NAMES = 5  # that a sentence lists


def dropped() -> Batch | None:
    """Let the user drop files, a zip or a folder; the pictures in them, not read yet, or None."""
    way = st.segmented_control(
        "What to drop",
        list(_WAYS),
        default="Files or a zip",
        required=True,
        label_visibility="collapsed",
        key="upload_way",
    )
    files = st.file_uploader(
        "Pictures of stained white blood cells: BMP, PNG, JPEG, TIFF or DICOM",
        accept_multiple_files=_WAYS[way],
        max_upload_size=200,
        key="upload_folder" if way == "A folder" else "upload_files",
        help="Best is one cell a picture, cut out on black. In a picture of a smear the cells are found and cut out.",
    )
    if not files:
        return None
    if way == "A folder":  # the browser lists it in any order
        files = sorted(files, key=lambda file: file.name)
    batch = state.batch(tuple(file.file_id for file in files))
    if batch.listed is None:
        batch.listed = uploads((file.name, file.getvalue()) for file in files)
    return batch


def read_on(batch: Batch) -> None:
    """Read the pictures that are left; what was read is kept, also where the user stops."""
    listed: list[Upload] = batch.listed or []
    if len(batch.read) == len(listed) or batch.stopped:
        st.empty()  # in place of a bar that was left: it would fade away only at the end
        return
    with stoppable_bar("Reading pictures", key="upload_stop_reading") as progress:
        while (start := len(batch.read)) < len(listed):

            def shown(done: int, _: int, text: str, before: int = start) -> None:
                progress(before + done, len(listed), text)

            batch.read += looked_at(listed[start : start + _AT_ONCE], progress=shown)


def stopped_notice(batch: Batch, cells: Sequence[Cell], *, answered: int) -> None:
    """Say how far a batch came that the user stopped, and let it go on."""
    total = len(cells) + len(batch.listed or ()) - len(batch.read)
    if not batch.stopped or answered == total:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(f"Stopped: {answered:,} of {total:,} cells were looked at.", icon=":material/stop_circle:")
        st.button("Go on", key="upload_resume", icon=":material/play_arrow:", on_click=state.resume_batch)


def chosen_cells(batch: Batch) -> list[Cell]:
    """The cells to be classified; in pictures with surroundings the user sees their outlines and may choose others."""
    smears = [place for place, picture in enumerate(batch.read) if picture.regions]
    scale = _smears(batch, smears) if smears else 1.0
    return cells(batch.read, batch.chosen, scale=scale)


def _smears(batch: Batch, places: Sequence[int]) -> float:
    """Show pictures of smears one at a time with the cells found; the factor by which cells are enlarged."""
    st.subheader("Cells with their surroundings")
    count = "One picture shows" if len(places) == 1 else f"{len(places):,} pictures show"
    st.caption(
        f"{count} cells with their surroundings. The model was trained on cells cut out on black, so each cell with a "
        "yellow line is cut out along it and judged alone. Check the lines, and choose other cells by their numbers."
    )
    left, right = st.columns(2)
    with right:
        place = places[0]
        if len(places) > 1:
            place = st.selectbox("Picture", places, format_func=lambda at: batch.read[at].name, key="upload_smear")
        picture: Upload = batch.read[place]
        numbers = st.pills(
            "Cells to judge",
            range(len(picture.regions)),
            selection_mode="multi",
            default=batch.chosen.get(place, list(picture.meant)),
            format_func=lambda number: str(number + 1),
            key=f"upload_regions_{hash(batch.files)}_{place}",
        )
        batch.chosen[place] = sorted(numbers)
        scale = st.number_input(
            "Enlarge cells by",
            0.25,
            4.0,
            1.0,
            0.05,
            help="For pictures of another magnification than the model was trained on. It holds for all pictures.",
            key="upload_scale",
        )
        _sizes([batch.read[at] for at in places], picture, scale)
    left.image(
        outlined(picture.picture().pixels, picture.regions, batch.chosen[place]),
        caption=picture.name,
        width="stretch",
        output_format="JPEG",
        alt=f"{picture.name} with {len(picture.regions)} numbered outlines, {len(numbers)} of them chosen",
    )
    return float(scale)


def _sizes(pictures: Sequence[Upload], shown: Upload, scale: float) -> None:
    """Say how large the cells are beside those of C-NMC; size is evidence."""
    small, large = CHECKS["small"].threshold, CHECKS["large"].threshold
    st.caption(
        f"The cells of this picture are about {_typical(shown, scale):.0f} pixels across; in C-NMC they are mostly "
        f"{small:.0f} to {large:.0f}."
    )
    odd = [picture.name for picture in pictures if not small <= _typical(picture, scale) <= large]
    if odd:
        st.warning(
            f"Size counts for the answer, and cells are smaller or larger than those of C-NMC in {_some(odd)}. If the "
            "magnification was another one, enlarge the cells.",
            icon=":material/straighten:",
        )


def _typical(picture: Upload, scale: float) -> float:
    return float(np.median([region.diameter for region in picture.regions])) * scale


def _some(names: Sequence[str]) -> str:
    more = f"; and {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
    return "; ".join(names[:_NAMES]) + more


def notes(read: Sequence[Upload]) -> None:
    """Say what was done to pictures and what should be known of them; text in a picture before all."""
    found: dict[str, list[str]] = {}
    for picture in read:
        for note in picture.notes:
            found.setdefault(note, []).append(picture.name)
    for note in sorted(found, key=lambda note: "name a person" not in note):
        said = f"{note} ({_some(found[note])})"
        if "name a person" in note:
            st.warning(said, icon=":material/badge:")
        else:
            st.caption(said)
