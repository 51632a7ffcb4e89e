"""The data set of this session: which one, how to open another, and what to say when it cannot be split."""

from pathlib import Path

import streamlit as st

from core.config import settings
from core.data.archive import unpack
from core.data.dataset import CellDataset
from core.data.edits import applied
from core.data.kaggle import download
from core.data.library import state_of_review
from core.errors import LeukoscopeError
from dashboard import resources, state
from dashboard.components.notice import problems_shown
from dashboard.components.progress import progress_bar

_SOURCES = ("Demo data", "Folder on this computer", "Zip file", "Kaggle")


def current_dataset(*, hashes: bool = False) -> CellDataset:
    """The data set that this session looks at, with a progress bar while it is read; stops the page if it cannot be."""
    source = state.source()
    try:
        with progress_bar("Reading the data set") as progress:
            return resources.dataset(source, hashes=hashes, progress=progress)
    except LeukoscopeError as error:
        st.error(str(error), icon=":material/error:")
        if source is not None and st.button("Back to the demo data", icon=":material/undo:"):
            state.open_source(None)
            st.rerun()
        st.stop()


def dataset_line() -> None:
    """Say which data set this session looks at; stops the page until its classes are known."""
    dataset = current_dataset()
    describe(dataset)
    positive_chooser(dataset)
    with problems_shown():
        reviewed = state_of_review(settings(), dataset.root)
    if reviewed:
        st.caption(f":material/rate_review: {applied(current_dataset(hashes=True).edits)}")
    subject_warning(dataset)


def describe(dataset: CellDataset) -> None:
    """One line: which cells these are."""
    drawn = ": drawn cells, not real ones" if dataset.drawn else ""
    st.caption(f":material/database: **{name_of(dataset)}{drawn}** · {len(dataset.table):,} cells")


def name_of(dataset: CellDataset) -> str:
    """What the data set of this session is called."""
    return "Demo data" if state.source() is None else dataset.root.name


def source_chooser() -> None:
    """Let the user open the demo set, a folder, a zip, or download C-NMC from Kaggle."""
    with st.expander("Open another data set", icon=":material/folder_open:"):
        kind = st.segmented_control(
            "Where from", _SOURCES, default=_SOURCES[0], required=True, key="source_kind", persist_state="session"
        )
        if kind == "Demo data":
            st.write("600 drawn cells of 24 subjects, laid out as C-NMC 2019. Made on this machine; no download.")
            if st.button("Open the demo data", type="primary"):
                _open(None)
        elif kind == "Folder on this computer":
            typed = st.text_input(
                "Folder",
                placeholder="/data/C-NMC_Leukemia",
                help="C-NMC's layout, or one folder for each class.",
                key="source_folder",
                persist_state="session",
            )
            if st.button("Open the folder", type="primary", disabled=not typed):
                _open(state.Source(Path(typed).expanduser()))
        elif kind == "Zip file":
            uploaded = st.file_uploader(
                "Zip with C-NMC's layout, or one folder for each class", type="zip", key="source_zip"
            )
            if uploaded is not None and st.button("Open the zip", type="primary"):
                _open_zip(uploaded)
        else:
            _kaggle()


def _open(source: state.Source | None) -> None:
    resources.forget(source)
    state.open_source(source)
    st.rerun()


def _open_zip(uploaded: "st.runtime.uploaded_file_manager.UploadedFile") -> None:
    try:
        with progress_bar("Unpacking") as progress:
            folder = unpack(uploaded, settings().data, progress=progress)
    except LeukoscopeError as error:
        st.error(str(error), icon=":material/error:")
        return
    _open(state.Source(folder))


def _kaggle() -> None:
    st.write(
        "C-NMC 2019 from Kaggle: 15,114 images, about 10 GB unpacked. Needs an internet connection; "
        "a download that was cut off goes on where it stopped."
    )
    if not st.button("Download", type="primary", icon=":material/download:"):
        return
    try:
        with progress_bar("Downloading") as progress:
            folder = download(settings().data / "kaggle", progress=progress)
    except LeukoscopeError as error:
        st.error(str(error), icon=":material/cloud_off:")
        return
    _open(state.Source(folder))


def positive_chooser(dataset: CellDataset) -> None:
    """Where class folders have no known meaning, let the user name the positive ones; stops the page until then."""
    if all(dataset.classes):
        return
    names = sorted(set(dataset.table["class_name"]) - {""})
    st.info(
        f"{len(names)} class folders were found. Name the ones that count as positive; the rest counts as negative."
    )
    chosen = st.multiselect("Positive classes", names, key="positive_classes")
    source = state.source()
    if st.button("Use these classes", type="primary", disabled=not 0 < len(chosen) < len(names)) and source is not None:
        state.open_source(state.Source(source.path, tuple(chosen)))
        st.rerun()
    st.stop()


def subject_warning(dataset: CellDataset) -> None:
    """Say what it means that cells name no subject."""
    if not dataset.has_subjects:
        st.warning(
            "These files name no subjects, so a split by subject is impossible. Cells of one person can then be "
            "trained on and tested on, and every figure may be too good. Results are marked 'not split by subject'.",
            icon=":material/group_off:",
        )
