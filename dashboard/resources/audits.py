"""What the audits of a data set find, each computed once for each state of its cells."""

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core.config import settings
from core.data.duplicates import near_duplicates
from core.data.edits import edits_file, log
from core.data.library import state_of_review
from core.effects import Effect
from core.effects import effects as effect_sizes
from core.shortcuts import Shortcut
from core.shortcuts import shortcuts as audit
from core.types import FloatArray, Progress
from dashboard.resources import shelves
from dashboard.resources.cells import dataset
from dashboard.resources.shelves import DATASETS
from dashboard.state import Source

if TYPE_CHECKING:
    import pandas as pd


@st.cache_data(max_entries=DATASETS, show_spinner="Looking for cells that look alike")
def near_pairs(cells: "pd.DataFrame") -> "pd.DataFrame":
    """Pairs of cells that look alike, compared once for each table."""
    return near_duplicates(cells)


@st.cache_data(max_entries=DATASETS, show_spinner="Auditing shortcuts")
def shortcuts(cells: "pd.DataFrame", classes: tuple[str, str]) -> list[Shortcut]:
    """The shortcut audit of measured, labelled cells, computed once for each table."""
    return audit(cells, classes)


@st.cache_data(max_entries=DATASETS, show_spinner="Comparing the classes")
def effects(cells: "pd.DataFrame", classes: tuple[str, str]) -> list[Effect]:
    """Effect sizes of measured, labelled cells, computed once for each table."""
    return effect_sizes(cells, classes)


def data_sheet(source: Source | None, cells: "pd.DataFrame", *, progress: Progress) -> dict[str, Any]:
    """The data sheet of a measured source, written once for each state of its review."""
    from core.datasheet import data_sheet as write

    wanted = dataset(source, hashes=True, progress=progress)
    decisions = log(edits_file(settings(), wanted.root))
    state = state_of_review(settings(), wanted.root)
    return shelves.sheets().fetch(
        (source, settings(), state), lambda: write(wanted, cells, decisions, progress=progress)
    )


@st.cache_data(max_entries=DATASETS, show_spinner="Judging cells by models that never saw their subject")
def _out_of_fold(cells: "pd.DataFrame", classes: tuple[str, str]) -> FloatArray:
    from core.suspects import out_of_fold as judge

    return judge(cells, classes)


def out_of_fold(cells: "pd.DataFrame", classes: tuple[str, str]) -> FloatArray:
    """Probability of the positive class by a model that never saw the subject, (cells,), once for each table.

    Raises:
        DataError: If there are too few persons of a class.
    """
    from core.data.morphology import MORPHOLOGY

    return _out_of_fold(cells[["path", "sha256", "subject", "label", "part", *MORPHOLOGY]], classes)


def suspects(cells: "pd.DataFrame", classes: tuple[str, str]) -> "tuple[pd.DataFrame, float]":
    """Measured cells whose label may be wrong, the worst first, and the AUROC of the model that says so.

    Raises:
        DataError: If there are too few persons of a class.
    """
    probability = out_of_fold(cells, classes)
    return _suspects(cells[["path", "sha256", "subject", "label"]], probability, classes)


@st.cache_data(max_entries=DATASETS, show_spinner="Looking for label suspects")
def _suspects(cells: "pd.DataFrame", probability: FloatArray, classes: tuple[str, str]) -> "tuple[pd.DataFrame, float]":
    from core.evaluation import roc_auc
    from core.suspects import suspects as doubted

    judged = np.isfinite(probability)
    truth = np.asarray(cells["label"] == classes[1], dtype=np.int64)
    return doubted(cells, probability, classes), roc_auc(truth[judged], probability[judged])
